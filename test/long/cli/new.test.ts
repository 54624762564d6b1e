/** `cka-net new --from` of every fault: what it writes keeps what it promises, and offers the fault among others that are not there. */
import { afterAll, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { faults } from '#learn/faults/index.ts';
import { writeScenarioOfFault } from '../../../src/cli/commands/new.ts';
import { readScenario } from '../../../src/cli/read-scenario.ts';

const directory = mkdtempSync(join(tmpdir(), 'new-'));
afterAll(() => rmSync(directory, { recursive: true }));

it.each(faults)('$row $name', async (fault) => {
  const path = join(directory, `${fault.name}.yaml`);
  const claims = await writeScenarioOfFault(fault, path, fault.name);
  expect(claims.filter(({ holds }) => !holds)).toEqual([]);
  const { questions } = await readScenario(path);
  expect(questions.map(({ id }) => id)).toEqual(['what', 'mend']);
  expect(claims.length).toBeGreaterThan(10);
});
