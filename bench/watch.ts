/** What `cka-net test --watch` takes after a save until it tells, in milliseconds of the processor, by what was changed. */
import { readFileSync } from 'node:fs';
import { prove, proveOnce } from '#cli/prove.ts';
import { loadScenario } from '#scenario/load.ts';

const name = 'scenarios/services/service-selector-mismatch.yaml';
const text = readFileSync(name, 'utf8');

function scenarioOf(edited: string) {
  const loaded = loadScenario([{ name, text: edited }]);
  if (!loaded.ok) throw new Error(loaded.problems.map(({ message }) => message).join('\n'));
  return loaded.scenario;
}

const first = await prove(scenarioOf(text), '0');

async function saved(from: RegExp, to: string): Promise<number> {
  const begun = process.cpuUsage();
  const proof = await proveOnce(scenarioOf(text.replace(from, to)), '0', first);
  const { user, system } = process.cpuUsage(begun);
  if (proof.claims.length < 10) throw new Error('nothing was proven');
  return (user + system) / 1000;
}

const figures = {
  explanation: await saved(/explain: \|\n/, 'explain: |\n        A word more.\n'),
  solution: await saved(/solution: \|\n/, 'solution: |\n        true\n'),
  // Who watches has saved before.
  break: Math.min(await saved(/break: \|\n/, 'break: |\n    true\n'), await saved(/break: \|\n/, 'break: |\n    true; true\n')),
};
console.log(JSON.stringify(figures));
