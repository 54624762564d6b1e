/** What a learner does, written down as it happens. */
import { dirname, join } from 'node:path';
import type { Entry } from '#learn/progress.ts';
import { systemCodeOf } from './failure.ts';
import { Journal } from './journal.ts';
import type { Item } from './quiz/quiz.ts';
import { writeReport, type Doubt } from './report.ts';
import type { Terminal } from './terminal.ts';

/**
 * Keeps what happens in the journal. When that cannot be written, says so once and goes on; what could not be written is tried again with
 * the next entry.
 */
export class Keeper {
  readonly entries: Entry[];
  readonly #journal: Journal | undefined;
  readonly #terminal: Terminal;
  readonly #waiting: Entry[] = [];
  #complained = false;

  constructor(records: boolean, terminal: Terminal) {
    this.#terminal = terminal;
    this.#journal = records ? new Journal() : undefined;
    const loaded = this.#load();
    this.entries = [...loaded.entries];
    if (loaded.damaged !== undefined) {
      const { lines, kept } = loaded.damaged;
      terminal.note([
        `cka-net: ${lines} damaged ${lines === 1 ? 'line' : 'lines'} of the journal set aside; the old file is kept as ${kept}`,
      ]);
    }
  }

  record(entry: Entry): void {
    this.entries.push(entry);
    if (this.#journal === undefined) return;
    this.#waiting.push(entry);
    try {
      for (let next = this.#waiting[0]; next !== undefined; next = this.#waiting[0]) {
        this.#journal.append(next);
        this.#waiting.shift();
      }
    } catch (error) {
      this.#complain('cannot be written', error);
    }
  }

  begin(round: string, seed: string, items: readonly Item[]): void {
    const questions = items.map(({ scenario, question }) => ({
      scenario: scenario.name,
      question: question.id,
      ...(scenario.seed !== seed && { seed: scenario.seed }),
    }));
    this.record({ kind: 'round', at: new Date().toISOString(), round, seed, questions });
  }

  end(round: string): void {
    this.record({ kind: 'end', at: new Date().toISOString(), round });
  }

  /** Writes a report about a question; undefined, told once, when the disk does not take it. */
  report(doubt: Doubt): string | undefined {
    if (this.#journal === undefined) return undefined;
    try {
      return writeReport(doubt, join(dirname(this.#journal.path), 'reports'));
    } catch (error) {
      this.#complain('has no room for a report', error);
      return undefined;
    }
  }

  #load(): ReturnType<Journal['load']> {
    try {
      return this.#journal?.load() ?? { entries: [] };
    } catch (error) {
      this.#complain('cannot be read', error);
      return { entries: [] };
    }
  }

  #complain(what: string, error: unknown): void {
    const code = systemCodeOf(error);
    if (code === undefined) throw error;
    if (this.#complained) return;
    this.#complained = true;
    this.#terminal.note([
      `cka-net: the journal ${this.#journal!.path} ${what} (${code}): nothing is remembered until it can be; CKA_NET_HOME may name another directory`,
    ]);
  }
}
