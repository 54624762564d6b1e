/** The keyword `time`: the interpreter would measure the learner's time, and here it is the cluster's that passes. */
import type { PipelineNode, ScriptNode, SimpleCommandNode, WordNode } from 'just-bash';
import { withHereStrings } from './here-documents.ts';
import { userlandAt } from './network/dialect.ts';
import type { Here } from './command.ts';

/** Programs that stand around a pipeline that is timed. No directory lists them, but the interpreter finds them by their paths. */
export const stopwatch = { start: 'cka-net-stopwatch-start', stop: 'cka-net-stopwatch-stop' } as const;
const paths = { start: `/usr/bin/${stopwatch.start}`, stop: `/usr/bin/${stopwatch.stop}` } as const;

/** Reports whether a path is one of theirs. */
export function isStopwatch(path: string): boolean {
  return path === paths.start || path === paths.stop;
}

/** Reports whether a text may have the keyword in it. */
function mayTime(text: string): boolean {
  return /(^|[\s;&|({!'"])time\s/.test(text);
}

/** Reads and prints scripts, as the interpreter does. */
export interface Syntax {
  parse(text: string): ScriptNode;
  serialize(script: ScriptNode): string;
}

/** A script with the stopwatch around every pipeline that is timed, in `sh -c` too; a text that cannot be read is left to say so itself. */
export function withStopwatch(text: string, syntax: Syntax): string {
  if (!mayTime(text)) return text;
  try {
    return syntax.serialize(withHereStrings(replaced(syntax.parse(text), syntax) as ScriptNode));
  } catch {
    return text;
  }
}

function replaced(node: unknown, syntax: Syntax): unknown {
  if (Array.isArray(node)) return node.map((one) => replaced(one, syntax));
  if (typeof node !== 'object' || node === null) return node;
  const inner = Object.fromEntries(Object.entries(node).map(([key, value]) => [key, replaced(value, syntax)]));
  if (inner['type'] === 'SimpleCommand') return withInnerScript(inner as unknown as SimpleCommandNode, syntax);
  if (inner['type'] !== 'Pipeline' || inner['timed'] !== true) return inner;
  const { timePosix, ...pipeline } = inner as unknown as PipelineNode;
  return around({ ...pipeline, timed: false, timePosix: false }, timePosix === true, syntax);
}

/** `sh -c 'time …'`: the script of a shell that is started, as far as it stands there as it is. */
function withInnerScript(command: SimpleCommandNode, syntax: Syntax): SimpleCommandNode {
  const [name, flag] = [command.name, command.args[0]].map((word) => (word === null || word === undefined ? undefined : literal(word)));
  const script = command.args[1];
  const text = script === undefined ? undefined : literal(script);
  if (!/^(\/bin\/)?(ba|a|da)?sh$/.test(name ?? '') || flag !== '-c' || text === undefined) return command;
  const timed = { ...script!, parts: [{ type: 'SingleQuoted' as const, value: withStopwatch(text, syntax) }] };
  return { ...command, args: command.args.with(1, timed) };
}

/** The text of a word in which nothing is expanded. */
export function literal({ parts }: WordNode): string | undefined {
  const texts = parts.map((part) => {
    if (part.type === 'Literal' || part.type === 'SingleQuoted' || part.type === 'Escaped') return part.value;
    return part.type === 'DoubleQuoted' ? literal({ ...part, type: 'Word' }) : undefined;
  });
  return texts.includes(undefined) ? undefined : texts.join('');
}

/** `{ start; pipeline; stop $?; }`: a group is no shell of its own, and `stop` hands the status on. */
function around(pipeline: PipelineNode, posix: boolean, { parse }: Syntax): PipelineNode {
  const frame = parse(`{ ${paths.start}; true; ${paths.stop} $? ${posix ? '-p' : ''}; }`);
  const outer = frame.statements[0]!.pipelines[0]!;
  const group = outer.commands[0] as unknown as { readonly body: readonly { readonly pipelines: readonly PipelineNode[] }[] };
  const [start, middle, stop] = group.body;
  const body = [start!, { ...middle!, pipelines: [pipeline] }, stop!];
  return { ...outer, commands: [{ ...group, body }] } as unknown as PipelineNode;
}

/** What bash says of so many milliseconds, or busybox's `time`. Processors are not simulated: they have taken no time. */
export function timeReport(milliseconds: number, posix: boolean, here: Here): string {
  const seconds = milliseconds / 1000;
  if (posix) return `real ${seconds.toFixed(2)}\nuser 0.00\nsys 0.00\n`;
  const minutes = Math.floor(seconds / 60);
  if (here.place.kind === 'pod' && userlandAt(here).applets === 'all')
    return `real\t${minutes}m ${(seconds - minutes * 60).toFixed(2)}s\nuser\t0m 0.00s\nsys\t0m 0.00s\n`;
  return `\nreal\t${minutes}m${(seconds - minutes * 60).toFixed(3)}s\nuser\t0m0.000s\nsys\t0m0.000s\n`;
}
