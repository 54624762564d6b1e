/**
 * The simulated terminal: lines of bash (just-bash understands them) at a place of the cluster, with our programs in it. The only file that
 * knows the interpreter, which is loaded when a line needs it; a single command with its arguments does without.
 */
import type { Bash, CommandName, IFileSystem } from 'just-bash';
import { Pod } from '#kube/kinds/pod.ts';
import { nodeName } from '#kube/names.ts';
import { rfc3339 } from '#kube/time.ts';
import type { Lab } from '#lab/lab.ts';
import { bashFileSystem } from './bash-file-system.ts';
import { failure, type Command, type Files, type Io, type Output, type Place, type Screen } from './command.ts';
import { withDevices } from './files/device-files.ts';
import { PlaceFiles } from './files/place-files.ts';
import { withHereStrings } from './here-documents.ts';
import { stopwatch, timeReport, withStopwatch, type Syntax } from './timed.ts';
import { elapsedOf } from './timeline.ts';
import { ofLine } from './written.ts';

/** What a session is opened with. */
export interface ShellOptions {
  readonly lab: Lab;
  readonly commands: readonly Command[];
  /** The programs that a place has: all, or those of the container's image. */
  programsAt(place: Place): 'all' | ReadonlySet<string>;
  /** The environment of a container. */
  environmentAt(place: Place): ReadonlyMap<string, string>;
  readonly edit?: (text: string, fileName: string) => Promise<string>;
  /** Output goes to a terminal. */
  readonly tty?: boolean;
  /** That terminal, lent to one program while it runs. */
  readonly screen?: <T>(act: (screen: Screen) => Promise<T>) => Promise<T>;
  readonly history?: () => readonly string[];
  /** Lets whoever sits there be heard while a line runs; called between its programs. */
  readonly breathe?: () => Promise<void> | undefined;
}

/** One shell somebody is in: where, and with what around. */
interface Frame {
  readonly place: Place;
  readonly left?: Output['left'] | undefined;
  cwd: string;
  env: Record<string, string>;
  /** Of the last line: `$?` of the next. */
  status?: number;
  /** The texts of functions that were defined in it, by name. */
  readonly functions?: Map<string, string>;
}

/** bash's own programs that stand for the real ones; those of the simulation (date, hostname, sleep …) go before them. */
const builtins: readonly CommandName[] = [
  'echo',
  'cat',
  'printf',
  'mkdir',
  'rmdir',
  'touch',
  'rm',
  'cp',
  'mv',
  'ln',
  'chmod',
  'pwd',
  'readlink',
  'stat',
  'comm',
  'paste',
  'tr',
  'rev',
  'nl',
  'fold',
  'expand',
  'unexpand',
  'split',
  'join',
  'tee',
  'find',
  'basename',
  'dirname',
  'tree',
  'du',
  'env',
  'printenv',
  'alias',
  'unalias',
  'true',
  'false',
  'bash',
  'sh',
  'yq',
  'sleep',
  'timeout',
  'seq',
  'expr',
  'md5sum',
  'sha1sum',
  'sha256sum',
  'file',
  'which',
  'tac',
  'tar',
];
/** What every shell has, whatever the image. */
const shellBuiltins = new Set([
  'echo',
  'printf',
  'pwd',
  'true',
  'false',
  'alias',
  'unalias',
  'test',
  '[',
  'cd',
  'export',
  'exit',
  'history',
  'kill',
]);
/** A line that would run for ever ends after this many commands or turns of a loop. */
const limits = (tty: boolean) => ({
  maxCommandCount: 20_000,
  maxLoopIterations: 20_000,
  maxCallDepth: 100,
  maxOutputSize: 20_000_000,
  // A pager waits as long as somebody reads.
  maxExecutionTimeMs: tty ? 86_400_000 : 60_000,
});

export class Shell {
  readonly #options: ShellOptions;
  readonly #frames: Frame[];
  readonly #files = new Map<string, PlaceFiles>();
  readonly #interpreters = new Map<string, Bash>();
  #pending: Pick<Frame, 'place' | 'left'> | undefined;
  #crash: unknown;
  /** When what runs now will be ended, in simulated time. */
  #deadline = Infinity;
  /** What was typed last. */
  #line = '';
  /** Ends the line that runs. */
  #abort: AbortController | undefined;
  /** A program has the screen; those that it runs have none. */
  #screenLent = false;
  /** When the pipelines began that are being timed, the innermost last. */
  readonly #timed: number[] = [];
  /** What the programs of the line have written, but those that others have called. */
  readonly #outputs: Output[] = [];
  #nested = 0;

