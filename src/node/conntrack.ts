import type { NodeName } from '#kube/names.ts';
import type { Ip } from '#net/ip.ts';

/** One direction of a connection. Ports are 0 where the protocol has none. */
export interface ConntrackTuple {
  readonly src: Ip;
  readonly dst: Ip;
  readonly sport: number;
  readonly dport: number;
}

/** A connection the kernel tracks. `reply` is what the answer looks like on arrival: where it differs from the turned original, NAT was done. */
export interface ConntrackEntry {
  readonly protocol: 'tcp' | 'udp' | 'sctp' | 'icmp' | 'icmpv6';
  /** Seconds until it is forgotten. */
  readonly timeout: number;
  /** `ESTABLISHED`, `TIME_WAIT`… of TCP and SCTP. */
  readonly state?: string;
  readonly original: ConntrackTuple;
  readonly reply: ConntrackTuple;
  /** No answer has been seen. */
  readonly unreplied?: boolean;
  readonly assured?: boolean;
  readonly mark: number;
}

/** An address in a list that rules keep (`recent`, a dynamic set), in a network namespace of a machine. */
export interface RememberedAddress {
  readonly node: NodeName;
  readonly namespace: string;
  readonly list: string;
  readonly ip: Ip;
  /** Unix milliseconds. */
  readonly at: number;
}

/** A connection in the table of a machine's network namespace, until it is forgotten. */
export interface TrackedConnection {
  readonly node: NodeName;
  readonly namespace: string;
  readonly entry: ConntrackEntry;
  /** Unix milliseconds. */
  readonly until: number;
  /** As IPVS has it, which keeps connections of its own; absent where no virtual server has balanced it. */
  readonly balanced?: Balanced;
}

/** `state` as `ipvsadm -Lc` shows it; `until` in Unix milliseconds. */
export interface Balanced {
  readonly state: 'TIME_WAIT' | 'SYN_RECV' | 'CLOSE' | 'UDP';
  readonly until: number;
}
