/**
 * The library proves itself: every lesson comes up, is broken, can be mended, and grades honestly. `cka-net test` is the proof; it runs
 * as it is built, in a process a processor. With other words the lessons that vary are proven in test/long/variations.
 */
import { beforeAll, describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { basename, dirname } from 'node:path';
import { text } from 'node:stream/consumers';
import { scenarioName } from '../src/cli/library.ts';
import type { ProofReport } from '../src/cli/proof-report.ts';
import { libraryPaths as scenarios, scenarioAt } from './support/library.ts';

// The proof goes on while other suites run.
const { stdout, stderr } = spawn(process.execPath, ['bin/cka-net', 'test', '--as-written', '-o', 'json', ...scenarios], {
  stdio: ['ignore', 'pipe', 'pipe'],
});
const printed = Promise.all([text(stdout), text(stderr)]);
let proofs: readonly ProofReport[];

beforeAll(async () => {
  const [reports, complaints] = await printed;
  if (reports === '') throw new Error(complaints);
  proofs = JSON.parse(reports) as readonly ProofReport[];
}, 600_000);

it('there are lessons', () => {
  expect(scenarios.length).toBeGreaterThan(2);
  expect(proofs.length).toBe(scenarios.length);
});

describe.each(scenarios.map((path, index) => ({ path, index })))('$path', ({ path, index }) => {
  it('keeps what it promises', () => {
    const { claims, problems = [] } = proofs[index]!;
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
