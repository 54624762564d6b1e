/**
 * DNS messages on the wire. dns-packet reads and writes them; since it compresses no names, and the size of an answer shows in what dig
 * prints, what it has written is compressed here (RFC 1035 §4.1.4, as miekg/dns does it).
 */
// @ts-expect-error It has no types.
import packet from 'dns-packet';
import { noFlags, type Edns, type Query, type Reply, type ResourceRecord, type Transport } from '#dataplane/dns/message.ts';
import { parseClass, parseType, rcodeNumber, typeCode, type RecordType } from '#dataplane/dns/type.ts';

interface WireQuery {
  readonly id: number;
  readonly opcode: string;
  readonly flag_rd: boolean;
  readonly flag_ad: boolean;
  readonly flag_cd: boolean;
  readonly flag_qr: boolean;
  readonly questions: readonly { readonly name: string; readonly type: string; readonly class: string }[];
  readonly additionals: readonly WireOpt[];
}

interface WireOpt {
  readonly type: string;
  readonly udpPayloadSize: number;
  readonly ednsVersion: number;
  readonly flags: number;
  readonly options: readonly { readonly code: number; readonly data: Buffer }[];
}

/** A question as it came; undefined for what is none: an answer, several questions, octets that are no message. */
export function readQuery(bytes: Buffer, transport: Transport): Query | undefined {
  let message: WireQuery;
  try {
    message = packet.decode(bytes) as WireQuery;
  } catch {
    return undefined;
  }
  const [asked, ...others] = message.questions;
  if (asked === undefined || others.length > 0 || message.flag_qr) return undefined;
  const type = parseType(asked.type.replace('UNKNOWN_', 'TYPE'));
  const recordClass = parseClass(asked.class.replace('UNKNOWN_', 'CLASS'));
  const { opcode } = message;
  if (type === undefined || recordClass === undefined) return undefined;
  if (opcode !== 'QUERY' && opcode !== 'NOTIFY' && opcode !== 'UPDATE' && opcode !== 'STATUS') return undefined;
  const opt = message.additionals.find((one) => one.type === 'OPT');
  return {
    id: message.id,
    opcode,
    flags: { ...noFlags, rd: message.flag_rd, ad: message.flag_ad, cd: message.flag_cd },
    question: { name: asked.name === '.' ? '.' : `${asked.name}.`, type, class: recordClass },
    ...(opt !== undefined && { edns: ednsOf(opt) }),
    transport,
  };
}

function ednsOf({ udpPayloadSize, ednsVersion, flags, options }: WireOpt): Edns {
  return {
    udpSize: udpPayloadSize,
    version: ednsVersion,
    flags,
    options: options.map(({ code, data }) => ({ code, data: data.toString('hex') })),
  };
}

const opcodes = { QUERY: 0, STATUS: 2, NOTIFY: 4, UPDATE: 5 } as const;

/** Types whose data dns-packet writes from fields; those of others are octets here. */
const written: ReadonlySet<RecordType> = new Set([
  'A',
  'AAAA',
  'NS',
  'CNAME',
  'PTR',
  'DNAME',
  'MX',
  'SRV',
  'SOA',
  'CAA',
  'HINFO',
  'TXT',
] satisfies RecordType[]);

/** An answer as it goes over the wire. One with records that cannot be written (NAPTR, SSHFP… of a zone file) says SERVFAIL. */
export function writeReply(reply: Reply): Buffer {
  const all = [...reply.answer, ...reply.authority, ...reply.additional];
  if (!all.every(({ type, data }) => written.has(type) || data.startsWith('\\# ')))
    return writeReply({ ...reply, rcode: 'SERVFAIL', answer: [], authority: [], additional: [] });
  const { flags, question, edns } = reply;
  const rcode = rcodeNumber(reply.rcode);
  const bytes = packet.encode({
    type: 'response',
    id: reply.id,
    flags:
      (opcodes[reply.opcode] << 11) |
      (flags.aa ? packet.AUTHORITATIVE_ANSWER : 0) |
      (flags.tc ? packet.TRUNCATED_RESPONSE : 0) |
      (flags.rd ? packet.RECURSION_DESIRED : 0) |
      (flags.ra ? packet.RECURSION_AVAILABLE : 0) |
      (flags.ad ? packet.AUTHENTIC_DATA : 0) |
      (flags.cd ? packet.CHECKING_DISABLED : 0) |
      (rcode & 15),
    questions: [{ name: question.name, type: wireType(question.type), class: wireClass(question.class) }],
    answers: reply.answer.map(wireRecord),
    authorities: reply.authority.map(wireRecord),
    additionals: [...reply.additional.map(wireRecord), ...(edns === undefined ? [] : [wireOpt(edns, rcode)])],
  }) as Buffer;
  return reply.compressed ? compress(bytes) : bytes;
}

