/** Why a kernel does not believe that a packet comes from where it says (Linux net/ipv4/fib_frontend.c, fib_validate_source). */
import { familyOf, type Ip } from '#net/ip.ts';
import { localLink, lookup } from '../links/routing.ts';
import type { At } from './packet.ts';
import { placeOf, reversePathFilter, routesLocalnet } from './topology.ts';

/** Of a packet that comes in by a device; undefined where it is believed. */
export function martianWhy(at: At, inDev: string, srcIp: Ip, dstIp: Ip): string | undefined {
  if (inDev === 'lo') return undefined;
  const { namespace } = at;
  if (srcIp.startsWith('127.') || dstIp.startsWith('127.')) {
    if (!routesLocalnet(namespace, inDev)) return `net.ipv4.conf.${inDev}.route_localnet is 0: 127.0.0.0/8 does not come in by ${inDev}`;
    return undefined;
  }
  if (localLink(namespace, srcIp) !== undefined) return `martian source: ${srcIp} is an address of ${placeOf(at)} itself`;
  const filter = familyOf(srcIp) === 'IPv4' ? reversePathFilter(namespace, inDev) : 0;
  if (filter === 0) return undefined;
  const back = lookup(namespace, srcIp);
  if (back === undefined || (filter === 1 && back.dev !== inDev))
    return `rp_filter of ${inDev}: the way back to ${srcIp} is not by ${inDev}`;
  return undefined;
}
