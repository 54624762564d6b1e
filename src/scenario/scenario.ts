/** A scenario, read and found sound. */
import type { Difficulty, Subject, Topic } from '#learn/curriculum.ts';
import type { ClusterSettings } from '#lab/bring-up/settings.ts';
import type { Question } from '#learn/question.ts';
import type { Problem } from './problem.ts';
import type { ClusterSpec, NodeFile, NodeSpec } from './schema.ts';
import type { Path } from './source.ts';
import type { Replacements } from './vary.ts';

/** A Kubernetes object as it was written, and where. */
export interface WrittenObject {
  /** Plain JSON, with `apiVersion`, `kind` and `metadata`; nothing more is promised. */
  readonly object: WrittenJson;
  /** A problem at a place in it: `problem(['spec', 'ports', 0], 'Service "web" is invalid: …')`. */
  problem(path: Path, message: string, note?: string): Problem;
}

export interface WrittenJson {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name?: string;
    readonly generateName?: string;
    readonly namespace?: string;
    readonly [field: string]: unknown;
  };
  readonly [field: string]: unknown;
}

export type Loaded = { readonly ok: true; readonly scenario: Scenario } | { readonly ok: false; readonly problems: readonly Problem[] };

export interface Scenario {
  readonly name: string;
  readonly title: string;
  readonly topic?: Topic;
  readonly difficulty?: Difficulty;
  readonly tags: readonly string[];
  /** What of the curriculum it is about. */
  readonly subjects: readonly Subject[];
  /** RFC 3339. */
  readonly clock?: string;
  readonly story: string;
  /** What the scenario says, else what its dump tells, else defaults; `nodes` is what the scenario lists, or the default nodes when it shows none at all. */
  readonly cluster: Omit<ClusterSpec, 'nodes' | 'cni' | 'kubeProxy'> &
    Pick<ClusterSettings, 'cni' | 'network' | 'kubeProxy'> & {
      readonly nodes: readonly NodeSpec[];
    };
  readonly files: readonly NodeFile[];
  /** Shell lines. */
  readonly break: string;
  /** The faults of the catalogue that are in it, by name. */
  readonly faults: readonly string[];
  /** The scenarios that should be known before. */
  readonly after: readonly string[];
  /** An SPDX expression. */
  readonly licence?: string;
  /** The pack that it belongs to, and its place in the order of that pack. */
  readonly pack?: { readonly name: string; readonly place: number };
  readonly questions: readonly Question[];
  readonly objects: readonly WrittenObject[];
  /** What its words were drawn from: `0` leaves them as they are written. */
  readonly seed: string;
  /** Whether another seed makes it read otherwise. */
  readonly varies: boolean;
  /** The words that the seed has put in the place of others. */
  readonly replacements: Replacements;
  /** The scenario as another seed makes it, or what is wrong with it then. */
  varied(seed: string): Loaded;
  /** A problem at a place of the Scenario document: `problem(['spec', 'break'], …)`; `within` is the part of the text there that is meant. */
  problem(path: Path, message: string, note?: string, within?: string): Problem;
  /** A problem of one of the lines of `break`, by its number from 1. */
  problemOfBreak(line: number, message: string, note?: string): Problem;
}

/** Everything that the cluster follows from, as text: the same text, and the same seed, give the same cluster. */
export function worldOf({ clock, cluster, files, break: lines, objects }: Scenario): string {
  return JSON.stringify([clock, cluster, files, lines, objects.map(({ object }) => object)]);
}
