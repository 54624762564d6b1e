import { createHash } from 'node:crypto';
import { expect, it } from '@jest/globals';
import { sha1, sha256, sha512 } from '#net/digest.ts';

it.each(['', 'abc', 'net1c1', 'ü€𝄞', 'x'.repeat(55), 'x'.repeat(56), 'x'.repeat(111), 'x'.repeat(112), 'x'.repeat(1000)])('%j', (text) => {
  expect(sha512(text)).toBe(createHash('sha512').update(text).digest('hex'));
  expect(sha256(text)).toBe(createHash('sha256').update(text).digest('hex'));
  expect(sha1(text)).toBe(createHash('sha1').update(text).digest('hex'));
});
