/** The order of names with versions in them (gnulib: lib/filevercmp.c). */

/** Negative, zero or positive, as of two numbers. */
export function compareVersions(a: string, b: string): number {
  if (a === b) return 0;
  for (const special of ['', '.', '..']) {
    if (a === special) return -1;
    if (b === special) return 1;
  }
  const hidden = Number(b.startsWith('.')) - Number(a.startsWith('.'));
  if (hidden !== 0) return hidden;
  return compareParts(a.slice(0, prefixLength(a)), b.slice(0, prefixLength(b))) || compareParts(a, b) || (a < b ? -1 : 1);
}

/** Without what looks like endings of file names: `.tar.gz`. */
function prefixLength(text: string): number {
  return text.length - /(\.[A-Za-z~][A-Za-z0-9~]*)*$/.exec(text)![0].length;
}

/** Signs and numbers in turns: letters before others, `~` before everything, numbers by their value. */
function compareParts(a: string, b: string): number {
  let [i, j] = [0, 0];
  const isDigit = (char: string | undefined) => char !== undefined && char >= '0' && char <= '9';
  while (i < a.length || j < b.length) {
    while ((i < a.length && !isDigit(a[i])) || (j < b.length && !isDigit(b[j]))) {
      const order = weightOf(a[i]) - weightOf(b[j]);
      if (order !== 0) return order;
      i++;
      j++;
    }
    const [x, y] = [a.slice(i), b.slice(j)].map((text) => /^0*(\d*)/.exec(text)!);
    const order = x![1]!.length - y![1]!.length || (x![1]! < y![1]! ? -1 : x![1]! > y![1]! ? 1 : 0);
    if (order !== 0) return order;
    i += x![0].length;
    j += y![0].length;
  }
  return 0;
}

function weightOf(char: string | undefined): number {
  if (char === undefined) return -1;
  if (char >= '0' && char <= '9') return 0;
  if (/[A-Za-z]/.test(char)) return char.charCodeAt(0);
  return char === '~' ? -2 : char.charCodeAt(0) + 256;
}
