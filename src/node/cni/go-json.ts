/**
 * JSON as Go's encoding/json reads and writes it: its syntax errors (scanner.go), its type errors for structs, maps and slices
 * (decode.go), keys matched without regard to case, the last of equal keys in force, map keys sorted when written (encode.go).
 */
import type { Result } from '#kube/status.ts';
import { quote } from '#kube/json.ts';

/** A parsed document: members keep their order and their duplicates, numbers their spelling. */
export type GoValue =
  | { readonly kind: 'null' }
  | { readonly kind: 'bool'; readonly value: boolean }
  | { readonly kind: 'number'; readonly text: string }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'array'; readonly items: readonly GoValue[] }
  | { readonly kind: 'object'; readonly members: readonly (readonly [key: string, value: GoValue])[] };

/** A syntax error: Go prints the message; the offset (in characters, of the offending one) is what editors are told. */
export interface SyntaxProblem {
  readonly message: string;
  readonly offset: number;
}

class Stop extends Error {
  readonly offset: number;
  constructor(message: string, offset: number) {
    super(message);
    this.offset = offset;
  }
}

/** The character as Go's scanner names it; it looks at bytes, so of `“` it sees the first one, `â`. */
function quoteCharacter(character: string): string {
  if (character === "'") return `'\\''`;
  if (character === '"') return `'"'`;
  const code = character.codePointAt(0)!;
  const byte = code < 0x80 ? code : code < 0x800 ? 0xc0 | (code >> 6) : code < 0x1_0000 ? 0xe0 | (code >> 12) : 0xf0 | (code >> 18);
  return `'${quote(String.fromCharCode(byte)).slice(1, -1)}'`;
}

