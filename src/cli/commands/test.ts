import { availableParallelism } from 'node:os';
import type { Problem } from '#scenario/problem.ts';
import { problemView } from '#ui/problem-view.ts';
import { proofView } from '#ui/proof-view.ts';
import { BadScenario, exitCodes, Failure } from '../failure.ts';
import { listScenarios } from '../library.ts';
import type { ProofReport } from '../proof-report.ts';
import { prove } from '../prove.ts';
import { inOrder, ProofWorkers, workForParent } from '../proof-workers.ts';
import { readScenario, withPacksOpened } from '../read-scenario.ts';
import { openTerminal, type Terminal } from '../terminal.ts';
import { watchProofs } from '../watch-proofs.ts';

export interface TestOptions {
  readonly seed?: string;
  readonly output?: string;
  readonly verbose?: boolean;
  readonly color?: boolean;
  readonly jobs?: number;
  readonly watch?: boolean;
  /** Hidden: proves what it is told on standard input, for a parent. */
  readonly worker?: boolean;
}

/** Fewer scenarios than this are proven faster than a second process starts. */
const worthWorkers = 3;

/** `cka-net test [scenario…]`: proves scenarios, all that there are when none is named. Exits 1 when one does not keep what it promises. */
export async function test(names: readonly string[], options: TestOptions): Promise<number> {
  const { seed = '0', output, verbose = false, color } = options;
  if (options.worker === true) return await workForParent(seed);
  const terminal = openTerminal({ color });
  const wanted = names.length > 0 ? withPacksOpened(names) : listScenarios().map((one) => one.name);
  if (wanted.length === 0) throw new Failure('there is no scenario to prove');
  if (options.watch === true) return await watchProofs(wanted, seed, terminal, verbose);
  const reports: ProofReport[] = [];
  for await (const report of proofs(wanted, seed, options.jobs ?? availableParallelism())) {
    reports.push(report);
    if (output !== 'json') show(report, terminal, verbose);
  }
  if (output === 'json') terminal.print([JSON.stringify(reports, undefined, 2)]);
  else if (reports.length > 1) terminal.note([sumOf(reports)]);
  if (reports.some(({ problems }) => problems !== undefined)) return exitCodes.usage;
  return reports.every(({ claims }) => claims.every((one) => one.holds)) ? exitCodes.ok : exitCodes.no;
}

async function* proofs(names: readonly string[], seed: string, jobs: number): AsyncGenerator<ProofReport> {
  if (jobs > 1 && names.length >= worthWorkers && !names.includes('-')) {
    const workers = new ProofWorkers(Math.min(jobs, names.length), seed);
    try {
      yield* inOrder(names.map((name) => workers.prove(name)));
    } finally {
      workers.end();
    }
  } else for (const name of names) yield await report(name, seed);
}

async function report(name: string, seed: string): Promise<ProofReport> {
  try {
    const { scenario, claims } = await prove(await readScenario(name, seed), seed);
    return { scenario, claims };
  } catch (error) {
    if (error instanceof BadScenario) return { scenario: name, claims: [], problems: error.problems };
    throw error;
  }
}

function show({ scenario, claims, problems }: ProofReport, terminal: Terminal, verbose: boolean): void {
  if (problems === undefined) terminal.print(proofView(scenario, claims, verbose, terminal));
  else terminal.note(problemView(problems satisfies readonly Problem[], terminal.columns, terminal.theme));
}

function sumOf(reports: readonly ProofReport[]): string {
  const claims = reports.flatMap((one) => one.claims);
  const failed = claims.filter((one) => !one.holds).length;
  const bad = reports.filter((one) => one.problems !== undefined).length;
  const what = `${reports.length} scenarios, ${claims.length} claims`;
  return `${what}${failed > 0 ? `, ${failed} of them do not hold` : ''}${bad > 0 ? `, ${bad} scenarios do not come up` : ''}`;
}
