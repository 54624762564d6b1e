/** The password hash of Apache's htpasswd: MD5 a thousand times over (apr: crypto/apr_md5.c). */

import { md5 } from '#net/digest.ts';

const letters = './0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** `$apr1$SALT$HASH` of a password. */
export function aprMd5(password: string, salt: string): string {
  const bytes = (text: string) => [...new TextEncoder().encode(text)];
  const [secret, grain] = [bytes(password), bytes(salt.slice(0, 8))];
  const sum = (parts: readonly number[]) => md5(Uint8Array.from(parts));
  const inner = sum([...secret, ...grain, ...secret]);
  const first = [...secret, ...bytes('$apr1$'), ...grain];
  for (let left = secret.length; left > 0; left -= 16) first.push(...inner.slice(0, Math.min(16, left)));
  for (let i = secret.length; i > 0; i >>= 1) first.push(i & 1 ? 0 : (secret[0] ?? 0));
  let hash = sum(first);
  for (let i = 0; i < 1000; i++) {
    hash = sum([...(i & 1 ? secret : hash), ...(i % 3 ? grain : []), ...(i % 7 ? secret : []), ...(i & 1 ? hash : secret)]);
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
