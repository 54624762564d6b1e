import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { unifiedDiff } from '#control/validate/unified-diff.ts';

const letters = (text: string) => [...text].join('\n');

describe('a unified diff', () => {
  it('has three lines of context', () => {
    expect(unifiedDiff(letters('abcdefghij'), letters('abcdXfghij'))).toBe('@@ -2,7 +2,7 @@\n b\n c\n d\n-e\n+X\n f\n g\n h\n');
  });

  it('joins changes whose contexts touch, and parts those that do not', () => {
    const hunks = (after: string) => unifiedDiff(letters('abcdefghijklmnop'), letters(after)).match(/@@ .* @@/g);
    expect(hunks('aBcdefghIjklmnop')).toEqual(['@@ -1,12 +1,12 @@']);
    expect(hunks('aBcdefghijKlmnop')).toEqual(['@@ -1,5 +1,5 @@', '@@ -8,7 +8,7 @@']);
  });

  it('is empty between equal texts', () => expect(unifiedDiff('a\nb', 'a\nb')).toBe(''));

  it('leads from one text to the other', () => {
    const text = fc.array(fc.constantFrom('{', '}', 'x', 'y', 'z'), { maxLength: 40 }).map((lines) => lines.join('\n'));
    fc.assert(fc.property(text, text, (before, after) => expect(patched(before, unifiedDiff(before, after))).toBe(after)));
  });
});

/** Applies a diff. */
function patched(before: string, diff: string): string {
  const lines = before.split('\n');
  const out: string[] = [];
  let at = 0;
  for (const line of diff.split('\n').slice(0, -1)) {
    const hunk = /^@@ -(\d+)(?:,(\d+))? /.exec(line);
    if (hunk) {
      const start = hunk[2] === '0' ? Number(hunk[1]) : Number(hunk[1]) - 1;
      while (at < start) out.push(lines[at++]!);
    } else if (line.startsWith('+')) out.push(line.slice(1));
    else if (line.startsWith('-')) at++;
    else out.push(lines[at++]!);
  }
  return [...out, ...lines.slice(at)].join('\n');
}
