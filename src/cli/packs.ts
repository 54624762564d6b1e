/** Packs on this computer. Nothing but the YAML of an index and of the files that it lists is read, and nothing that lies elsewhere. */
import { lstatSync, readdirSync, readFileSync, realpathSync, statSync, type Stats } from 'node:fs';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { indexNames, loadPack, type LoadedPack, type PackEntry, type PackIndex } from '#scenario/pack.ts';
import type { Problem } from '#scenario/problem.ts';
import { sourceOf } from './source-text.ts';
import { BadScenario } from './failure.ts';

export interface Pack extends PackIndex {
  readonly directory: string;
}

/** A scenario of a pack is text: larger files are refused unread. */
export const maxPackFileBytes = 1024 * 1024;

export type OpenedPack = { readonly ok: true; readonly pack: Pack } | { readonly ok: false; readonly problems: readonly Problem[] };

/** The pack of a directory; undefined when it has no index of one. */
export function openPack(directory: string): OpenedPack | undefined {
  const path = indexNames.map((name) => join(directory, name)).find((one) => statOf(one) !== undefined);
  if (path === undefined) return undefined;
  const unfit = unfitReason(directory, path);
  if (unfit !== undefined) return { ok: false, problems: [{ file: path, message: `the index ${unfit}` }] };
  const loaded = readIndex(path);
  if (loaded === undefined || !loaded.ok) return loaded;
  const { index } = loaded;
  const problems = index.scenarios.flatMap(({ file }, entry) => {
    const reason = unfitReason(directory, join(directory, file));
    return reason === undefined ? [] : [index.problem(entry, `${file} ${reason}`, 'a pack is made of its own files')];
  });
  return problems.length > 0 ? { ok: false, problems } : { ok: true, pack: { ...index, directory } };
}

function readIndex(path: string): LoadedPack | undefined {
  try {
    return loadPack(sourceOf(path, readFileSync(path)));
  } catch (error) {
    if (error instanceof BadScenario) return { ok: false, problems: error.problems };
    return { ok: false, problems: [{ file: path, message: 'the index cannot be read' }] };
  }
}

/** Why a file of a pack is not read; undefined when it is. */
function unfitReason(directory: string, path: string): string | undefined {
  const stats = statOf(path);
  if (stats === undefined) return lstatOf(path) === undefined ? 'is not there' : 'leads nowhere';
  if (!isBelow(realpathSync(directory), realpathSync(path))) return 'leads out of the pack';
  if (!stats.isFile()) return 'is not a file';
  return stats.size > maxPackFileBytes ? `is larger than ${maxPackFileBytes / 1024 / 1024} MiB` : undefined;
}

function isBelow(directory: string, path: string): boolean {
  return path.startsWith(directory.endsWith(sep) ? directory : directory + sep);
}

function statOf(path: string): Stats | undefined {
  return quietly(() => statSync(path));
}

function lstatOf(path: string): Stats | undefined {
  return quietly(() => lstatSync(path));
}

function quietly<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

/** An index is looked for so many directories above a scenario. */
const mostLevels = 3;

/** Packs whose index has not changed since they were opened: a scenario is read by itself, again and again. */
const opened = new Map<string, { readonly changed: number; readonly pack: Pack | undefined }>();

function openedPack(directory: string): Pack | undefined {
  const index = indexNames.map((name) => statOf(join(directory, name))).find((one) => one !== undefined);
  if (index === undefined) return undefined;
  const before = opened.get(directory);
  if (before?.changed === index.mtimeMs) return before.pack;
  const now = openPack(directory);
  const pack = now?.ok === true ? now.pack : undefined;
  opened.set(directory, { changed: index.mtimeMs, pack });
  return pack;
}

/** The pack that a file belongs to, and as what; undefined when no index above it lists it. */
export function packOf(path: string): { readonly pack: Pack; readonly entry: PackEntry } | undefined {
  const file = resolve(path);
  let directory = dirname(file);
  for (let level = 0; level < mostLevels && dirname(directory) !== directory; level++, directory = dirname(directory)) {
    const pack = openedPack(directory);
    const listed = relative(directory, file).split(sep).join('/');
    const entry = pack?.scenarios.find((one) => one.file === listed);
    if (pack !== undefined && entry !== undefined) return { pack, entry };
  }
  return undefined;
}

/**
 * The directories of packs that are installed as npm packages, by their name: `cka-net-pack-…` and `@SCOPE/cka-net-pack-…`, in the
 * `node_modules` of the directory and of those above it, and beside this program.
 */
export function installedPacks(from: string, programRoot: string): readonly string[] {
  const roots: string[] = [];
  for (let directory = resolve(from); ; directory = dirname(directory)) {
    roots.push(join(directory, 'node_modules'));
    if (dirname(directory) === directory) break;
  }
  const beside = dirname(programRoot);
  if (basename(beside) === 'node_modules') roots.push(beside);
  return [...new Set(roots)].flatMap(packagesIn);
}

function packagesIn(root: string): readonly string[] {
  const names = namesIn(root);
  const scoped = names
    .filter((name) => name.startsWith('@'))
    .flatMap((scope) => namesIn(join(root, scope)).map((name) => join(scope, name)));
  return [...names, ...scoped].filter((name) => /^cka-net-pack-[\w.-]+$/.test(basename(name))).map((name) => join(root, name));
}

function namesIn(directory: string): readonly string[] {
  return quietly(() => readdirSync(directory).sort()) ?? [];
}
