/**
 * nftables' own objects: tables with sets, maps and chains, in the language of nft(8). Values stand as nft prints them (`tcp`, `10.0.0.0/8`).
 */
import type { Hook } from './netfilter.ts';

export type NftFamily = 'ip' | 'ip6' | 'inet' | 'arp' | 'bridge' | 'netdev';

interface NftJump {
  readonly kind: 'jump' | 'goto';
  readonly chain: string;
}

export type NftVerdict = { readonly kind: 'accept' | 'drop' | 'return' | 'continue' } | NftJump;

/** A key is one value, or a concatenation of several. */
export interface NftElement {
  readonly key: readonly string[];
  /** Of a verdict map; {@link value} of other maps. */
  readonly verdict?: NftVerdict;
  readonly value?: readonly string[];
  readonly comment?: string;
}

export interface NftSet {
  readonly name: string;
  readonly kind: 'set' | 'map';
  /** `ipv4_addr`, `inet_proto`, `inet_service`: one, or those of a concatenation. */
  readonly type: readonly string[];
  /** Of a map: `verdict`, or types. */
  readonly data?: readonly string[];
  readonly size?: number;
  readonly flags?: readonly string[];
  /** Seconds. */
  readonly timeout?: number;
  readonly comment?: string;
  readonly elements: readonly NftElement[];
  /** What `nft -a` shows. Objects without one are numbered when somebody asks. */
  readonly handle?: number;
}

export type NftExpression =
  | { readonly kind: 'value'; readonly text: string }
  /** `ip saddr`, `tcp dport`, `th dport`. */
  | { readonly kind: 'payload'; readonly header: 'ip' | 'ip6' | 'tcp' | 'udp' | 'sctp' | 'th' | 'icmp' | 'icmpv6'; readonly field: string }
  | { readonly kind: 'meta'; readonly key: string }
  | { readonly kind: 'ct'; readonly key: string }
  /** `fib daddr type`. */
  | { readonly kind: 'fib'; readonly selector: string; readonly result: string }
  | { readonly kind: 'concat'; readonly parts: readonly NftExpression[] }
  | { readonly kind: 'binary'; readonly operator: '&' | '|' | '^'; readonly left: NftExpression; readonly right: NftExpression }
  | { readonly kind: 'numgen'; readonly mode: 'random' | 'inc'; readonly modulus: number }
  /** `@name`. */
  | { readonly kind: 'set'; readonly name: string }
  /** `{ a, b }`. */
  | { readonly kind: 'anonymous'; readonly elements: readonly NftElement[] }
  /** `key map { … }`, `key map @name`. */
  | { readonly kind: 'map'; readonly key: NftExpression; readonly map: NftExpression };

export type NftStatement =
  | {
      readonly kind: 'match';
      readonly left: NftExpression;
      readonly operator: '==' | '!=' | '<' | '>' | '<=' | '>=';
      readonly right: NftExpression;
    }
  | { readonly kind: 'verdict'; readonly verdict: NftVerdict }
  | { readonly kind: 'vmap'; readonly key: NftExpression; readonly map: NftExpression }
  /** `meta mark set …`. */
  | { readonly kind: 'assign'; readonly target: NftExpression; readonly value: NftExpression }
  | {
      readonly kind: 'nat';
      readonly type: 'dnat' | 'snat';
      /** Printed after the type when given: `dnat ip to`. */
      readonly family?: 'ip' | 'ip6';
      readonly to: NftExpression;
      readonly port?: number;
      readonly flags?: readonly string[];
    }
  | { readonly kind: 'masquerade'; readonly flags: readonly string[] }
  | { readonly kind: 'redirect'; readonly port?: number }
  /** `with` is what follows that word: `icmp port-unreachable`, `tcp reset`. */
  | { readonly kind: 'reject'; readonly with?: string }
  | { readonly kind: 'counter'; readonly packets: number; readonly bytes: number }
  | { readonly kind: 'update'; readonly operation: 'add' | 'update'; readonly set: string; readonly key: NftExpression }
  | { readonly kind: 'log'; readonly text: string }
  /** A statement that is kept and printed, and that no packet is compared with. */
  | { readonly kind: 'opaque'; readonly text: string };

export interface NftRule {
  readonly statements: readonly NftStatement[];
  readonly comment?: string;
  readonly handle?: number;
}

export interface NftBase {
  readonly type: 'filter' | 'nat' | 'route';
  readonly hook: Hook | 'ingress';
  readonly priority: number;
  readonly policy: 'accept' | 'drop';
}

export interface NftChain {
  readonly name: string;
  /** Absent: a chain that is only jumped to. */
  readonly base?: NftBase;
  readonly comment?: string;
  readonly rules: readonly NftRule[];
  readonly handle?: number;
}

export interface NftTable {
  readonly family: NftFamily;
  readonly name: string;
  readonly comment?: string;
  readonly flags?: readonly string[];
  /** Sets and maps in order of creation. */
  readonly sets: ReadonlyMap<string, NftSet>;
  readonly chains: ReadonlyMap<string, NftChain>;
  readonly handle?: number;
  /** The last handle that was given to something in the table. */
  readonly lastHandle?: number;
}
