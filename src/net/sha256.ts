/**
 * SHA-256 (FIPS 180-4) of short texts, of which large clusters need hundreds of thousands: names of chains are made of it. Nothing is allocated
 * for a text of plain characters.
 */

/** The first 32 bits of the fractional parts of the roots of the first primes. */
function fractions(count: number, root: (prime: number) => number): Int32Array {
  const found: number[] = [];
  for (let n = 2; found.length < count; n++) {
    let prime = true;
    for (let divisor = 2; divisor * divisor <= n; divisor++) if (n % divisor === 0) prime = false;
    if (prime) found.push((root(n) % 1) * 0x1_0000_0000);
  }
  return Int32Array.from(found, (value) => Math.floor(value) | 0);
}

const initial = fractions(8, Math.sqrt);
const constants = fractions(64, Math.cbrt);
const encoder = new TextEncoder();

const schedule = new Int32Array(64);
const state = new Int32Array(8);
/** Of the text with its padding. */
let bytes = new Uint8Array(256);

/** The digest of a text, given in parts, as eight words which hold until the next one is asked for. */
export function sha256Words(parts: readonly string[]): Int32Array {
  const length = write(parts);
  const blocks = ((length + 8) >>> 6) + 1;
  pad(length, blocks << 6);
  state.set(initial);
  for (let block = 0; block < blocks; block++) compress(block << 6);
  return state;
}

/** Writes the text's UTF-8 bytes; gives their number. */
function write(parts: readonly string[]): number {
  let length = 0;
  for (const part of parts) {
    reserve(length + part.length);
    for (let i = 0; i < part.length; i++) {
      const code = part.charCodeAt(i);
      if (code > 127) return writeEncoded(encoder.encode(parts.join('')));
      bytes[length + i] = code;
    }
    length += part.length;
  }
  return length;
}

function writeEncoded(encoded: Uint8Array): number {
  reserve(encoded.length);
  bytes.set(encoded);
  return encoded.length;
}

/** Writes a one bit behind the text, zeros, and the length in bits. */
function pad(length: number, end: number): void {
  bytes.fill(0, length, end);
  bytes[length] = 0x80;
  const bits = length * 8;
  for (let i = 0; i < 4; i++) bytes[end - 1 - i] = bits >>> (8 * i);
}

/** Makes room for a text with its padding. */
function reserve(length: number): void {
  if (bytes.length >= length + 72) return;
  const more = new Uint8Array(2 * length + 72);
  more.set(bytes);
  bytes = more;
}

function compress(from: number): void {
  const w = schedule;
  const k = constants;
  for (let i = 0, at = from; i < 16; i++, at += 4)
    w[i] = (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;
  for (let i = 16; i < 64; i++) {
    const x = w[i - 15]!;
    const y = w[i - 2]!;
    const s0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
    const s1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
    w[i] = (w[i - 16]! + s0 + w[i - 7]! + s1) | 0;
  }
  let a = state[0]!;
  let b = state[1]!;
  let c = state[2]!;
  let d = state[3]!;
  let e = state[4]!;
  let f = state[5]!;
  let g = state[6]!;
  let h = state[7]!;
  for (let i = 0; i < 64; i++) {
    const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
    const t1 = (h + s1 + (g ^ (e & (f ^ g))) + k[i]! + w[i]!) | 0;
    const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
    const t2 = (s0 + ((a & b) | (c & (a | b)))) | 0;
    h = g;
    g = f;
    f = e;
    e = (d + t1) | 0;
    d = c;
    c = b;
    b = a;
    a = (t1 + t2) | 0;
  }
  state[0] = state[0]! + a;
  state[1] = state[1]! + b;
  state[2] = state[2]! + c;
  state[3] = state[3]! + d;
  state[4] = state[4]! + e;
  state[5] = state[5]! + f;
  state[6] = state[6]! + g;
  state[7] = state[7]! + h;
}
