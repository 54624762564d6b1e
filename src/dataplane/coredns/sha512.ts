/** SHA-512 of a text, as `reload` prints it of the running configuration. (FIPS 180-4) */

const mask = 0xffffffffffffffffn;

/** The first 64 bits of the fractional parts of the roots of the first primes. */
function fraction(prime: bigint, root: 2 | 3): bigint {
  const shift = BigInt(64 * root);
  const target = prime << shift;
  let low = 0n;
  let high = 1n << 80n;
  while (low + 1n < high) {
    const middle = (low + high) >> 1n;
    if (middle ** BigInt(root) <= target) low = middle;
    else high = middle;
  }
  return low & mask;
}

const primes: bigint[] = [];
for (let n = 2n; primes.length < 80; n++) if (primes.every((prime) => n % prime !== 0n)) primes.push(n);
const roundConstants = primes.map((prime) => fraction(prime, 3));
const initial = primes.slice(0, 8).map((prime) => fraction(prime, 2));

function rotate(value: bigint, by: bigint): bigint {
  return ((value >> by) | (value << (64n - by))) & mask;
}

/** 128 lower-case hex digits. */
export function sha512(text: string): string {
  const bytes = new TextEncoder().encode(text);
  const padded = new Uint8Array(Math.ceil((bytes.length + 17) / 128) * 128);
  padded.set(bytes);
  padded[bytes.length] = 0x80;
  const view = new DataView(padded.buffer);
  view.setBigUint64(padded.length - 8, BigInt(bytes.length) * 8n);
  const state = [...initial];
  for (let block = 0; block < padded.length; block += 128) compress(state, view, block);
  return state.map((word) => word.toString(16).padStart(16, '0')).join('');
}

function compress(state: bigint[], view: DataView, offset: number): void {
  const words: bigint[] = [];
  for (let i = 0; i < 16; i++) words.push(view.getBigUint64(offset + i * 8));
  for (let i = 16; i < 80; i++) {
    const w15 = words[i - 15]!;
    const w2 = words[i - 2]!;
    const s0 = rotate(w15, 1n) ^ rotate(w15, 8n) ^ (w15 >> 7n);
    const s1 = rotate(w2, 19n) ^ rotate(w2, 61n) ^ (w2 >> 6n);
    words.push((words[i - 16]! + s0 + words[i - 7]! + s1) & mask);
  }
  let [a, b, c, d, e, f, g, h] = state as [bigint, bigint, bigint, bigint, bigint, bigint, bigint, bigint];
  for (let i = 0; i < 80; i++) {
    const s1 = rotate(e, 14n) ^ rotate(e, 18n) ^ rotate(e, 41n);
    const t1 = h + s1 + ((e & f) ^ (~e & mask & g)) + roundConstants[i]! + words[i]!;
    const s0 = rotate(a, 28n) ^ rotate(a, 34n) ^ rotate(a, 39n);
    const t2 = s0 + ((a & b) ^ (a & c) ^ (b & c));
    [h, g, f, e, d, c, b, a] = [g, f, e, (d + t1) & mask, c, b, a, (t1 + t2) & mask];
  }
  [a, b, c, d, e, f, g, h].forEach((word, i) => (state[i] = (state[i]! + word) & mask));
}
