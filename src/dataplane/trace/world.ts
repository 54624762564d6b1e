/** The network of a snapshot, ready to be walked: its hosts' kernels with whatever filters packets there. */
import { stream } from '#kube/chance.ts';
import type { NodeName } from '#kube/names.ts';
import { familyOf, type Family, type Ip } from '#net/ip.ts';
import type { Host } from '#node/host.ts';
import { ipsetsOf, type IpSets } from '#node/netfilter.ts';
import { addressOn, linkOf, localLink } from '../links/routing.ts';
import { isWatched, traverseAll } from '../netfilter/evaluate.ts';
import {
  Account,
  seededChooser,
  type Connection,
  type Packet as FilterPacket,
  type PacketContext,
  type PacketProtocol,
} from '../netfilter/packet.ts';
import { groundOf } from './ground.ts';
import type { Devices, HookInput, HookOutput, Memory, RunHook, TrackedState } from './hooks.ts';
import type { At, Packet } from './packet.ts';
import { Decided } from './story.ts';
import type { World } from './walk.ts';

const connectionStates = { new: 'NEW', established: 'ESTABLISHED', invalid: 'INVALID', untracked: 'UNTRACKED' } as const;

const connections = (dnat: boolean): Readonly<Record<TrackedState, Connection>> => {
  const of = (state: TrackedState): Connection => ({ state: connectionStates[state], dnat, snat: false });
  return { new: of('new'), established: of('established'), invalid: of('invalid'), untracked: of('untracked') };
};
const [plain, translated] = [connections(false), connections(true)];

const protocols: Readonly<Record<'TCP' | 'UDP' | 'SCTP', PacketProtocol>> = { TCP: 'tcp', UDP: 'udp', SCTP: 'sctp' };

function filterPacket({ packet: { flow, mark }, devices, state, dnatted }: HookInput): FilterPacket {
  const family = familyOf(flow.dstIp);
  const icmp = flow.protocol === 'ICMP';
  return {
    family,
    protocol: flow.protocol === 'ICMP' ? (family === 'IPv4' ? 'icmp' : 'icmpv6') : protocols[flow.protocol],
    src: flow.srcIp,
    dst: flow.dstIp,
    sport: flow.srcPort,
    dport: flow.dstPort,
    mark,
    connection: (dnatted ? translated : plain)[state],
    in: devices.inDev,
    out: devices.outDev,
    icmpType: icmp ? (family === 'IPv4' ? 8 : 128) : undefined,
  };
}

/** The packet as rules have left it. */
function changed(packet: Packet, { src, dst, sport, dport, mark }: FilterPacket): Packet {
  const { flow, ttl, size, whole } = packet;
  const same = src === flow.srcIp && dst === flow.dstIp && sport === flow.srcPort && dport === flow.dstPort;
  if (same) return mark === packet.mark ? packet : { flow, mark, ttl, size, whole };
  return { flow: { protocol: flow.protocol, srcIp: src, srcPort: sport, dstIp: dst, dstPort: dport }, mark, ttl, size, whole };
}

/** What rules ask of the machine on which a packet meets them. */
class HookContext implements PacketContext {
  readonly chooser: Account;
  readonly #memory: Memory;
  readonly #at: At;
  readonly #devices: Devices;

  constructor(chooser: Account, memory: Memory, { at, devices }: HookInput) {
    this.chooser = chooser;
    this.#memory = memory;
    this.#at = at;
    this.#devices = devices;
  }

  get ipsets(): IpSets {
    return ipsetsOf(this.#at.namespace.netfilter);
  }

  isLocal(address: Ip): boolean {
    return localLink(this.#at.namespace, address) !== undefined;
  }

  remembers(list: string, address: Ip, seconds?: number): boolean {
    return this.#memory(this.#at, list, address, seconds);
  }

  masqueradeAs(): Ip | undefined {
    const { outDev, towards } = this.#devices;
    return towards === undefined ? undefined : addressOn(this.#at.namespace, outDev, towards);
  }

  /** The first address of an interface (Linux net/netfilter/nf_nat_redirect.c). */
  redirectTo(device: string, family: Family): Ip | undefined {
    return linkOf(this.#at.namespace, device)?.addresses.find(({ ip }) => familyOf(ip) === family)?.ip;
  }
}

function hookRunner(seed: string, memory: Memory): RunHook {
  let draws: (() => number) | undefined;
  const chooser = new Account(seededChooser(() => (draws ??= stream(seed))()));
  return (input: HookInput): HookOutput | undefined => {
    const { at, hook, packet } = input;
    const { netfilter } = at.namespace;
    if (!isWatched(netfilter, familyOf(packet.flow.dstIp), hook)) return undefined;
    const chosen = traverseAll(netfilter, hook, filterPacket(input), new HookContext(chooser, memory, input));
    if (chosen === undefined) return undefined;
    const { verdict, decisions, rejectWith, remembered, packet: left } = chosen.traversal;
    const next = changed(packet, left);
    return {
      verdict,
      packet: next,
      decided: new Decided(at.host.name, decisions, packet.flow, next.flow),
      choice: chosen.choice,
      rejectWith,
      remembered,
      untracked: left.connection.state === 'UNTRACKED',
    };
  };
}

/**
 * The world in which the connection `purpose` is made: what it is decides where load balancing sends it, unless rules have noted earlier ones
 * (ClientIP affinity).
 */
export function worldOf(hosts: ReadonlyMap<NodeName, Host>, seed: string, purpose: string, memory: Memory = () => false): World {
  return { ground: groundOf(hosts), runHook: hookRunner(`${seed}/balance/${purpose}`, memory) };
}
