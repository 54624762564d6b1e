/** The record that is worked on, and its fields: which are found when somebody asks, and make the record anew when one is changed. */
import { Read, type Value } from './values.ts';

export interface Separators {
  /** A record in its fields, as FS divides it now. */
  split(record: string): string[];
  /** OFS, as it is now. */
  readonly between: string;
}

export class AwkRecord {
  readonly #separators: Separators;
  #text = '';
  #found: string[] | undefined = [];
  /** What fields were set to that are more than texts. */
  #values = new Map<number, Value>();

  constructor(separators: Separators) {
    this.#separators = separators;
  }

  get text(): string {
    return this.#text;
  }

  set text(text: string) {
    this.#text = text;
    this.#found = undefined;
    this.#values = new Map();
  }

  get #fields(): string[] {
    return (this.#found ??= this.#separators.split(this.#text));
  }

  /** NF. A record may be given more fields, which are empty, or fewer. */
  get length(): number {
    return this.#fields.length;
  }

  set length(count: number) {
    this.#reach(count);
    this.#fields.length = Math.max(0, Math.trunc(count));
    this.#rebuild();
  }

  /** Counted from 1. */
  field(number: number): Value {
    const text = this.#fields[number - 1];
    if (text === undefined) return undefined;
    return this.#values.has(number) ? this.#values.get(number) : new Read(text);
  }

  setField(number: number, value: Value, text: string): void {
    this.#reach(number);
    this.#fields[number - 1] = text;
    this.#values.set(number, value);
    this.#rebuild();
  }

  #reach(count: number): void {
    while (this.#fields.length < count) this.#fields.push('');
  }

  #rebuild(): void {
    this.#text = this.#fields.join(this.#separators.between);
  }
}
