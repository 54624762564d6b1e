import type { Topic } from '../curriculum.ts';
import type { Draw } from './draw.ts';
import type { DrillName } from './names.ts';

/** One exercise: a question in the words of scenario files, and the cluster that it is asked about. Nothing in it is an answer. */
export interface Exercise {
  /** A question without its `id`. */
  readonly question: Readonly<Record<string, unknown>>;
  /** Fields of `spec.cluster`. */
  readonly cluster?: Readonly<Record<string, unknown>>;
  readonly objects?: readonly object[];
  /** Shell lines, run before it is asked. */
  readonly break?: string;
}

/** A kind of exercise, without end: another seed, another one. The engine finds what is right. */
export interface DrillKind {
  readonly kind: DrillName;
  readonly title: string;
  /** What it trains, for a list. */
  readonly trains: string;
  readonly topic: Topic;
  make(draw: Draw): Exercise;
}
