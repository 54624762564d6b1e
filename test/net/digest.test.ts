import { createHash } from 'node:crypto';
import { expect, it } from '@jest/globals';
import { base32Sha256, sha1, sha256, sha512 } from '#net/digest.ts';

it.each(['', 'abc', 'net1c1', 'ü€𝄞', 'x'.repeat(55), 'x'.repeat(56), 'x'.repeat(111), 'x'.repeat(112), 'x'.repeat(1000)])('%j', (text) => {
  expect(sha512(text)).toBe(createHash('sha512').update(text).digest('hex'));
  expect(sha256(text)).toBe(createHash('sha256').update(text).digest('hex'));
  expect(sha1(text)).toBe(createHash('sha1').update(text).digest('hex'));
  for (const letters of [8, 16] as const) {
    const expected = base32(createHash('sha256').update(text).digest(), letters);
    expect(base32Sha256([text], letters)).toBe(expected);
    expect(base32Sha256([...text], letters, 'KUBE-')).toBe(`KUBE-${expected}`);
    expect(base32Sha256([text.slice(0, 7), '', text.slice(7)], letters)).toBe(expected);
  }
});

/** The first letters of RFC 4648's base32, bit by bit. */
function base32(digest: Uint8Array, letters: number): string {
  const bits = [...digest].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  return Array.from({ length: letters }, (_, i) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'[parseInt(bits.slice(i * 5, i * 5 + 5), 2)]).join('');
}
