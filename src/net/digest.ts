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

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** The first `letters` letters of the SHA-256 in base32 (RFC 4648). */
export function base32Sha256(text: string, letters: 8 | 16): string {
  const words = sha256Words(text);
  let out = '';
  for (let i = 0; i < letters; i++) {
    const word = (i * 5) >>> 5;
    const offset = (i * 5) & 31;
    const value = offset <= 27 ? words[word]! >>> (27 - offset) : (words[word]! << (offset - 27)) | (words[word + 1]! >>> (59 - offset));
    out += alphabet[value & 31];
  }
  return out;
}
