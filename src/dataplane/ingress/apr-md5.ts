/** The password hash of Apache's htpasswd: MD5 a thousand times over (RFC 1321; apr: crypto/apr_md5.c). */

const shifts = [7, 12, 17, 22, 5, 9, 14, 20, 4, 11, 16, 23, 6, 10, 15, 21];
const sines = Array.from({ length: 64 }, (_, i) => Math.floor(Math.abs(Math.sin(i + 1)) * 2 ** 32) | 0);
const rotate = (x: number, n: number) => (x << n) | (x >>> (32 - n));

function md5(message: readonly number[]): number[] {
  const length = Math.ceil((message.length + 9) / 64) * 64;
  const view = new DataView(new ArrayBuffer(length));
  message.forEach((byte, i) => view.setUint8(i, byte));
  view.setUint8(message.length, 0x80);
  view.setUint32(length - 8, message.length * 8, true);
  const state = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476].map((word) => word | 0);
  for (let block = 0; block < length; block += 64) {
    let [a, b, c, d] = state as [number, number, number, number];
    for (let i = 0; i < 64; i++) {
      const round = i >> 4;
      const [f, word] =
        round === 0
          ? [(b & c) | (~b & d), i]
          : round === 1
            ? [(d & b) | (~d & c), (5 * i + 1) % 16]
            : round === 2
              ? [b ^ c ^ d, (3 * i + 5) % 16]
              : [c ^ (b | ~d), (7 * i) % 16];
      const sum = (a + f + sines[i]! + view.getInt32(block + 4 * word, true)) | 0;
      [a, d, c, b] = [d, c, b, (b + rotate(sum, shifts[4 * round + (i % 4)]!)) | 0];
    }
    [a, b, c, d].forEach((word, i) => (state[i] = (state[i]! + word) | 0));
  }
  return state.flatMap((word) => [word & 255, (word >>> 8) & 255, (word >>> 16) & 255, word >>> 24]);
}

const letters = './0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** `$apr1$SALT$HASH` of a password. */
export function aprMd5(password: string, salt: string): string {
  const bytes = (text: string) => [...new TextEncoder().encode(text)];
  const [secret, grain] = [bytes(password), bytes(salt.slice(0, 8))];
  const inner = md5([...secret, ...grain, ...secret]);
  const first = [...secret, ...bytes('$apr1$'), ...grain];
  for (let left = secret.length; left > 0; left -= 16) first.push(...inner.slice(0, Math.min(16, left)));
  for (let i = secret.length; i > 0; i >>= 1) first.push(i & 1 ? 0 : (secret[0] ?? 0));
  let hash = md5(first);
  for (let i = 0; i < 1000; i++) {
    hash = md5([...(i & 1 ? secret : hash), ...(i % 3 ? grain : []), ...(i % 7 ? secret : []), ...(i & 1 ? hash : secret)]);
  }
  const group = (high: number, middle: number, low: number, count: number) => {
    let value = (high << 16) | (middle << 8) | low;
    let out = '';
    for (let i = 0; i < count; i++, value >>= 6) out += letters[value & 63];
    return out;
  };
  const triples = [0, 1, 2, 3, 4].map((i) => group(hash[i]!, hash[i + 6]!, hash[i === 4 ? 5 : i + 12]!, 4));
  return `$apr1$${salt.slice(0, 8)}$${triples.join('')}${group(0, 0, hash[11]!, 2)}`;
}
