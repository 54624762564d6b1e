/** The packet filter's rules in one network namespace, as iptables sees them. nftables' own tables stand beside them. */

export type TableName = 'raw' | 'mangle' | 'nat' | 'filter' | 'security';
export type Hook = 'prerouting' | 'input' | 'forward' | 'output' | 'postrouting';

/** A match or option with its arguments, parsed: what a packet is compared with. Order is the order of printing. */
export type Match =
  | { readonly kind: 'source'; readonly cidr: string; readonly not?: boolean }
  | { readonly kind: 'destination'; readonly cidr: string; readonly not?: boolean }
  | { readonly kind: 'in'; readonly interface: string; readonly not?: boolean }
  | { readonly kind: 'out'; readonly interface: string; readonly not?: boolean }
  | { readonly kind: 'protocol'; readonly protocol: string; readonly not?: boolean }
  | { readonly kind: 'comment'; readonly text: string }
  /** `-m tcp --dport N`, `-m tcp` alone when both are absent; ranges as `a:b`. */
  | { readonly kind: 'ports'; readonly protocol: 'tcp' | 'udp' | 'sctp'; readonly sport?: string; readonly dport?: string; readonly notSport?: boolean; readonly notDport?: boolean; readonly syn?: boolean }
  | { readonly kind: 'multiport'; readonly which: 'sports' | 'dports' | 'ports'; readonly ports: string; readonly not?: boolean }
  | { readonly kind: 'icmp'; readonly type: string; readonly v6?: boolean }
  | { readonly kind: 'mark'; readonly value: number; readonly mask: number; readonly not?: boolean }
  | { readonly kind: 'ctstate'; readonly states: readonly string[]; readonly not?: boolean; readonly module: 'conntrack' | 'state' }
  | { readonly kind: 'addrtype'; readonly src?: string; readonly dst?: string; readonly notSrc?: boolean; readonly notDst?: boolean }
  /** `probability` is what the kernel stores: round(p · 2^31). */
  | { readonly kind: 'statistic'; readonly probability: number }
  | { readonly kind: 'statistic-nth'; readonly every: number; readonly packet: number }
  | { readonly kind: 'recent'; readonly action: 'set' | 'rcheck' | 'update' | 'remove'; readonly seconds?: number; readonly reap?: boolean; readonly name: string }
  | { readonly kind: 'set'; readonly set: string; readonly flags: string; readonly not?: boolean }
  | { readonly kind: 'physdev'; readonly text: string }
  | { readonly kind: 'nfacct'; readonly name: string }
  | { readonly kind: 'limit'; readonly text: string }
  /** A match that is accepted and printed but that no simulated packet can be compared with. */
  | { readonly kind: 'opaque'; readonly text: string };

export type Target =
  | { readonly kind: 'jump'; readonly chain: string }
  | { readonly kind: 'goto'; readonly chain: string }
  | { readonly kind: 'ACCEPT' | 'DROP' | 'RETURN' }
  | { readonly kind: 'REJECT'; readonly with: string }
  | { readonly kind: 'DNAT'; readonly to: string; readonly random?: boolean; readonly persistent?: boolean }
  | { readonly kind: 'SNAT'; readonly to: string; readonly randomFully?: boolean }
  | { readonly kind: 'MASQUERADE'; readonly randomFully?: boolean }
  | { readonly kind: 'REDIRECT'; readonly toPorts?: string }
  /** `--set-xmark value/mask`: mark = (mark & ~mask) ^ value. */
  | { readonly kind: 'MARK'; readonly value: number; readonly mask: number }
  | { readonly kind: 'LOG'; readonly text: string }
  | { readonly kind: 'opaque'; readonly text: string };

export interface Rule {
  readonly matches: readonly Match[];
  /** Absent: the rule only counts. */
  readonly target?: Target;
}

export interface Chain {
  readonly name: string;
  /** Built-in chains have a policy. */
  readonly policy?: 'ACCEPT' | 'DROP';
  readonly rules: readonly Rule[];
}

export interface Table {
  readonly name: TableName;
  readonly chains: ReadonlyMap<string, Chain>;
}

export type Tables = ReadonlyMap<TableName, Table>;

/**
 * `ipv4`/`ipv6` may be thunks: rules of a large cluster are made when somebody first looks, or a packet first passes. Use
 * {@link tablesOf}.
 */
export interface Netfilter {
  readonly ipv4: Tables | (() => Tables);
  readonly ipv6: Tables | (() => Tables);
}

export const noRules: Netfilter = { ipv4: new Map(), ipv6: new Map() };

const made = new WeakMap<() => Tables, Tables>();

/** The tables of one family, made on first use. */
export function tablesOf(netfilter: Netfilter, family: 'ipv4' | 'ipv6'): Tables {
  const tables = netfilter[family];
  if (typeof tables !== 'function') return tables;
  let value = made.get(tables);
  if (value === undefined) made.set(tables, (value = tables()));
  return value;
}
