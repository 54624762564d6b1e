/** How many octets messages take on the wire. (RFC 1035 §4.1; name compression as miekg/dns does it, msg.go, compressionLenHelper) */
import { labelsOf, octets, wireLength } from './name.ts';
import type { Edns, Query, Reply, ResourceRecord } from './message.ts';
import type { RecordType } from './type.ts';

const headerLength = 12;
const optLength = 11;

export function ednsLength(edns: Edns | undefined): number {
  return edns === undefined ? 0 : edns.options.reduce((sum, option) => sum + 4 + option.data.length / 2, optLength);
}

export function queryLength(query: Query): number {
  return headerLength + wireLength(query.question.name) + 4 + ednsLength(query.edns);
}

/** The length of the reply as it is sent; `compressed` overrides what the reply says of itself. */
export function replyLength(reply: Reply, compressed: boolean = reply.compressed): number {
  const measure = new Measure(reply.question.name, compressed);
  for (const section of [reply.answer, reply.authority, reply.additional]) for (const record of section) measure.add(record);
  return measure.length + ednsLength(reply.edns);
}

/** Sums a message up, record by record. */
export class Measure {
  #length: number;
  readonly #names: Compression | undefined;

  constructor(question: string, compressed: boolean) {
    this.#names = compressed ? new Compression() : undefined;
    this.#length = headerLength + nameLength(question, headerLength, this.#names, true) + 4;
  }

  /** Octets until now. */
  get length(): number {
    return this.#length;
  }

  add(record: ResourceRecord): void {
    this.#length += recordLength(record, this.#length, this.#names);
  }
}

/** Name suffixes that have been written, by their text; pointers reach 14 bits far. */
class Compression {
  readonly #seen = new Set<string>();

  /** The octets a name takes at an offset. Names inside newer record types may not be compressed, but others may point at them. */
  lengthOf(name: string, offset: number, compressible: boolean): number {
    const labels = labelsOf(name);
    let length = 0;
    for (let i = 0; i < labels.length; i++) {
      const suffix = labels.slice(i).join('.');
      if (this.#seen.has(suffix)) {
        if (compressible) return length + 2;
      } else if (offset + length < 0x4000) this.#seen.add(suffix);
      length += 1 + octets(labels[i]!);
    }
    return length + 1;
  }
}

function nameLength(name: string, offset: number, names: Compression | undefined, compressible: boolean): number {
  return names === undefined ? wireLength(name) : names.lengthOf(name, offset, compressible);
}

/** Types whose names RFC 1035 lets writers compress. */
const compressing: ReadonlySet<RecordType> = new Set<RecordType>(['NS', 'CNAME', 'SOA', 'PTR', 'MX', 'MAILB', 'RP', 'AFSDB']);

function recordLength(record: ResourceRecord, offset: number, names: Compression | undefined): number {
  let length = nameLength(record.name, offset, names, true) + 10;
  for (const part of dataParts(record)) {
    length += typeof part === 'number' ? part : nameLength(part, offset + length, names, compressing.has(record.type));
  }
  return length;
}

/** The record's data in order: numbers of octets, and names. */
function dataParts({ type, data }: ResourceRecord): readonly (number | string)[] {
  switch (type) {
    case 'A':
      return [4];
    case 'AAAA':
      return [16];
    case 'NS':
    case 'CNAME':
    case 'PTR':
    case 'DNAME':
      return [data];
    case 'TXT':
    case 'SPF':
      return characterStrings(data).map((text) => 1 + octets(text));
    default:
      return fieldParts(type, data);
  }
}

/** Numbers and names of types with several fields: a digit is a field's octets, `n` a name, `s` a character string, `x` hex, `b` base64 to the end. */
// prettier-ignore
const layouts: { readonly [type: string]: string } = {
  SOA: 'nn44444', MX: '2n', SRV: '222n', AFSDB: '2n', RP: 'nn', KX: '2n', HINFO: 'ss', NAPTR: '22sssn', CAA: '1ss', URI: '22s',
  DS: '211x', CDS: '211x', DNSKEY: '211b', CDNSKEY: '211b', SSHFP: '11x', TLSA: '111x', SMIMEA: '111x',
};

function fieldParts(type: RecordType, data: string): (number | string)[] {
  const fields = data.match(/"(?:\\.|[^"\\])*"|\S+/g) ?? [];
  const layout = layouts[type];
  if (layout === undefined) {
    const generic = /^\\# (\d+)/.exec(data);
    return [generic ? Number(generic[1]) : data.length];
  }
  const parts: (number | string)[] = [];
  for (let i = 0; i < layout.length; i++) {
    const kind = layout[i]!;
    const rest = fields.slice(i).join('');
    if (kind === 'n') parts.push(fields[i] ?? '.');
    else if (kind === 's') parts.push(octets(unquoted(fields[i] ?? '')) + (type === 'URI' || (type === 'CAA' && i === 2) ? 0 : 1));
    else if (kind === 'x') parts.push(rest.length / 2);
    else if (kind === 'b') parts.push(Math.floor((rest.replace(/=+$/, '').length * 3) / 4));
    else parts.push(Number(kind));
  }
  return parts;
}

function unquoted(text: string): string {
  return text.startsWith('"') ? text.slice(1, -1) : text;
}

/** The strings of TXT data, without quotes, escapes kept. */
export function characterStrings(data: string): string[] {
  return (data.match(/"(?:\\.|[^"\\])*"|\S+/gs) ?? []).map(unquoted);
}
