import type { Flow } from '#net/flow.ts';
import type { Host } from '#node/host.ts';
import type { NetworkNamespace } from '#node/kernel.ts';

/** A packet on its way: addresses as they are now, and the mark that rules have put on it. */
export interface Packet {
  readonly flow: Flow;
  readonly mark: number;
}

/** Where a packet is: a network namespace of a host. */
export interface At {
  readonly host: Host;
  readonly namespace: NetworkNamespace;
}

/** One thing that was decided about a packet, and by what. */
export interface Hop {
  /** The host; `outside` for what lies beyond the cluster. */
  readonly node: string;
  /** `pod shop/client`, `route`, `iptables nat/KUBE-SERVICES`, `bridge cni0`, `vxlan flannel.1`… */
  readonly at: string;
  readonly action: 'send' | 'route' | 'jump' | 'dnat' | 'snat' | 'masquerade' | 'unnat' | 'accept' | 'drop' | 'reject' | 'forward' | 'encapsulate' | 'decapsulate' | 'deliver' | 'fail';
  readonly because: string;
  readonly packet: Flow;
}
