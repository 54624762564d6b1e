import { readJournal } from '#learn/progress.ts';
import { exitCodes, Failure } from '../failure.ts';
import { Journal } from '../journal.ts';
import { openTerminal } from '../terminal.ts';

/** Takes in what `cka-net export` has written. What is there already is not taken twice; lines that say nothing are left out, and told. */
export function importProgress(name: string, text: string): number {
  const terminal = openTerminal();
  const { entries, damaged } = readJournal(text);
  if (entries.length === 0) throw new Failure(`${name}: there is no entry of a journal in it`);
  const journal = new Journal();
  journal.load();
  const fresh = journal.merge(entries);
  const already = entries.length - fresh;
  terminal.note([
    `${fresh} ${fresh === 1 ? 'entry' : 'entries'} taken in${already === 0 ? '' : `, ${already} ${already === 1 ? 'was' : 'were'} there already`}`,
    ...(damaged.length === 0
      ? []
      : [`${damaged.length} of its lines cannot be understood, the first is line ${damaged[0]!.line}: left out`]),
  ]);
  return damaged.length === 0 ? exitCodes.ok : exitCodes.no;
}

/** Reports whether a text is a journal: JSON lines, each of a kind and a time. */
export function looksLikeJournal(text: string): boolean {
  const line = text.split('\n').find((one) => one.trim() !== '') ?? '';
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null && 'kind' in value && 'at' in value;
  } catch {
    return false;
  }
}
