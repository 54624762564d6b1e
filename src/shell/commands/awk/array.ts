/** AWK's arrays, walked through in mawk's order: that of its hash table (mawk 1.3.4: array.w, hash.c). */
import type { Value } from './values.ts';

/** As many elements as there may be to a list on average before the table grows. */
const mostPerList = 12;

export class AwkArray {
  readonly #elements = new Map<string, Value>();

  get size(): number {
    return this.#elements.size;
  }

  has(key: string): boolean {
    return this.#elements.has(key);
  }

  /** An element that is asked for is there from then on. */
  get(key: string): Value {
    if (!this.#elements.has(key)) this.#elements.set(key, undefined);
    return this.#elements.get(key);
  }

  set(key: string, value: Value): void {
    this.#elements.set(key, value);
  }

  delete(key: string): void {
    this.#elements.delete(key);
  }

  clear(): void {
    this.#elements.clear();
  }

  /** By the lists of the table; in each the newest one first. */
  keys(): readonly string[] {
    let lists = 64;
    while (this.#elements.size > lists * mostPerList) lists *= 2;
    const placed = [...this.#elements.keys()].map((key, i) => ({ key, list: hash(key) % lists, i }));
    return placed.sort((a, b) => a.list - b.list || b.i - a.i).map(({ key }) => key);
  }
}

/** FNV-1a, 32 bits. */
function hash(text: string): number {
  let value = 2_166_136_261;
  for (const byte of new TextEncoder().encode(text)) value = Math.imul(value ^ byte, 16_777_619) >>> 0;
  return value;
}
