/** `<scenario>` on a command line: a bundled scenario's name, a file, a directory, or `-` for standard input. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { loadScenario } from '#scenario/load.ts';
import { didYouMean } from '#scenario/nearest.ts';
import type { Problem } from '#scenario/problem.ts';
import type { Scenario } from '#scenario/scenario.ts';
import { maxFileBytes, type SourceFile } from '#scenario/source.ts';
import { BadScenario, Failure } from './failure.ts';
import { listScenarios } from './library.ts';

/**
 * Reads a scenario, its words drawn from the seed; throws a {@link Failure} when there is none, a {@link BadScenario} with every problem
 * when it is not sound.
 */
export async function readScenario(argument: string, seed?: string): Promise<Scenario> {
  const result = loadScenario(await readSources(argument), seed);
  if (!result.ok) throw new BadScenario(result.problems);
  return result.scenario;
}

/** The files that an argument means. */
export async function readSources(argument: string): Promise<readonly SourceFile[]> {
  if (argument === '-') return [sourceOf('<stdin>', await readStdin())];
  return sourcePaths(argument).map(readSource);
}

/** The paths of the files that an argument means; a {@link Failure} when there is none. */
export function sourcePaths(argument: string): readonly string[] {
  const listed = listScenarios();
  const bundled = listed.find((one) => one.name === argument);
  const path = bundled?.path ?? argument;
  if (!existsSync(path)) {
    const names = listed.map((one) => one.name);
    throw new Failure(
      `no scenario, file or directory is called "${argument}"${didYouMean(argument, names) || '; `cka-net list` shows the scenarios'}`,
    );
  }
  const stats = statSync(path);
  if (!stats.isDirectory()) return [path];
  const files = readdirSync(path)
    .filter((file) => /\.ya?ml$/.test(file))
    .sort();
  if (files.length === 0) throw new Failure(`${path}: there is no .yaml or .yml file in this directory`);
  return files.map((file) => join(path, file));
}

function readSource(path: string): SourceFile {
  const { size } = statSync(path);
  if (size > maxFileBytes) throw new Failure(tooLarge(path));
  try {
    return sourceOf(path, readFileSync(path));
  } catch (error) {
    if (isSystemError(error)) throw new Failure(`${path}: ${reasons[error.code] ?? error.message}`);
    throw error;
  }
}

const reasons: Readonly<Record<string, string>> = {
  EACCES: 'permission denied: you may not read this file',
  EISDIR: 'a directory where a file should be',
};

function isSystemError(error: unknown): error is Error & { readonly code: string } {
  return error instanceof Error && 'code' in error && typeof error.code === 'string';
}

function tooLarge(name: string): string {
  return `${name}: larger than ${maxFileBytes / 1024 / 1024} MiB; a scenario is text, a dump of a cluster can be split into several files of one directory`;
}

/** Reads standard input to its end, and no further than a file may be long. */
async function readStdin(): Promise<Buffer> {
  const parts: Buffer[] = [];
  let total = 0;
  for await (const chunk of process.stdin as AsyncIterable<Buffer>) {
    total += chunk.length;
    if (total > maxFileBytes) throw new Failure(tooLarge('<stdin>'));
    parts.push(chunk);
  }
  return Buffer.concat(parts);
}

/** The text of a file; a {@link BadScenario} with the place of the first byte that is not UTF-8. */
export function sourceOf(name: string, bytes: Uint8Array): SourceFile {
  const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
  const replaced = text.indexOf('\ufffd');
  if (replaced < 0 || isUtf8(bytes)) return { name, text };
  throw new BadScenario([notUtf8(name, bytes, text, replaced)]);
}

function isUtf8(bytes: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
}

function notUtf8(name: string, bytes: Uint8Array, text: string, offset: number): Problem {
  const utf16 = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff);
  const before = text.slice(0, offset);
  const lineStart = before.lastIndexOf('\n') + 1;
  const at = {
    line: before.split('\n').length,
    column: [...before.slice(lineStart)].length + 1,
    text: text.slice(lineStart).split('\n')[0]!.slice(0, 200),
  };
  return {
    file: name,
    at: utf16 ? { line: 1, column: 1, text: '' } : at,
    message: utf16 ? 'this is UTF-16, not UTF-8' : 'this is not UTF-8',
    note: 'save the file as UTF-8 and try again',
  };
}
