import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { appendFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dataDirectory, stateDirectory } from '#cli/directories.ts';
import { Journal } from '#cli/journal.ts';
import { readJournal, type Entry } from '#learn/progress.ts';

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'cka-net-'));
});
afterEach(() => rmSync(home, { recursive: true }));

const entry = (question: string): Entry => ({
  kind: 'flag',
  at: '2026-11-23T10:00:00Z',
  scenario: 's',
  question,
  seed: '0',
  version: '0.1.0',
  note: 'ä',
});
const questions = (text: string) => readJournal(text).entries.map((one) => ('question' in one ? one.question : ''));

describe('the journal on disk', () => {
  it('is made with the first entry, directories included', () => {
    const journal = new Journal(join(home, 'a', 'b', 'journal.jsonl'));
    expect(journal.load()).toEqual({ entries: [] });
    journal.append(entry('1'));
    journal.append(entry('2'));
    expect(journal.load()).toEqual({ entries: [entry('1'), entry('2')] });
  });

  it('goes on after a line that somebody left unfinished', () => {
    const journal = new Journal(join(home, 'journal.jsonl'));
    journal.append(entry('1'));
    appendFileSync(journal.path, '{"kind":"answ');
    journal.append(entry('2'));
    expect(questions(readFileSync(journal.path, 'utf8'))).toEqual(['1', '2']);
  });

  it('is set aside when damaged, and rebuilt from what is sound', () => {
    const journal = new Journal(join(home, 'journal.jsonl'));
    writeFileSync(journal.path, `${JSON.stringify(entry('1'))}\n\u0000\u0000\u0000\n${JSON.stringify(entry('2'))}\n`);
    const before = readFileSync(journal.path);
    const { entries, damaged } = journal.load();
    expect(entries).toEqual([entry('1'), entry('2')]);
    expect(damaged).toMatchObject({ lines: 1 });
    expect(readFileSync(damaged!.kept)).toEqual(before);
    expect(journal.load()).toEqual({ entries: [entry('1'), entry('2')] });
    appendFileSync(journal.path, 'rubbish\n');
    expect(journal.load().damaged!.kept).not.toBe(damaged!.kept);
    expect(readdirSync(home).sort()).toEqual(['journal.jsonl', 'journal.jsonl.damaged', 'journal.jsonl.damaged-2']);
  });

  it('takes another journal in, in the order of time, nothing twice, and keeps what was', () => {
    const at = (question: string, time: string) => ({ ...entry(question), at: time });
    const journal = new Journal(join(home, 'journal.jsonl'));
    journal.append(at('2', '2026-11-23T10:00:00Z'));
    journal.append(at('4', '2026-11-25T10:00:00Z'));
    const before = readFileSync(journal.path, 'utf8');
    const others = [at('1', '2026-11-22T10:00:00Z'), at('2', '2026-11-23T10:00:00Z'), at('3', '2026-11-24T10:00:00Z')];
    expect(journal.merge(others)).toBe(2);
    expect(questions(readFileSync(journal.path, 'utf8'))).toEqual(['1', '2', '3', '4']);
    expect(readFileSync(`${journal.path}.before-import`, 'utf8')).toBe(before);
    expect(journal.merge(others)).toBe(0);
    expect(readdirSync(home).sort()).toEqual(['journal.jsonl', 'journal.jsonl.before-import']);
  });

  it('begins anew, and what was can be had again', () => {
    const journal = new Journal(join(home, 'journal.jsonl'));
    expect(journal.reset()).toBeUndefined();
    journal.append(entry('1'));
    const kept = journal.reset()!;
    expect(journal.load()).toEqual({ entries: [] });
    expect(journal.merge(readJournal(readFileSync(kept, 'utf8')).entries)).toBe(1);
    expect(journal.load()).toEqual({ entries: [entry('1')] });
  });

  it('counts a line once that two processes have both saved', () => {
    const journal = new Journal(join(home, 'journal.jsonl'));
    journal.append(entry('1'));
    journal.append(entry('1'));
    expect(journal.load()).toEqual({ entries: [entry('1')] });
  });

  it('takes the lines of several writers', () => {
    const writers = [new Journal(join(home, 'j')), new Journal(join(home, 'j'))];
    for (let n = 0; n < 20; n++) writers[n % 2]!.append(entry(String(n)));
    expect(questions(readFileSync(join(home, 'j'), 'utf8'))).toEqual(Array.from({ length: 20 }, (_, n) => String(n)));
  });

  it('is where XDG or CKA_NET_HOME say', () => {
    expect(dataDirectory({ CKA_NET_HOME: '/x' })).toBe('/x');
    expect(dataDirectory({ XDG_DATA_HOME: '/data' })).toBe('/data/cka-net');
    expect(dataDirectory({ XDG_DATA_HOME: 'relative' })).toMatch(/\/\.local\/share\/cka-net$/);
    expect(dataDirectory({})).toMatch(/\/\.local\/share\/cka-net$/);
    expect(stateDirectory({ XDG_STATE_HOME: '/state' })).toBe('/state/cka-net');
    expect(stateDirectory({ CKA_NET_HOME: '/x' })).toBe('/x');
    expect(existsSync(join(home, 'journal.jsonl'))).toBe(false);
  });
});
