/** Writing DER (X.690), as far as keys and certificates want it. */

/** Octets, one a character: strings are what JavaScript joins fastest. */
export type Bytes = string;

export const octets = (...codes: readonly number[]): Bytes => String.fromCharCode(...codes);

export function element(tag: number, ...contents: readonly Bytes[]): Bytes {
  const content = contents.join('');
  const { length } = content;
  const size = length < 128 ? octets(length) : length < 256 ? octets(0x81, length) : octets(0x82, length >> 8, length & 255);
  return octets(tag) + size + content;
}

export const sequence = (...contents: readonly Bytes[]) => element(0x30, ...contents);
export const set = (...contents: readonly Bytes[]) => element(0x31, ...contents);
export const text = (value: string): Bytes => octets(...new TextEncoder().encode(value));

/** An object identifier, from its numbers with dots. */
export function oid(dotted: string): Bytes {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  return element(0x06, octets(40 * first + second, ...rest.flatMap(base128)));
}

function base128(value: number): readonly number[] {
  const low = value & 0x7f;
  const high = Math.floor(value / 128);
  return high === 0 ? [low] : [...base128(high).map((byte) => byte | 0x80), low];
}

/** UTCTime, or GeneralizedTime from 2050 on (RFC 5280 4.1.2.5). */
export function time(at: number): Bytes {
  const digits = `${new Date(at).toISOString().replace(/[-:T]/g, '').slice(0, 14)}Z`;
  return digits < '2050' ? element(0x17, text(digits.slice(2))) : element(0x18, text(digits));
}

export function pem(label: string, der: Bytes): string {
  const body = btoa(der).replace(/.{64}/g, '$&\n');
  return `-----BEGIN ${label}-----\n${body.replace(/\n$/, '')}\n-----END ${label}-----\n`;
}
