/** All randomness of the engine: a value is a function of the scenario's seed and of what it is for. */

const hex = '0123456789abcdef';
/** The letters of generated names (staging:apimachinery/pkg/util/rand): no vowels, no 0, 1, 3. */
const nameLetters = 'bcdfghjklmnpqrstvwxz2456789';

/** A stream of 32-bit numbers drawn from a text, in one piece or several (xmur3 into sfc32); the same text gives the same stream. */
export class Stream {
  #a: number;
  #b: number;
  #c: number;
  #d: number;

  constructor(...texts: readonly string[]) {
    let length = 0;
    for (const text of texts) length += text.length;
    let h = 1779033703 ^ length;
    for (const text of texts) {
      for (let i = 0; i < text.length; i++) {
        h = Math.imul(h ^ text.charCodeAt(i), 3432918353);
        h = (h << 13) | (h >>> 19);
      }
    }
    const seed = () => {
      h = Math.imul(h ^ (h >>> 16), 2246822507);
      h = Math.imul(h ^ (h >>> 13), 3266489909);
      return (h ^= h >>> 16);
    };
    this.#a = seed();
    this.#b = seed();
    this.#c = seed();
    this.#d = seed();
    for (let i = 0; i < 12; i++) this.next();
  }

  next(): number {
    const [a, b, c, d] = [this.#a, this.#b, this.#c, this.#d];
    const t = (((a + b) | 0) + d) | 0;
    this.#d = (d + 1) | 0;
    this.#a = b ^ (b >>> 9);
    this.#b = (c + (c << 3)) | 0;
    this.#c = (((c << 21) | (c >>> 11)) + t) | 0;
    return t >>> 0;
  }
}

/** A stream as a function. */
export function stream(text: string): () => number {
  const numbers = new Stream(text);
  return () => numbers.next();
}

/** A number in [0, bound). */
export function pick(text: string, bound: number): number {
  return Math.floor((new Stream(text).next() / 0x1_0000_0000) * bound);
}

/** `length` characters of lower-case hex. */
export function hexOf(text: string, length: number): string {
  const numbers = new Stream(text);
  let out = '';
  while (out.length < length) {
    let value = numbers.next();
    for (let i = 0; i < 8 && out.length < length; i++, value >>>= 4) out += hex[value & 15];
  }
  return out;
}

/** A version-4 UUID. */
export function uuidOf(text: string): string {
  const h = hexOf(text, 32);
  const variant = hex[8 + (parseInt(h[16]!, 16) & 3)]!;
  return `${h.slice(0, 8)}-${h.slice(8, 12)}-4${h.slice(13, 16)}-${variant}${h.slice(17, 20)}-${h.slice(20)}`;
}

/** The five letters that the API server adds to a `generateName`. */
export function suffixOf(text: string, length = 5): string {
  const numbers = new Stream(text);
  let out = '';
  for (let i = 0; i < length; i++) out += nameLetters[Math.floor((numbers.next() / 0x1_0000_0000) * nameLetters.length)];
  return out;
}
