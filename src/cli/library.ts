/** The scenarios that come with the program, and those of the directories in `CKA_NET_SCENARIOS`. */
import { existsSync, readdirSync } from 'node:fs';
import { basename, delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface Listed {
  readonly name: string;
  readonly path: string;
}

/** The directory that the package is installed in: the nearest one upwards that has scenarios. */
export function packageRoot(): string {
  let directory = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(directory, 'scenarios')) && dirname(directory) !== directory) directory = dirname(directory);
  return directory;
}

/** All scenarios by name, bundled ones first. A name is that of the file; the first of a name counts. */
export function listScenarios(env: Readonly<Record<string, string | undefined>> = process.env): readonly Listed[] {
  const more = (env['CKA_NET_SCENARIOS'] ?? '').split(delimiter).filter((directory) => directory !== '');
  const found = new Map<string, Listed>();
  for (const directory of [join(packageRoot(), 'scenarios'), ...more]) {
    for (const path of yamlFilesBelow(directory)) {
      const name = scenarioName(path);
      if (!found.has(name)) found.set(name, { name, path });
    }
  }
  return [...found.values()];
}

/** `scenarios/services/selector.yaml` → `selector`. */
export function scenarioName(path: string): string {
  return basename(path).replace(/\.ya?ml$/, '');
}

function yamlFilesBelow(directory: string): readonly string[] {
  if (!existsSync(directory)) return [];
  return readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.ya?ml$/.test(file))
    .sort()
    .map((file) => join(directory, file));
}
