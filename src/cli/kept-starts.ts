/**
 * Clusters that have come up once, kept on this computer: bringing one up takes many rounds of controllers and kubelets, and gives the
 * same every time. What is kept is lost without harm; another build of the program does not take it.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { deserialize, serialize } from 'node:v8';
import type { Picture } from '#lab/picture.ts';
import type { Scenario } from '#scenario/scenario.ts';
import { cacheDirectory } from './home.ts';

const most = 60;

/** Where the start of a scenario is kept; undefined when the program runs from its sources. */
function fileOf({ cluster, files, break: lines, clock, objects }: Scenario, seed: string): string | undefined {
  const build = buildId();
  if (build === undefined) return undefined;
  const input = [build, process.version, seed, cluster, files, lines, clock, objects.map((one) => one.object)];
  return join(cacheDirectory(), 'starts', createHash('sha256').update(JSON.stringify(input)).digest('hex'));
}

/** A digest of everything that was built, beside it. */
function buildId(): string | undefined {
  try {
    return readFileSync(new URL('build-id', import.meta.url), 'utf8');
  } catch {
    return undefined;
  }
}

/** The kept start; undefined when there is none, or it cannot be read. */
export function readStart(scenario: Scenario, seed: string): Picture | undefined {
  const file = fileOf(scenario, seed);
  if (file === undefined) return undefined;
  try {
    const picture = deserialize(readFileSync(file)) as Picture;
    const now = new Date();
    utimesSync(file, now, now);
    return picture;
  } catch {
    return undefined;
  }
}

/** Keeps a start, and forgets those that were not used for longest. A disk that is full or closed to us only means that nothing is kept. */
export function keepStart(scenario: Scenario, seed: string, picture: Picture): void {
  const file = fileOf(scenario, seed);
  if (file === undefined) return;
  try {
    const directory = join(file, '..');
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    const fresh = `${file}.${process.pid}`;
    writeFileSync(fresh, serialize(picture), { mode: 0o600 });
    renameSync(fresh, file);
    const kept = readdirSync(directory).map((name) => ({ name, used: statSync(join(directory, name)).mtimeMs }));
    for (const { name } of kept.sort((a, b) => b.used - a.used).slice(most)) rmSync(join(directory, name), { force: true });
  } catch {
    return;
  }
}
