import { describe, expect, it } from '@jest/globals';
import { drillKinds, drillText } from '#learn/drills/drill.ts';
import { loadScenario } from '#scenario/load.ts';
import { faultsOf } from '../support/drills.ts';
import { runMain, runMainIn } from '../support/run-main.ts';

// More seeds: test/long/cli/drill.test.ts.
describe.each(drillKinds.map((one) => [one.kind, one] as const))('drill %s', (_, kind) => {
  it('makes sound scenarios, the same for the same seed', () => {
    const texts = new Set<string>();
    for (let seed = 0; seed < 8; seed++) {
      const text = drillText(kind, String(seed));
      expect(drillText(kind, String(seed))).toBe(text);
      const loaded = loadScenario([{ name: 'drill.yaml', text }]);
      expect([seed, loaded.ok ? [] : loaded.problems]).toEqual([seed, []]);
      texts.add(text);
    }
    expect(texts.size).toBeGreaterThan(5);
  });
});

// All kinds with many seeds: test/real/drills.test.ts.
it.each(drillKinds.filter(({ kind }) => kind === 'outcome').map((one) => [one.kind, one] as const))(
  'the engine answers %s',
  async (_, kind) => expect(await faultsOf(kind, '1')).toEqual([]),
  20_000,
);

it('is asked and graded by JSON lines, each exercise by a name of its own', async () => {
  const input =
    '{"question":"subnet-1","answer":"172.18.239.255"}\n{"question":"subnet-2","answer":"nothing"}\n{"question":"subnte-2","answer":"x"}\n';
  const line = ['drill', 'subnet', '--json', '--seed', '7', '--count', '2'];
  const { stdout } = await runMainIn({ input }, ...line);
  const answers = (text: string) =>
    text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(answers(stdout)).toMatchObject([
    { question: 'subnet-1', correct: true },
    { question: 'subnet-2', correct: false },
    { question: 'subnte-2', error: 'no question is called "subnte-2"; did you mean subnet-2?' },
  ]);
  expect(answers((await runMain(...line)).stdout)).toMatchObject([{ question: 'subnet-1', type: 'input' }, { question: 'subnet-2' }]);
}, 20_000);
