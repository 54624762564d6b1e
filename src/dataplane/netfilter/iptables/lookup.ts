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
export function candidateRules(chain: Chain, packet: Packet): Iterable<number> {
  if (chain.rules.length < worthwhile) return chain.rules.keys();
  let index = indexes.get(chain);
  if (index === undefined) indexes.set(chain, (index = build(chain.rules)));
  const own = index.byDestination.get(packet.dst) ?? none;
  const port = index.byPort.get(`${packet.protocol} ${packet.dport}`) ?? none;
  return merged(own, port, index.rest);
}

/** The numbers of three ascending lists, ascending. */
function* merged(a: readonly number[], b: readonly number[], c: readonly number[]): Generator<number> {
  let i = 0;
  let j = 0;
  let k = 0;
  for (;;) {
    const x = a[i] ?? Infinity;
    const y = b[j] ?? Infinity;
    const z = c[k] ?? Infinity;
    const next = Math.min(x, y, z);
    if (next === Infinity) return;
    if (next === x) i++;
    else if (next === y) j++;
    else k++;
    yield next;
  }
}
