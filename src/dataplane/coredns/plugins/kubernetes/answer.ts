/** Records for what names stand for: addresses, aliases followed to their end, SRV records with their weights. (coredns: plugin/backend_lookup.go) */
import { replyTo, type ResourceRecord } from '../../../dns/message.ts';
import { fqdn, isSubDomain } from '../../../dns/name.ts';
import type { Rcode, RecordType } from '../../../dns/type.ts';
import { written, type Request, type Result } from '../../plugin.ts';
import { kindOf, type Found, type Target } from './records.ts';

/** Where targets come from, and what is said of them. */
export interface Backend {
  /** The plugin's name. */
  readonly name: string;
  readonly ttl: number;
  find(name: string, zone: string): Found;
  serial(): number;
}

export interface Records {
  readonly answer: readonly ResourceRecord[];
  readonly additional?: readonly ResourceRecord[];
}

function record(name: string, type: RecordType, data: string, ttl: number): ResourceRecord {
  return { name, ttl, class: 'IN', type, data };
}

const longestChain = 7;

/** Addresses of a family; aliases inside the zone are followed here, others through the whole server. */
export function addresses(
  backend: Backend,
  request: Request,
  name: string,
  zone: string,
  type: 'A' | 'AAAA',
  seen: readonly string[] = [],
): readonly ResourceRecord[] | 'no such name' {
  const found = backend.find(name.toLowerCase(), zone);
  if (found === 'no such name') return found;
  const records: ResourceRecord[] = [];
  const known = new Set<string>();
  for (const { host } of found) {
    const kind = kindOf(host);
    if (kind === type && !known.has(host)) {
      known.add(host);
      records.push(record(name, type, host, backend.ttl));
    } else if (kind === 'CNAME') records.push(...alias(backend, request, name, fqdn(host), zone, type, seen));
  }
  return records;
}

function alias(
  backend: Backend,
  request: Request,
  name: string,
  target: string,
  zone: string,
  type: 'A' | 'AAAA',
  seen: readonly string[],
): readonly ResourceRecord[] {
  if (isSubDomain(name, target) || seen.length > longestChain || seen.includes(`${name} ${target}`.toLowerCase())) return [];
  const own = record(name, 'CNAME', target, backend.ttl);
  if (isSubDomain(zone, target)) {
    const rest = addresses(backend, request, target, zone, type, [...seen, `${name} ${target}`.toLowerCase()]);
    return rest === 'no such name' || rest.length === 0 ? [] : [own, ...rest];
  }
  const reply = request.lookup(target, type);
  return reply === undefined ? [] : [own, ...reply.answer];
}

/** SRV records, and addresses of their targets. Endpoints of one name and port are one record; the weights are shared before that. */
export function services(backend: Backend, name: string, found: readonly Target[]): Records {
  const weight = Math.max(1, Math.floor(100 / found.length));
  const answer: ResourceRecord[] = [];
  const additional: ResourceRecord[] = [];
  const known = new Set<string>();
  const once = (key: string) => !known.has(key) && known.add(key) !== undefined;
  for (const target of found) {
    const kind = kindOf(target.host);
    if (target.port === -1 || kind === 'CNAME') continue;
    if (once(`${target.name} ${target.port}`)) answer.push(record(name, 'SRV', `0 ${weight} ${target.port} ${target.name}`, backend.ttl));
    if (once(`${target.name} ${target.host}`)) additional.push(record(target.name, kind, target.host, backend.ttl));
  }
  return { answer, additional };
}

/** The zone's start of authority. */
export function soa({ ttl, serial }: Backend, zone: string): ResourceRecord {
  const join = (prefix: string) => (zone === '.' ? `${prefix}.` : `${prefix}.${zone}`);
  return record(zone, 'SOA', `${join('ns.dns')} ${join('hostmaster')} ${serial()} 7200 1800 86400 ${ttl}`, Math.min(300, ttl));
}

/** An answer without records: the SOA says for how long that holds. */
export function negative(backend: Backend, request: Request, zone: string, rcode: Rcode): Result {
  const reply = replyTo(request.query, backend.name, rcode);
  return written({ ...reply, flags: { ...reply.flags, aa: true }, authority: [soa(backend, zone)] });
}

export function positive(backend: Backend, request: Request, { answer, additional = [] }: Records): Result {
  const reply = replyTo(request.query, backend.name);
  return written({ ...reply, flags: { ...reply.flags, aa: true }, answer, additional });
}
