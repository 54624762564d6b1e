/**
 * Which rules of a chain a packet can match at all. Chains that dispatch to services hold tens of thousands of rules, each for one address and
 * port: they are found by these, and only what is left is gone through one by one, in the order of the chain.
 */
import type { Chain, Rule } from '#node/netfilter.ts';
import type { Packet } from '../packet.ts';

interface ChainIndex {
  /** Numbers of rules that name one destination address, by that address. */
  readonly byDestination: ReadonlyMap<string, readonly number[]>;
  /** Of rules that name none, but one destination port. */
  readonly byPort: ReadonlyMap<string, readonly number[]>;
  readonly rest: readonly number[];
}

/** Below so many rules, going through them is as fast. */
const worthwhile = 16;

const indexes = new WeakMap<Chain, ChainIndex>();
const none: readonly number[] = [];

function build(rules: readonly Rule[]): ChainIndex {
  const byDestination = new Map<string, number[]>();
  const byPort = new Map<string, number[]>();
  const rest: number[] = [];
  const add = (to: Map<string, number[]>, key: string, number: number) => {
    const list = to.get(key);
    if (list === undefined) to.set(key, [number]);
    else list.push(number);
  };
  for (let i = 0; i < rules.length; i++) {
    const address = singleDestination(rules[i]!);
    if (address !== undefined) {
      add(byDestination, address, i);
      continue;
    }
    const port = singlePort(rules[i]!);
    if (port !== undefined) add(byPort, port, i);
    else rest.push(i);
  }
  return { byDestination, byPort, rest };
}

function singleDestination({ matches }: Rule): string | undefined {
  for (const match of matches) {
    if (match.kind !== 'destination' || match.not === true) continue;
    const { cidr } = match;
    if (cidr.endsWith('/32') && !cidr.includes(':')) return cidr.slice(0, -3);
    return cidr.endsWith('/128') ? cidr.slice(0, -4) : undefined;
  }
  return undefined;
}

function singlePort({ matches }: Rule): string | undefined {
  for (const match of matches) {
    if (match.kind === 'ports' && match.dport !== undefined && match.notDport !== true && !match.dport.includes(':')) {
      return `${match.protocol} ${match.dport}`;
    }
  }
  return undefined;
}

/** The numbers, from 0, of the rules that may match, in ascending order. */
export function candidateRules(chain: Chain, packet: Packet): readonly number[] {
  const { length } = chain.rules;
  if (length < worthwhile) return (counted[length] ??= Array.from({ length }, (_, i) => i));
  let index = indexes.get(chain);
  if (index === undefined) indexes.set(chain, (index = build(chain.rules)));
  const own = index.byDestination.get(packet.dst) ?? none;
  const port = index.byPort.get(`${packet.protocol} ${packet.dport}`) ?? none;
  return merged(merged(own, port), index.rest);
}

/** 0, 1, 2 … of so many rules. */
const counted: (readonly number[])[] = [];

/** The numbers of two ascending lists, ascending. */
function merged(a: readonly number[], b: readonly number[]): readonly number[] {
  if (a.length === 0) return b;
  if (b.length === 0) return a;
  const all: number[] = [];
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) all.push(j >= b.length || a[i]! < b[j]! ? a[i++]! : b[j++]!);
  return all;
}
