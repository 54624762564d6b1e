/** The packet filter's rules in one network namespace, as iptables sees them. nftables' own tables stand beside them. */
import type { Ip } from '#net/ip.ts';
import type { ConntrackEntry } from './conntrack.ts';
import type { Ipvs, IpSet } from './ipvs.ts';
import type { NftTable } from './nftables.ts';

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
  | {
      readonly kind: 'ports';
      readonly protocol: 'tcp' | 'udp' | 'sctp';
      readonly sport?: string;
      readonly dport?: string;
      readonly notSport?: boolean;
      readonly notDport?: boolean;
      readonly syn?: boolean;
    }
  | { readonly kind: 'multiport'; readonly which: 'sports' | 'dports' | 'ports'; readonly ports: string; readonly not?: boolean }
  | { readonly kind: 'icmp'; readonly type: string; readonly v6?: boolean }
  | { readonly kind: 'mark'; readonly value: number; readonly mask: number; readonly not?: boolean }
  | { readonly kind: 'ctstate'; readonly states: readonly string[]; readonly not?: boolean; readonly module: 'conntrack' | 'state' }
  | { readonly kind: 'addrtype'; readonly src?: string; readonly dst?: string; readonly notSrc?: boolean; readonly notDst?: boolean }
  /** Ranges as `a-b`. */
  | { readonly kind: 'iprange'; readonly src?: string; readonly dst?: string; readonly notSrc?: boolean; readonly notDst?: boolean }
  /** `probability` is what the kernel stores: round(p · 2^31). */
  | { readonly kind: 'statistic'; readonly probability: number; readonly not?: boolean }
  | { readonly kind: 'statistic-nth'; readonly every: number; readonly packet: number; readonly not?: boolean }
  | {
      readonly kind: 'recent';
      readonly action: 'set' | 'rcheck' | 'update' | 'remove';
      readonly seconds?: number;
      readonly reap?: boolean;
      readonly name: string;
      readonly not?: boolean;
    }
  | { readonly kind: 'set'; readonly set: string; readonly flags: string; readonly not?: boolean }
  /** `text` is the options: `! --physdev-is-in`. */
  | { readonly kind: 'physdev'; readonly text: string }
  | { readonly kind: 'nfacct'; readonly name: string }
  /** `text` is the options: `--limit 5/min`. */
  | { readonly kind: 'limit'; readonly text: string }
  /**
   * A match that is accepted and printed but that no simulated packet can be compared with. `text` is what iptables-save prints of it,
   * `-m` included; `listed` what `iptables -L` does.
   */
  | { readonly kind: 'opaque'; readonly text: string; readonly listed?: string };

export type Target =
  | { readonly kind: 'jump'; readonly chain: string }
  | { readonly kind: 'goto'; readonly chain: string }
  | { readonly kind: 'ACCEPT' | 'DROP' | 'RETURN' }
  | { readonly kind: 'REJECT'; readonly with: string }
  | { readonly kind: 'DNAT'; readonly to: string; readonly random?: boolean; readonly persistent?: boolean }
  | { readonly kind: 'SNAT'; readonly to: string; readonly random?: boolean; readonly randomFully?: boolean; readonly persistent?: boolean }
  | { readonly kind: 'MASQUERADE'; readonly toPorts?: string; readonly random?: boolean; readonly randomFully?: boolean }
  | { readonly kind: 'REDIRECT'; readonly toPorts?: string; readonly random?: boolean }
  /** `--set-xmark value/mask`: mark = (mark & ~mask) ^ value. */
  | { readonly kind: 'MARK'; readonly value: number; readonly mask: number }
  /** `text` is the options as iptables-save prints them: `--log-prefix "x"`. */
  | { readonly kind: 'LOG'; readonly text: string; readonly listed?: string }
  /** Any other target: `text` begins with its name (`CT --notrack`); `terminal` when no later rule is seen. */
  | { readonly kind: 'opaque'; readonly text: string; readonly listed?: string; readonly terminal?: boolean };

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
  /** What its rules come to, where whoever made them knows: in large clusters, writing rules out takes longer than following them. */
  readonly choice?: ChainChoice | undefined;
}

/** From one rule on, a chain leads to one of several others, each as likely, and does nothing else. */
export interface ChainChoice {
  /** The rules before. */
  readonly before: readonly Rule[];
  /** The chains, two at least, in the order of the rules. They are those of a table that says so ({@link Table.made}); others may have been changed. */
  readonly to: readonly ChainEnd[];
  readonly madeBy: object;
  /** What the ends take. */
  readonly protocol: 'tcp' | 'udp' | 'sctp';
  /** In how many of 2^31 cases each rule matches but the last, which always does. */
  readonly chances: readonly number[];
}

/** A chain of two rules: the first marks what comes from its end itself, the second sends there all that is of a protocol. */
export interface ChainEnd extends Chain {
  readonly ip: Ip;
  readonly port: number;
}

export interface Table {
  readonly name: TableName;
  readonly chains: ReadonlyMap<string, Chain>;
  /** Its chains as somebody has made them, and who; somebody else may have replaced them since. */
  readonly made?: { readonly by: object; readonly chains: ReadonlyMap<string, Chain> } | undefined;
}

export type Tables = ReadonlyMap<TableName, Table>;

/**
 * `ipv4`/`ipv6` may be thunks: rules of a large cluster are made when somebody first looks, or a packet first passes. Use
 * {@link tablesOf}, and {@link forced} for the rest.
 */
export interface Netfilter {
  readonly ipv4: Tables | (() => Tables);
  readonly ipv6: Tables | (() => Tables);
  /** nftables' own tables, in order of creation; those that iptables made are derived from `ipv4` and `ipv6`. */
  readonly nftables?: readonly NftTable[] | (() => readonly NftTable[]);
  readonly ipvs?: Ipvs | (() => Ipvs);
  /** By name, in order of creation. */
  readonly ipsets?: IpSets | (() => IpSets);
  /** Connections that are known, the newest first. */
  readonly conntrack?: readonly ConntrackEntry[];
}

export type IpSets = ReadonlyMap<string, IpSet>;

export const noRules: Netfilter = { ipv4: new Map(), ipv6: new Map() };

const made = new WeakMap<() => unknown, unknown>();

/** The value, made on first use where it is a thunk. */
export function forced<T extends object>(value: T | (() => T)): T {
  if (typeof value !== 'function') return value;
  let known = made.get(value) as T | undefined;
  if (known === undefined) made.set(value, (known = value()));
  return known;
}

/** The tables of one family, made on first use. */
export function tablesOf(netfilter: Netfilter, family: 'ipv4' | 'ipv6'): Tables {
  return forced(netfilter[family]);
}

const noTables: readonly NftTable[] = [];
const noSets: IpSets = new Map();
const noServers: Ipvs = { servers: [] };

export function nftablesOf(netfilter: Netfilter): readonly NftTable[] {
  return netfilter.nftables === undefined ? noTables : forced(netfilter.nftables);
}

export function ipvsOf(netfilter: Netfilter): Ipvs {
  return netfilter.ipvs === undefined ? noServers : forced(netfilter.ipvs);
}

export function ipsetsOf(netfilter: Netfilter): IpSets {
  return netfilter.ipsets === undefined ? noSets : forced(netfilter.ipsets);
}
