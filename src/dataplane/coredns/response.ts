/** What kind of answer a reply is, for caching and logging. (coredns: plugin/pkg/response, plugin/pkg/dnsutil/ttl.go) */
import type { Reply } from '../dns/message.ts';

export type ResponseType = 'NOERROR' | 'NXDOMAIN' | 'NODATA' | 'DELEGATION' | 'SERVFAIL' | 'META' | 'OTHERERROR';

export function typify(reply: Reply | undefined): ResponseType {
  if (reply === undefined) return 'OTHERERROR';
  const { rcode, question } = reply;
  if (reply.opcode !== 'QUERY' || question.type === 'AXFR' || question.type === 'IXFR') return 'META';
  if (reply.answer.length > 0 && rcode === 'NOERROR') return 'NOERROR';
  const soa = reply.authority.some(({ type }) => type === 'SOA');
  if (soa && rcode === 'NOERROR') return 'NODATA';
  if (soa && rcode === 'NXDOMAIN') return 'NXDOMAIN';
  if (rcode === 'SERVFAIL') return 'SERVFAIL';
  if (rcode !== 'NOERROR') return 'OTHERERROR';
  return reply.authority.some(({ type }) => type === 'NS') ? 'DELEGATION' : 'NOERROR';
}

export type ResponseClass = 'all' | 'success' | 'denial' | 'error';

export const responseClasses: readonly ResponseClass[] = ['all', 'success', 'denial', 'error'];

export function classify(type: ResponseType): ResponseClass {
  if (type === 'NOERROR' || type === 'DELEGATION') return 'success';
  if (type === 'NXDOMAIN' || type === 'NODATA') return 'denial';
  return type === 'META' ? 'success' : 'error';
}

/** The least TTL of a reply's records in seconds, from 5 for errors and empty replies up to an hour. */
export function minimalTtl(reply: Reply, type: ResponseType): number {
  if (type !== 'NOERROR' && type !== 'NXDOMAIN' && type !== 'NODATA') return 5;
  const records = [...reply.answer, ...reply.authority, ...reply.additional];
  return records.length === 0 ? 5 : Math.min(3600, ...records.map(({ ttl }) => ttl));
}