const escapes: Readonly<Record<string, string>> = { '"': '"', '\\': '\\', '/': '/', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' };

class Scanner {
  readonly text: string;
  pos = 0;

  constructor(text: string) {
    this.text = text;
  }

  document(): GoValue {
    const value = this.value();
    this.blanks();
    if (this.pos < this.text.length) this.refuse('after top-level value');
    return value;
  }

  /** Refuses the next character. At the end of the text Go pushes one blank through the state it is in: `inside` says whether that hurts. */
  refuse(context: string, inside = false): never {
    if (this.pos < this.text.length) {
      const character = String.fromCodePoint(this.text.codePointAt(this.pos)!);
      throw new Stop(`invalid character ${quoteCharacter(character)} ${context}`, this.pos);
    }
    throw new Stop(inside ? `invalid character ' ' ${context}` : 'unexpected end of JSON input', this.pos);
  }

  blanks(): void {
    while (this.pos < this.text.length && ' \t\r\n'.includes(this.text[this.pos]!)) this.pos++;
  }

  value(): GoValue {
    this.blanks();
    const first = this.text[this.pos];
    if (first === '{') return this.object();
    if (first === '[') return this.array();
    if (first === '"') return { kind: 'string', value: this.string() };
    if (first === 't') return this.literal('true', { kind: 'bool', value: true });
    if (first === 'f') return this.literal('false', { kind: 'bool', value: false });
    if (first === 'n') return this.literal('null', { kind: 'null' });
    if (first !== undefined && (first === '-' || isDigit(first))) return this.number();
    return this.refuse('looking for beginning of value');
  }

  object(): GoValue {
    const members: [string, GoValue][] = [];
    this.pos++;
    this.blanks();
    if (this.text[this.pos] === '}') {
      this.pos++;
      return { kind: 'object', members };
    }
    for (;;) {
      this.blanks();
      if (this.text[this.pos] !== '"') this.refuse('looking for beginning of object key string');
      const key = this.string();
      this.blanks();
      if (this.text[this.pos] !== ':') this.refuse('after object key');
      this.pos++;
      members.push([key, this.value()]);
      this.blanks();
      const next = this.text[this.pos];
      if (next !== ',' && next !== '}') this.refuse('after object key:value pair');
      this.pos++;
      if (next === '}') return { kind: 'object', members };
    }
  }

  array(): GoValue {
    const items: GoValue[] = [];
    this.pos++;
    this.blanks();
    if (this.text[this.pos] === ']') {
      this.pos++;
      return { kind: 'array', items };
    }
    for (;;) {
      items.push(this.value());
      this.blanks();
      const next = this.text[this.pos];
      if (next !== ',' && next !== ']') this.refuse('after array element');
      this.pos++;
      if (next === ']') return { kind: 'array', items };
    }
  }

  string(): string {
    let out = '';
    this.pos++;
    for (;;) {
      const character = this.text[this.pos];
      if (character === undefined) return this.refuse('');
      if (character < ' ') return this.refuse('in string literal');
      this.pos++;
      if (character === '"') return out;
      if (character !== '\\') {
        out += character;
        continue;
      }
      const escape = this.text[this.pos];
      if (escape === 'u') {
        this.pos++;
        let code = '';
        for (; code.length < 4; this.pos++) {
          const digit = this.text[this.pos];
          if (digit === undefined || !/[0-9a-fA-F]/.test(digit)) return this.refuse('in \\u hexadecimal character escape', true);
          code += digit;
        }
        out += String.fromCharCode(parseInt(code, 16));
        continue;
      }
      if (escape === undefined || !(escape in escapes)) return this.refuse('in string escape code', true);
      out += escapes[escape]!;
      this.pos++;
    }
  }

  literal(word: string, value: GoValue): GoValue {
    for (let i = 0; i < word.length; i++, this.pos++)
      if (this.text[this.pos] !== word[i]) this.refuse(`in literal ${word} (expecting '${word[i]!}')`, true);
    return value;
  }

  number(): GoValue {
    const start = this.pos;
    if (this.text[this.pos] === '-') {
      this.pos++;
      if (!isDigit(this.text[this.pos])) this.refuse('in numeric literal', true);
    }
    if (this.text[this.pos] === '0') this.pos++;
    else this.digits();
    if (this.text[this.pos] === '.') {
      this.pos++;
      if (!isDigit(this.text[this.pos])) this.refuse('after decimal point in numeric literal', true);
      this.digits();
    }
    if (this.text[this.pos] === 'e' || this.text[this.pos] === 'E') {
      this.pos++;
      if (this.text[this.pos] === '+' || this.text[this.pos] === '-') this.pos++;
      if (!isDigit(this.text[this.pos])) this.refuse('in exponent of numeric literal', true);
      this.digits();
    }
    return { kind: 'number', text: this.text.slice(start, this.pos) };
  }

  digits(): void {
    while (isDigit(this.text[this.pos])) this.pos++;
  }
}

function isDigit(character: string | undefined): boolean {
  return character !== undefined && character >= '0' && character <= '9';
}

type Parsed = Result<GoValue, SyntaxProblem>;

/** The document that was parsed last: a program reads what it is given several times, each time for something else in it. */
let last: { readonly text: string; readonly parsed: Parsed } | undefined;

/** Parses a document; the error is what Go's scanner says. */
export function parseJson(text: string): Parsed {
  if (last?.text !== text) last = { text, parsed: parseAnew(text) };
  return last.parsed;
}

function parseAnew(text: string): Parsed {
  try {
    return { ok: true, value: new Scanner(text).document() };
  } catch (error) {
    if (!(error instanceof Stop)) throw error;
    return { ok: false, error: { message: error.message, offset: error.offset } };
  }
}

/** What `interface{}` holds after decoding: the last of equal keys wins, numbers are float64. */
export function plainOf(value: GoValue): unknown {
  if (value.kind === 'null') return null;
  if (value.kind === 'number') return Number(value.text);
  if (value.kind === 'array') return value.items.map(plainOf);
  if (value.kind === 'object') return Object.fromEntries(value.members.map(([key, one]) => [key, plainOf(one)]));
  return value.value;
}

/** Go's name of what an `interface{}` holds (`%T`). */
export function dynamicType(value: unknown): string {
  if (value === null || value === undefined) return '<nil>';
  if (Array.isArray(value)) return '[]interface {}';
  if (typeof value === 'object') return 'map[string]interface {}';
  if (typeof value === 'number') return 'float64';
  return typeof value === 'boolean' ? 'bool' : 'string';
}

// --- Decoding into Go types ---

/** A Go type: its printed name and how a document is read into it. `undefined` stands for "nothing was set". */
export interface GoType<T> {
  readonly name: string;
  readonly decode: (value: GoValue, at: Decoding) => T | undefined;
}

export type GoInfer<Type> = Type extends GoType<infer T> ? T : never;

/** Where decoding is, and the first type error: Go goes on after one and reports it at the end. */
export class Decoding {
  saved: string | undefined;
  struct = '';
  path: readonly string[] = [];
  /** Since Go 1.24 a field's path names embedded structs and the fields inside types that decode themselves. */
  readonly fullPaths: boolean;

  constructor(fullPaths: boolean) {
    this.fullPaths = fullPaths;
  }

  mismatch(found: string, type: string, inner: readonly string[] = []): undefined {
    this.saved ??= mismatchText(found, type, this.struct, this.fullPaths ? [...this.path, ...inner] : this.path);
    return undefined;
  }

  /** An error of a type that decodes itself ends decoding at once. */
  abort(message: string): never {
    throw new Stop(message, 0);
  }
}

function mismatchText(found: string, type: string, struct: string, path: readonly string[]): string {
  const place = struct === '' && path.length === 0 ? 'Go value' : `Go struct field ${struct}.${path.join('.')}`;
  return `json: cannot unmarshal ${found} into ${place} of type ${type}`;
}

function kindText(value: GoValue): string {
  return value.kind;
}

function scalar<T>(name: string, read: (value: GoValue) => T | undefined): GoType<T> {
  return {
    name,
    decode: (value, at) => {
      if (value.kind === 'null') return undefined;
      const found = read(value);
      return found === undefined ? at.mismatch(kindText(value), name) : found;
    },
  };
}

export const goString = scalar('string', (value) => (value.kind === 'string' ? value.value : undefined));
export const goBool = scalar('bool', (value) => (value.kind === 'bool' ? value.value : undefined));

/** An integer type; a number with a fraction or out of range is named in the error. */
export function goInt(name = 'int', min = -(2 ** 63), max = 2 ** 63): GoType<number> {
  return {
    name,
    decode: (value, at) => {
      if (value.kind === 'null') return undefined;
      if (value.kind !== 'number') return at.mismatch(kindText(value), name);
      const number = Number(value.text);
      return /^-?\d+$/.test(value.text) && number >= min && number <= max ? number : at.mismatch(`number ${value.text}`, name);
    },
  };
}

export const goUint64 = goInt('uint64', 0, 2 ** 64);

/** `interface{}`. */
export const goAny: GoType<unknown> = { name: 'interface {}', decode: plainOf };

/** `json.RawMessage`. */
export const goRaw: GoType<GoValue> = { name: 'json.RawMessage', decode: (value) => value };

export function goSlice<T>(item: GoType<T>, zero?: T, name = `[]${item.name}`): GoType<readonly T[]> {
  return {
    name,
    decode: (value, at) => {
      if (value.kind === 'null') return undefined;
      if (value.kind !== 'array') return at.mismatch(kindText(value), name);
      const items: T[] = [];
      for (const one of value.items) {
        const decoded = item.decode(one, at) ?? zero;
        if (decoded !== undefined) items.push(decoded);
      }
      return items;
    },
  };
}

export function goMap<T>(item: GoType<T>, name = `map[string]${item.name}`): GoType<ReadonlyMap<string, T>> {
  return {
    name,
    decode: (value, at) => {
      if (value.kind === 'null') return undefined;
      if (value.kind !== 'object') return at.mismatch(kindText(value), name);
      const map = new Map<string, T>();
      for (const [key, one] of value.members) {
        const decoded = item.decode(one, at);
        if (decoded !== undefined) map.set(key, decoded);
      }
      return map;
    },
  };
}

export type GoFields = { readonly [json: string]: GoType<unknown> };
type Decoded<Fields extends GoFields> = { readonly [K in keyof Fields]?: GoInfer<Fields[K]> };

export interface GoStruct<Fields extends GoFields> extends GoType<Decoded<Fields>> {
  readonly fields: Fields;
}

/**
 * A struct type. `name` as Go prints it: `allocator.IPAMConfig`, `struct { Name string "json:\"name\"" }` for one without a name.
 * `embedded`: which fields come from an embedded struct, and its name.
 */
export function goStruct<const Fields extends GoFields>(
  name: string,
  fields: Fields,
  embedded: { readonly [json: string]: string } = {},
): GoStruct<Fields> {
  const byFold = new Map(Object.keys(fields).map((key) => [key.toLowerCase(), key]));
  const short = name.startsWith('struct {') ? '' : name.slice(name.lastIndexOf('.') + 1);
  return {
    name,
    fields,
    decode: (value, at) => {
      if (value.kind === 'null') return undefined;
      if (value.kind !== 'object') return at.mismatch(kindText(value), name);
      const out: Record<string, unknown> = {};
      const { struct, path } = at;
      for (const [key, one] of value.members) {
        const field = key in fields ? key : byFold.get(key.toLowerCase());
        if (field === undefined) continue;
        const within = embedded[field];
        at.struct = short;
        at.path = at.fullPaths && within !== undefined ? [...path, within, field] : [...path, field];
        const decoded = fields[field]!.decode(one, at);
        if (decoded !== undefined) out[field] = decoded;
        at.struct = struct;
        at.path = path;
      }
      return out as Decoded<Fields>;
    },
  };
}

/** A type with UnmarshalText, such as net.IP: `read` gives the value or the error's text. */
export function goText<T>(name: string, read: (text: string) => Result<T | undefined, string>): GoType<T> {
  return {
    name,
    decode: (value, at) => {
      if (value.kind === 'null') return undefined;
      if (value.kind !== 'string') return at.mismatch(kindText(value), name);
      const found = read(value.value);
      return found.ok ? found.value : at.abort(found.error);
    },
  };
}

/** A type with UnmarshalJSON that decodes into `inner` first and then makes something of it. A type error inside gets the outer place. */
export function goCustom<Inner, T>(inner: GoType<Inner>, make: (value: Inner | undefined) => Result<T, string>): GoType<T> {
  return {
    name: inner.name,
    decode: (value, at) => {
      const within = new Decoding(at.fullPaths);
      let failed: { found: string; type: string; inner: readonly string[] } | undefined;
      within.mismatch = (found, type) => {
        failed ??= { found, type, inner: within.path };
        return undefined;
      };
      const decoded = inner.decode(value, within);
      if (failed !== undefined) {
        at.mismatch(failed.found, failed.type, failed.inner);
        return at.abort(at.saved!);
      }
      const made = make(decoded);
      return made.ok ? made.value : at.abort(made.error);
    },
  };
}

/** `json.Unmarshal`: the decoded value, or the error as Go prints it. `fullPaths` as of Go 1.24. */
export function unmarshal<T>(text: string, type: GoType<T>, fullPaths = true): Result<T | undefined, string> {
  const parsed = parseJson(text);
  if (!parsed.ok) return { ok: false, error: parsed.error.message };
  return decodeValue(parsed.value, type, fullPaths);
}

/** {@link unmarshal} of a document that is already parsed. */
export function decodeValue<T>(value: GoValue, type: GoType<T>, fullPaths = true): Result<T | undefined, string> {
  const at = new Decoding(fullPaths);
  try {
    const decoded = type.decode(value, at);
    return at.saved === undefined ? { ok: true, value: decoded } : { ok: false, error: at.saved };
  } catch (error) {
    if (!(error instanceof Stop)) throw error;
    return { ok: false, error: error.message };
  }
}

// --- Encoding ---

/** `json.Marshal` of maps, slices and scalars: keys sorted, no blanks, HTML characters escaped. */
export function marshal(value: unknown): string {
  return escapeHtml(JSON.stringify(sorted(value)));
}

/** `json.MarshalIndent(value, "", "    ")` of a struct: keys in the order given. */
export function marshalIndent(value: unknown, indent = 4): string {
  return escapeHtml(JSON.stringify(value, null, indent));
}

function escapeHtml(json: string): string {
  return json.replace(/[<>&\u2028\u2029]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([, one]) => one !== undefined);
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, one]) => [key, sorted(one)]));
}
