/** Label selectors, each kept once, and what they select among label sets, each looked at once. */
import type { LabelSelector } from '#kube/kinds/label-selector.ts';
import { matchesLabels, type Labels } from '#kube/selector.ts';

const [unknown, yes, no] = [0, 1, 2];

/** A selector over numbered label sets. It is asked about a set when that first matters. */
export class Selection {
  readonly #selector: LabelSelector;
  readonly #sets: readonly Labels[];
  readonly #known: Uint8Array;
  readonly #everything: boolean;

  constructor(selector: LabelSelector, sets: readonly Labels[]) {
    this.#selector = selector;
    this.#sets = sets;
    this.#known = new Uint8Array(sets.length);
    this.#everything = Object.keys(selector.matchLabels ?? {}).length === 0 && (selector.matchExpressions ?? []).length === 0;
  }

  /** Reports whether the label set of this number is selected. */
  has(set: number): boolean {
    if (this.#everything) return true;
    const known = this.#known[set]!;
    if (known !== unknown) return known === yes;
    const selected = matchesLabels(this.#selector, this.#sets[set]);
    this.#known[set] = selected ? yes : no;
    return selected;
  }
}

/** The keys of labels that a selector asks for. */
export function keysOf({ matchLabels = {}, matchExpressions = [] }: LabelSelector): readonly string[] {
  return [...Object.keys(matchLabels), ...matchExpressions.map(({ key }) => key)];
}

/** Label sets that occur, numbered: whoever differs only in labels that no selector asks for shares one. */
export class LabelSets {
  readonly sets: Labels[] = [];
  readonly #keys: readonly string[];
  readonly #numbers = new Map<string, number>();
  readonly #selections = new Map<string, Selection>();

  /** `keys`: those that selectors ask for. */
  constructor(keys: Iterable<string>) {
    this.#keys = [...new Set(keys)];
  }

  /** The number of a label set. */
  numberOf(labels: Labels = {}): number {
    const asked = this.#keys.flatMap((key) => (Object.hasOwn(labels, key) ? [[key, labels[key]!] as const] : []));
    const text = JSON.stringify(asked);
    let number = this.#numbers.get(text);
    if (number === undefined) {
      number = this.sets.push(Object.fromEntries(asked)) - 1;
      this.#numbers.set(text, number);
    }
    return number;
  }

  /** What a selector selects among these sets; all of them must have their number before. */
  selection(selector: LabelSelector): Selection {
    const key = JSON.stringify(selector);
    let selection = this.#selections.get(key);
    if (selection === undefined) this.#selections.set(key, (selection = new Selection(selector, this.sets)));
    return selection;
  }
}