function wireType(type: RecordType): string {
  return written.has(type) ? type : `UNKNOWN_${typeCode(type)}`;
}

function wireClass(name: string): string {
  return name.startsWith('CLASS') ? `UNKNOWN_${name.slice(5)}` : name;
}

function wireOpt({ udpSize, version, flags, options }: Edns, rcode: number): unknown {
  return {
    type: 'OPT',
    name: '.',
    udpPayloadSize: udpSize,
    extendedRcode: rcode >> 4,
    ednsVersion: version,
    flags,
    options: options.map(({ code, data }) => ({ code, data: Buffer.from(data, 'hex') })),
  };
}

function wireRecord({ name, ttl, class: recordClass, type, data }: ResourceRecord): unknown {
  return { name, ttl, class: wireClass(recordClass), type: wireType(type), data: wireData(type, data) };
}

/** A record's data as dns-packet wants it. */
function wireData(type: RecordType, data: string): unknown {
  const fields = (data.match(/"(?:\\.|[^"\\])*"|\S+/gs) ?? []).map((field) => (field.startsWith('"') ? field.slice(1, -1) : field));
  const numbers = fields.map(Number);
  const [first = '', second = '', third = ''] = fields;
  switch (type) {
    case 'MX':
      return { preference: numbers[0], exchange: second };
    case 'SRV':
      return { priority: numbers[0], weight: numbers[1], port: numbers[2], target: fields[3] };
    case 'SOA': {
      const [, , serial, refresh, retry, expire, minimum] = numbers;
      return { mname: first, rname: second, serial, refresh, retry, expire, minimum };
    }
    case 'CAA':
      return { flags: numbers[0], tag: second, value: third };
    case 'HINFO':
      return { cpu: first, os: second };
    case 'TXT':
      return fields.map((text) => Buffer.from(unescaped(text), 'latin1'));
    default:
      return first === '\\#' ? Buffer.from(fields.slice(2).join(''), 'hex') : data;
  }
}

/** `\"` and `\065` of zone files. */
function unescaped(text: string): string {
  return text.replaceAll(/\\(\d{3}|.)/gs, (_, code: string) => (code.length === 3 ? String.fromCharCode(Number(code)) : code));
}

/** Types whose names may be compressed, with the octets before their names and how many names there are. */
const compressible: ReadonlyMap<number, readonly [before: number, names: number]> = new Map([
  [typeCode('NS'), [0, 1]],
  [typeCode('CNAME'), [0, 1]],
  [typeCode('PTR'), [0, 1]],
  [typeCode('SOA'), [0, 2]],
  [typeCode('MX'), [2, 1]],
]);

/** Writes a message again with pointers in place of names that have stood in it before. */
function compress(bytes: Buffer): Buffer {
  const out: Buffer[] = [bytes.subarray(0, 12)];
  const seen = new Map<string, number>();
  let length = 12;
  let at = 12;
  const put = (part: Buffer) => {
    out.push(part);
    length += part.length;
  };
  const copy = (count: number) => {
    put(bytes.subarray(at, at + count));
    at += count;
  };
  const name = () => {
    const labels: Buffer[] = [];
    for (let size = bytes[at]!; size > 0; size = bytes[at]!) {
      labels.push(bytes.subarray(at, at + 1 + size));
      at += 1 + size;
    }
    at++;
    for (const [i, label] of labels.entries()) {
      const suffix = Buffer.concat(labels.slice(i)).toString('latin1');
      const before = seen.get(suffix);
      if (before !== undefined) {
        put(Buffer.from([0xc0 | (before >> 8), before & 255]));
        return;
      }
      if (length < 0x4000) seen.set(suffix, length);
      put(label);
    }
    put(Buffer.from([0]));
  };
  name();
  copy(4);
  while (at < bytes.length) {
    name();
    const type = bytes.readUInt16BE(at);
    copy(8);
    const end = at + 2 + bytes.readUInt16BE(at);
    const size = Buffer.alloc(2);
    at += 2;
    put(size);
    const began = length;
    const [before, names] = compressible.get(type) ?? [0, 0];
    copy(before);
    for (let i = 0; i < names; i++) name();
    copy(end - at);
    size.writeUInt16BE(length - began);
  }
  return Buffer.concat(out);
}
