import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { topicTitle } from '#learn/curriculum.ts';
import { faultNames, faultOf, faults } from '#learn/faults/index.ts';
import type { Claim } from '#learn/proof.ts';
import { didYouMean } from '#scenario/nearest.ts';
import { scenarioOfDump, scenarioOfFault } from '#scenario/new.ts';
import { exitCodes, Failure, Left } from '../failure.ts';
import { scenarioName } from '../library.ts';
import { prove } from '../prove.ts';
import { readScenario } from '../read-scenario.ts';
import { openTerminal } from '../terminal.ts';

/** How often other wrong choices are looked for. */
const attempts = 4;

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
  let claims: readonly Claim[] = [];
  for (let attempt = 0; attempt === 0 || (attempt < attempts && claims.some((claim) => !claim.holds)); attempt++) {
    writeFileSync(path, textOf(chosen, name, attempt));
    ({ claims } = await prove(await readScenario(path), '0'));
  }
  const failed = claims.filter((claim) => !claim.holds);
  terminal.print([
    `${terminal.theme.good(terminal.theme.marks.right)} ${path}: written; ${claims.length - failed.length} of ${claims.length} claims hold`,
  ]);
  terminal.note([`Tell its story, then: cka-net test ${path} --watch`]);
  return failed.length === 0 ? exitCodes.ok : exitCodes.no;
}

function textOf(from: string, name: string, attempt: number): string {
  const fault = faultOf(from);
  if (fault !== undefined) return scenarioOfFault(fault, name, attempt);
  if (existsSync(from)) return scenarioOfDump(readFileSync(from, 'utf8'), name);
  throw new Failure(`no fault and no file is called "${from}"${didYouMean(from, faultNames) || '; docs/coverage.md lists the faults'}`);
}

async function askForFault(): Promise<string> {
  const topics = [...new Set(faults.map((fault) => fault.topic))];
  const topic = await choose(
    'Topic',
    topics.map((key) => ({ name: topicTitle(key), value: key })),
  );
  return await choose(
    'What is broken',
    faults.filter((fault) => fault.topic === topic).map((fault) => ({ name: fault.title, value: fault.name })),
  );
}

async function choose(message: string, choices: readonly { readonly name: string; readonly value: string }[]): Promise<string> {
  return await prompt({ type: 'select', message, choices });
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
