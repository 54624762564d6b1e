/**
 * How Kubernetes hands out numbers of a range: whoever names one gets it from anywhere; whoever does not gets one from the upper
 * band, so that the lower one stays free for the former as long as possible. (KEP-3070; pkg/registry/core/service/ipallocator,
 * portallocator)
 */
import { pick } from '#kube/chance.ts';

/** The lower band of a range of `size` numbers: a `part`-th of it, at least 16 and at most `most`; none in a small range. */
export function staticBand(size: number, part: number, most: number): number {
  return size <= 16 ? 0 : Math.min(Math.max(16, Math.floor(size / part)), most);
}

/**
 * The first free number of `[0, count)`: from a random place of the upper band upwards and round, then the same in the lower band;
 * undefined when all are taken.
 */
export function chooseFree(count: number, band: number, isFree: (offset: number) => boolean, seed: string): number | undefined {
  return firstFree(band, count, isFree, seed) ?? firstFree(0, band, isFree, seed);
}

function firstFree(from: number, to: number, isFree: (offset: number) => boolean, seed: string): number | undefined {
  const count = to - from;
  if (count <= 0) return undefined;
  const start = pick(seed, count);
  for (let i = 0; i < count; i++) {
    const offset = from + ((start + i) % count);
    if (isFree(offset)) return offset;
  }
  return undefined;
}
