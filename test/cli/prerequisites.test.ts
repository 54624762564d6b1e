import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { prerequisiteFindings } from '#cli/prerequisites.ts';
import { readScenario } from '#cli/read-scenario.ts';

const files = {
  one: 'two',
  two: 'three',
  three: 'one, service-selector-mismatch',
  four: 'four',
  five: 'service-selector-mismach',
  six: 'one',
  seven: 'no-such-thing',
};
let home: string;
beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'cka-net-'));
  for (const [name, after] of Object.entries(files))
    writeFileSync(join(home, `${name}.yaml`), `apiVersion: cka-net/v1\nkind: Scenario\nmetadata:\n  name: ${name}\n  after: [${after}]\n`);
});
afterAll(() => rmSync(home, { recursive: true }));

// prettier-ignore
it.each<[name: string, found: string[]]>([
  ['one', ['5:11 "two" itself wants this scenario to be known before (two, three, one)']],
  ['three', ['5:11 "one" itself wants this scenario to be known before (one, two, three)']],
  ['four', ['5:11 a scenario cannot be known before itself']],
  ['five', ['5:11 no scenario is called "service-selector-mismach"; did you mean service-selector-mismatch?']],
  ['six', []],
  ['seven', ['5:11 no scenario is called "no-such-thing"']],
])('%s', async (name, found) => {
  const path = join(home, `${name}.yaml`);
  const findings = prerequisiteFindings(await readScenario(path), path);
  expect(findings.map(({ at, message }) => `${at!.line}:${at!.column} ${message}`)).toEqual(found);
});
