import { stream } from '#kube/chance.ts';
import { shuffled } from '../shuffle.ts';

/** Chance for one exercise: what is drawn follows from the seed alone. */
export class Draw {
  readonly #next: () => number;
  readonly #seed: string;
  #shuffles = 0;

  constructor(seed: string) {
    this.#seed = seed;
    this.#next = stream(`drill/${seed}`);
  }

  /** A whole number from `low` to `high`, both included. */
  int(low: number, high: number): number {
    return low + Math.floor((this.#next() / 0x1_0000_0000) * (high - low + 1));
  }

  /** One of the items. */
  of<T>(items: readonly T[]): T {
    return items[this.int(0, items.length - 1)]!;
  }

  /** So many different ones of the items. */
  some<T>(items: readonly T[], count: number): readonly T[] {
    return shuffled(items, `${this.#seed}/${this.#shuffles++}`).slice(0, count);
  }

  /** True in so many of a hundred cases. */
  chance(percent: number): boolean {
    return this.int(1, 100) <= percent;
  }
}
