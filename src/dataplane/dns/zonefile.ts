/** Records as text: single ones, and master files. (RFC 1035 §5.1; the errors are those of miekg/dns, scan.go) */
import { fail, ok, type Result } from '#kube/status.ts';
import type { ResourceRecord } from './message.ts';
import { isDomainName } from './name.ts';
import { absolute, parseData, parseTtl } from './rdata.ts';
import { parseClass, parseType, type RecordClass } from './type.ts';

interface Entry {
  readonly line: number;
  /** The entry begins with a blank: it keeps the owner of the one before. */
  readonly indented: boolean;
  readonly words: readonly string[];
}

/** Splits a file into entries: comments go, parentheses join lines, quoted strings stay whole (with their quotes). */
function entriesOf(text: string): Result<Entry[], string> {
  const entries: Entry[] = [];
  let words: string[] = [];
  let line = 1;
  let begin = 1;
  let depth = 0;
  let indented = false;
  const pattern = /[ \t\r]+|\n|;[^\n]*|"(?:\\[^]|[^"\\])*"?|\(|\)|(?:\\[^]|[^\s;"()\\])+|[^]/g;
  let fresh = true;
  for (const [word] of text.matchAll(pattern)) {
    if (word === '\n') {
      line++;
      if (depth > 0) continue;
      if (words.length > 0) entries.push({ line: begin, indented, words });
      words = [];
      indented = false;
      begin = line;
      fresh = true;
      continue;
    }
    if (/^[ \t\r]/.test(word)) indented ||= fresh;
    else if (word === '(') depth++;
    else if (word === ')') {
      if (--depth < 0) return fail(`dns: extra closing brace: ")" at line: ${line}`);
    } else if (!word.startsWith(';')) words.push(word);
    line += word.split('\n').length - 1;
    fresh = false;
  }
  if (depth > 0) return fail(`dns: unbalanced brace at line: ${line}`);
  if (words.length > 0) entries.push({ line: begin, indented, words });
  return ok(entries);
}

export interface ZoneContext {
  readonly origin: string;
  /** For records that name no TTL; undefined makes that an error. */
  readonly ttl?: number;
  /** Reads what `$INCLUDE` names. */
  read?(path: string): string | undefined;
}

/** All records of a master file, in its order. */
export function parseZone(text: string, context: ZoneContext, depth = 0): Result<ResourceRecord[], string> {
  const entries = entriesOf(text);
  if (!entries.ok) return entries;
  const records: ResourceRecord[] = [];
  let { origin, ttl } = context;
  let owner: string | undefined;
  for (const { line, indented, words } of entries.value) {
    const bad = (what: string, word: string) => fail(`dns: ${what}: ${JSON.stringify(word)} at line: ${line}:${word.length}`);
    const [first = '', second = ''] = words;
    const directive = first.toUpperCase();
    if (directive === '$ORIGIN') origin = absolute(second, origin);
    else if (directive === '$TTL') {
      ttl = parseTtl(second);
      if (ttl === undefined) return bad('expecting $TTL value, not this...', second);
    } else if (directive === '$INCLUDE') {
      const included = context.read?.(second);
      if (included === undefined) return fail(`dns: failed to open \`${second}': "" at line: ${line}:${second.length}`);
      if (depth >= 7) return fail('dns: too deeply nested $INCLUDE');
      const more = parseZone(
        included,
        { ...context, origin: words[2] ? absolute(words[2], origin) : origin, ...(ttl !== undefined && { ttl }) },
        depth + 1,
      );
      if (!more.ok) return more;
      records.push(...more.value);
    } else {
      const rest = indented ? words : words.slice(1);
      if (!indented) {
        owner = absolute(first, origin);
        if (!isDomainName(owner)) return bad('bad owner name', first);
      }
      if (owner === undefined) return bad('bad owner name', first);
      const record = parseEntry(owner, rest, origin, ttl, bad);
      if (!record.ok) return record;
      records.push(record.value);
    }
  }
  return ok(records);
}

function parseEntry(
  name: string,
  words: readonly string[],
  origin: string,
  defaultTtl: number | undefined,
  bad: (what: string, word: string) => Result<never, string>,
): Result<ResourceRecord, string> {
  let ttl = defaultTtl;
  let recordClass: RecordClass = 'IN';
  let at = 0;
  for (; at < words.length; at++) {
    const word = words[at]!;
    const time = parseTtl(word);
    if (time !== undefined) ttl = time;
    else if (parseClass(word) !== undefined && parseType(word) === undefined) recordClass = parseClass(word)!;
    else break;
  }
  const word = words[at] ?? '';
  const type = parseType(word);
  if (type === undefined) return bad(at === 0 ? 'not a TTL' : 'unknown RR type', word);
  if (ttl === undefined) return bad('missing TTL with no previous value', word);
  const data = parseData(type, words.slice(at + 1), origin);
  return data.ok
    ? ok({ name, ttl, class: recordClass, type, data: data.value })
    : bad(`bad ${type} ${type === 'A' || type === 'AAAA' ? type : 'RR'}`, data.error);
}

/** One record from a line, as `dns.NewRR` reads it: absolute names, a TTL of 3600 unless given. undefined when the line is empty. */
export function parseRecord(text: string): Result<ResourceRecord | undefined, string> {
  const records = parseZone(text.trimStart(), { origin: '.', ttl: 3600 });
  return records.ok ? ok(records.value[0]) : records;
}
