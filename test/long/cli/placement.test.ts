import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Left } from '#cli/failure.ts';
import { Keeper } from '#cli/keeper.ts';
import type { Asker } from '#cli/quiz/asker.ts';
import { isNewcomer, place } from '#cli/quiz/placement.ts';
import type { Terminal } from '#cli/terminal.ts';
import { drillNames } from '#learn/drills/names.ts';
import { placementExercises } from '#learn/placement.ts';
import { progressOf, type Entry } from '#learn/progress.ts';
import { quietTerminal } from '../../support/quiet-terminal.ts';

let home: string;
const before = process.env['CKA_NET_HOME'];
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'cka-net-'));
  process.env['CKA_NET_HOME'] = home;
});
afterEach(() => {
  if (before === undefined) delete process.env['CKA_NET_HOME'];
  else process.env['CKA_NET_HOME'] = before;
  rmSync(home, { recursive: true });
});

/** Somebody who answers the offer so, and then all questions by skipping them, or leaves. */
function sit(offer: boolean, then: 'skip' | 'leave' | 'flag' = 'skip') {
  const printed: string[] = [];
  let flagged = 0;
  const terminal = quietTerminal(printed);
  const asker: Asker = {
    reply: async () => {
      if (then === 'leave') throw new Left();
      return then === 'flag' && flagged++ === 0 ? { kind: 'flag', note: 'odd' } : { kind: 'skip' };
    },
    after: async () => 'next',
    end: async () => 'leave',
    confirm: async () => offer,
    why: async () => '',
    close: () => undefined,
  };
  const keeper = new Keeper(true, terminal);
  return { keeper, printed, done: place(keeper, asker, terminal, 70) };
}

describe('the placement', () => {
  it('may be declined, and does not come again', async () => {
    const { keeper, printed, done } = sit(false);
    await done;
    expect(keeper.entries).toMatchObject([{ kind: 'placement', results: [] }]);
    expect(printed.join(' ')).toMatch(/A course of 70 scenarios .*Six short questions/);
    expect(isNewcomer(new Keeper(true, { ...console, note: () => undefined } as unknown as Terminal))).toBe(false);
  });
  it('knows nothing of who skips everything', async () => {
    const { keeper, printed, done } = sit(true);
    await done;
    expect(keeper.entries.map((entry) => entry.kind)).toEqual(['placement']);
    expect(progressOf(keeper.entries).placed.size).toBe(0);
    expect(printed.join(' ')).toContain('The course begins at its beginning.');
  });
  it('is offered again to who leaves in the middle', async () => {
    const { keeper, done } = sit(true, 'leave');
    await expect(done).rejects.toThrow(Left);
    expect(isNewcomer(keeper)).toBe(true);
  });
  it('says in a report of an exercise how to see it again', async () => {
    const { done } = sit(true, 'flag');
    await done;
    const reports = join(home, 'reports');
    const [report] = readdirSync(reports);
    const again = /to see it again: `(.*)`/.exec(readFileSync(join(reports, report!), 'utf8'))?.[1];
    expect(again).toMatch(new RegExp(`^cka-net drill ${placementExercises[0]!.drill} --seed \\d+ --count 1$`));
  });
  it('is made of drills that there are, a topic each', () => {
    for (const { drill } of placementExercises) expect(drillNames).toContain(drill);
    expect(new Set(placementExercises.map((one) => one.topic)).size).toBe(placementExercises.length);
  });
});

const at = '2026-11-23T10:00:00.000Z';
it('what was found is known', () => {
  const entry: Entry = {
    kind: 'placement',
    at,
    results: [
      { topic: 'dns', drill: 'dns-names', correct: true },
      { topic: 'services', drill: 'service-address', correct: false },
    ],
  };
  expect([...progressOf([entry]).placed]).toEqual(['dns']);
});

// prettier-ignore
it.each<[kind: string, entry: object, isNew: boolean]>([
  ['nothing', {}, true],
  ['a drill', { kind: 'drill' }, true],
  ['an answer', { kind: 'answer' }, false],
  ['a round', { kind: 'round' }, false],
  ['an exam', { kind: 'exam' }, false],
])('who has done %s is a newcomer, or not', (_, entry, isNew) => expect(isNewcomer({ entries: [entry] } as unknown as Keeper)).toBe(isNew));
