import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { Check, evaluate } from '#learn/check.ts';
import { topicTitle } from '#learn/curriculum.ts';
import type { Fault } from '#learn/faults/fault.ts';
import { grounds } from '#learn/faults/grounds.ts';
import { faultNames, faultOf, faults } from '#learn/faults/index.ts';
import type { Claim } from '#learn/proof.ts';
import { didYouMean } from '#scenario/nearest.ts';
import { firstSign, likeFaults, scenarioOfDump, scenarioOfFault } from '#scenario/new.ts';
import { exitCodes, Failure, Left } from '../failure.ts';
import { scenarioName } from '../library.ts';
import { prove } from '../prove.ts';
import { readScenario } from '../read-scenario.ts';
import { openTerminal } from '../terminal.ts';

/** Between how many faults the learner of a new scenario chooses. */
const mostChoices = 4;

interface NewOptions {
  readonly from?: string;
  readonly color?: boolean;
}

/** `cka-net new [file]`: writes a scenario of a fault or a dump, and proves it. Asks for what it is not told. */
export async function newScenario(file: string | undefined, { from, color }: NewOptions): Promise<number> {
  const terminal = openTerminal({ color });
  if ((file === undefined || from === undefined) && !terminal.interactive)
    throw new Failure('name a file and what it is made from: cka-net new my.yaml --from service-selector');
  const chosen = from ?? (await askForFault());
  const path = file ?? (await askForFile(chosen));
  if (!/\.ya?ml$/.test(path)) throw new Failure(`${path}: a scenario's file ends in .yaml`);
  if (existsSync(path)) throw new Failure(`${path}: there is a file already; name another`);
  const name = scenarioName(path);
  if (!/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(name))
    throw new Failure(`${path}: the file's name is the scenario's: lower-case letters, digits and dashes`);
  const claims = await write(chosen, path, name);
  const failed = claims.filter((claim) => !claim.holds);
  terminal.print([
    `${terminal.theme.good(terminal.theme.marks.right)} ${path}: written; ${claims.length - failed.length} of ${claims.length} claims hold`,
  ]);
  terminal.note([`Tell its story, then: cka-net test ${path} --watch`]);
  return failed.length === 0 ? exitCodes.ok : exitCodes.no;
}

async function write(from: string, path: string, name: string): Promise<readonly Claim[]> {
  const fault = faultOf(from);
  if (fault !== undefined) return await writeScenarioOfFault(fault, path, name);
  if (!existsSync(from))
    throw new Failure(`no fault and no file is called "${from}"${didYouMean(from, faultNames) || '; docs/coverage.md lists the faults'}`);
  writeFileSync(path, scenarioOfDump(readFileSync(from, 'utf8'), name));
  return (await prove(await readScenario(path), '0')).claims;
}

/** Writes a scenario of a fault into a file; the claims of its proof. Beside the fault, its first question offers what is not there. */
export async function writeScenarioOfFault(fault: Fault, path: string, name: string): Promise<readonly Claim[]> {
  writeFileSync(path, scenarioOfFault(fault, name, []));
  const proof = await prove(await readScenario(path), '0');
  const others: Fault[] = [];
  for (const other of likeFaults(fault)) {
    const { met } = await evaluate(Check.parse(firstSign(other)), proof.kept.lesson.cluster);
    if (!met) others.push(other);
    if (others.length === mostChoices - 1) break;
  }
  writeFileSync(path, scenarioOfFault(fault, name, others));
  return (await prove(await readScenario(path), '0', proof)).claims;
}

async function askForFault(): Promise<string> {
  const topics = [...new Set(faults.map((fault) => fault.topic))];
  const topic = await choose(
    'Topic',
    topics.map((key) => ({ name: topicTitle(key), value: key })),
  );
  const ofTopic = faults.filter((fault) => fault.topic === topic);
  const ground = await choose(
    'Cluster',
    [...new Set(ofTopic.map((fault) => fault.ground))].map((name) => ({ name: grounds[name].title, value: name })),
  );
  return await choose(
    'What is broken',
    ofTopic.filter((fault) => fault.ground === ground).map((fault) => ({ name: fault.title, value: fault.name })),
  );
}

/** A question that has but one answer is not asked. */
async function choose(message: string, choices: readonly { readonly name: string; readonly value: string }[]): Promise<string> {
  return choices.length === 1 ? choices[0]!.value : await prompt({ type: 'select', message, choices });
}

async function askForFile(from: string): Promise<string> {
  return await prompt({ type: 'input', message: 'File', default: `${from.replace(/\W+/g, '-')}.yaml` });
}

async function prompt(question: object): Promise<string> {
  const { default: inquirer } = await import('inquirer');
  try {
    const { value } = (await inquirer.prompt([{ ...question, name: 'value' }] as never)) as { readonly value: string };
    return value;
  } catch (error) {
    throw left(error);
  }
}

function left(error: unknown): unknown {
  return error instanceof Error && error.name === 'ExitPromptError' ? new Left() : error;
}
