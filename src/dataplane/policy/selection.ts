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

/** Label sets that occur, numbered: pods of one Deployment share one. */
export class LabelSets {
  readonly sets: Labels[] = [];
  readonly #numbers = new Map<string, number>();
  readonly #selections = new Map<string, Selection>();

  /** The number of a label set. */
  numberOf(labels: Labels = {}): number {
    const key = JSON.stringify(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)));
    let number = this.#numbers.get(key);
    if (number === undefined) {
      number = this.sets.push(labels) - 1;
      this.#numbers.set(key, number);
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
