/** Why a kernel does not believe that a packet comes from where it says (Linux net/ipv4/fib_frontend.c, fib_validate_source). */
import { isLoopback } from '../links/routing.ts';
import type { Packet } from './packet.ts';
import type { Device } from './stack.ts';

/** Of a packet that comes in by a device, as it came and as PREROUTING has left it; undefined where it is believed. */
export function martianWhy(
  { at, link, name, routesLocalnet, reversePathFilter }: Device,
  { flow: { srcIp }, srcOrdinal }: Packet,
  { dstOrdinal }: Packet,
): string | undefined {
  if (name === 'lo') return undefined;
  if (isLoopback(srcOrdinal) || isLoopback(dstOrdinal))
    return routesLocalnet ? undefined : `net.ipv4.conf.${name}.route_localnet is 0: 127.0.0.0/8 does not come in by ${name}`;
  const { local, route, out } = at.routing.to(srcIp, srcOrdinal);
  if (local !== undefined) return `martian source: ${srcIp} is an address of ${at.place} itself`;
  if (reversePathFilter === 0 || srcOrdinal === undefined) return undefined;
  if (route === undefined || (reversePathFilter === 1 && out !== link))
    return `rp_filter of ${name}: the way back to ${srcIp} is not by ${name}`;
  return undefined;
}