  constructor(options: ShellOptions, place: Place = controlPlaneOf(options.lab)) {
    this.#options = options;
    this.#frames = [this.#frame(place)];
  }

  /** Where the session is now. */
  get place(): Place {
    return this.#top.place;
  }

  get cwd(): string {
    return this.#top.cwd;
  }

  get env(): Readonly<Record<string, string>> {
    return this.#top.env;
  }

  /** How many shells lie under this one; `exit` at 0 ends the session. */
  get depth(): number {
    return this.#frames.length - 1;
  }

  /** Leaves the innermost shell; false when it was the only one. */
  leave(): boolean {
    if (this.#frames.length === 1) return false;
    this.#frames.pop();
    return true;
  }

  /** The names a learner can type here, or elsewhere. */
  programs(at: Place = this.place): readonly string[] {
    return this.#programsAt(at);
  }

  /** Reports whether there is a program of this name here. */
  has(program: string): boolean {
    return this.#has(program, this.place);
  }

  #programsAt(place: Place): readonly string[] {
    const here = this.#options.programsAt(place);
    const { lists } = indexOf(this.#options.commands);
    const key = here === 'all' ? place.kind : here;
    let found = lists.get(key);
    if (found === undefined) {
      const all = [...new Set([...builtins, ...this.#options.commands.map((one) => one.name)])].sort();
      found = all.filter((name) => isThere(place, here, name, this.#command(name)) || shellBuiltins.has(name));
      lists.set(key, found);
    }
    return found;
  }

  /** The files of the present place. */
  get files(): Files {
    return this.#filesAt(this.place);
  }

  /** Runs one line (or several) of bash here. */
  async run(line: string, options: { readonly stdin?: string } = {}): Promise<Output> {
    const frame = this.#top;
    this.#line = line;
    const plain = plainWords(line);
    const last = plain?.[0];
    if (plain !== undefined && last === 'exit' && this.#options.tty === true) {
      const status = Number(plain[1] ?? 0) || 0;
      if (!this.leave()) return { stdout: '', stderr: '', exitCode: status };
      return frame.left?.(status) ?? { stdout: frame.place.kind === 'node' ? 'logout\n' : '', stderr: '', exitCode: status };
    }
    this.#abort = new AbortController();
    try {
      const result = await this.#runIn(frame, line, options.stdin ?? '', true);
      if (this.#abort.signal.aborted) return { stdout: '', stderr: '', exitCode: 130 };
      this.#enterPending();
      if (result.stdout === '' || result.stderr === '') return result;
      return { ...result, written: ofLine(result, this.#outputs) };
    } catch (error) {
      if (this.#abort.signal.aborted) return { stdout: '', stderr: '', exitCode: 130 };
      throw error;
    } finally {
      this.#abort = undefined;
      this.#outputs.length = 0;
    }
  }

  /** Ends the line that runs, as Ctrl-C does, after the program that runs now; what it has printed is lost. */
  interrupt(): void {
    this.#abort?.abort();
  }

  /** Runs one program with its arguments as they are, without a shell. */
  async runArgv(argv: readonly string[], options: { readonly stdin?: string; readonly at?: Place } = {}): Promise<Output> {
    const frame = options.at === undefined ? this.#top : this.#frame(options.at);
    const output = await this.#exec(frame, argv, options.stdin ?? '');
    this.#saveAll();
    this.#enterPending();
    return output;
  }

  #enterPending(): void {
    if (this.#pending === undefined) return;
    this.#frames.push({ ...this.#frame(this.#pending.place), left: this.#pending.left });
    this.#pending = undefined;
  }

  get #top(): Frame {
    return this.#frames.at(-1)!;
  }

  #frame(place: Place): Frame {
    if (place.kind === 'node') {
      const path = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
      return {
        place,
        functions: new Map(),
        cwd: '/root',
        env: {
          HOME: '/root',
          USER: 'root',
          LOGNAME: 'root',
          SHELL: '/bin/bash',
          PATH: path,
          HOSTNAME: place.node,
          TERM: 'xterm-256color',
          LANG: 'C.UTF-8',
          BASH_ALIAS_k: 'kubectl',
        },
      };
    }
    const pod = this.#options.lab.snapshot.cluster.get(Pod, place.namespace, place.pod);
    const container = pod?.spec.containers.find((one) => one.name === place.container);
    return {
      place,
      functions: new Map(),
      cwd: container?.workingDir ?? '/',
      env: { HOME: '/root', ...Object.fromEntries(this.#options.environmentAt(place)) },
    };
  }

  #filesAt(place: Place): PlaceFiles {
    // A network namespace has the host's files.
    const key = place.kind === 'node' ? place.node : placeKey(place);
    let files = this.#files.get(key);
    if (files === undefined) this.#files.set(key, (files = new PlaceFiles(this.#options.lab, place, this.#programsAt(place))));
    return files;
  }

  #saveAll(): void {
    for (const files of this.#files.values()) files.save();
  }

  #command(name: string): Command | undefined {
    return indexOf(this.#options.commands).byName.get(name);
  }

  #has(program: string, place: Place): boolean {
    const name = program.split('/').at(-1)!;
    const here = this.#options.programsAt(place);
    const command = this.#command(name);
    if (!isThere(place, here, name, command)) return false;
    return command !== undefined || (builtins as readonly string[]).includes(name) || name === 'test' || name === '[';
  }

  /** A program without a shell: ours is called; one of bash's own goes through it with the arguments kept whole. */
  async #exec(frame: Frame, argv: readonly string[], stdin: string): Promise<Output> {
    const [program, ...args] = argv;
    const name = program!.split('/').at(-1)!;
    if (!this.#has(name, frame.place)) return { stdout: '', stderr: `bash: line 1: ${program}: command not found\n`, exitCode: 127 };
    const command = this.#command(name);
    if (command !== undefined) return this.#call(command, args, frame, { stdin, cwd: frame.cwd, env: new Map(Object.entries(frame.env)) });
    if ((name === 'sh' || name === 'bash') && args.length === 0) return this.#runIn(frame, stdin, '', false);
    return this.#runIn(frame, [name, ...args].map(quoted).join(' '), stdin, false);
  }

  async #call(command: Command, args: readonly string[], frame: Frame, { pipes, ...given }: Given): Promise<Output> {
    this.#saveAll();
    await this.#options.breathe?.();
    const { place } = frame;
    const io: Io = {
      ...given,
      files: withDevices(this.#filesAt(place), new Map([...(pipes ?? []), ['/dev/stdin', given.stdin]])),
      tty: this.#options.tty === true,
      run: async (argv, options) => {
        this.#saveAll();
        const at = options?.at ?? place;
        const inner = options?.at === undefined ? { ...frame, cwd: given.cwd, env: Object.fromEntries(given.env) } : this.#frame(at);
        if (options?.env !== undefined) Object.assign(inner.env, Object.fromEntries(options.env));
        const before = this.#deadline;
        this.#deadline = Math.min(before, options?.deadline ?? Infinity);
        try {
          return await this.#exec(inner, argv, options?.stdin ?? '');
        } finally {
          this.#deadline = before;
        }
      },
      shell: async (line, options) => {
        this.#saveAll();
        const inner =
          options?.at === undefined ? { ...frame, cwd: given.cwd, env: Object.fromEntries(given.env) } : this.#frame(options.at);
        return this.#runIn(inner, line, options?.stdin ?? '', false);
      },
      has: (program, at) => this.#has(program, at ?? place),
      ...(this.#options.edit !== undefined && { edit: this.#options.edit }),
      ...(this.#options.history !== undefined && { history: this.#options.history() }),
    };
    const { lab, screen } = this.#options;
    const began = lab.now;
    const run = (given: Io) => command.run(args, given, { lab, place });
    const fills = screen !== undefined && !this.#screenLent && command.fillsScreen === true && printsToScreen(this.#line, command.name);
    this.#screenLent ||= fills;
    const output = fills
      ? await screen(async (lent) => await run({ ...io, screen: lent })).finally(() => (this.#screenLent = false))
      : await run(io);
    this.#saveAll();
    const ends = Math.min(began + Math.round(elapsedOf(output)), this.#deadline);
    if (ends > lab.now) lab.advance(ends - lab.now);
    if (output.enter !== undefined) this.#pending = { place: output.enter, left: output.left };
    return output;
  }

  /** Runs shell text in a frame; what it does to directory and variables stays there when `keep`. */
  async #runIn(frame: Frame, line: string, stdin: string, keep: boolean): Promise<Output> {
    const bash = await this.#interpreter(frame);
    this.#crash = undefined;
    const syntax = await import('just-bash');
    const before = ['shopt -s expand_aliases', ...(frame.functions?.values() ?? []), ...(frame.status ? [`(exit ${frame.status})`] : [])];
    const result = await bash.exec(`${before.join('\n')}\n${withStopwatch(line, syntax)}`, {
      env: frame.env,
      replaceEnv: true,
      cwd: frame.cwd,
      stdin,
      rawScript: true,
      ...(this.#abort !== undefined && { signal: this.#abort.signal }),
    });
    this.#saveAll();
    if (this.#crash !== undefined) throw this.#crash;
    if (keep && this.#abort?.signal.aborted === true) {
      frame.status = 130;
      return { stdout: '', stderr: '', exitCode: 130 };
    }
    if (keep) {
      frame.status = result.exitCode;
      for (const [name, text] of functionsIn(line, syntax)) frame.functions?.set(name, text);
    }
    if (keep && result.env !== undefined) {
      frame.cwd = result.env['PWD'] ?? frame.cwd;
      frame.env = Object.fromEntries(
        Object.entries(result.env).filter(([name]) => !['SHELLOPTS', 'BASHOPTS', '_', 'PIPESTATUS'].includes(name)),
      );
    }
    return { stdout: asText(result.stdout, result.stdoutKind), stderr: inBashsWords(result.stderr), exitCode: result.exitCode };
  }

  async #interpreter(frame: Frame): Promise<Bash> {
    const key = placeKey(frame.place);
    const known = this.#interpreters.get(key);
    if (known !== undefined) return known;
    const { Bash, defineCommand } = await import('just-bash');
    const { place } = frame;
    const here = this.#options.programsAt(place);
    const allowed = (name: string) => isThere(place, here, name, this.#command(name)) || shellBuiltins.has(name);
    const custom = this.#options.commands
      .filter((command) => allowed(command.name))
      .map((command) =>
        defineCommand(command.name, async (args, context) => {
          this.#nested++;
          try {
            const output = await this.#call(command, args, frame, {
              stdin: decodeStdin(context.stdin),
              cwd: context.cwd,
              env: exportedFrom(context, frame.env),
              pipes: await pipesIn(args, context.fs),
            });
            if (this.#nested === 1) this.#outputs.push(output);
            return { stdout: output.stdout, stderr: output.stderr, exitCode: output.exitCode };
          } catch (error) {
            // The interpreter would turn it into a message: it is ours, and is told as what it is.
            this.#crash = error;
            return { stdout: '', stderr: '', exitCode: 1 };
          } finally {
            this.#nested--;
          }
        }),
      );
    const watches = [
      defineCommand(stopwatch.start, async () => {
        this.#timed.push(this.#options.lab.now);
        return { stdout: '', stderr: '', exitCode: 0 };
      }),
      defineCommand(stopwatch.stop, async ([status, posix]) => {
        const { lab } = this.#options;
        const report = timeReport(lab.now - this.#timed.pop()!, posix === '-p', { lab, place });
        return failure(report, Number(status));
      }),
    ];
    const fs = bashFileSystem(this.#filesAt(place), () => rfc3339(this.#options.lab.now));
    const bash = new Bash({
      fs,
      commands: builtins.filter(allowed),
      customCommands: [...custom, ...watches],
      executionLimits: limits(this.#options.tty === true),
      defenseInDepth: false,
      sleep: async (milliseconds) => this.#options.lab.advance(milliseconds),
      processInfo: { pid: 4711, ppid: 4710, uid: 0, gid: 0 },
    });
    this.#interpreters.set(key, bash);
    return bash;
  }
}

/** What a program is started with; `pipes` are the texts that it finds at paths in its arguments. */
type Given = Pick<Io, 'stdin' | 'cwd' | 'env'> & { readonly pipes?: ReadonlyMap<string, string> };

/** The texts of `<(…)` among the arguments, which the interpreter has put where only its own programs look. */
async function pipesIn(args: readonly string[], fs: IFileSystem): Promise<ReadonlyMap<string, string>> {
  const paths = args.flatMap((arg) => arg.match(/\/dev\/fd\/\d+/g) ?? []);
  return new Map(await Promise.all(paths.map(async (path) => [path, await fs.readFile(path).catch(() => '')] as const)));
}

/** Commands by their names, and the lists of what places with them have: by the kind of the place, or by its image's programs. */
interface CommandIndex {
  readonly byName: ReadonlyMap<string, Command>;
  readonly lists: Map<Place['kind'] | ReadonlySet<string>, readonly string[]>;
}

const indices = new WeakMap<readonly Command[], CommandIndex>();

function indexOf(commands: readonly Command[]): CommandIndex {
  let index = indices.get(commands);
  if (index === undefined)
    indices.set(commands, (index = { byName: new Map(commands.toReversed().map((one) => [one.name, one])), lists: new Map() }));
  return index;
}

type Variables = ReadonlyMap<string, string> | Readonly<Record<string, string>>;

function asMap(variables: Variables | undefined): ReadonlyMap<string, string> {
  return variables instanceof Map ? variables : new Map(Object.entries(variables ?? {}));
}

/** What a program finds in its environment: what the line has exported, and what was there before it. */
function exportedFrom(
  context: { readonly env: Variables; readonly exportedEnv?: Variables },
  before: Readonly<Record<string, string>>,
): ReadonlyMap<string, string> {
  const all = asMap(context.env);
  const kept = Object.keys(before).flatMap((name) => (all.has(name) ? [[name, all.get(name)!] as const] : []));
  return new Map([...kept, ...asMap(context.exportedEnv)]);
}

/** The functions that a text defines outside of any other command, as texts. */
function functionsIn(text: string, { parse, serialize }: Syntax): readonly (readonly [name: string, text: string])[] {
  if (!/\(\s*\)|\bfunction\b/.test(text)) return [];
  try {
    const script = parse(text);
    return script.statements.flatMap((statement) => {
      const [command, ...more] = statement.pipelines[0]?.commands ?? [];
      if (command?.type !== 'FunctionDef' || more.length > 0) return [];
      return [
        [
          command.name,
          serialize(
            withHereStrings({ ...script, statements: [{ ...statement, pipelines: statement.pipelines.slice(0, 1), operators: [] }] }),
          ),
        ] as const,
      ];
    });
  } catch {
    return [];
  }
}

/** Reports whether what a program of this name prints in a line goes to the terminal: it stands last, and nothing is redirected there. */
function printsToScreen(line: string, name: string): boolean {
  const bare = line.replace(/'[^']*'|"[^"]*"/g, 'quoted');
  const last = bare.slice(bare.lastIndexOf('|') + 1);
  return !last.includes('>') && last.split(/[\s;&()/]+/).includes(name);
}

/** Reports whether a text is a whole command: no quote, here-document, loop or backslash is still open. */
export async function isComplete(text: string): Promise<boolean> {
  if (/\\$/.test(text)) return false;
  if (!/['"`(){}]|<<|\b(do|then|else|if|for|while|until|case|function)\b|[|&]\s*$/.test(text)) return true;
  const open = /<<-?\s*(['"]?)(\w+)\1/.exec(text);
  if (open !== null && !new RegExp(`^\\t*${open[2]!}$`, 'm').test(text.slice(text.indexOf('\n') + 1))) return false;
  const { parse } = await import('just-bash');
  try {
    parse(text);
    return true;
  } catch (error) {
    return !/unexpected EOF|got EOF/.test(String((error as Error).message));
  }
}

/** The node a session begins on: the first control plane, or the first node. */
export function controlPlaneOf(lab: Lab): Place {
  const hosts = [...lab.snapshot.hosts.values()];
  return { kind: 'node', node: (hosts.find((host) => host.controlPlane) ?? hosts[0])?.name ?? nodeName('controlplane') };
}

/** Reports whether a place with these programs has one. */
function isThere(place: Place, programs: 'all' | ReadonlySet<string>, name: string, command: Command | undefined): boolean {
  if (programs !== 'all') return programs.has(name);
  return command?.onlyIn === undefined || (command.onlyIn === 'machines' && place.kind === 'node');
}

function placeKey(place: Place): string {
  return place.kind === 'node'
    ? `${place.node}${place.netns === undefined ? '' : ` ${place.netns}`}`
    : `${place.podUid}/${place.container}`;
}

/** A word quoted so that the shell gives it back as it is. */
export function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** The words of a line that has nothing of the shell in it. */
function plainWords(line: string): readonly string[] | undefined {
  const text = line.trim();
  return /^[\w@%+=:,./ -]+$/.test(text) ? text.split(/\s+/) : undefined;
}

/** What bash says of a line that it cannot read; the interpreter says more. */
function inBashsWords(stderr: string): string {
  return stderr
    .replace(/^bash: syntax error: Parse error at \d+:\d+: (syntax error near unexpected token .*)$/m, 'bash: $1')
    .replace(/^bash: syntax error: Parse error at \d+:\d+: .*got EOF$/m, 'bash: syntax error: unexpected end of file');
}

function asText(text: string, kind: 'text' | 'bytes' | undefined): string {
  return kind === 'bytes' ? decodeBytes(text) : text;
}

function decodeBytes(text: string): string {
  return new TextDecoder().decode(Uint8Array.from(text, (char) => char.charCodeAt(0)));
}

/** The interpreter hands programs their input as one character a byte. */
function decodeStdin(stdin: unknown): string {
  const text = String(stdin ?? '');

  return /^[\x00-\x7f]*$/.test(text) ? text : decodeBytes(text);
}
