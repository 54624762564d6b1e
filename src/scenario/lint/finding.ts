import type { Problem } from '../problem.ts';

/** Something about how a scenario is written, by a rule that has a name. */
export interface Finding extends Problem {
  readonly rule: string;
  /** `error`: it cannot be used so. `warning`: it can, and could be better. */
  readonly severity: 'error' | 'warning';
  /** A safe remedy: the text at the place, and what it becomes. */
  readonly fix?: { readonly from: string; readonly to: string };
}
