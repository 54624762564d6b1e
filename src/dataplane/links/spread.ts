/** A number of so many bits for the ordinal of an address, by which tables find it: neighbours lie far apart (Fibonacci hashing). */
export function spread(ordinal: number, bits: number): number {
  return Math.imul(ordinal, goldenRatio) >>> (32 - bits);
}

/** 2^32 divided by it. */
const goldenRatio = 0x9e37_79b1;
