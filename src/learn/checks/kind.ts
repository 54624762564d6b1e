import type * as z from 'zod';
import type { Evidence } from '../evidence.ts';
import type { LiveCluster } from '../live-cluster.ts';

/** What a check found. The observed value is there in either case: a verdict brings its reason. */
export interface Outcome {
  readonly met: boolean;
  /** What was seen, as the rest of a sentence that begins with what was wanted: `refused`, `the Pod has no label app`. */
  readonly observed: string;
  readonly evidence: Evidence;
}

/** A kind of check: it looks at the state of the cluster, never at what was typed. */
export interface CheckKind<Spec = unknown> {
  /** The key in a scenario: `connect`. */
  readonly kind: string;
  readonly schema: z.ZodType<Spec>;
  /** What the check wants, as a sentence without its full stop: `http://web/ answers 200 from pod shop/client`. */
  describe(spec: Spec): string;
  /** Reports whether a check of this kind shows that something works (asked first), or that something is prevented. */
  positive(spec: Spec): boolean;
  check(spec: Spec, cluster: LiveCluster): Promise<Outcome>;
  /** The nodes it names, for the loader to look up, with the place of each in the spec. */
  nodes(spec: Spec): readonly NodeMention[];
}

export interface NodeMention {
  readonly path: readonly (string | number)[];
  readonly node: string;
}
