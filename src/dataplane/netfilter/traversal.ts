/** What comes of a packet's walk through a hook. */
import type { Ip } from '#net/ip.ts';
import type { Family } from '#net/ip.ts';
import type { Rule, TableName } from '#node/netfilter.ts';
import type { VirtualServer } from '#node/ipvs.ts';
import type { NftRule } from '#node/nftables.ts';
import { ruleText } from './iptables/save.ts';
import { ruleText as nftRuleText } from './nft/print.ts';
import type { Packet } from './packet.ts';

/** What a rule did. */
export type Outcome =
  | 'jump'
  | 'goto'
  | 'return'
  | 'accept'
  | 'drop'
  | 'reject'
  | 'mark'
  | 'dnat'
  | 'snat'
  | 'masquerade'
  | 'redirect'
  | 'remember'
  | 'log'
  | 'other';

export interface IptablesDecision {
  readonly kind: 'iptables';
  readonly family: Family;
  readonly table: TableName;
  readonly chain: string;
  /** Counted from 1; 0: the chain's policy. */
  readonly number: number;
  readonly rule?: Rule;
  readonly outcome: Outcome;
  /** How many jumps deep; 0 in the base chain. */
  readonly depth: number;
}

/** A rule that matched and did something, in order; or a policy that decided in the end. */
export type Decision =
  | IptablesDecision
  | {
      readonly kind: 'nft';
      readonly table: string;
      readonly chain: string;
      readonly number: number;
      readonly rule?: NftRule;
      readonly outcome: Outcome;
      readonly depth: number;
    }
  | { readonly kind: 'ipvs'; readonly server: VirtualServer; readonly outcome: Outcome; readonly depth: number };

export interface Translation {
  readonly kind: 'dnat' | 'snat' | 'masquerade' | 'redirect' | 'ipvs';
  /** Absent: the address of an interface that the caller knows. */
  readonly ip: Ip | undefined;
  /** Absent: the port stays. */
  readonly port: number | undefined;
}

/** Something the rules have noted for later packets: an entry of a `recent` list or of a dynamic set. */
export interface Remembered {
  readonly list: string;
  readonly ip: Ip;
  /** Seconds; absent: as long as the list is asked about. */
  readonly timeout?: number;
}

/** A destination that rules have chosen. */
export interface Choice {
  /** How likely it was. */
  readonly probability: number;
  /** All that they may have chosen, sorted, `10.244.1.5:8080`; empty when none is rewritten. */
  readonly candidates: readonly string[];
}

export interface Traversal {
  readonly verdict: 'accept' | 'drop' | 'reject';
  /** How it was refused: `icmp-port-unreachable`, `tcp-reset`. */
  readonly rejectWith?: string | undefined;
  /** The packet as it goes on: marks, addresses and ports rewritten. */
  readonly packet: Packet;
  readonly translations: readonly Translation[];
  readonly decisions: readonly Decision[];
  readonly remembered: readonly Remembered[];
}

/** `iptables nat/KUBE-SERVICES`, `nftables kube-proxy/services`, `ipvs`. */
export function decisionPlace(decision: Decision): string {
  switch (decision.kind) {
    case 'iptables':
      return `${decision.family === 'IPv4' ? 'iptables' : 'ip6tables'} ${decision.table}/${decision.chain}`;
    case 'nft':
      return `nftables ${decision.table}/${decision.chain}`;
    case 'ipvs':
      return 'ipvs';
  }
}

/** The rule as its tool prints it. */
export function decisionText(decision: Decision): string {
  switch (decision.kind) {
    case 'iptables':
      return decision.rule === undefined
        ? `policy ${decision.outcome.toUpperCase()}`
        : ruleText(decision.chain, decision.rule, decision.family);
    case 'nft':
      return decision.rule === undefined ? `policy ${decision.outcome}` : nftRuleText(decision.rule);
    case 'ipvs':
      return `${decision.server.protocol}  ${decision.server.ip}:${decision.server.port} ${decision.server.scheduler}`;
  }
}
