/**
 * The order in which Go's `sort.Sort` leaves elements, those too that compare equal: pattern-defeating quicksort (Orson Peters) with
 * the constants and the fixed random numbers of Go 1.19 and later. kubectl's `--sort-by` shows it where many objects are of one age.
 */
const shortRun = 12;
const ninther = 50;

export function goSort<T>(items: readonly T[], isLess: (a: T, b: T) => boolean): T[] {
  const sorting = new Sorting(items, isLess);
  sorting.sort(0, items.length, bitLength(items.length));
  return sorting.items;
}

function bitLength(n: number): number {
  return n === 0 ? 0 : 32 - Math.clz32(n);
}

type Hint = 'increasing' | 'decreasing' | 'unknown';

class Sorting<T> {
  readonly items: T[];
  readonly #isLess: (a: T, b: T) => boolean;

  constructor(items: readonly T[], isLess: (a: T, b: T) => boolean) {
    this.items = [...items];
    this.#isLess = isLess;
  }

  #less(i: number, j: number): boolean {
    return this.#isLess(this.items[i]!, this.items[j]!);
  }

  #swap(i: number, j: number): void {
    [this.items[i], this.items[j]] = [this.items[j]!, this.items[i]!];
  }

  sort(from: number, to: number, limit: number): void {
    let [a, b, left] = [from, to, limit];
    let balanced = true;
    let partitioned = true;
    for (;;) {
      const length = b - a;
      if (length <= shortRun) return this.#insertion(a, b);
      if (left === 0) return this.#heap(a, b);
      if (!balanced) {
        this.#breakPatterns(a, b);
        left--;
      }
      let { pivot, hint } = this.#choosePivot(a, b);
      if (hint === 'decreasing') {
        for (let i = a, j = b - 1; i < j; i++, j--) this.#swap(i, j);
        pivot = b - 1 - (pivot - a);
        hint = 'increasing';
      }
      if (balanced && partitioned && hint === 'increasing' && this.#partialInsertion(a, b)) return;
      if (a > 0 && !this.#less(a - 1, pivot)) {
        a = this.#partitionEqual(a, b, pivot);
        continue;
      }
      const { middle, already } = this.#partition(a, b, pivot);
      partitioned = already;
      const [low, high] = [middle - a, b - middle];
      const least = Math.floor(length / 8);
      if (low < high) {
        balanced = low >= least;
        this.sort(a, middle, left);
        a = middle + 1;
      } else {
        balanced = high >= least;
        this.sort(middle + 1, b, left);
        b = middle;
      }
    }
  }

  #insertion(a: number, b: number): void {
    for (let i = a + 1; i < b; i++) for (let j = i; j > a && this.#less(j, j - 1); j--) this.#swap(j, j - 1);
  }

  #heap(a: number, b: number): void {
    const size = b - a;
    for (let i = Math.floor((size - 1) / 2); i >= 0; i--) this.#siftDown(i, size, a);
    for (let i = size - 1; i >= 0; i--) {
      this.#swap(a, a + i);
      this.#siftDown(0, i, a);
    }
  }

  #siftDown(start: number, size: number, first: number): void {
    for (let root = start; ;) {
      let child = 2 * root + 1;
      if (child >= size) return;
      if (child + 1 < size && this.#less(first + child, first + child + 1)) child++;
      if (!this.#less(first + root, first + child)) return;
      this.#swap(first + root, first + child);
      root = child;
    }
  }

  /** Puts the pivot in its place: smaller ones before it, the others behind. */
  #partition(a: number, b: number, pivot: number): { readonly middle: number; readonly already: boolean } {
    this.#swap(a, pivot);
    let [i, j] = [a + 1, b - 1];
    const advance = () => {
      while (i <= j && this.#less(i, a)) i++;
      while (i <= j && !this.#less(j, a)) j--;
    };
    advance();
    const already = i > j;
    while (i <= j) {
      this.#swap(i++, j--);
      advance();
    }
    this.#swap(j, a);
    return { middle: j, already };
  }

  /** Elements equal to the pivot first; returns where the greater ones begin. */
  #partitionEqual(a: number, b: number, pivot: number): number {
    this.#swap(a, pivot);
    let [i, j] = [a + 1, b - 1];
    for (;;) {
      while (i <= j && !this.#less(a, i)) i++;
      while (i <= j && this.#less(a, j)) j--;
      if (i > j) return i;
      this.#swap(i++, j--);
    }
  }

  /** Mends a few places that are out of order; reports whether that was all. */
  #partialInsertion(a: number, b: number): boolean {
    let i = a + 1;
    for (let step = 0; step < 5; step++) {
      while (i < b && !this.#less(i, i - 1)) i++;
      if (i === b) return true;
      if (b - a < ninther) return false;
      this.#swap(i, i - 1);
      if (i - a >= 2) for (let j = i - 1; j >= 1 && this.#less(j, j - 1); j--) this.#swap(j, j - 1);
      if (b - i >= 2) for (let j = i + 1; j < b && this.#less(j, j - 1); j++) this.#swap(j, j - 1);
    }
    return false;
  }

  #breakPatterns(a: number, b: number): void {
    const length = b - a;
    if (length < 8) return;
    let random = BigInt(length);
    const mask = (1n << BigInt(bitLength(length))) - 1n;
    const middle = a + Math.floor(length / 4) * 2 - 1;
    for (let i = 0; i < 3; i++) {
      random ^= BigInt.asUintN(64, random << 13n);
      random ^= random >> 7n;
      random ^= BigInt.asUintN(64, random << 17n);
      let other = Number(random & mask);
      if (other >= length) other -= length;
      this.#swap(middle + i, a + other);
    }
  }

  #choosePivot(a: number, b: number): { pivot: number; hint: Hint } {
    const length = b - a;
    const quarter = Math.floor(length / 4);
    let swaps = 0;
    const ordered = (x: number, y: number): readonly [number, number] => {
      if (!this.#less(y, x)) return [x, y];
      swaps++;
      return [y, x];
    };
    const median = (x: number, y: number, z: number): number => {
      [x, y] = ordered(x, y);
      [y, z] = ordered(y, z);
      [x, y] = ordered(x, y);
      return y;
    };
    let [i, j, k] = [a + quarter, a + quarter * 2, a + quarter * 3];
    if (length >= 8) {
      if (length >= ninther) [i, j, k] = [median(i - 1, i, i + 1), median(j - 1, j, j + 1), median(k - 1, k, k + 1)];
      j = median(i, j, k);
    }
    return { pivot: j, hint: swaps === 0 ? 'increasing' : swaps === 12 ? 'decreasing' : 'unknown' };
  }
}
