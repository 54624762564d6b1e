/**
 * What two clusters with the same history do not share: addresses, node ports, UIDs, resource versions, times, ages, and the random ends of
 * names. Columns follow their width, so runs of blanks count as one.
 */
const replacements: readonly (readonly [RegExp, string])[] = [
  [/\b10\.(112|60)\.\d+\.\d+/g, 'ADDRESS'],
  [/\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g, 'UID'],
  [/(resourceVersion": |resourceVersion: )"\d+"/g, '$1"VERSION"'],
  [/\b3[012]\d{3}\b/g, 'NODEPORT'],
  [/\b2026-11-23[T ]\d\d:\d\d:\d\d(\.\d+)?( \+0000|Z)/g, 'TIME'],
  [/\b\d+m(\d+s)?\b|\b\d+s\b/g, 'AGE'],
  [/\bkiosk-[0-9a-f]{8,10}\b/g, 'kiosk-HASH'],
  [/-[bcdfghjklmnpqrstvwxz2456789]{5}\b/g, '-RANDOM'],
  [/\b(LIVE|MERGED|kubectl-edit)-\d+/g, '$1-NUMBER'],
  [/^[EW]\d{4} [\d:.]+ +\d+/gm, 'LOG'],
  [/ {2,}/g, ' '],
];

export function anonymous(text: string): string {
  return replacements.reduce((result, [pattern, name]) => result.replace(pattern, name), text);
}
