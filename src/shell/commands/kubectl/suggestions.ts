import type { Verb } from './verb.ts';

/** The commands a mistyped word may mean (cobra: Command.SuggestionsFor). */
export function suggestionsFor(word: string, verbs: readonly Verb[]): readonly string[] {
  const typed = word.toLowerCase();
  return verbs
    .filter(
      ({ name, suggestFor = [] }) =>
        distance(typed, name.toLowerCase()) <= 2 || name.toLowerCase().startsWith(typed) || suggestFor.includes(typed),
    )
    .map(({ name }) => name);
}

/** Levenshtein's: single letters put in, left out or exchanged. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) next[j] = Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1));
    row = next;
  }
  return row[b.length]!;
}
