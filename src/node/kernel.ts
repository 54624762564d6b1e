/**
 * What a host's kernel holds of the network: namespaces with links, addresses, routes, neighbours and packet filters. This is state, as
 * on a real host: CNI plugins, kube-proxy, a network daemon or a person write it, and it stays until somebody changes it.
 */
import type { Cidr, Ip } from '#net/ip.ts';
import type { Netfilter } from './netfilter.ts';

export interface Address {
  readonly ip: Ip;
  readonly length: number;
  readonly scope: 'global' | 'link' | 'host';
  /** The `label` and lifetime details that `ip addr` prints are derived. */
  readonly broadcast?: Ip;
}

export interface Link {
  readonly index: number;
  readonly name: string;
  /** `ether` is the machine's own card, wired to the other hosts. */
  /** `openvswitch` is a datapath of Open vSwitch with its own device: frames pass it as they pass a bridge. */
  readonly kind: 'loopback' | 'ether' | 'veth' | 'bridge' | 'openvswitch' | 'vxlan' | 'dummy' | 'ipip';
  readonly mac: string;
  readonly mtu: number;
  readonly up: boolean;
  /** How many packets its queue holds; 1000 when absent. A program that makes a device may ask for none. */
  readonly queueLength?: number;
  /** It is down, but has been up: its queue stays. */
  readonly wasUp?: boolean;
  /** A bridge that was given its address, and does not take its ports'. */
  readonly macSet?: boolean;
  readonly addresses: readonly Address[];
  /** The bridge this link is a port of. */
  readonly master?: string;
  readonly hairpin?: boolean;
  /** The other end of a veth pair. */
  readonly peer?: { readonly namespace: string; readonly index: number };
  readonly vxlan?: {
    readonly id: number;
    readonly port: number;
    readonly local: Ip;
    readonly dev: string;
    /** Whereto frames go is told with each frame by who sends it, and is not in the device's own table (`ip link add … external`). */
    readonly external?: boolean;
  };
  readonly altNames?: readonly string[];
}

export interface Route {
  /** `0.0.0.0/0` and `::/0` are printed as `default`. */
  readonly dst: Cidr;
  readonly type: 'unicast' | 'blackhole' | 'unreachable' | 'prohibit';
  readonly dev?: string;
  readonly via?: Ip;
  readonly src?: Ip;
  readonly scope: 'global' | 'link' | 'host';
  /** A number where /etc/iproute2/rt_protos has no name for it: Felix's routes are 80. */
  readonly proto: 'kernel' | 'boot' | 'static' | 'bird' | 'dhcp' | 'ra' | '80';
  readonly metric?: number;
  readonly onlink?: boolean;
}

export interface Neighbour {
  readonly ip: Ip;
  readonly dev: string;
  readonly mac?: string;
  readonly state: 'REACHABLE' | 'STALE' | 'PERMANENT' | 'FAILED' | 'DELAY' | 'INCOMPLETE';
}

/** Entries of a VXLAN device's forwarding table; of an external one, what its datapath tells it. */
export interface ForwardingEntry {
  readonly mac: string;
  readonly dev: string;
  /** The remote host, for VXLAN. */
  readonly dst?: Ip;
  readonly permanent: boolean;
}

/** One network namespace. The host's own is called `''`. */
export interface NetworkNamespace {
  readonly name: string;
  readonly links: readonly Link[];
  readonly routes: readonly Route[];
  readonly neighbours: readonly Neighbour[];
  readonly forwarding: readonly ForwardingEntry[];
  /** Keys as `sysctl` spells them: `net.ipv4.ip_forward`. */
  readonly sysctls: ReadonlyMap<string, string>;
  readonly netfilter: Netfilter;
}

export interface Kernel {
  readonly release: string;
  readonly modules: ReadonlySet<string>;
  readonly namespaces: ReadonlyMap<string, NetworkNamespace>;
  /** The next link's index, over all namespaces (real ones count per namespace; names and pairs are what matters). */
  readonly nextIndex: number;
}
