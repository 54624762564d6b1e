import type { Flags, Values } from './flags.ts';
import type { Invocation } from './invocation.ts';

/** What a command line gives to a verb. */
export interface Given<F extends Flags = Flags> {
  readonly args: readonly string[];
  /** How many of the arguments stand before `--`; undefined without it. */
  readonly dash: number | undefined;
  readonly flags: Values<F>;
  /** Reports whether the flag stands on the command line. */
  changed(name: keyof F & string): boolean;
}

/** A command of kubectl, or a group of them. */
export interface Verb<F extends Flags = Flags> {
  readonly name: string;
  readonly aliases?: readonly string[];
  /** Words for which `Did you mean this?` names it. */
  readonly suggestFor?: readonly string[];
  /** Its line under `Usage:`, after the command's path. */
  readonly use: string;
  readonly short: string;
  /** Left out of help. */
  readonly hidden?: boolean;
  readonly examples?: readonly string[];
  readonly flags: F;
  readonly verbs?: readonly Verb[];
  /** The titles under which help lists the verbs; only kubectl itself has them. */
  readonly groups?: readonly Group[];
  /** Absent when only its subcommands do something; then it prints its help and fails. */
  readonly run?: (kubectl: Invocation, given: Given<F>) => void | Promise<void>;
  /** Where a group's help goes when no subcommand is named, and what to exit with; stderr and 1 when absent. */
  readonly helpOn?: { readonly stream: 'stdout'; readonly code: number };
  /** Checks the number of arguments before required flags are (cobra.PositionalArgs); throws. */
  readonly checkArgs?: (args: readonly string[]) => void;
}

export interface Group {
  readonly title: string;
  readonly verbs: readonly Verb[];
}

/** Lets TypeScript infer the flags' types. */
export function defineVerb<const F extends Flags>(verb: Verb<F>): Verb {
  return verb as unknown as Verb;
}
