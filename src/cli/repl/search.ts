/** Searching a history backwards, key by key (readline(3): reverse-search-history). */
import type { Key } from 'node:readline';

export interface Search {
  readonly query: string;
  /** The line that fits, where in it, and which of the history it is; -1: the one that was being typed. */
  readonly found: string;
  readonly at: number;
  readonly index: number;
  /** Nothing further back fits. */
  readonly failed: boolean;
  /** What was being typed before. */
  readonly before: string;
}

export type AfterKey =
  | { readonly kind: 'search'; readonly search: Search }
  /** The key is to be taken as any other, with this line. */
  | { readonly kind: 'taken'; readonly line: string; readonly cursor: number }
  | { readonly kind: 'cancelled'; readonly line: string; readonly cursor: number };

export function beginSearch(line: string): Search {
  return { query: '', found: line, at: line.length, index: -1, failed: false, before: line };
}

/** What a key does to a search. `history` has the latest line first. */
export function searchKey(search: Search, history: readonly string[], text: string | undefined, key: Key): AfterKey {
  if (key.ctrl === true && key.name === 'r') return { kind: 'search', search: further(search, history) };
  if (key.ctrl === true && (key.name === 'g' || key.name === 'c'))
    return { kind: 'cancelled', line: search.before, cursor: search.before.length };
  if (key.name === 'backspace')
    return { kind: 'search', search: fitting({ ...search, query: search.query.slice(0, -1), index: -1 }, history) };
  const printable = text !== undefined && key.ctrl !== true && key.meta !== true && /^[^\u0000-\u001f\u007f]+$/.test(text);
  if (printable) return { kind: 'search', search: fitting({ ...search, query: search.query + text }, history) };
  return { kind: 'taken', line: search.found, cursor: search.at };
}

function further(search: Search, history: readonly string[]): Search {
  return search.query === '' ? search : fitting({ ...search, index: search.index + 1 }, history, search.found);
}

/** The first line from the search's place on that has the query, and is not `shown` already; where none is, what was found stays. */
function fitting(search: Search, history: readonly string[], shown?: string): Search {
  if (search.query === '') return { ...search, found: search.before, at: search.before.length, failed: false };
  for (let index = Math.max(0, search.index); index < history.length; index++) {
    const line = history[index]!;
    if (line.includes(search.query) && line !== shown)
      return { ...search, found: line, at: line.lastIndexOf(search.query), index, failed: false };
  }
  return { ...search, index: shown === undefined ? search.index : search.index - 1, failed: true };
}
