/** How long a container's command runs and how it ends, for the commands whose course is plain from their words. */

export interface Course {
  readonly logs: readonly (string | { readonly stderr: string })[];
  /** Milliseconds until it ends; Infinity: it stays. */
  readonly lasts: number;
  readonly code: number;
  readonly logsAtEnd?: readonly string[];
}

const stays: Course = { logs: [], lasts: Infinity, code: 0 };

/** The course of a command line; undefined when its words do not tell. */
export function courseOf(argv: readonly string[]): Course | undefined {
  const [program, ...args] = argv;
  const name = program?.split('/').at(-1);
  switch (name) {
    case undefined:
    case '':
      return undefined;
    case 'sleep':
      return { ...stays, lasts: sleepTime(args) };
    case 'true':
      return { logs: [], lasts: 50, code: 0 };
    case 'false':
      return { logs: [], lasts: 50, code: 1 };
    case 'echo':
      return { logs: [args.join(' ')], lasts: 50, code: 0 };
    case 'exit':
      return { logs: [], lasts: 50, code: Number(args[0] ?? 0) };
    case 'tail':
      return args.includes('-f') || args.includes('-F') ? stays : undefined;
    case 'sh':
    case 'bash':
    case 'ash': {
      const c = args.findIndex((arg) => /^-\w*c$/.test(arg));
      return c >= 0 && args[c + 1] !== undefined ? courseOfScript(args[c + 1]!) : undefined;
    }
    default:
      return undefined;
  }
}

function sleepTime(args: readonly string[]): number {
  let sum = 0;
  for (const arg of args) {
    if (arg === 'infinity' || arg === 'inf') return Infinity;
    const found = /^(\d+(?:\.\d+)?)([smhd]?)$/.exec(arg);
    if (found === null) return 50;
    sum += Number(found[1]) * { '': 1, s: 1, m: 60, h: 3600, d: 86_400 }[found[2]!]! * 1000;
  }
  return sum;
}

/** A script of commands one after the other; a `while true` loop never ends. */
function courseOfScript(script: string): Course | undefined {
  if (/^\s*(while\s+(true|:|\[\s*1\s*\]|sleep\b)|until\s+false)/.test(script) || /;\s*while\s+(true|:)/.test(script)) return stays;
  let lasts = 0;
  let code = 0;
  const logs: (string | { readonly stderr: string })[] = [];
  for (const part of script.split(/\s*(?:;|&&|\n)\s*/).filter((one) => one !== '')) {
    const words =
      part
        .replace(/^exec\s+/, '')
        .match(/'[^']*'|"[^"]*"|\S+/g)
        ?.map((word) => word.replace(/^(['"])(.*)\1$/, '$2')) ?? [];
    const toStderr = words.at(-1) === '>&2' || words.at(-1) === '1>&2';
    const course = courseOf(toStderr ? words.slice(0, -1) : words);
    if (course === undefined) return undefined;
    logs.push(...course.logs.map((line) => (toStderr && typeof line === 'string' ? { stderr: line } : line)));
    lasts += course.lasts;
    code = course.code;
    if (words[0] === 'exit' || course.lasts === Infinity) break;
  }
  return { logs, lasts, code };
}
