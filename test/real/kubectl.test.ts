/**
 * The simulated kubectl beside the real one. `test/real/kubectl/` has a table of lines and a scenario for each cluster, and each table is run
 * with the newest kubectl of this computer; `versions` also with every older one, and `scenarios` on every fourth bundled scenario.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { installedKubectls, linesOf, sideBySide, type Binary, type Line, type Pair } from './kubectl/side-by-side.ts';

const folder = new URL('kubectl/', import.meta.url);
const lessons = new URL('../../scenarios/', import.meta.url);
const read = (name: string) => readFileSync(new URL(name, folder), 'utf8');
const table = (name: string) => linesOf(read(`${name}.kubectl`));

const kubectls = installedKubectls();
const newest = kubectls.at(-1);
if (newest === undefined) process.stderr.write('test/real/kubectl: skipped, no kubectl from 1.28 on\n');

/** Their API server does not answer; how often kubectl says so for several resources differs (docs/fidelity.md), the errors are in `errors`. */
const silent = /api-server-without-a-store|the-api-is-silent/;

interface Cluster {
  readonly name: string;
  readonly scenario: string;
  readonly lines: readonly Line[];
  readonly binary: Binary;
}

function clustersOf(binary: Binary): readonly Cluster[] {
  const own = readdirSync(folder)
    .filter((file) => file.endsWith('.yaml'))
    .map((file) => file.replace(/\.yaml$/, ''));
  const bundled = readdirSync(lessons, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.yaml'))
    .filter((file) => !silent.test(file))
    .toSorted()
    .filter((_, i) => i % 4 === 0);
  return [
    ...own.map((name) => ({ name, scenario: read(`${name}.yaml`), lines: table(name), binary })),
    ...kubectls.slice(0, -1).map((older) => ({
      name: `versions (${older.version})`,
      scenario: read('versions.yaml'),
      lines: table('versions'),
      binary: older,
    })),
    ...bundled.map((file) => ({
      name: `scenarios/${file}`,
      scenario: readFileSync(new URL(file, lessons), 'utf8'),
      lines: table('scenarios'),
      binary,
    })),
  ];
}

/** Works on two clusters at a time; what came of each, or its failure. */
async function runAll(clusters: readonly Cluster[]): Promise<ReadonlyMap<Cluster, readonly Pair[] | Error>> {
  const results = new Map<Cluster, readonly Pair[] | Error>();
  const waiting = [...clusters];
  const work = async () => {
    for (let cluster = waiting.shift(); cluster !== undefined; cluster = waiting.shift())
      results.set(cluster, await sideBySide(cluster.scenario, cluster.lines, cluster.binary).catch((error: Error) => error));
  };
  await Promise.all([work(), work()]);
  return results;
}

if (newest === undefined) {
  it.skip('no kubectl from 1.28 on is installed here', () => undefined);
} else {
  const only = process.env['CLUSTERS'];
  const clusters = clustersOf(newest).filter(({ name }) => only === undefined || new RegExp(only).test(name));
  let results: Awaited<ReturnType<typeof runAll>> = new Map();
  beforeAll(async () => {
    results = await runAll(clusters);
  }, 1_200_000);

  describe.each(clusters.map((cluster) => [cluster.name, cluster] as const))('%s', (_, cluster) => {
    it.each(cluster.lines.map((line, i) => [line.text, i] as const))('%s (%d)', (__, i) => {
      const pairs = results.get(cluster)!;
      if (pairs instanceof Error) throw pairs;
      const { line, real, simulated } = pairs[i]!;
      if (line.differs === undefined) expect(simulated).toEqual(real);
      else expect(simulated).not.toEqual(real);
    });
  });

  it('there are at least 400 lines, on 15 clusters', () => {
    if (only !== undefined) return;
    expect(new Set(clusters.flatMap(({ lines }) => lines.map(({ text }) => text))).size).toBeGreaterThanOrEqual(400);
    expect(clusters.length).toBeGreaterThanOrEqual(15);
  });
}
