/** `<scenario>` on a command line: a scenario's name, a file, a directory, or `-` for standard input. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { loadScenario } from '#scenario/load.ts';
import { didYouMean } from '#scenario/nearest.ts';
import type { PackEntry } from '#scenario/pack.ts';
import type { Problem } from '#scenario/problem.ts';
import type { Loaded, Scenario } from '#scenario/scenario.ts';
import { maxFileBytes, type SourceFile } from '#scenario/source.ts';
import { BadScenario, Failure } from './failure.ts';
import { bundledScenarios, openLibrary, scenariosOfPack } from './library.ts';
import { openPack, packOf, type Pack } from './packs.ts';
import { sourceOf } from './source-text.ts';

/**
 * Reads a scenario, its words drawn from the seed; throws a {@link Failure} when there is none, a {@link BadScenario} with every problem
 * when it is not sound.
 */
export async function readScenario(argument: string, seed?: string): Promise<Scenario> {
  if (argument === '-') return loaded(loadScenario([sourceOf('<stdin>', await readStdin())], seed));
  const paths = sourcePaths(argument);
  const scenario = loaded(loadScenario(paths.map(readSource), seed));
  const found = paths.length === 1 ? packOf(paths[0]!) : undefined;
  return found === undefined ? scenario : inPack(scenario, found.pack, found.entry);
}

/** All scenarios that there are and are sound, and what is wrong with those that are not, and with packs. */
export async function readLibrary(
  read: (path: string) => Promise<Scenario> = readScenario,
): Promise<{ readonly scenarios: readonly Scenario[]; readonly packs: readonly Pack[]; readonly problems: readonly Problem[] }> {
  const { scenarios: listed, packs, problems } = openLibrary();
  const scenarios: Scenario[] = [];
  const unsound: Problem[] = [...problems];
  for (const { path } of listed) {
    try {
      scenarios.push(await read(path));
    } catch (error) {
      if (!(error instanceof BadScenario)) throw error;
      unsound.push(...error.problems);
    }
  }
  return { scenarios, packs, problems: unsound };
}

/** The named scenarios and those of the named packs; all that are sound when none is named. */
export async function readScenarios(
  names: readonly string[],
  read: (name: string) => Promise<Scenario> = readScenario,
): Promise<readonly Scenario[]> {
  return names.length > 0 ? await Promise.all(withPacksOpened(names).map((name) => read(name))) : (await readLibrary(read)).scenarios;
}

function loaded(result: Loaded): Scenario {
  if (!result.ok) throw new BadScenario(result.problems);
  return result.scenario;
}

/** A scenario of a pack is called PACK/NAME, so that progress in it is kept apart from that in others of its name. */
function inPack(scenario: Scenario, pack: Pack, entry: PackEntry): Scenario {
  return {
    ...scenario,
    name: `${pack.name}/${entry.name}`,
    pack: { name: pack.name, place: pack.scenarios.indexOf(entry) },
    licence: scenario.licence ?? pack.licence,
    after: scenario.after.map((name) => (pack.scenarios.some((one) => one.name === name) ? `${pack.name}/${name}` : name)),
    varied(seed) {
      const varied = scenario.varied(seed);
      return varied.ok ? { ok: true, scenario: inPack(varied.scenario, pack, entry) } : varied;
    },
  };
}

/** The files that an argument means. */
export async function readSources(argument: string): Promise<readonly SourceFile[]> {
  if (argument === '-') return [sourceOf('<stdin>', await readStdin())];
  return sourcePaths(argument).map(readSource);
}

/** Scenarios as arguments, every pack among them replaced by its own, in the order of its index. */
export function withPacksOpened(names: readonly string[]): readonly string[] {
  return names.flatMap((name) => {
    const pack = packCalled(name);
    return pack === undefined ? [name] : scenariosOfPack(pack).map((one) => one.path);
  });
}

/** The pack of a directory or of this name; a {@link BadScenario} when its index is not sound. */
export function packCalled(name: string): Pack | undefined {
  if (isDirectory(name)) {
    const opened = openPack(name);
    if (opened?.ok === false) throw new BadScenario(opened.problems);
    return opened?.pack;
  }
  return /^[a-z0-9-]+$/.test(name) && !isBundled(name) ? openLibrary().packs.find((pack) => pack.name === name) : undefined;
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

function isBundled(name: string): boolean {
  return bundledScenarios().some((one) => one.name === name);
}

/** The paths of the files that an argument means; a {@link Failure} when there is none. */
export function sourcePaths(argument: string): readonly string[] {
  const bundled = bundledScenarios().find((one) => one.name === argument);
  const path = bundled?.path ?? (existsSync(argument) ? argument : listedPath(argument));
  if (!statSync(path).isDirectory()) return [path];
  const pack = packCalled(path);
  if (pack !== undefined) return [onlyOf(pack)];
  const files = readdirSync(path)
    .filter((file) => /\.ya?ml$/.test(file))
    .sort();
  if (files.length === 0) throw new Failure(`${path}: there is no .yaml or .yml file in this directory`);
  return files.map((file) => join(path, file));
}

/** The file of a scenario that is listed by this name; one of a pack may go without the pack's when no other pack has the same. */
function listedPath(argument: string): string {
  const { scenarios, packs } = openLibrary();
  const exact = scenarios.find((one) => one.name === argument);
  if (exact !== undefined) return exact.path;
  const pack = packs.find((one) => one.name === argument);
  if (pack !== undefined) return onlyOf(pack);
  const short = scenarios.filter((one) => one.pack !== undefined && one.name === `${one.pack.name}/${argument}`);
  if (short.length === 1) return short[0]!.path;
  if (short.length > 1)
    throw new Failure(`several packs have a scenario "${argument}": say which, ${short.map((one) => one.name).join(' or ')}`);
  const names = scenarios.map((one) => one.name);
  throw new Failure(
    `no scenario, file or directory is called "${argument}"${didYouMean(argument, names) || '; `cka-net list` shows the scenarios'}`,
  );
}

/** The file of a pack's only scenario. */
function onlyOf(pack: Pack): string {
  const all = scenariosOfPack(pack);
  if (all.length === 1) return all[0]!.path;
  const shown = all.slice(0, 3).map((one) => one.path);
  throw new Failure(
    `${pack.name} is a pack of ${all.length} scenarios: name one of them, as ${shown.join(', ')}${all.length > shown.length ? ', …' : ''}`,
  );
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
