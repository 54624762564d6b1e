/** Exercises of every kind and many seeds: the engine answers them, and neither nothing nor the prompt does. */
import { expect, it } from '@jest/globals';
import { drillKinds, drillText } from '#learn/drills/drill.ts';
import { spawnSync } from 'node:child_process';
import { startLesson } from '#lesson/lesson.ts';
import { loadScenario } from '#scenario/load.ts';
import { faultsOf } from '../support/drills.ts';

const seeds = Array.from({ length: Number(process.env['DRILL_SEEDS'] ?? 10) }, (_, seed) => String(seed));

it.each(drillKinds.map((one) => [one.kind, one] as const))(
  'drill %s',
  async (_, kind) => {
    for (const seed of seeds) expect([seed, await faultsOf(kind, seed)]).toEqual([seed, []]);
  },
  120_000,
);

const reason =
  process.getuid?.() !== 0 || spawnSync('unshare', ['-n', 'iptables-save', '--version']).status !== 0
    ? 'it takes root, network namespaces and iptables'
    : undefined;
if (reason !== undefined) process.stderr.write(`test/real/drills: the rules are not read by iptables itself: ${reason}\n`);

/** The lines that a question has run on a node, as they are written in it. */
function linesOf(value: unknown): readonly string[] {
  if (typeof value !== 'object' || value === null) return [];
  const own = Object.entries(value).flatMap(([key, one]) =>
    typeof one === 'string' && (key === 'run' || key === 'line') ? [one] : linesOf(one),
  );
  return [...new Set(own)];
}

(reason === undefined ? it : it.skip)(
  'the rules of its exercises are read by iptables itself as they are here',
  async () => {
    const rules = drillKinds.find(({ kind }) => kind === 'rules')!;
    let read = 0;
    for (const seed of seeds) {
      const loaded = loadScenario([{ name: 'drill.yaml', text: drillText(rules, seed) }]);
      if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
      const started = await startLesson(loaded.scenario, { seed: '0' });
      if (!started.ok) throw new Error(JSON.stringify(started.error));
      const here = async (line: string) => (await started.value.run(line, { node: 'node01' })).stdout;
      const table = await here('iptables-save -t nat');
      for (const line of linesOf(loaded.scenario.questions[0]!).filter((one) => one.includes('iptables-save'))) {
        const real = spawnSync('unshare', ['-n', 'bash', '-c', `iptables-restore && { ${line}\n}`], { input: table, encoding: 'utf8' });
        expect([seed, line, real.stdout]).toEqual([seed, line, await here(line)]);
        read += real.stdout === '' ? 0 : 1;
      }
    }
    expect(read).toBeGreaterThan(seeds.length / 2);
  },
  300_000,
);
