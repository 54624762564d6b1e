import type { Claim } from '#learn/proof.ts';
import type { Problem } from '#scenario/problem.ts';

/** What `cka-net test -o json` says of a scenario. */
export interface ProofReport {
  readonly scenario: string;
  readonly claims: readonly Claim[];
  /** Why there is nothing to prove: the file is not sound, or its cluster does not come up. */
  readonly problems?: readonly Problem[];
}
