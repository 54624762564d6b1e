/** The scenarios that come with the program, those of the directories in `CKA_NET_SCENARIOS`, and those of packs. */
import { readdirSync, statSync } from 'node:fs';
import { basename, delimiter, dirname, join, sep } from 'node:path';
import { indexNames } from '#scenario/pack.ts';
import type { Problem } from '#scenario/problem.ts';
import { packageRoot } from './package-root.ts';
import { installedPacks, openPack, type Pack } from './packs.ts';

type Environment = Readonly<Record<string, string | undefined>>;

export interface Listed {
  /** That of the file; PACK/FILE in a pack. */
  readonly name: string;
  readonly path: string;
  readonly pack?: Pack;
}

export interface Library {
  readonly scenarios: readonly Listed[];
  readonly packs: readonly Pack[];
  /** Why packs were left out. */
  readonly problems: readonly Problem[];
}

/** The scenarios that come with the program. */
export function bundledScenarios(): readonly Listed[] {
  return yamlFilesBelow(join(packageRoot(), 'scenarios')).map((path) => ({ name: scenarioName(path), path }));
}

/** Everything that there is: bundled scenarios first, then those of `CKA_NET_SCENARIOS`, then those of installed packs. */
export function openLibrary(env: Environment = process.env, from: string = process.cwd()): Library {
  const loose: Listed[] = [...bundledScenarios()];
  const directories: string[] = [];
  for (const directory of (env['CKA_NET_SCENARIOS'] ?? '').split(delimiter).filter((one) => one !== '')) {
    const files = yamlFilesBelow(directory);
    const packs = files
      .filter((path) => indexNames.some((name) => name === basename(path)) && openPack(dirname(path)) !== undefined)
      .map(dirname);
    directories.push(...packs);
    const isLoose = (path: string) => !packs.some((pack) => path.startsWith(pack + sep));
    loose.push(...files.filter(isLoose).map((path) => ({ name: scenarioName(path), path })));
  }
  directories.push(...installedPacks(from, packageRoot()));

  const packs = new Map<string, Pack>();
  const problems: Problem[] = [];
  for (const directory of new Set(directories)) {
    const opened = openPack(directory);
    if (opened === undefined) problems.push({ file: directory, message: `there is no index of a pack in it (${indexNames[0]})` });
    else if (!opened.ok) problems.push(...opened.problems);
    else {
      const first = packs.get(opened.pack.name);
      if (first === undefined) packs.set(opened.pack.name, opened.pack);
      else problems.push({ file: directory, message: `another pack is called "${opened.pack.name}": ${first.directory}` });
    }
  }
  const named = new Map<string, Listed>();
  for (const one of [...loose, ...[...packs.values()].flatMap(scenariosOfPack)]) if (!named.has(one.name)) named.set(one.name, one);
  return { scenarios: [...named.values()], packs: [...packs.values()], problems };
}

/** The scenarios of a pack, in the order of its index. */
export function scenariosOfPack(pack: Pack): readonly Listed[] {
  return pack.scenarios.map(({ name, file }) => ({ name: `${pack.name}/${name}`, path: join(pack.directory, file), pack }));
}

/** All scenarios by name, bundled ones first; the first of a name counts. */
export function listScenarios(env?: Environment): readonly Listed[] {
  return openLibrary(env).scenarios;
}

/** `scenarios/services/selector.yaml` → `selector`. */
export function scenarioName(path: string): string {
  return basename(path).replace(/\.ya?ml$/, '');
}

/** In the order of their paths. A link to a directory is not followed: it may lead anywhere, and round in a ring. */
function yamlFilesBelow(directory: string): readonly string[] {
  if (statSync(directory, { throwIfNoEntry: false })?.isDirectory() !== true) return [];
  const files = (below: string): readonly string[] =>
    readdirSync(join(directory, below), { withFileTypes: true }).flatMap((one) => {
      const path = join(below, one.name);
      return one.isDirectory() ? files(path) : /\.ya?ml$/.test(one.name) ? [path] : [];
    });
  return [...files('')].sort().map((file) => join(directory, file));
}
