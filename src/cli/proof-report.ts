import type { Claim } from '#learn/proof.ts';
import type { Problem } from '#scenario/problem.ts';
import type { Scenario } from '#scenario/scenario.ts';
import { BadScenario } from './failure.ts';
import { prove } from './prove.ts';
import { readScenario } from './read-scenario.ts';

/** What `cka-net test -o json` says of a scenario. */
export interface ProofReport {
  readonly scenario: string;
  readonly claims: readonly Claim[];
  /** Why there is nothing to prove: the file is not sound, or its cluster does not come up. */
  readonly problems?: readonly Problem[];
}

export interface HowProven {
  readonly seed: string;
  /** With the words of this seed alone, and not with others that `spec.vary` may put there, too. */
  readonly asWritten: boolean;
}

/** A scenario as it is to be proven. Throws a BadScenario, and a Failure for a name that nothing has. */
export async function readToProve(name: string, { seed, asWritten }: HowProven): Promise<Scenario> {
  const scenario = await readScenario(name, seed);
  return asWritten ? { ...scenario, varies: false } : scenario;
}

/** Proves a scenario. Throws a Failure for a name that nothing has. */
export async function reportOn(name: string, how: HowProven): Promise<ProofReport> {
  try {
    const { scenario, claims } = await prove(await readToProve(name, how), how.seed);
    return { scenario, claims };
  } catch (error) {
    if (error instanceof BadScenario) return { scenario: name, claims: [], problems: error.problems };
    throw error;
  }
}
