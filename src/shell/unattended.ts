/** Scripts that nobody is attached to: whether they can be carried out here to their end, and where what they write goes. */
import type { CommandNode, IFileSystem, PipelineNode, ScriptNode, SimpleCommandNode, StatementNode, WordNode } from 'just-bash';
import type { LogLine } from '#node/host.ts';
import { normalize } from '#node/files.ts';
import { withHereStrings } from './here-documents.ts';
import { quoted } from './lines.ts';
import { shells } from './programs.ts';
import { literal, type Syntax } from './timed.ts';

/** The streams of a container's first process, as scripts in containers name them too. */
const streams: Readonly<Record<string, LogLine['stream']>> = { '/proc/1/fd/1': 'stdout', '/proc/1/fd/2': 'stderr' };

/** A file system in which those streams can be written to. */
export function withStreams(fs: IFileSystem, write: (stream: LogLine['stream'], text: string) => Promise<void>): IFileSystem {
  const streamAt = (path: string) => streams[normalize(path)];
  const put =
    (inner: IFileSystem['writeFile']): IFileSystem['writeFile'] =>
    async (path, content, options) => {
      const stream = streamAt(path);
      if (stream === undefined) return inner(path, content, options);
      await write(stream, typeof content === 'string' ? content : new TextDecoder().decode(content));
    };
  return {
    ...fs,
    writeFile: put(fs.writeFile),
    appendFile: put(fs.appendFile),
    exists: async (path) => streamAt(path) !== undefined || fs.exists(path),
    stat: async (path) => fs.stat(streamAt(path) === undefined ? path : '/dev/null'),
  };
}

/** The script of a container's command line: that of `sh -c`, or one of the command alone; and what it finds in `$0`. */
export function scriptOf(argv: readonly string[]): { readonly text: string; readonly name: string } {
  const [program = '', flags = '', script, ...args] = argv;
  if (!shells.includes(baseName(program)) || !/^-[eux]*c$/.test(flags) || script === undefined)
    return { text: argv.map(quoted).join(' '), name: program };
  const options = flags.slice(1, -1);
  const prologue = [
    ...(options === '' ? [] : [`set -${options}`]),
    ...(args.length > 1 ? [`set -- ${args.slice(1).map(quoted).join(' ')}`] : []),
  ];
  return { text: [...prologue, script].join('\n'), name: args[0] ?? program };
}

function baseName(program: string): string {
  return program.slice(program.lastIndexOf('/') + 1);
}

/** What can be told of a script before it runs. */
export interface Reading {
  /** What it writes goes to the streams as it is written. */
  readonly text: string;
  /** It does something again and again until something else has happened, or for ever. */
  readonly loops: boolean;
}

/** Reads a script; undefined where it cannot be carried out: a program is not there or would not end, or it does two things at once. */
export function readScript(
  { text, name }: ReturnType<typeof scriptOf>,
  syntax: Syntax,
  has: (program: string) => boolean,
): Reading | undefined {
  let script: ScriptNode;
  try {
    script = syntax.parse(text);
  } catch {
    // The shell says what is wrong with it, and ends.
    return { text, loops: false };
  }
  const look = new Look(syntax, has);
  if (!look.canRun(script)) return undefined;
  return { text: syntax.serialize(withHereStrings(named(redirected(script, syntax), name) as ScriptNode)), loops: look.loops };
}

/** What every shell does itself and comes to an end. */
const ownWords = new Set(
  ': [ break cd command continue declare echo exit export false let local printf pwd read readonly return set shift test true type umask unset'.split(
    ' ',
  ),
);
/** Programs that run another, whose name stands behind their own flags. */
const starters = new Set(['command', 'env', 'exec', 'nice', 'nohup', 'time']);
/** Programs that do not end by themselves, or wait for a person. */
const endless = new Set(['crond', 'httpd', 'less', 'more', 'nginx', 'syslogd', 'tcpdump', 'top', 'vi', 'watch']);
/** Arguments with which a program does not end by itself. */
const endlessArgs: Readonly<Record<string, (args: readonly string[]) => boolean>> = {
  ping: (args) => !args.some((arg) => /^-\w*[cw]/.test(arg)),
  nc: (args) => args.some((arg) => /^-\w*l/.test(arg) || arg === '--listen'),
  tail: (args) => args.some((arg) => /^-\w*[fF]/.test(arg) || arg.startsWith('--follow')),
  ip: (args) => args.some((arg) => /^mon/.test(arg)),
  openssl: ([command]) => command === 's_server',
  conntrack: (args) => args.includes('-E'),
  kubectl: (args) => args.some((arg) => ['-w', '--watch', '-f', '--follow', 'attach', 'edit', 'port-forward', 'proxy'].includes(arg)),
};

class Look {
  readonly #syntax: Syntax;
  readonly #has: (program: string) => boolean;
  readonly #functions = new Set<string>();
  loops = false;

  constructor(syntax: Syntax, has: (program: string) => boolean) {
    this.#syntax = syntax;
    this.#has = has;
  }

  canRun(node: unknown): boolean {
    this.#collect(node);
    return this.#node(node);
  }

