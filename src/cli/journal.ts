/** The learner's answers on disk. */
import {
  closeSync,
  existsSync,
  fstatSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { journalLine, mendJournal, mergeJournals, readJournal, type Entry } from '#learn/progress.ts';
import { dataDirectory } from './directories.ts';

/** The learner's journal: every answer ever given, a line each. */
export class Journal {
  readonly path: string;

  constructor(path: string = join(dataDirectory(), 'journal.jsonl')) {
    this.path = path;
  }

  /**
   * Appends an entry, and returns when the disk has it. The line is written in one piece at the end of the file, whoever else writes
   * there; one that somebody left unfinished (killed, disk full) is closed first. When the journal has been rebuilt meanwhile, the
   * entry is written to the new one too.
   */
  append(entry: Entry): void {
    mkdirSync(dirname(this.path), { recursive: true });
    while (!this.#appended(journalLine(entry)));
  }

  #appended(line: string): boolean {
    const file = openSync(this.path, 'a+', 0o600);
    try {
      const bytes = Buffer.from(`${endsInLine(file) ? '' : '\n'}${line}`);
      if (writeSync(file, bytes) < bytes.length) throw Object.assign(new Error('only a part could be written'), { code: 'ENOSPC' });
      fsyncSync(file);
      return existsSync(this.path) && statSync(this.path).ino === fstatSync(file).ino;
    } finally {
      closeSync(file);
    }
  }

  /**
   * All entries. A damaged journal is set aside under `damaged` and rebuilt from its sound lines; entries that are appended meanwhile
   * are not lost.
   */
  load(): { readonly entries: readonly Entry[]; readonly damaged?: { readonly lines: number; readonly kept: string } } {
    const text = this.text();
    const { entries, damaged } = readJournal(text);
    if (damaged.length === 0) return { entries };
    return { entries, damaged: { lines: damaged.length, kept: this.#replace(text, mendJournal(text).sound, 'damaged') } };
  }

  /** The journal as it stands; empty when there is none. */
  text(): string {
    return existsSync(this.path) ? readFileSync(this.path, 'utf8') : '';
  }

  /** Takes the entries of another journal in, in the order of their times; returns how many were new. What was is kept aside. */
  merge(entries: readonly Entry[]): number {
    const text = this.text();
    const have = readJournal(text).entries;
    const { merged, fresh } = mergeJournals(have, entries);
    if (fresh === 0) return 0;
    if (text === '') mkdirSync(dirname(this.path), { recursive: true });
    this.#replace(text, merged.map(journalLine).join(''), 'before-import');
    return fresh;
  }

  /** Begins anew; what was is kept aside. Returns where, or undefined when there was nothing. */
  reset(): string | undefined {
    const text = this.text();
    return text === '' ? undefined : this.#replace(text, '', 'before-reset');
  }

  /** Puts another text in the journal's place at once, keeping the old file; returns where. What others have appended since it was read goes along. */
  #replace(old: string, text: string, why: string): string {
    const aside = firstFree((n) => `${this.path}.${why}${n === 1 ? '' : `-${n}`}`);
    const fresh = firstFree((n) => `${this.path}.new-${n}`);
    try {
      write(fresh, text);
      if (existsSync(this.path)) linkSync(this.path, aside);
      renameSync(fresh, this.path);
    } catch (error) {
      rmSync(fresh, { force: true });
      throw error;
    }
    const late = existsSync(aside) ? readFileSync(aside, 'utf8').slice(old.length) : '';
    for (const entry of readJournal(late).entries) this.append(entry);
    return aside;
  }
}

function endsInLine(file: number): boolean {
  const { size } = fstatSync(file);
  const last = Buffer.alloc(1);
  return size === 0 || (readSync(file, last, 0, 1, size - 1) === 1 && last[0] === 10);
}

function write(path: string, text: string): void {
  const file = openSync(path, 'wx', 0o600);
  try {
    writeSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

function firstFree(name: (n: number) => string): string {
  let n = 1;
  while (existsSync(name(n))) n++;
  return name(n);
}
