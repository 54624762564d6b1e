/**
 * The choice among endpoints that kube-proxy writes: rules one after the other that match by chance and lead each to a chain that gives
 * packets one destination, and a last one for what is left.
 *
 *     -A KUBE-SVC-… -m statistic --mode random --probability 0.5 -j KUBE-SEP-A
 *     -A KUBE-SVC-… -j KUBE-SEP-B
 *     -A KUBE-SEP-A -s 10.244.1.5/32 -j KUBE-MARK-MASQ
 *     -A KUBE-SEP-A -p tcp -m tcp -j DNAT --to-destination 10.244.1.5:8080
 */
import type { Match, Rule, Target } from '#node/netfilter.ts';
import type { Packet } from '../packet.ts';
import { natTarget, Spread, type End } from '../walk.ts';
import type { CompiledChain } from './compile.ts';

const harmless: ReadonlySet<Match['kind']> = new Set(['protocol', 'ports', 'comment']);

/** Where a chain leads that does nothing but mark packets, and then gives them all one destination. */
interface PlainEnd {
  readonly end: End;
  readonly protocol: string;
}

function plainEnd(from: CompiledChain, target: Target | undefined): PlainEnd | undefined {
  const { chains } = from.table.table;
  const chain = target?.kind === 'jump' ? chains.get(target.chain) : undefined;
  const [marking, last, more] = chain?.rules ?? [];
  if (marking?.target?.kind !== 'jump' || last?.target?.kind !== 'DNAT' || more !== undefined) return undefined;
  const marks = chains.get(marking.target.chain);
  const protocol = last.matches.find((match) => match.kind === 'protocol');
  const bare = last.matches.every((match) => harmless.has(match.kind) && (match.kind !== 'ports' || match.dport === undefined));
  if (protocol === undefined || !bare || marks?.rules.some((rule) => rule.target?.kind !== 'MARK') !== false) return undefined;
  const { ip, port } = natTarget(last.target.to);
  return ip === undefined || port === undefined ? undefined : { end: { dst: ip, dport: port }, protocol: protocol.protocol };
}

/** Chance alone decides whether the rule matches; or, of the last, nothing does. */
function isBare({ matches }: Rule, last: boolean): boolean {
  const others = matches.filter((match) => match.kind !== 'comment');
  if (last) return others.length === 0;
  return others.length === 1 && others[0]!.kind === 'statistic';
}

export class Balance {
  /** All the destinations. */
  readonly spread: Spread;
  readonly #protocol: string;

  private constructor(ends: readonly End[], protocol: string) {
    this.spread = new Spread(ends);
    this.#protocol = protocol;
  }

  /** The choice that the rules of a chain from a place on make; undefined where they do something else as well. */
  static of(chain: CompiledChain, from: number): Balance | undefined {
    const ends: End[] = [];
    let protocol: string | undefined;
    for (let i = from; i < chain.rules.length; i++) {
      const rule = chain.rules[i]!;
      const plain = isBare(rule, i === chain.rules.length - 1) ? plainEnd(chain, rule.target) : undefined;
      if (plain === undefined || (protocol !== undefined && protocol !== plain.protocol)) return undefined;
      protocol = plain.protocol;
      ends.push(plain.end);
    }
    return protocol === undefined ? undefined : new Balance(ends, protocol);
  }

  /** Reports whether the chosen chain translates the packet. */
  takes({ protocol }: Packet): boolean {
    return protocol === this.#protocol;
  }
}
