/** A program opens a connection: the name is looked up where it runs, and the addresses are tried. */
import type { Lookup } from '#dataplane/resolver/libc.ts';
import { errnoOf, type Errno, type Told } from '#dataplane/trace/refusal.ts';
import type { Target, Trace } from '#dataplane/trace/trace.ts';
import { linkOf, localLink } from '#dataplane/links/routing.ts';
import { familyOf, parseIp, type Family, type Ip, type Protocol } from '#net/ip.ts';
import { connect, type From } from '#lab/connect.ts';
import { addressesOf } from '#lab/names.ts';
import type { Spot } from '#lab/spot.ts';
import type { Here } from '../command.ts';
import { sandboxAt } from '../place.ts';
import { networkAt } from './entered.ts';
import { noteForwarded } from './forwarded.ts';
import { neighbourWait, roundTrip, synPatience } from './timing.ts';

export const bothFamilies: readonly Family[] = ['IPv4', 'IPv6'];

/** What a program binds its socket to. */
export interface Binding {
  readonly source?: Ip;
  readonly device?: string;
}

/** How one address answered. */
export interface Attempt {
  readonly address: Ip;
  readonly port: number;
  readonly trace: Trace;
  /** Why it is no connection; absent when it is one. */
  readonly errno?: Errno;
  /** Milliseconds until that is known. */
  readonly after: number;
  /** Who said so. */
  readonly told?: Told;
}

export function spotOfPlace(here: Here): Spot {
  const { lab, place } = here;
  const namespace = networkAt(here).name;
  const sandbox = sandboxAt(lab, place);
  if (place.kind === 'node' || sandbox === undefined) return { node: place.node, namespace };
  return {
    node: place.node,
    namespace,
    pod: { namespace: place.namespace, name: place.pod, uid: sandbox.podUid, container: place.container },
  };
}

export function fromPlace(here: Here, binding: Binding = {}): From {
  const spot = spotOfPlace(here);
  return { kind: 'namespace', node: spot.node, namespace: spot.namespace, ...binding };
}

/** The addresses of a host, as getaddrinfo gives them to a program here. An address is its own. */
export function resolve(here: Here, host: string, families: readonly Family[] = bothFamilies): Lookup {
  const literal = parseIp(host);
  if (literal !== undefined) {
    const fits = families.includes(familyOf(literal));
    const none = { addresses: [], canonicalName: host, error: 'EAI_NONAME' as const, asked: [], milliseconds: 0 };
    return fits ? { addresses: [literal], canonicalName: host, asked: [], milliseconds: 0 } : none;
  }
  const lookup = addressesOf(here.lab, spotOfPlace(here), host);
  const addresses = lookup.addresses.filter((address) => families.includes(familyOf(address)));
  return addresses.length === 0 ? { ...lookup, addresses, error: lookup.error ?? 'EAI_NONAME' } : { ...lookup, addresses };
}

/** Sends a first packet, and says what becomes of it. Packets differ, so that load balancing spreads them. */
export function send(here: Here, target: Target, binding: Binding = {}): { readonly trace: Trace; readonly purpose: string } {
  const number = here.lab.nextConnection();
  const purpose = `${here.lab.snapshot.cluster.seed}/${here.place.node}/${target.address}/${here.lab.now}/${number}`;
  const trace = connect(here.lab.snapshot, fromPlace(here, binding), target, number);
  here.lab.track(trace, purpose);
  noteForwarded(here.lab, trace);
  return { trace, purpose };
}

/** Tries to connect to one address. */
export function attempt(here: Here, address: Ip, port: number, protocol: Protocol = 'TCP', binding: Binding = {}): Attempt {
  const { trace, purpose } = send(here, { protocol, address, port }, binding);
  const { told, errno } = trace;
  const came = roundTrip(trace, purpose);
  const base = { address, port, trace };
  if (trace.outcome === 'connected') return { ...base, after: came };
  if (errno !== undefined) return { ...base, errno, after: 0, ...(told !== undefined && { told }) };
  if (told !== undefined) return { ...base, errno: errnoOf(told.refusal), after: neighbourWait(told.after, purpose) + came, told };
  return { ...base, errno: 'ETIMEDOUT', after: synPatience(networkAt(here).namespace, purpose) };
}

/**
 * How much longer a program waits that blocks in connect(): an ICMP message that comes while the socket is still locked is only noted, and
 * counts when the SYN has been sent again (Linux net/ipv4/tcp_ipv4.c, tcp_v4_err).
 */
export function blockingDelay({ told, after }: Attempt): number {
  return told !== undefined && told.refusal !== 'tcp-reset' && after < 1000 ? 1000 : 0;
}

/** What came back of a packet that asks for an answer of its own, or why nothing can. */
export type Echo =
  | { readonly kind: 'reply'; readonly ttl: number; readonly milliseconds: number; readonly trace: Trace }
  | { readonly kind: 'told'; readonly told: Told; readonly milliseconds: number; readonly trace: Trace }
  /** The own kernel did not let it out. */
  | { readonly kind: 'unsent'; readonly errno: Errno; readonly mtu?: number; readonly trace: Trace }
  | { readonly kind: 'nothing'; readonly trace: Trace };

/** Sends one packet, and hears what comes back: of ICMP echo, the echo; of UDP, also that nobody listens. */
export function echo(here: Here, target: Target, binding: Binding = {}): Echo {
  const { trace, purpose } = send(here, target, binding);
  const { told, errno, mtu } = trace;
  const came = roundTrip(trace, purpose);
  if (trace.outcome === 'connected') return { kind: 'reply', ttl: trace.answerTtl ?? 64, milliseconds: came, trace };
  if (errno !== undefined && (told === undefined || errno !== 'EPERM'))
    return { kind: 'unsent', errno, trace, ...(mtu !== undefined && { mtu }) };
  if (told !== undefined) return { kind: 'told', told, milliseconds: neighbourWait(told.after, purpose) + came, trace };
  return { kind: 'nothing', trace };
}

/** What `--interface`, `-I` or `-s` name: a device, or an address; undefined where it is neither here. */
export function bindingOf(here: Here, text: string): Binding | undefined {
  const namespace = networkAt(here).namespace;
  const address = parseIp(text);
  if (address !== undefined) return localLink(namespace, address) === undefined ? undefined : { source: address };
  return linkOf(namespace, text) === undefined ? undefined : { device: text };
}
