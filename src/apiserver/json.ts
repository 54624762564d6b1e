/** JSON as the API server reads it, with the errors of Go's encoding/json. */
import { quote } from '#kube/json.ts';
import { fail, ok, type Result } from '#kube/status.ts';

export type JsonObject = { readonly [key: string]: unknown };

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What Go calls the type of a decoded JSON value in its errors (encoding/json: UnmarshalTypeError.Value). */
export function goKind(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  return typeof value === 'boolean' ? 'bool' : typeof value;
}

/** The value of a text, or what Go's scanner says of the first character that does not belong. */
export function parseJson(text: string): Result<unknown, string> {
  try {
    return ok(JSON.parse(text) as unknown);
  } catch {
    return fail(new Complaint(text).message());
  }
}

class Stop extends Error {}

/** Walks a text that is no JSON as encoding/json's scanner does, up to the character it stops at (scanner.go). */
class Complaint {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  message(): string {
    try {
      this.#value();
      this.#blanks();
      this.#stop('after top-level value');
    } catch (error) {
      if (error instanceof Stop) return error.message;
      throw error;
    }
  }

  /** The end of the text is a blank to the scanner: within a token (`inside`) that is a wrong character, elsewhere the end came too soon. */
  #stop(context: string, inside = false): never {
    const character = this.#text[this.#at];
    if (character === undefined) throw new Stop(inside ? `invalid character ' ' ${context}` : 'unexpected end of JSON input');
    const shown = character === "'" ? "'\\''" : character === '"' ? `'"'` : `'${quote(character).slice(1, -1)}'`;
    throw new Stop(`invalid character ${shown} ${context}`);
  }

  #blanks(): string | undefined {
    while (' \t\r\n'.includes(this.#text[this.#at] ?? 'x')) this.#at++;
    return this.#text[this.#at];
  }

  #value(): void {
    const first = this.#blanks();
    if (first === '{') this.#object();
    else if (first === '[') this.#array();
    else if (first === '"') this.#string();
    else if (first !== undefined && /[-\d]/.test(first)) this.#number();
    else {
      const word = ['true', 'false', 'null'].find((one) => one[0] === first);
      if (word === undefined) this.#stop('looking for beginning of value');
      for (const letter of word) {
        if (this.#text[this.#at] !== letter) this.#stop(`in literal ${word} (expecting '${letter}')`, true);
        this.#at++;
      }
    }
  }

  #object(): void {
    this.#at++;
    if (this.#blanks() === '}') return void this.#at++;
    for (;;) {
      if (this.#blanks() !== '"') this.#stop('looking for beginning of object key string');
      this.#string();
      if (this.#blanks() !== ':') this.#stop('after object key');
      this.#at++;
      this.#value();
      const next = this.#blanks();
      if (next !== ',' && next !== '}') this.#stop('after object key:value pair');
      this.#at++;
      if (next === '}') return;
    }
  }

  #array(): void {
    this.#at++;
    if (this.#blanks() === ']') return void this.#at++;
    for (;;) {
      this.#value();
      const next = this.#blanks();
      if (next !== ',' && next !== ']') this.#stop('after array element');
      this.#at++;
      if (next === ']') return;
    }
  }

  #string(): void {
    this.#at++;
    for (;;) {
      const character = this.#text[this.#at];
      if (character === undefined) this.#stop('');
      if (character < ' ') this.#stop('in string literal');
      this.#at++;
      if (character === '"') return;
      if (character === '\\') this.#escape();
    }
  }

  #escape(): void {
    const character = this.#text[this.#at] ?? '';
    if (!'"\\/bfnrtu'.includes(character) || character === '') this.#stop('in string escape code', true);
    this.#at++;
    for (let digits = 0; character === 'u' && digits < 4; digits++, this.#at++) {
      if (!/[\da-fA-F]/.test(this.#text[this.#at] ?? '')) this.#stop('in \\u hexadecimal character escape', true);
    }
  }

  #number(): void {
    if (this.#text[this.#at] === '-') {
      this.#at++;
      this.#digit('in numeric literal');
    }
    if (this.#text[this.#at] === '0') this.#at++;
    else this.#digits();
    if (this.#text[this.#at] === '.') {
      this.#at++;
      this.#digit('after decimal point in numeric literal');
      this.#digits();
    }
    if (/[eE]/.test(this.#text[this.#at] ?? '')) {
      this.#at++;
      if (/[-+]/.test(this.#text[this.#at] ?? '')) this.#at++;
      this.#digit('in exponent of numeric literal');
      this.#digits();
    }
  }

  #digit(context: string): void {
    if (!/\d/.test(this.#text[this.#at] ?? '')) this.#stop(context, true);
  }

  #digits(): void {
    while (/\d/.test(this.#text[this.#at] ?? '')) this.#at++;
  }
}
