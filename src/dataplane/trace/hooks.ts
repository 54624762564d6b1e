/** What a walk asks of the packet filter at each hook of the kernel, whatever fills it: iptables, nftables or IPVS. */
import type { Ip } from '#net/ip.ts';
import type { Remembered } from '../netfilter/traversal.ts';
import type { Hook } from '#node/netfilter.ts';
import type { At, Hop, Packet } from './packet.ts';

/** What connection tracking makes of a packet. `untracked`: rules have taken it out of its sight (NOTRACK). */
export type TrackedState = 'new' | 'established' | 'invalid' | 'untracked';

export interface HookInput {
  readonly at: At;
  readonly hook: Hook;
  readonly packet: Packet;
  readonly inDev?: string;
  readonly outDev?: string;
  /** `invalid`: an answer to something that did not come this way. */
  readonly state: TrackedState;
  /** Destination NAT has been done to this connection here. */
  readonly dnatted: boolean;
  /** The address MASQUERADE takes: that of the outgoing interface. */
  readonly masqueradeAs?: Ip;
}

export interface HookOutput {
  readonly verdict: 'accept' | 'drop' | 'reject';
  readonly packet: Packet;
  readonly hops: readonly Hop[];
  /** All the destinations that destination NAT may have chosen, `address:port`. */
  readonly candidates?: readonly string[];
  /** How likely the choice among them was that was made; 1 where there is nothing to choose. */
  readonly probability?: number;
  /** `icmp-port-unreachable`, `tcp-reset`… of a rejection. */
  readonly rejectWith?: string;
  /** What rules have noted for later connections. */
  readonly remembered?: readonly Remembered[];
  /** Connection tracking does not see the packet from here on. */
  readonly untracked?: true;
}

/** Reports whether rules of a namespace have noted an address in a list, not longer than some seconds ago. */
export type Memory = (at: At, list: string, ip: Ip, seconds: number | undefined) => boolean;

export type RunHook = (input: HookInput) => HookOutput;
