/** DNS messages as values: what is asked, what is answered. (RFC 1035 §4, RFC 6891) */
import type { Rcode, RecordClass, RecordType } from './type.ts';

export interface Question {
  /** Absolute, spelled as the client spelled it. */
  readonly name: string;
  readonly type: RecordType;
  readonly class: RecordClass;
}

export interface ResourceRecord {
  readonly name: string;
  readonly ttl: number;
  readonly class: RecordClass;
  readonly type: RecordType;
  /** As a zone file shows it: `10.0.0.1`, `0 50 5432 db-0.db.shop.svc.cluster.local.`, `"one" "two"`. */
  readonly data: string;
}

/** The bits of the second header line. `qr` is set in every {@link Reply} and in no {@link Query}. */
export interface Flags {
  readonly aa: boolean;
  readonly tc: boolean;
  readonly rd: boolean;
  readonly ra: boolean;
  readonly ad: boolean;
  readonly cd: boolean;
}

export const noFlags: Flags = { aa: false, tc: false, rd: false, ra: false, ad: false, cd: false };

export interface EdnsOption {
  readonly code: number;
  /** The octets in lower-case hex. */
  readonly data: string;
}

export const cookieOption = 10;

/** The OPT pseudo record. */
export interface Edns {
  readonly udpSize: number;
  readonly version: number;
  /** The 16 flag bits; 0x8000 is DO. */
  readonly flags: number;
  readonly options: readonly EdnsOption[];
}

export const doBit = 0x8000;

export type Transport = 'udp' | 'tcp';

export interface Query {
  readonly id: number;
  readonly opcode: 'QUERY' | 'NOTIFY' | 'UPDATE' | 'STATUS';
  readonly flags: Flags;
  readonly question: Question;
  readonly edns?: Edns;
  readonly transport: Transport;
}

export interface Reply {
  readonly id: number;
  readonly opcode: Query['opcode'];
  readonly rcode: Rcode;
  readonly flags: Flags;
  readonly question: Question;
  readonly answer: readonly ResourceRecord[];
  readonly authority: readonly ResourceRecord[];
  /** Without the OPT record, which is `edns`. */
  readonly additional: readonly ResourceRecord[];
  readonly edns?: Edns;
  /** Whether names are compressed on the wire. */
  readonly compressed: boolean;
  /** Who made the answer, for explanations: a plugin's name, `upstream`… */
  readonly answeredBy: string;
}

/** A question of class IN with recursion desired, as resolvers send it. */
export function queryOf(
  question: { readonly name: string; readonly type: RecordType; readonly class?: RecordClass },
  id: number,
  transport: Transport = 'udp',
): Query {
  return { id, opcode: 'QUERY', flags: { ...noFlags, rd: true }, question: { class: 'IN', ...question }, transport };
}

/** An empty reply to a query: its id, its question, RD and CD as asked (miekg/dns SetReply). */
export function replyTo(query: Query, answeredBy: string, rcode: Rcode = 'NOERROR'): Reply {
  const { rd, cd } = query.flags;
  return {
    id: query.id,
    opcode: query.opcode,
    rcode,
    flags: { ...noFlags, rd: query.opcode === 'QUERY' && rd, cd: query.opcode === 'QUERY' && cd },
    question: query.question,
    answer: [],
    authority: [],
    additional: [],
    compressed: false,
    answeredBy,
  };
}

/** What became of one message that was sent to a server. */
export type Outcome =
  | { readonly kind: 'reply'; readonly reply: Reply; readonly milliseconds: number }
  /** Nothing came back, and nothing ever will. */
  | { readonly kind: 'timeout' }
  /** Nobody listens there: ICMP port unreachable, or a TCP reset. */
  | { readonly kind: 'refused'; readonly milliseconds: number }
  /** No way there: ICMP says so, or this host has no route (`network is unreachable`). */
  | { readonly kind: 'unreachable'; readonly milliseconds: number; readonly why: 'network is unreachable' | 'no route to host' };

export interface ServerAddress {
  readonly ip: string;
  readonly port: number;
}
