/** SHA-256 (FIPS 180-4) of short texts, and the letters of it that kube-proxy makes names of. The engine has no `node:crypto`. */

/** The first 32 bits of the fractional parts of the cube roots of the first 64 primes. */
const roundConstants = new Uint32Array(64);
/** The same of the square roots of the first eight. */
const initial = new Uint32Array(8);

function fraction(root: number): number {
  return Math.floor((root - Math.floor(root)) * 0x1_0000_0000);
}

for (let candidate = 2, found = 0; found < 64; candidate++) {
  let prime = true;
  for (let divisor = 2; divisor * divisor <= candidate; divisor++) if (candidate % divisor === 0) prime = false;
  if (!prime) continue;
  if (found < 8) initial[found] = fraction(Math.sqrt(candidate));
  roundConstants[found++] = fraction(Math.cbrt(candidate));
}

const words = new Uint32Array(64);
const state = new Uint32Array(8);
let block = new Uint8Array(256);

/** Hashes `text` into {@link state}. Texts are ASCII: names, addresses and ports are. */
function digest(text: string): void {
  const length = text.length;
  const size = ((length + 8) & ~63) + 64;
  if (block.length < size) block = new Uint8Array(size);
  for (let i = 0; i < length; i++) block[i] = text.charCodeAt(i);
  block[length] = 0x80;
  block.fill(0, length + 1, size);
  const bits = length * 8;
  block[size - 4] = bits >>> 24;
  block[size - 3] = bits >>> 16;
  block[size - 2] = bits >>> 8;
  block[size - 1] = bits;
  state.set(initial);
  for (let offset = 0; offset < size; offset += 64) compress(offset);
}

function compress(offset: number): void {
  const w = words;
  for (let i = 0, at = offset; i < 16; i++, at += 4) {
    w[i] = (block[at]! << 24) | (block[at + 1]! << 16) | (block[at + 2]! << 8) | block[at + 3]!;
  }
  for (let i = 16; i < 64; i++) {
    const x = w[i - 15]!;
    const y = w[i - 2]!;
    const s0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
    const s1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
    w[i] = (w[i - 16]! + s0 + w[i - 7]! + s1) | 0;
  }
  let a = state[0]! | 0;
  let b = state[1]! | 0;
  let c = state[2]! | 0;
  let d = state[3]! | 0;
  let e = state[4]! | 0;
  let f = state[5]! | 0;
  let g = state[6]! | 0;
  let h = state[7]! | 0;
  for (let i = 0; i < 64; i++) {
    const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
    const t1 = (h + s1 + ((e & f) ^ (~e & g)) + roundConstants[i]! + w[i]!) | 0;
    const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
    const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    h = g;
    g = f;
    f = e;
    e = (d + t1) | 0;
    d = c;
    c = b;
    b = a;
    a = (t1 + t2) | 0;
  }
  state[0]! += a;
  state[1]! += b;
  state[2]! += c;
  state[3]! += d;
  state[4]! += e;
  state[5]! += f;
  state[6]! += g;
  state[7]! += h;
}

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** The digest in lower-case hex. */
export function sha256(text: string): string {
  digest(text);
  return Array.from(state, (word) => word.toString(16).padStart(8, '0')).join('');
}

/** The first `letters` (a multiple of 8) letters of the digest in base32, RFC 4648. */
export function base32Sha256(text: string, letters: 8 | 16): string {
  digest(text);
  let out = '';
  for (let i = 0; i < letters; i++) {
    const bit = i * 5;
    const word = bit >>> 5;
    const shift = 27 - (bit & 31);
    const five = shift >= 0 ? state[word]! >>> shift : (state[word]! << -shift) | (state[word + 1]! >>> (32 + shift));
    out += alphabet[five & 31];
  }
  return out;
}
