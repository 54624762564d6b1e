/** Makes a reply fit the client: its OPT record, its buffer size. (coredns: request/request.go, SizeAndDo, Scrub; miekg/dns msg_truncate.go) */
import { cookieOption, doBit, type Edns, type Query, type Reply, type ResourceRecord } from '../dns/message.ts';
import { ednsLength, Measure, replyLength } from '../dns/wire.ts';

const smallest = 512;
const largest = 65535;

/** The client's buffer: what its OPT record says, 512 without one, 64 KiB over TCP. */
export function bufferSize(query: Query): number {
  if (query.transport === 'tcp') return largest;
  return Math.max(smallest, query.edns?.udpSize ?? 0);
}

/** Options that CoreDNS sends back when it makes the OPT record itself: NSID, EXPIRE, COOKIE, keep-alive, padding (plugin/pkg/edns). */
const echoed: ReadonlySet<number> = new Set([3, 9, cookieOption, 11, 12]);

function ednsOf(query: Query, reply: Reply): Edns | undefined {
  const asked = query.edns;
  if (asked === undefined) return reply.edns;
  if (reply.edns === undefined) {
    return {
      udpSize: asked.udpSize,
      version: 0,
      flags: asked.flags & 0xff00,
      options: asked.options.filter((option) => echoed.has(option.code)),
    };
  }
  return { ...reply.edns, udpSize: asked.udpSize, version: 0, flags: (reply.edns.flags & 0xff00) | (asked.flags & doBit) };
}

/** The reply as it leaves the server: with an OPT record if the client sent one, cut and compressed if it is too long. */
export function scrub(query: Query, reply: Reply, family: 'IPv4' | 'IPv6'): Reply {
  const edns = ednsOf(query, reply);
  const whole: Reply = edns === undefined ? reply : { ...reply, edns };
  const size = bufferSize(query);
  const length = replyLength(whole, false);
  if (length <= size) {
    const fragments = query.transport === 'udp' && length > (family === 'IPv4' ? 1480 : 1220);
    return whole.compressed === fragments ? whole : { ...whole, compressed: fragments };
  }
  return truncate(whole, size - ednsLength(edns));
}

function truncate(reply: Reply, size: number): Reply {
  const measure = new Measure(reply.question.name, true);
  let full = measure.length >= size;
  const fitting = (records: readonly ResourceRecord[]): readonly ResourceRecord[] => {
    if (full) return [];
    for (let i = 0; i < records.length; i++) {
      measure.add(records[i]!);
      full = measure.length >= size;
      if (full) return records.slice(0, measure.length > size ? i : i + 1);
    }
    return records;
  };
  const answer = fitting(reply.answer);
  const authority = fitting(reply.authority);
  const additional = fitting(reply.additional);
  const tc = reply.flags.tc || answer.length < reply.answer.length;
  return { ...reply, flags: { ...reply.flags, tc }, answer, authority, additional, compressed: true };
}
