import { availableParallelism } from 'node:os';
import type { Problem } from '#scenario/problem.ts';
import { problemView } from '#ui/problem-view.ts';
import { proofView } from '#ui/proof-view.ts';
import { exitCodes, Failure } from '../failure.ts';
import { listScenarios } from '../library.ts';
import { reportOn, type HowProven, type ProofReport } from '../proof-report.ts';
import { inOrder, ProofWorkers, workForParent } from '../proof-workers.ts';
import { withPacksOpened } from '../read-scenario.ts';
import { openTerminal, type Terminal } from '../terminal.ts';
import { watchProofs } from '../watch-proofs.ts';

export interface TestOptions {
  readonly seed?: string;
  /** Not with other words too. */
  readonly asWritten?: boolean;
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
  const { seed = '0', asWritten = false, output, verbose = false, color } = options;
  const how: HowProven = { seed, asWritten };
  if (options.worker === true) return await workForParent(how);
  const terminal = openTerminal({ color });
  const wanted = names.length > 0 ? withPacksOpened(names) : listScenarios().map((one) => one.name);
  if (wanted.length === 0) throw new Failure('there is no scenario to prove');
  if (options.watch === true) return await watchProofs(wanted, how, terminal, verbose);
  const reports: ProofReport[] = [];
  for await (const report of proofs(wanted, how, options.jobs ?? availableParallelism())) {
    reports.push(report);
    if (output !== 'json') show(report, terminal, verbose);
  }
  if (output === 'json') terminal.print([JSON.stringify(reports, undefined, 2)]);
  else if (reports.length > 1) terminal.note([sumOf(reports)]);
  if (reports.some(({ problems }) => problems !== undefined)) return exitCodes.usage;
  return reports.every(({ claims }) => claims.every((one) => one.holds)) ? exitCodes.ok : exitCodes.no;
}

async function* proofs(names: readonly string[], how: HowProven, jobs: number): AsyncGenerator<ProofReport> {
  if (jobs > 1 && names.length >= worthWorkers && !names.includes('-')) {
    const workers = new ProofWorkers(Math.min(jobs, names.length), how);
    try {
      yield* inOrder(names.map((name) => workers.prove(name)));
    } finally {
      workers.end();
    }
  } else for (const name of names) yield await reportOn(name, how);
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