  #collect(node: unknown): void {
    if (typeof node !== 'object' || node === null) return;
    const { type, name } = node as { readonly type?: unknown; readonly name?: unknown };
    if (type === 'FunctionDef') this.#functions.add(String(name));
    for (const inner of Object.values(node)) this.#collect(inner);
  }

  #node(node: unknown): boolean {
    if (typeof node !== 'object' || node === null) return true;
    const { type, background } = node as { readonly type?: unknown; readonly background?: unknown };
    if (background === true) return false;
    if (type === 'While' || type === 'Until' || type === 'CStyleFor') this.loops = true;
    if (type === 'SimpleCommand' && !this.#command(node as SimpleCommandNode)) return false;
    return Object.values(node).every((inner) => this.#node(inner));
  }

  #command({ name, args }: SimpleCommandNode): boolean {
    return name === null || this.#program([name, ...args].map(textOf));
  }

  #program([name, ...args]: readonly (string | undefined)[]): boolean {
    if (name === undefined) return false;
    const program = baseName(name);
    if (this.#functions.has(name)) return true;
    if (starters.has(program)) {
      const at = args.findIndex((arg) => arg === undefined || !/^-|^\w+=/.test(arg));
      return at < 0 ? program !== 'exec' : this.#program(args.slice(at));
    }
    if (ownWords.has(name)) return true;
    if (!this.#has(name)) return false;
    if (program === 'timeout') return args.some((arg) => arg !== undefined && this.#has(arg));
    if (shells.includes(program)) return this.#shell(args);
    const words = args.filter((arg) => arg !== undefined);
    return !endless.has(program) && endlessArgs[program.replace(/^ping6$/, 'ping')]?.(words) !== true;
  }

  #shell([flag, text]: readonly (string | undefined)[]): boolean {
    if (flag === undefined || text === undefined || !/^-\w*c$/.test(flag)) return false;
    try {
      return this.canRun(this.#syntax.parse(text));
    } catch {
      return false;
    }
  }
}

/** The interpreter reads `[` as the beginning of a pattern. */
function textOf(word: WordNode): string | undefined {
  const [part, ...more] = word.parts;
  return part?.type === 'Glob' && part.pattern === '[' && more.length === 0 ? '[' : literal(word);
}

/** A script whose statements write to the streams, each as soon as it has ended, inside of loops and conditions too. */
function redirected(script: ScriptNode, { parse }: Syntax): ScriptNode {
  const frame = parse('{ true; } >> /proc/1/fd/1 2>> /proc/1/fd/2').statements[0]!;
  const group = frame.pipelines[0]!.commands[0] as Extract<CommandNode, { readonly type: 'Group' }>;
  const alone: StatementNode = { type: 'Statement', pipelines: [], operators: [], background: false };
  const statements = (list: readonly StatementNode[]): StatementNode[] =>
    list.map((statement) => ({ ...statement, pipelines: statement.pipelines.map(pipeline) }));
  const pipeline = (one: PipelineNode): PipelineNode => {
    const [command] = one.commands;
    if (one.commands.length > 1 || command === undefined) return around(one);
    if (command.type === 'FunctionDef' || isJump(command)) return one;
    if (command.type === 'SimpleCommand' || command.redirections.length > 0) return around(one);
    const inner = within(command);
    return inner === undefined ? around(one) : { ...one, commands: [inner] };
  };
  const around = (one: PipelineNode): PipelineNode => ({
    ...frame.pipelines[0]!,
    commands: [{ ...group, body: [{ ...alone, pipelines: [one] }] }],
  });
  const within = (command: CommandNode): CommandNode | undefined => {
    switch (command.type) {
      case 'Group':
      case 'For':
      case 'CStyleFor':
        return { ...command, body: statements(command.body) };
      case 'While':
      case 'Until':
        return { ...command, condition: statements(command.condition), body: statements(command.body) };
      case 'If': {
        const clauses = command.clauses.map(({ condition, body }) => ({ condition: statements(condition), body: statements(body) }));
        return { ...command, clauses, elseBody: command.elseBody && statements(command.elseBody) };
      }
      case 'Case':
        return { ...command, items: command.items.map((item) => ({ ...item, body: statements(item.body) })) };
      default:
        return undefined;
    }
  };
  return { ...script, statements: statements(script.statements) };
}

/** A script with its name for `$0`, which the interpreter has no other way to be told. */
function named(node: unknown, name: string): unknown {
  if (Array.isArray(node)) return node.map((one) => named(one, name));
  if (typeof node !== 'object' || node === null) return node;
  const { type, parameter, operation } = node as { readonly type?: unknown; readonly parameter?: unknown; readonly operation?: unknown };
  const isName = type === 'ParameterExpansion' && parameter === '0' && operation === null;
  // Quoted or not, such a name stands for itself.
  if (isName && /^[\w./-]+$/.test(name)) return { type: 'Literal', value: name };
  return Object.fromEntries(Object.entries(node).map(([key, value]) => [key, named(value, name)]));
}

/** What leaves a loop, a function or the shell writes nothing. */
function isJump(command: CommandNode): boolean {
  if (command.type !== 'SimpleCommand' || command.name === null) return false;
  return ['break', 'continue', 'exec', 'exit', 'return', 'set', 'shift'].includes(literal(command.name) ?? '');
}
