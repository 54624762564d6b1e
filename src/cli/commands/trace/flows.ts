/** Many flows at once: one JSON object a line in, one out, in order. */
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { traceFlow, unknownEnd } from '#lab/flows.ts';
import type { Lab } from '#lab/lab.ts';
import { Flow } from '#learn/flow-schema.ts';
import { Failure } from '../../failure.ts';

/** What a line asks for. */
export interface Asked {
  readonly id: unknown;
  readonly flow: Flow;
}

/** Reads a flow; a text says what is wrong with it. */
export function readFlow(line: string): Asked | { readonly id: unknown; readonly error: string } {
  let parsed: unknown;
  try {
    parsed = JSON.parse(line);
  } catch {
    return { id: null, error: 'not a JSON object' };
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) return { id: null, error: 'not a JSON object' };
  const { id = null, ...rest } = parsed as { readonly id?: unknown };
  const result = Flow.safeParse(rest);
  if (result.success) return { id, flow: result.data };
  const issue = result.error.issues[0]!;
  const field = issue.path.join('.');
  const said = issue.code === 'unrecognized_keys' ? `there is no field ${issue.keys.join(', ')}` : issue.message;
  return { id, error: field === '' ? said : `${field} ${said.startsWith('must') ? said : `is not right: ${said}`}` };
}

/** One answer: the flow's, or why there is none. */
export function answer(lab: Lab, asked: ReturnType<typeof readFlow>): object {
  if ('error' in asked) return asked;
  const unknown = unknownEnd(lab.snapshot, asked.flow);
  return unknown === undefined ? { id: asked.id, ...traceFlow(lab, asked.flow) } : { id: asked.id, error: unknown };
}

/** Answers every line of a file (`-` for standard input) on stdout. Reports whether all could be understood. */
export async function traceFlows(lab: Lab, file: string): Promise<boolean> {
  let understood = true;
  for await (const line of createInterface({ input: await open(file), crlfDelay: Infinity })) {
    if (line.trim() === '') continue;
    const said = answer(lab, readFlow(line));
    if ('error' in said) understood = false;
    if (!process.stdout.write(`${JSON.stringify(said)}\n`)) await once(process.stdout, 'drain');
  }
  return understood;
}

async function open(file: string): Promise<Readable> {
  if (file === '-') return process.stdin;
  const found = await stat(file).catch(() => undefined);
  if (found === undefined) throw new Failure(`--flows: there is no file "${file}"`);
  if (found.isDirectory()) throw new Failure(`--flows: ${file} is a directory`);
  return createReadStream(file, 'utf8');
}
