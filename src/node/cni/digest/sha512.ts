/** SHA-512 (FIPS 180-4) of a text's UTF-8 bytes, in hex: the CNI plugins name their iptables chains by it. */

const mask = (1n << 64n) - 1n;

/** The first 64 bits of the fractional part of a prime's square or cube root, by integer roots. */
function fraction(prime: number, root: 2n | 3n): bigint {
  const scaled = BigInt(prime) << (64n * root);
  let low = 0n;
  let high = 1n << 80n;
  while (low < high) {
    const middle = (low + high + 1n) >> 1n;
    if (middle ** root <= scaled) low = middle;
    else high = middle - 1n;
  }
  return low & mask;
}

function primes(count: number): readonly number[] {
  const found: number[] = [];
  for (let n = 2; found.length < count; n++) if (found.every((prime) => n % prime !== 0)) found.push(n);
  return found;
}

let constants: readonly bigint[] | undefined;
let initial: readonly bigint[] | undefined;

const rotate = (x: bigint, n: bigint) => ((x >> n) | (x << (64n - n))) & mask;

function padded(bytes: Uint8Array): readonly bigint[] {
  const length = Math.ceil((bytes.length + 17) / 128) * 128;
  const all = new Uint8Array(length);
  all.set(bytes);
  all[bytes.length] = 0x80;
  const words: bigint[] = [];
  for (let i = 0; i < length; i += 8) {
    let word = 0n;
    for (let j = 0; j < 8; j++) word = (word << 8n) | BigInt(all[i + j]!);
    words.push(word);
  }
  words[words.length - 1] = BigInt(bytes.length * 8);
  return words;
}

export function sha512(text: string): string {
  constants ??= primes(80).map((prime) => fraction(prime, 3n));
  initial ??= primes(8).map((prime) => fraction(prime, 2n));
  const words = padded(new TextEncoder().encode(text));
  const hash = [...initial];
  for (let block = 0; block < words.length; block += 16) {
    const w = words.slice(block, block + 16);
    for (let t = 16; t < 80; t++) {
      const x = w[t - 15]!;
      const y = w[t - 2]!;
      const s0 = rotate(x, 1n) ^ rotate(x, 8n) ^ (x >> 7n);
      const s1 = rotate(y, 19n) ^ rotate(y, 61n) ^ (y >> 6n);
      w.push((s1 + w[t - 7]! + s0 + w[t - 16]!) & mask);
    }
    let [a, b, c, d, e, f, g, h] = hash as [bigint, bigint, bigint, bigint, bigint, bigint, bigint, bigint];
    for (let t = 0; t < 80; t++) {
      const s1 = rotate(e, 14n) ^ rotate(e, 18n) ^ rotate(e, 41n);
      const t1 = (h + s1 + ((e & f) ^ (~e & mask & g)) + constants[t]! + w[t]!) & mask;
      const t2 = ((rotate(a, 28n) ^ rotate(a, 34n) ^ rotate(a, 39n)) + ((a & b) ^ (a & c) ^ (b & c))) & mask;
      [h, g, f, e, d, c, b, a] = [g, f, e, (d + t1) & mask, c, b, a, (t1 + t2) & mask];
    }
    [a, b, c, d, e, f, g, h].forEach((word, i) => (hash[i] = (hash[i]! + word) & mask));
  }
  return hash.map((word) => word.toString(16).padStart(16, '0')).join('');
}
