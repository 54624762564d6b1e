/** How long a container's command runs and how it ends, for the commands whose course is plain from their words. */

export interface Course {
  readonly logs: readonly (string | { readonly stderr: string })[];
  /** Milliseconds until it ends; Infinity: it stays. */
  readonly lasts: number;
  readonly code: number;
}

const stays: Course = { logs: [], lasts: Infinity, code: 0 };
const shells = ['sh', 'bash', 'ash', 'dash', 'zsh'];
/** What any program takes to start and end. */
const moment = 50;

/** The course of a command line; undefined when its words do not tell. `stdin`: somebody may type to it. */
export function courseOf(argv: readonly string[], stdin: boolean): Course | undefined {
  const [program = '', ...args] = argv;
  const name = program.slice(program.lastIndexOf('/') + 1);
  if (!shells.includes(name)) return courseOfProgram(name, args);
  if (args.every((arg) => /^-[il]+$/.test(arg))) return stdin ? stays : { ...stays, lasts: moment };
  return args.length === 2 && args[0] === '-c' ? courseOfScript(args[1]!) : undefined;
}

function courseOfProgram(name: string, args: readonly string[]): Course | undefined {
  switch (name) {
    case 'sleep': {
      const lasts = sleepTime(args);
      return lasts === undefined ? undefined : { ...stays, lasts };
    }
    case 'true':
      return { ...stays, lasts: moment };
    case 'false':
      return { ...stays, lasts: moment, code: 1 };
    case 'echo':
      return args[0]?.startsWith('-') === true ? undefined : { logs: [args.join(' ')], lasts: moment, code: 0 };
    case 'tail':
      return /^-[fF]$/.test(args[0] ?? '') && args[1] === '/dev/null' && args.length === 2 ? stays : undefined;
    default:
      return undefined;
  }
}

function sleepTime(args: readonly string[]): number | undefined {
  let sum = args.length === 0 ? Number.NaN : 0;
  for (const arg of args) {
    const found = /^(\d+(?:\.\d+)?)([smhd]?)$/.exec(arg);
    if (arg === 'infinity' || arg === 'inf') sum = Infinity;
    else sum += found === null ? Number.NaN : Number(found[1]) * { '': 1, s: 1, m: 60, h: 3600, d: 86_400 }[found[2]!]! * 1000;
  }
  return Number.isNaN(sum) ? undefined : sum;
}

/** `while true; do sleep 3600; done`, which never writes a word. */
const idleLoop = /^\s*while\s+(true|:)\s*;?\s*do\s+(sleep\s+\w+|:|true)\s*;?\s*done\s*;?\s*$/;

/** A script of plain commands one after the other, in which nothing is expanded, and nothing depends on how another has ended. */
function courseOfScript(script: string): Course | undefined {
  if (idleLoop.test(script)) return stays;
  const bare = script.replace(/'[^']*'|"[^"$`\\]*"/g, (text) => (/[;&\n]/.test(text) ? '$' : 'q'));
  if (/[$`\\|<*?~(){}[\]#!'"]/.test(bare) || /&(?!&)/.test(bare.replace(/>&2|&&/g, '')) || />(?!&2\s*($|;|&&|\n))/.test(bare))
    return undefined;
  let lasts = 0;
  let code = 0;
  const logs: (string | { readonly stderr: string })[] = [];
  for (const part of script.split(/\s*(?:;|&&|\n)\s*/).filter((one) => one.trim() !== '')) {
    const words = part.match(/(?:'[^']*'|"[^"]*"|[^\s'"])+/g)!.map((word) => word.replaceAll(/'([^']*)'|"([^"]*)"/g, '$1$2'));
    const toStderr = words.at(-1) === '>&2' || words.at(-1) === '1>&2';
    const [first = '', ...rest] = toStderr ? words.slice(0, -1) : words;
    if (first === 'exit')
      return /^\d*$/.test(rest[0] ?? '') ? { logs, lasts: lasts + moment, code: Number(rest[0] ?? code) % 256 } : undefined;
    const course = first === 'exec' ? undefined : courseOfProgram(first, rest);
    if (course === undefined || (course.code !== 0 && script.includes('&&'))) return undefined;
    logs.push(...course.logs.map((line) => (toStderr && typeof line === 'string' ? { stderr: line } : line)));
    lasts += course.lasts;
    code = course.code;
    if (course.lasts === Infinity) break;
  }
  return { logs, lasts, code };
}
