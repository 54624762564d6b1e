/** `&`: the interpreter would run such a command and forget it. Here the shell is told that one begins and ends, and what it is. */
import type { CommandNode, PipelineNode, ScriptNode, StatementNode, WordNode } from 'just-bash';
import { withHereStrings } from './here-documents.ts';
import type { Syntax } from './timed.ts';

/** The program that tells the shell. No directory lists it, but the interpreter finds it by its path. */
export const jobTeller = 'cka-net-job';
const path = `/usr/bin/${jobTeller}`;

/** Reports whether a path is its. */
export function isJobTeller(text: string): boolean {
  return text === path;
}

/** A script that tells of its background commands, and asks for `$!`; a text that cannot be read is left to say so itself. */
export function withJobs(text: string, syntax: Syntax): string {
  if (!/(^|[^&>|<\\])&(?![&>])|\$!|\$\{!\}/.test(text)) return text;
  try {
    const rewriting = new Rewriting(syntax);
    const script = rewriting.node(syntax.parse(text), false) as ScriptNode;
    return rewriting.changed ? syntax.serialize(withHereStrings(script)) : text;
  } catch {
    return text;
  }
}

/** A line after which the shell is told, where it has not left itself before: with the status of the last command. */
export function withEnd(text: string): string {
  return `${text}\n${path} reached $?`;
}

class Rewriting {
  readonly #syntax: Syntax;
  changed = false;

  constructor(syntax: Syntax) {
    this.#syntax = syntax;
  }

  /** `within`: in a subshell, which says nothing of its jobs. */
  node(node: unknown, within: boolean): unknown {
    if (Array.isArray(node)) return node.map((one) => this.node(one, within));
    if (typeof node !== 'object' || node === null) return node;
    const { type } = node as { readonly type?: unknown };
    const inside = within || type === 'Subshell' || type === 'CommandSubstitution' || type === 'ProcessSubstitution';
    const inner = Object.fromEntries(Object.entries(node).map(([key, value]) => [key, this.node(value, inside)]));
    if (type === 'ParameterExpansion' && isLastPid(inner as unknown as ParameterExpansionPart)) return this.#lastPid();
    if (type === 'Statement' && inner['background'] === true) return this.#job(inner as unknown as StatementNode, within);
    return inner;
  }

  #lastPid(): unknown {
    this.changed = true;
    return this.#firstWord(`echo $(${path} last)`).parts[0];
  }

  /** `{ begin …; command; end $?; }`: a group is no shell of its own. */
  #job(statement: StatementNode, within: boolean): StatementNode {
    this.changed = true;
    const { parse, serialize } = this.#syntax;
    const text = serialize(withHereStrings(scriptOf({ ...statement, background: false })))
      .trim()
      .replace(/(>&|<&) (?=[\d-])/g, '$1');
    const frame = parse(`{ ${path} begin ${quotedText(text)} ${within ? 'quiet' : 'loud'} ''; true; ${path} end $?; }`).statements[0]!;
    const outer = frame.pipelines[0]!;
    const group = outer.commands[0] as unknown as { readonly body: readonly [StatementNode, StatementNode, StatementNode] };
    const [begin, , end] = group.body;
    const streams = streamsOf(statement.pipelines.at(-1)!);
    const body = [withArguments(begin, streams), { ...statement, background: false }, end];
    return { ...frame, pipelines: [{ ...outer, commands: [{ ...group, body } as unknown as CommandNode] }], background: true };
  }

  #firstWord(text: string): WordNode {
    const command = this.#syntax.parse(text).statements[0]!.pipelines[0]!.commands[0]!;
    return (command as { readonly args: readonly WordNode[] }).args[0]!;
  }
}

type ParameterExpansionPart = Extract<WordNode['parts'][number], { readonly type: 'ParameterExpansion' }>;

function isLastPid({ parameter, operation }: ParameterExpansionPart): boolean {
  return parameter === '!' && operation === null;
}

function scriptOf(statement: StatementNode): ScriptNode {
  return { type: 'Script', statements: [statement] };
}

function quotedText(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** In the place of the last word of the command: where both streams of the job go. */
function withArguments(begin: StatementNode, words: readonly WordNode[]): StatementNode {
  const pipeline = begin.pipelines[0]!;
  const command = pipeline.commands[0] as CommandNode & { readonly args: readonly WordNode[] };
  const args = [...command.args.slice(0, -1), ...words];
  return { ...begin, pipelines: [{ ...pipeline, commands: [{ ...command, args } as CommandNode] }] };
}

const wordOf = (value: string): WordNode => ({ type: 'Word', parts: [{ type: 'SingleQuoted', value }] });

/** What stands for the terminal, and for what cannot be followed: a pipe, a group. */
export const terminal = '';
export const elsewhere = '|';

/** Where a pipeline's standard output and errors go, as words to be expanded. */
function streamsOf({ commands }: PipelineNode): readonly [WordNode, WordNode] {
  const [command] = commands;
  if (commands.length > 1 || command?.type !== 'SimpleCommand') return [wordOf(elsewhere), wordOf(elsewhere)];
  const to = [wordOf(terminal), wordOf(terminal), wordOf(terminal)];
  for (const { operator, fd, target } of command.redirections) {
    if (target.type !== 'Word') continue;
    const [part] = target.parts;
    const copied = operator === '>&' && part?.type === 'Literal' && /^[12]$/.test(part.value) ? Number(part.value) : undefined;
    if (copied !== undefined) to[fd ?? 1] = to[copied]!;
    else if (operator === '&>' || operator === '&>>' || (operator === '>&' && fd === null)) to[1] = to[2] = target;
    else if (operator.startsWith('>')) to[fd ?? 1] = target;
  }
  return [to[1]!, to[2]!];
}
