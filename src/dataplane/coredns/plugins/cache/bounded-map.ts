/** A map that forgets what has been in it longest. (coredns: plugin/pkg/cache, which forgets something of the same shard) */

/** It is divided into so many parts, each with room for so much at least. */
const shards = 256;
const leastOfShard = 4;

export class BoundedMap<Value> {
  readonly #capacity: number;
  readonly #values = new Map<string, Value>();
  /** The keys in the order of their coming, round and round. */
  readonly #keys: string[] = [];
  #oldest = 0;

  constructor(capacity: number) {
    this.#capacity = shards * Math.max(leastOfShard, Math.floor(capacity / shards));
  }

  get size(): number {
    return this.#values.size;
  }

  get(key: string): Value | undefined {
    return this.#values.get(key);
  }

  set(key: string, value: Value): void {
    if (!this.#values.has(key)) {
      if (this.#keys.length < this.#capacity) this.#keys.push(key);
      else {
        this.#values.delete(this.#keys[this.#oldest]!);
        this.#keys[this.#oldest] = key;
        this.#oldest = (this.#oldest + 1) % this.#capacity;
      }
    }
    this.#values.set(key, value);
  }
}
