/** A program opens a connection: the name is looked up where it runs, and the addresses are tried in turn. */
import type { Lookup } from '#dataplane/resolver/libc.ts';
import type { Trace } from '#dataplane/trace/trace.ts';
import { familyOf, parseIp, type Family, type Ip, type Protocol } from '#net/ip.ts';
import { connect, type From } from '#lab/connect.ts';
import { addressesOf } from '#lab/names.ts';
import type { Spot } from '#lab/spot.ts';
import type { Here } from '../command.ts';
import { sandboxAt } from '../place.ts';

export type Dialled =
  | { readonly kind: 'unresolved'; readonly lookup: Lookup }
  | { readonly kind: 'tried'; readonly address: Ip; readonly trace: Trace; readonly lookup?: Lookup };

/** The kernel's patience with an unanswered SYN: tcp_syn_retries 6, that is 1 + 2 + … + 64 seconds. */
export const synTimeout = 134_000;
/** How long an unanswered ARP takes to be given up. */
export const arpTimeout = 3_060;

export function spotOfPlace({ lab, place }: Here): Spot {
  const sandbox = sandboxAt(lab, place);
  if (place.kind === 'node' || sandbox === undefined) return { node: place.node, namespace: '' };
  return { node: place.node, namespace: sandbox.network.namespace, pod: { namespace: place.namespace, name: place.pod, uid: sandbox.podUid, container: place.container } };
}

export function fromPlace(here: Here): From {
  const spot = spotOfPlace(here);
  return { kind: 'namespace', node: spot.node, namespace: spot.namespace };
}

/** Dials a host by name or address. `families` restricts what is tried; connections differ, so that load balancing spreads them. */
export function dial(here: Here, host: string, port: number, protocol: Protocol | 'ICMP', families: readonly Family[] = ['IPv4', 'IPv6']): Dialled {
  const literal = parseIp(host);
  const lookup = literal === undefined ? addressesOf(here.lab, spotOfPlace(here), host) : undefined;
  const addresses = (literal === undefined ? lookup!.addresses : [literal]).filter((address) => families.includes(familyOf(address)));
  if (addresses.length === 0) return { kind: 'unresolved', lookup: lookup ?? { addresses: [], canonicalName: host, error: 'EAI_NONAME', asked: [], milliseconds: 0 } };
  let last: Dialled | undefined;
  for (const address of addresses) {
    const trace = connect(here.lab.snapshot, fromPlace(here), { protocol, address, port: protocol === 'ICMP' ? 0 : port }, here.lab.nextConnection());
    last = { kind: 'tried', address, trace, ...(lookup !== undefined && { lookup }) };
    if (trace.outcome === 'connected') return last;
  }
  return last!;
}

/** Reports whether the failure is the kernel's own at once (no route here), rather than an answer or a silence. */
export function failsAtOnce(trace: Trace): boolean {
  return trace.outcome === 'refused' || (trace.outcome === 'unreachable' && !trace.why.startsWith('nobody on') && !trace.why.startsWith('no machine'));
}
