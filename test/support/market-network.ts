/**
 * The recorded cluster `market` as a network, reduced to what its flows need: four nodes on 172.31.77.0/24 with a bridge cni0 (10.60.N.1) and a
 * VXLAN device (10.60.N.0), pods behind the bridges, a router to hosts outside. Packets meet the rules a proxy wrote, and flannel's.
 */
import { everyTraversal } from '#dataplane/netfilter/evaluate.ts';
import { newConnection, type Packet, type PacketContext } from '#dataplane/netfilter/packet.ts';
import type { Traversal } from '#dataplane/netfilter/traversal.ts';
import { parseSave } from '#dataplane/netfilter/iptables/restore.ts';
import { syncProxy } from '#dataplane/proxy/sync.ts';
import { ip, type Ip } from '#net/ip.ts';
import type { NetworkNamespace } from '#node/kernel.ts';
import { ipsetsOf, noRules, type Hook, type Netfilter } from '#node/netfilter.ts';
import { filterPacket } from './filter-packet.ts';
import { market, proxyInput, recorded } from './kube-proxy.ts';

interface Pod {
  readonly name: string;
  readonly ip?: string;
  readonly phase: string;
  readonly hostNetwork: boolean;
  readonly ports: readonly string[];
}

export const nodes = ['cp1', 'worker-a', 'worker-b', 'worker-c'];
const pods = JSON.parse(recorded('market-pods.json')) as readonly Pod[];

/** Who listens at `TCP 10.60.1.3:8081`. */
const listeners = new Map<string, string>([
  ['TCP 172.31.77.10:6443', 'api'],
  ['TCP 172.31.77.200:8088', 'lan:8088'],
  ['TCP 198.51.100.9:8088', 'out:8088'],
]);
for (const pod of pods) {
  if (pod.ip === undefined || pod.phase !== 'Running') continue;
  for (const port of pod.ports) {
    const [protocol, number] = port.split(' ');
    listeners.set(`${protocol} ${pod.ip}:${number}`, `${pod.name}:${number}`);
  }
}

const podIps = new Set(pods.flatMap((pod) => (pod.ip === undefined || pod.hostNetwork ? [] : [pod.ip])));

/** Addresses the router outside sends to a node. */
const routed: Readonly<Record<string, number>> = {
  '203.0.113.70': 1,
  '203.0.113.72': 1,
  '203.0.113.73': 1,
  '203.0.113.81': 1,
  '203.0.113.71': 2,
  '203.0.113.75': 2,
  '203.0.113.80': 2,
  '203.0.113.90': 3,
  '203.0.113.100': 3,
};

export interface End {
  readonly outcome: 'connected' | 'refused' | 'timeout' | 'unreachable';
  readonly backend?: string;
  /** The source address the backend sees. */
  readonly source?: string;
}

/** Flannel's rules on a node. */
function flannelRules(n: number): string {
  return `*filter
:FORWARD ACCEPT [0:0]
:FLANNEL-FWD - [0:0]
-A FORWARD -m comment --comment "flanneld forward" -j FLANNEL-FWD
-A FLANNEL-FWD -s 10.60.0.0/16 -j ACCEPT
-A FLANNEL-FWD -d 10.60.0.0/16 -j ACCEPT
COMMIT
*nat
:POSTROUTING ACCEPT [0:0]
:FLANNEL-POSTRTG - [0:0]
-A POSTROUTING -j FLANNEL-POSTRTG
-A FLANNEL-POSTRTG -m mark --mark 0x4000/0x4000 -j RETURN
-A FLANNEL-POSTRTG -s 10.60.${n}.0/24 -d 10.60.0.0/16 -j RETURN
-A FLANNEL-POSTRTG -s 10.60.0.0/16 -d 10.60.${n}.0/24 -j RETURN
-A FLANNEL-POSTRTG ! -s 10.60.0.0/16 -d 10.60.${n}.0/24 -j RETURN
-A FLANNEL-POSTRTG -s 10.60.0.0/16 ! -d 224.0.0.0/4 -j MASQUERADE --random-fully
-A FLANNEL-POSTRTG ! -s 10.60.0.0/16 -d 10.60.0.0/16 -j MASQUERADE --random-fully
COMMIT
`;
}

