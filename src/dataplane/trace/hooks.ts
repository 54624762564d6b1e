/** What a walk asks of the packet filter at each hook of the kernel, whatever fills it: iptables, nftables or IPVS. */
import type { Ip } from '#net/ip.ts';
import type { Choice } from '../netfilter/evaluate.ts';
import type { Remembered } from '../netfilter/traversal.ts';
import type { Hook } from '#node/netfilter.ts';
import type { At, Packet } from './packet.ts';
import type { Decided } from './story.ts';

/** What connection tracking makes of a packet. `untracked`: rules have taken it out of its sight (NOTRACK). */
export type TrackedState = 'new' | 'established' | 'invalid' | 'untracked';

/** The interfaces that a packet comes and goes by, as far as they are known. */
export interface Devices {
  readonly inDev?: string | undefined;
  readonly outDev?: string | undefined;
  /** Where it goes next: MASQUERADE takes the address that the outgoing interface has towards it. */
  readonly towards?: Ip;
}

export interface HookInput {
  readonly at: At;
  readonly hook: Hook;
  readonly packet: Packet;
  readonly devices: Devices;
  /** `invalid`: an answer to something that did not come this way. */
  readonly state: TrackedState;
  /** Destination NAT has been done to this connection here. */
  readonly dnatted: boolean;
}

export interface HookOutput {
  readonly verdict: 'accept' | 'drop' | 'reject';
  readonly packet: Packet;
  readonly decided: Decided;
  /** The choice of a destination, where destination NAT has made one. */
  readonly choice: Choice | undefined;
  /** `icmp-port-unreachable`, `tcp-reset`… of a rejection. */
  readonly rejectWith: string | undefined;
  /** What rules have noted for later connections. */
  readonly remembered: readonly Remembered[];
  /** Connection tracking does not see the packet from here on. */
  readonly untracked: boolean;
}

/** Reports whether rules of a namespace have noted an address in a list, not longer than some seconds ago. */
export type Memory = (at: At, list: string, ip: Ip, seconds: number | undefined) => boolean;

/** Undefined where nobody looks at the packet, or nothing comes of it: it passes. */
export type RunHook = (input: HookInput) => HookOutput | undefined;
