/** Answers made from templates. (coredns: plugin/template) */
import { replyTo, type ResourceRecord } from '../../../dns/message.ts';
import { parseClass, parseRcode, parseType, type Rcode, type RecordClass, type RecordType } from '../../../dns/type.ts';
import { parseRecord } from '../../../dns/zonefile.ts';
import { compileRegexp, type GoRegexp } from '../../go/regexp.ts';
import { compileTemplate, type Template } from '../../go/template.ts';
import { nameOf, written, type CorednsPlugin, type Request, type Result, type Setup } from '../../plugin.ts';
import { Fallthrough, zoneOf } from '../../zone.ts';

const sections = ['answer', 'additional', 'authority'] as const;
type Section = (typeof sections)[number];

interface Stanza {
  readonly class: RecordClass;
  readonly type: RecordType;
  readonly zones: readonly string[];
  readonly patterns: GoRegexp[];
  readonly templates: { readonly [S in Section]: Template[] };
  rcode: Rcode;
  readonly fall: Fallthrough;
}

export const template: CorednsPlugin = {
  name: 'template',
  setup(setup) {
    const stanzas: Stanza[] = [];
    while (setup.next()) stanzas.push(parse(setup));
    const zones = stanzas.flatMap((stanza) => stanza.zones);
    setup.add({
      name: 'template',
      serve(request, next) {
        const name = nameOf(request);
        if (zoneOf(zones, name) === undefined) return next(request);
        for (const stanza of stanzas) {
          const zone = zoneOf(stanza.zones, name);
          if (zone === undefined || !asks(stanza, request)) continue;
          const match = firstMatch(stanza, name);
          if (match) return answer(stanza, request, dataOf(request, zone, match));
          if (!stanza.fall.through(name)) return { rcode: 'SERVFAIL' };
        }
        return next(request);
      },
    });
  },
};

function parse(setup: Setup): Stanza {
  if (!setup.nextArg()) throw setup.argumentError();
  const recordClass = parseClass(setup.word());
  if (recordClass === undefined) throw setup.error(`invalid query class ${setup.word()}`);
  if (!setup.nextArg()) throw setup.argumentError();
  const type = parseType(setup.word());
  if (type === undefined) throw setup.error(`invalid RR class ${setup.word()}`);
  const zones = setup.zonesOr(setup.remainingArgs());
  const stanza: Stanza = {
    class: recordClass,
    type,
    zones,
    patterns: [],
    templates: { answer: [], additional: [], authority: [] },
    rcode: 'NOERROR',
    fall: new Fallthrough(),
  };
  while (setup.nextBlock()) parseOption(setup, stanza);
  if (stanza.patterns.length === 0) {
    const all = compileRegexp('.*');
    if (all.ok) stanza.patterns.push(all.value);
  }
  return stanza;
}

function parseOption(setup: Setup, stanza: Stanza): void {
  const option = setup.word();
  if (option === 'rcode') {
    if (!setup.nextArg()) throw setup.argumentError();
    const rcode = parseRcode(setup.word());
    if (rcode === undefined) throw setup.error(`unknown rcode ${setup.word()}`);
    stanza.rcode = rcode;
    return;
  }
  if (option === 'fallthrough') return stanza.fall.set(setup.remainingArgs());
  if (option === 'upstream' || option === 'ederror') return void setup.remainingArgs();
  if (option !== 'match' && !sections.includes(option as Section)) throw setup.argumentError();
  const args = setup.remainingArgs();
  if (args.length === 0) throw setup.argumentError();
  for (const arg of args) {
    if (option === 'match') {
      const pattern = compileRegexp(arg);
      if (!pattern.ok) throw setup.error(`could not parse regex: ${arg}, ${pattern.error}`);
      stanza.patterns.push(pattern.value);
    } else {
      const compiled = compileTemplate(option, arg, { parseInt: parseInteger });
      if (!compiled.ok) throw setup.error(`could not compile template: ${setup.word()}, ${compiled.error}`);
      stanza.templates[option as Section].push(compiled.value);
    }
  }
}

/** `parseInt "ff" 16 64`, which the plugin adds to Go's functions. */
function parseInteger(text: unknown, base: unknown): number {
  return parseInt(text as string, base as number);
}

function asks(stanza: Stanza, { query }: Request): boolean {
  const { class: recordClass, type } = query.question;
  const any = (one: string, other: string) => one === 'ANY' || other === 'ANY' || one === other;
  return any(stanza.class, recordClass) && any(stanza.type, type);
}

interface Match {
  readonly pattern: GoRegexp;
  readonly groups: readonly string[];
}

function firstMatch({ patterns }: Stanza, name: string): Match | undefined {
  for (const pattern of patterns) {
    const groups = pattern.find(name);
    if (groups) return { pattern, groups };
  }
  return undefined;
}

/** What a template can name. */
function dataOf(request: Request, zone: string, { pattern, groups }: Match) {
  const { question } = request.query;
  const group = new Map<string, string>();
  groups.forEach((text, index) => group.set(String(index), text));
  groups.forEach((text, index) => {
    const name = pattern.groupNames[index];
    if (name) group.set(name, text);
  });
  return {
    Zone: zone,
    Name: nameOf(request),
    Regex: pattern.source,
    Match: groups,
    Group: group,
    Class: question.class,
    Type: question.type,
    Question: { Name: question.name, Qtype: question.type, Qclass: question.class },
    Message: { Id: request.query.id, RecursionDesired: request.query.flags.rd },
    Remote: request.client.ip,
    Meta: () => '',
  };
}

function answer(stanza: Stanza, request: Request, data: ReturnType<typeof dataOf>): Result {
  if (stanza.rcode === 'SERVFAIL') return { rcode: 'SERVFAIL' };
  const empty = replyTo(request.query, 'template', stanza.rcode);
  const records: { [S in Section]: ResourceRecord[] } = { answer: [], additional: [], authority: [] };
  let { rcode } = empty;
  for (const section of sections) {
    for (const one of stanza.templates[section]) {
      const text = one.execute(data);
      if (!text.ok) return { rcode: 'SERVFAIL', error: text.error };
      const record = parseRecord(text.value);
      if (!record.ok) return { rcode: 'SERVFAIL', error: record.error };
      if (record.value === undefined) continue;
      records[section].push(record.value);
      const { type } = request.query.question;
      if (section === 'answer' && record.value.type === 'CNAME' && (type === 'A' || type === 'AAAA')) {
        const target = request.lookup(record.value.data, type);
        if (target) records.answer.push(...target.answer);
        else rcode = 'SERVFAIL';
      }
    }
  }
  return written({ ...empty, rcode, flags: { ...empty.flags, aa: true }, ...records });
}
