/** The name that was meant, where nft guesses one. (nftables: src/misspell.c) */

/**
 * Edits between two words. nft's matrix has rows that are one cell too short, so that the first cell of a row is the last of the row before:
 * its guesses can only be had with the same matrix.
 */
function distance(a: string, b: string): number {
  const width = b.length;
  const cells = new Array<number>((a.length + 1) * (width + 1)).fill(0);
  const at = (i: number, j: number) => cells[i * width + j]!;
  for (let i = 0; i <= a.length; i++) cells[i * width] = i;
  for (let j = 0; j <= width; j++) cells[j] = j;
  for (let i = 1; i <= a.length; i++) {
    for (let j = 1; j <= width; j++) {
      const cost = a[i] === b[j] ? 0 : 1;
      let least = Math.min(at(i - 1, j) + 1, at(i, j - 1) + 1, at(i - 1, j - 1) + cost);
      if (i > 1 && j > 1 && a[i] === b[j - 1] && a[i - 1] === b[j]) least = Math.min(least, at(i - 2, j - 2) + cost);
      cells[i * width + j] = least;
    }
  }
  return at(a.length, width);
}

/** The one whose name is nearest, unless all are too far away. */
export function nearest<T extends { readonly name: string }>(wanted: string, candidates: Iterable<T>): T | undefined {
  let best: T | undefined;
  let least = Infinity;
  for (const candidate of candidates) {
    if (candidate.name === wanted) return candidate;
    const longer = Math.max(candidate.name.length, wanted.length);
    const shorter = Math.min(candidate.name.length, wanted.length);
    if (longer <= 1) continue;
    const threshold = Math.ceil((longer - shorter <= 1 ? longer : longer + 2) / 3);
    const edits = distance(candidate.name, wanted);
    if (edits > threshold || edits >= least) continue;
    least = edits;
    best = candidate;
  }
  return best;
}
