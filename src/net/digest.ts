/** Digests of a text's UTF-8 bytes: names of chains, links and objects are made of them. */
import { md5 as digestMd5, sha1 as digestSha1 } from '@noble/hashes/legacy.js';
import { sha256 as digestSha256, sha512 as digestSha512 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import { sha256Words } from './sha256.ts';

const encoder = new TextEncoder();

/** In lower-case hex. */
export function sha1(text: string): string {
  return bytesToHex(digestSha1(encoder.encode(text)));
}

/** In lower-case hex. */
export function sha256(text: string | Uint8Array): string {
  return bytesToHex(digestSha256(typeof text === 'string' ? encoder.encode(text) : text));
}

/** In lower-case hex. */
export function sha512(text: string): string {
  return bytesToHex(digestSha512(encoder.encode(text)));
}

export function md5(bytes: Uint8Array): Uint8Array {
  return digestMd5(bytes);
}

const alphabet = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'].map((letter) => letter.charCodeAt(0));

/** The first `letters` letters of the SHA-256 of a text, given in parts, in base32 (RFC 4648), after a prefix of plain characters. */
export function base32Sha256(parts: readonly string[], letters: 8 | 16, prefix = ''): string {
  const words = sha256Words(parts);
  const codes = codesAfter(prefix, letters);
  for (let i = 0, at = prefix.length; i < letters; i++, at++) {
    const word = (i * 5) >>> 5;
    const offset = (i * 5) & 31;
    const value = offset <= 27 ? words[word]! >>> (27 - offset) : (words[word]! << (offset - 27)) | (words[word + 1]! >>> (59 - offset));
    codes[at] = alphabet[value & 31]!;
  }
  return String.fromCharCode(...codes);
}

/** The last prefix, and room for letters after it: one string is made of all at once, without parts that stay in memory with it. */
let room: { readonly prefix: string; readonly codes: number[] } = { prefix: '', codes: [] };

function codesAfter(prefix: string, letters: number): number[] {
  const length = prefix.length + letters;
  if (room.prefix !== prefix || room.codes.length !== length) {
    room = { prefix, codes: Array.from({ length }, (_, i) => (i < prefix.length ? prefix.charCodeAt(i) : 0)) };
  }
  return room.codes;
}
