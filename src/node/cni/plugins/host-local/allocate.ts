/** Which address a container gets (backend/allocator/allocator.go). */
import { fail, ok, type Result } from '#kube/status.ts';
import type { Ip } from '#net/ip.ts';
import { nextIp } from '../../go-format.ts';
import type { IpConfig } from '../../result.ts';
import { inRange, rangeSetText, type Range, type RangeSet } from './config.ts';
import type { Store } from './store.ts';

/**
 * All addresses of a set in the order they are tried: from the one after the last reserved, round through all ranges, the last reserved
 * itself at the end; from the first where there is no last reserved, or where it lies outside. Gateways are left out.
 */
export function* candidates(set: RangeSet, last: Ip | undefined): Generator<{ readonly ip: Ip; readonly range: Range }> {
  const from = last === undefined ? -1 : set.findIndex((range) => inRange(range, last));
  let index = Math.max(from, 0);
  let ip = from < 0 ? set[0]!.start : step(last!);
  const first = ip;
  do {
    const range = set[index]!;
    if (ip !== range.gateway) yield { ip, range };
    ip = step(ip);
  } while (ip !== first);

  function step(current: Ip): Ip {
    if (current !== set[index]!.end) return nextIp(current);
    index = (index + 1) % set.length;
    return set[index]!.start;
  }
}

/** Reserves an address of the set: the requested one, or else a wished-for one where that is free, or else the next free one. */
export function allocate(
  set: RangeSet,
  store: Store,
  index: number,
  container: { readonly id: string; readonly ifName: string },
  requested: Ip | undefined,
  wished: readonly Ip[] = [],
): Result<IpConfig, string> {
  const { id, ifName } = container;
  const given = (ip: Ip, range: Range): Result<IpConfig, string> => ok({ address: { ip, length: range.length }, gateway: range.gateway });
  if (requested !== undefined) {
    const range = set.find((one) => inRange(one, requested))!;
    if (requested === range.gateway) return fail(`requested ip ${requested} is subnet's gateway`);
    return store.reserve(id, ifName, requested, index)
      ? given(requested, range)
      : fail(`requested IP address ${requested} is not available in range set ${rangeSetText(set)}`);
  }
  for (const ip of store.addressesOf(id, ifName))
    if (set.some((range) => inRange(range, ip))) return fail(`${ip} has been allocated to ${id}, duplicate allocation is not allowed`);
  for (const ip of wished) {
    const range = set.find((one) => inRange(one, ip) && one.gateway !== ip);
    if (range !== undefined && store.reserve(id, ifName, ip, index)) return given(ip, range);
  }
  for (const { ip, range } of candidates(set, store.lastReserved(index))) if (store.reserve(id, ifName, ip, index)) return given(ip, range);
  return fail(`no IP addresses available in range set: ${rangeSetText(set)}`);
}
