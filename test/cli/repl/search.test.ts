import { describe, expect, it } from '@jest/globals';
import type { Key } from 'node:readline';
import { beginSearch, searchKey, type AfterKey, type Search } from '#cli/repl/search.ts';

/** The latest first. */
const history = ['kubectl get svc', 'ssh node01', 'kubectl get pods -A', 'kubectl get svc', 'curl web'];

const keys: Readonly<Record<string, Key>> = {
  '^R': { ctrl: true, name: 'r' },
  '^G': { ctrl: true, name: 'g' },
  '^C': { ctrl: true, name: 'c' },
  '<': { name: 'backspace' },
  '⏎': { name: 'return' },
  '→': { name: 'right' },
};

/** Presses keys, each a sign or one of those above, after Ctrl-R on a line. */
function press(typed: readonly string[], line = ''): AfterKey {
  let after: AfterKey = { kind: 'search', search: beginSearch(line) };
  for (const one of typed) {
    if (after.kind !== 'search') break;
    const key = keys[one];
    after = searchKey(after.search, history, key === undefined ? one : undefined, key ?? { name: one });
  }
  return after;
}

describe('a search backwards', () => {
  it.each<[typed: string, found: string, failed: boolean]>([
    ['g e t', 'kubectl get svc', false],
    ['g e t ^R', 'kubectl get pods -A', false],
    ['g e t ^R ^R', 'kubectl get svc', false],
    ['p o d', 'kubectl get pods -A', false],
    ['p o d x', 'kubectl get pods -A', true],
    ['p o d x <', 'kubectl get pods -A', false],
    ['c u r ^R', 'curl web', true],
    ['z', '', true],
  ])('%s', (typed, found, failed) => {
    const { search } = press(typed.split(' ')) as { search: Search };
    expect([search.found, search.failed]).toEqual([found, failed]);
  });

  it('hands the line over at any other key, with the cursor where it fits', () => {
    expect(press(['s', 's', 'h', '⏎'])).toEqual({ kind: 'taken', line: 'ssh node01', cursor: 0 });
    expect(press(['n', 'o', '→'])).toEqual({ kind: 'taken', line: 'ssh node01', cursor: 4 });
  });

  it.each(['^G', '^C'])('is given up at %s, and what was typed is back', (key) => {
    expect(press(['s', 's', key], 'half a line')).toEqual({ kind: 'cancelled', line: 'half a line', cursor: 11 });
  });
});
