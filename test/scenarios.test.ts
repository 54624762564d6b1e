/**
 * The library proves itself: every lesson comes up, is broken, can be mended, and grades honestly. `cka-net test` is the proof; it runs
 * as it is built, in a process a processor. With other words the lessons that vary are proven in test/long/variations.
 */
import { describe, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { basename, dirname } from 'node:path';
import { scenarioName } from '../src/cli/library.ts';
import type { ProofReport } from '../src/cli/proof-report.ts';
import { libraryPaths as scenarios, scenarioAt } from './support/library.ts';

const { stdout, stderr } = spawnSync(process.execPath, ['bin/cka-net', 'test', '--as-written', '-o', 'json', ...scenarios], {
  encoding: 'utf8',
  maxBuffer: 100_000_000,
});
if (stdout === '') throw new Error(stderr);
const proofs = JSON.parse(stdout) as readonly ProofReport[];

it('there are lessons', () => {
  expect(scenarios.length).toBeGreaterThan(2);
  expect(proofs.length).toBe(scenarios.length);
});

describe.each(scenarios.map((path, index) => ({ path, proof: proofs[index]! })))('$path', ({ path, proof: { claims, problems = [] } }) => {
  it('keeps what it promises', () => {
    expect([...problems, ...claims.filter((claim) => !claim.holds)]).toEqual([]);
    expect(claims.length).toBeGreaterThan(10);
  });

  it('asks at least four questions, one of them a repair', async () => {
    const { questions } = await scenarioAt(path);
    expect(questions.length).toBeGreaterThanOrEqual(4);
    expect(questions.some((question) => question.type === 'fix' || question.type === 'manifest')).toBe(true);
  });

  it('lies under its topic and its name', async () => {
    const { name, topic } = await scenarioAt(path);
    expect([basename(dirname(path)), scenarioName(path)]).toEqual([topic, name]);
  });
});
