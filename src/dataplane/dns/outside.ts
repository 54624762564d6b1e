/** The resolvers of the world outside the cluster: what they know is written in a master file, and all else does not exist. (RFC 1034 §4.3.2, RFC 2308) */
import { replyTo, type Query, type Reply, type ResourceRecord } from './message.ts';
import { parseZone } from './zonefile.ts';

type Records = readonly ResourceRecord[];

/** Without an SOA of their own, names lie in the root zone. */
const root: ResourceRecord = {
  name: '.',
  ttl: 86_400,
  class: 'IN',
  type: 'SOA',
  data: 'a.root-servers.net. nstld.verisign-grs.com. 2026112300 1800 900 604800 86400',
};

const longestChain = 16;
const known = new Map<string, Records>();

/** The records of a master file that is sound; names are absolute. */
function recordsOf(text: string): Records {
  let records = known.get(text);
  if (records === undefined) {
    const parsed = parseZone(text, { origin: '.', ttl: 300 });
    known.set(text, (records = parsed.ok ? parsed.value : []));
  }
  return records;
}

/** What is wrong with a master file; undefined: nothing. */
export function outsideProblem(text: string): string | undefined {
  const parsed = parseZone(text, { origin: '.', ttl: 300 });
  return parsed.ok ? undefined : parsed.error;
}

/** The reply of a recursive resolver that knows the names in `text`. */
export function outsideReply(text: string, query: Query): Reply {
  const records = recordsOf(text);
  const { type } = query.question;
  const answer: ResourceRecord[] = [];
  let name = query.question.name.toLowerCase();
  let found: Records = [];
  for (let links = 0; links < longestChain; links++) {
    const here = records.filter((record) => record.name.toLowerCase() === name);
    found = here.filter((record) => type === 'ANY' || record.type === type);
    const alias = here.find((record) => record.type === 'CNAME');
    if (found.length > 0 || alias === undefined) break;
    answer.push(alias);
    name = alias.data.toLowerCase();
  }
  answer.push(...found);
  const exists = records.some((record) => isBelow(name, record.name.toLowerCase()));
  const reply = replyTo(query, 'outside', exists || name === '.' ? 'NOERROR' : 'NXDOMAIN');
  return {
    ...reply,
    flags: { ...reply.flags, ra: true },
    answer,
    authority: found.length > 0 ? [] : [negativeAuthority(records, name)],
    ...(query.edns !== undefined && { edns: { udpSize: 512, version: 0, flags: query.edns.flags, options: [] } }),
    compressed: true,
  };
}

/** Reports whether a name is `parent`, or lies below it. */
function isBelow(parent: string, name: string): boolean {
  return name === parent || name.endsWith(`.${parent}`);
}

/** The SOA of the nearest zone, to be remembered as long as its last number says (RFC 2308 §3). */
function negativeAuthority(records: Records, name: string): ResourceRecord {
  const zones = records.filter((record) => record.type === 'SOA' && isBelow(record.name.toLowerCase(), name));
  const soa = zones.sort((a, b) => b.name.length - a.name.length)[0] ?? root;
  const minimum = Number(soa.data.split(' ').at(-1));
  return { ...soa, ttl: Math.min(soa.ttl, minimum) };
}
