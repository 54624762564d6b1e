/** The network of a snapshot, ready to be walked: its hosts' kernels with whatever filters packets there. */
import { stream } from '#kube/chance.ts';
import type { NodeName } from '#kube/names.ts';
import { familyOf, type Family, type Ip } from '#net/ip.ts';
import type { Host } from '#node/host.ts';
import type { NetworkNamespace } from '#node/kernel.ts';
import { ipsetsOf } from '#node/netfilter.ts';
import { addressOn, linkOf, localLink } from '../links/routing.ts';
import { isIdle, traverseAll } from '../netfilter/evaluate.ts';
import { seededChooser, type Connection, type Packet as FilterPacket, type PacketProtocol } from '../netfilter/packet.ts';
import { groundOf } from './ground.ts';
import type { HookInput, HookOutput, Memory, RunHook, TrackedState } from './hooks.ts';
import type { Packet } from './packet.ts';
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

/** The first address of an interface, which REDIRECT takes (Linux net/netfilter/nf_nat_redirect.c). */
function firstAddress(namespace: NetworkNamespace, device: string, family: Family): Ip | undefined {
  return linkOf(namespace, device)?.addresses.find(({ ip }) => familyOf(ip) === family)?.ip;
}

function hookRunner(seed: string, memory: Memory): RunHook {
  let draws: (() => number) | undefined;
  const chooser = seededChooser(() => (draws ??= stream(seed))());
  return (input: HookInput): HookOutput | undefined => {
    const { at, hook, packet, devices } = input;
    const { namespace } = at;
    const { netfilter } = namespace;
    if (isIdle(netfilter, familyOf(packet.flow.dstIp), hook)) return undefined;
    const balanced = traverseAll(netfilter, hook, filterPacket(input), {
      isLocal: (address) => localLink(namespace, address) !== undefined,
      remembers: (list, ip, seconds) => memory(at, list, ip, seconds),
      ipsets: ipsetsOf(netfilter),
      masqueradeAs: () => (devices.towards === undefined ? undefined : addressOn(namespace, devices.outDev, devices.towards)),
      redirectTo: (device) => firstAddress(namespace, device, familyOf(packet.flow.dstIp)),
      chooser,
    });
    const { traversal } = balanced;
    const { verdict, decisions, rejectWith, remembered } = traversal;
    const next = changed(packet, traversal.packet);
    return {
      verdict,
      packet: next,
      decided: new Decided(at.host.name, decisions, packet.flow, next.flow),
      choice: balanced.redirects ? balanced : undefined,
      rejectWith,
      remembered,
      untracked: traversal.packet.connection.state === 'UNTRACKED',
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
