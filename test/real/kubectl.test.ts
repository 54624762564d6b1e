/**
 * The simulated kubectl beside the real one. `test/real/kubectl/` has a table of lines and a scenario for each cluster, and each table is run
 * with the newest kubectl of this computer; `versions` also with every older one, and `scenarios` on every bundled scenario.
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
    .toSorted();
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

/** Two clusters are worked on at a time. */
class Runs {
  readonly #pairs = new Map<Cluster, Promise<readonly Pair[]>>();
  readonly #waiting: Cluster[];

  constructor(clusters: readonly Cluster[]) {
    this.#waiting = [...clusters];
  }

  /** What came of a cluster; the next one is begun meanwhile. */
  of(cluster: Cluster): Promise<readonly Pair[]> {
    const [next] = this.#waiting.filter((one) => one !== cluster && !this.#pairs.has(one));
    const pairs = this.#start(cluster);
    if (next !== undefined) this.#start(next);
    return pairs;
  }

  #start(cluster: Cluster): Promise<readonly Pair[]> {
    let pairs = this.#pairs.get(cluster);
    if (pairs === undefined) {
      pairs = sideBySide(cluster.scenario, cluster.lines, cluster.binary);
      // Whoever asks for it hears of its failure.
      pairs.catch(() => undefined);
      this.#pairs.set(cluster, pairs);
    }
    return pairs;
  }
}

if (newest === undefined) {
  it.skip('no kubectl from 1.28 on is installed here', () => undefined);
} else {
  const only = process.env['CLUSTERS'];
  const clusters = clustersOf(newest).filter(({ name }) => only === undefined || new RegExp(only).test(name));
  const runs = new Runs(clusters);

  describe.each(clusters.map((cluster) => [cluster.name, cluster] as const))('%s', (_, cluster) => {
    let pairs: readonly Pair[] = [];
    beforeAll(async () => {
      pairs = await runs.of(cluster);
    }, 300_000);
    it.each(cluster.lines.map((line, i) => [line.text, i] as const))('%s (%d)', (__, i) => {
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