/** One node: its addresses and its filter. */
interface MarketNode {
  readonly n: number;
  readonly address: Ip;
  readonly local: ReadonlySet<string>;
  readonly netfilter: Netfilter;
}

/** The nodes with the rules that kube-proxy writes with a recorded configuration. */
export class MarketNetwork {
  readonly #nodes: readonly MarketNode[];
  #hops = 0;

  constructor(configOf: (node: string) => string) {
    this.#nodes = nodes.map((name, n) => {
      const address = ip(`172.31.77.${10 + n}`);
      const addresses = [ip('127.0.0.1'), address, ip(`10.60.${n}.1`), ip(`10.60.${n}.0`)];
      const bare: NetworkNamespace = {
        name: '',
        links: [],
        routes: [],
        neighbours: [],
        forwarding: [],
        sysctls: new Map(),
        netfilter: { ...noRules, ipv4: parseSave(flannelRules(n), 'IPv4') },
      };
      const { netfilter } = syncProxy(bare, { ...proxyInput(market, name, configOf(name)), addresses });
      return { n, address, local: new Set(addresses), netfilter };
    });
  }

  /** Every way a connection can go. */
  connect(from: string, source: string, protocol: 'TCP' | 'UDP', destination: string, port: number): readonly End[] {
    const packet = filterPacket({ protocol: protocol === 'TCP' ? 'tcp' : 'udp', src: ip(source), dst: ip(destination), dport: port });
    const [kind, name = ''] = from.split(':');
    if (kind === 'external') return name === 'lan' ? this.#fromLan(packet) : this.#fromRouter(packet);
    if (kind === 'node') return this.#fromNode(this.#nodes[nodes.indexOf(name)]!, packet);
    const node = this.#nodes[Number(source.split('.')[2])]!;
    if (podIps.has(destination) && source === destination) return [end(packet)];
    if (this.#isOwnPod(node, destination)) return this.#toBridge(node, packet);
    return this.#arrive(node, { ...packet, in: 'cni0', bridgePort: 'veth0' });
  }

  /** Pods on one bridge reach each other there; br_netfilter shows the packet to iptables all the same, which lets it pass. */
  #toBridge(node: MarketNode, packet: Packet): readonly End[] {
    return this.#arrive(node, { ...packet, in: 'cni0', bridgePort: 'veth0' });
  }

  #isOwnPod(node: MarketNode, address: string): boolean {
    return address.startsWith(`10.60.${node.n}.`) && !node.local.has(address);
  }

  #hook(node: MarketNode, hook: Hook, packet: Packet): readonly Traversal[] {
    const context: Omit<PacketContext, 'chooser'> = {
      isLocal: (address) => node.local.has(address) || address.startsWith('127.'),
      remembers: () => false,
      ipsets: ipsetsOf(node.netfilter),
      masqueradeAs: ({ out }) => (out === 'cni0' ? ip(`10.60.${node.n}.1`) : out === 'flannel.1' ? ip(`10.60.${node.n}.0`) : node.address),
    };
    return everyTraversal(node.netfilter, hook, packet, context);
  }

  /** Runs a hook, and goes on with what it lets pass. */
  #through(node: MarketNode, hook: Hook, packet: Packet, next: (packet: Packet) => readonly End[]): readonly End[] {
    return this.#hook(node, hook, packet).flatMap(({ verdict, packet: changed }) =>
      verdict === 'accept' ? next(changed) : [{ outcome: verdict === 'drop' ? ('timeout' as const) : ('refused' as const) }],
    );
  }

  #arrive(node: MarketNode, packet: Packet): readonly End[] {
    // A packet that goes round between the router and a node dies of old age.
    if (this.#hops > 8) return [{ outcome: 'unreachable' }];
    // From outside, with an address of the node itself as its source: a martian.
    if (packet.in !== 'cni0' && node.local.has(packet.src)) return [{ outcome: 'timeout' }];
    this.#hops++;
    const ends = this.#through(node, 'prerouting', packet, (routed) => this.#route(node, routed, true));
    this.#hops--;
    return ends;
  }

  #fromNode(node: MarketNode, packet: Packet): readonly End[] {
    return this.#through(node, 'output', { ...packet, out: this.#device(node, packet.dst) }, (routed) => this.#route(node, routed, false));
  }

  #device(node: MarketNode, address: string): string {
    if (node.local.has(address) || address.startsWith('127.')) return 'lo';
    if (this.#isOwnPod(node, address)) return 'cni0';
    return /^10\.60\.[0-3]\./.test(address) ? 'flannel.1' : 'eth0';
  }

  #route(node: MarketNode, packet: Packet, forwarded: boolean): readonly End[] {
    const out = this.#device(node, packet.dst);
    if (out === 'lo') {
      if (forwarded) return this.#through(node, 'input', packet, (local) => [end(local)]);
      return this.#through(node, 'postrouting', { ...packet, out }, (sent) => {
        const { out: _, ...looped } = sent;
        return this.#through(node, 'input', { ...looped, in: 'lo' }, (local) => [end(local)]);
      });
    }
    const leave = (passed: Packet) => this.#through(node, 'postrouting', { ...passed, out }, (sent) => this.#wire(sent, out));
    return forwarded ? this.#through(node, 'forward', { ...packet, out }, leave) : leave(packet);
  }

  /** The other end of a wire: another machine sees a new connection, of which it knows no translation. */
  #wire(packet: Packet, out: string): readonly End[] {
    const { out: _out, bridgePort: _port, ...bare } = packet;
    const fresh: Packet = { ...bare, in: 'eth0', mark: 0, connection: newConnection };
    const { dst } = packet;
    if (out === 'cni0') return [end(packet)];
    if (out === 'flannel.1') return this.#arrive(this.#nodes[Number(dst.split('.')[2])]!, { ...fresh, in: 'flannel.1' });
    const node = this.#nodes.find(({ address }) => address === dst);
    if (node !== undefined) return this.#arrive(node, fresh);
    if (dst === '172.31.77.200') return [end(packet)];
    return dst.startsWith('172.31.77.') ? [{ outcome: 'unreachable' }] : this.#fromRouter(fresh);
  }

  #fromRouter(packet: Packet): readonly End[] {
    const { dst } = packet;
    const node = this.#nodes[routed[dst] ?? -1] ?? this.#nodes.find(({ address }) => address === dst);
    if (node !== undefined) return this.#arrive(node, { ...packet, in: 'eth0' });
    if (dst === '172.31.77.200' || dst === '198.51.100.9') return [end(packet)];
    return [{ outcome: dst.startsWith('192.0.2.') ? 'timeout' : 'unreachable' }];
  }

  /** The host on the nodes' network has routes to services and one pod range by way of worker-a. */
  #fromLan(packet: Packet): readonly End[] {
    const viaA = packet.dst.startsWith('10.112.') || packet.dst.startsWith('10.60.1.');
    if (viaA) return this.#arrive(this.#nodes[1]!, { ...packet, in: 'eth0' });
    if (packet.dst === '172.31.77.200') return [end(packet)];
    return this.#fromRouter(packet);
  }
}

/** What a machine answers that a packet has reached. */
function end({ protocol, src, dst, dport }: Packet): End {
  const backend = listeners.get(`${protocol.toUpperCase()} ${dst}:${dport}`);
  if (backend !== undefined) return { outcome: 'connected', backend, source: src };
  return dst.startsWith('10.60.') && !podIps.has(dst) && !/^10\.60\.\d\.[01]$/.test(dst) ? { outcome: 'timeout' } : { outcome: 'refused' };
}
