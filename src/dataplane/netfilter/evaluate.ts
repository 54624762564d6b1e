/**
 * What netfilter makes of a packet at one hook: the base chains of iptables and nftables and the virtual servers of IPVS, in order of priority.
 *
 *                    ┌─ prerouting ─ route ─┬─ forward ─┬─ postrouting ─▶ wire
 *      wire ─────────┘                      │           │
 *                                         input      (route)
 *                                           ▼           ▲
 *                                        process ─── output
 */
import type { Family } from '#net/ip.ts';
import { ipvsOf, nftablesOf, tablesOf, type Hook, type Netfilter } from '#node/netfilter.ts';
import { builtinTables } from './iptables/builtin.ts';
import { compiledTable } from './iptables/compile.ts';
import { walkBuiltin } from './iptables/evaluate.ts';
import { walkVirtualServer } from './ipvs.ts';
import { walkBase } from './nft/evaluate.ts';
import { everyChoice, type Chooser, type Packet, type PacketContext } from './packet.ts';
import type { Traversal } from './traversal.ts';
import { sortedEnds, Walk, type End, type Verdict } from './walk.ts';

/** A base chain at a hook. */
interface Base {
  readonly priority: number;
  readonly nat: boolean;
  run(walk: Walk): Exclude<Verdict, 'continue'>;
}

/** Where IPVS looks at packets: after the filter of what is for the host, and after the NAT of what it sends. */
const ipvsPriorities: Partial<Record<Hook, number>> = { input: 99, output: -98 };

type Bases = Partial<Record<Hook, readonly Base[]>>;

const known = new WeakMap<Netfilter, { readonly IPv4: Bases; readonly IPv6: Bases }>();

function basesAt(netfilter: Netfilter, family: Family, hook: Hook): readonly Base[] {
  let families = known.get(netfilter);
  if (families === undefined) known.set(netfilter, (families = { IPv4: {}, IPv6: {} }));
  return (families[family][hook] ??= findBases(netfilter, family, hook));
}

/** Reports whether nobody looks at packets of a family at a hook. */
export function isIdle(netfilter: Netfilter, family: Family, hook: Hook): boolean {
  return basesAt(netfilter, family, hook).length === 0;
}

function findBases(netfilter: Netfilter, family: Family, hook: Hook): readonly Base[] {
  const bases: Base[] = [];
  const tables = tablesOf(netfilter, family === 'IPv4' ? 'ipv4' : 'ipv6');
  for (const table of tables.values()) {
    const compiled = compiledTable(table, family);
    for (const chain of builtinTables.get(table.name) ?? []) {
      if (chain.hook !== hook || !table.chains.has(chain.name)) continue;
      bases.push({ priority: chain.priority, nat: chain.type === 'nat', run: (walk) => walkBuiltin(walk, compiled, chain.name) });
    }
  }
  for (const table of nftablesOf(netfilter)) {
    if (table.family !== 'inet' && table.family !== (family === 'IPv4' ? 'ip' : 'ip6')) continue;
    for (const chain of table.chains.values()) {
      if (chain.base?.hook !== hook) continue;
      bases.push({ priority: chain.base.priority, nat: chain.base.type === 'nat', run: (walk) => walkBase(walk, table, chain) });
    }
  }
  const priority = ipvsPriorities[hook];
  if (priority !== undefined && ipvsOf(netfilter).servers.length > 0) {
    bases.push({ priority, nat: false, run: (walk) => walkVirtualServer(walk, ipvsOf(netfilter)) });
  }
  return bases.sort((a, b) => a.priority - b.priority);
}

/** Which half of NAT a hook does. */
const translates: Readonly<Record<Hook, 'dnat' | 'snat' | undefined>> = {
  prerouting: 'dnat',
  output: 'dnat',
  input: 'snat',
  postrouting: 'snat',
  forward: undefined,
};

/**
 * Walks a packet through one hook. Chains of type nat see only the first packet of a connection, and end with the first that translates. The
 * packet in the result is the one that goes on.
 */
export function traverse(netfilter: Netfilter, hook: Hook, packet: Packet, context: PacketContext): Traversal {
  return pass(new Walk(packet, context), netfilter, hook);
}

function pass(walk: Walk, netfilter: Netfilter, hook: Hook): Traversal {
  for (const base of basesAt(netfilter, walk.packet.family, hook)) {
    if (base.nat && (walk.packet.connection.state !== 'NEW' || hasTranslated(walk, hook))) continue;
    const verdict = walk.settled(base.run(walk));
    if (verdict !== 'accept') return walk.result(verdict);
    if (walk.translations.at(-1)?.kind === 'ipvs') break;
  }
  return walk.result('accept');
}

function hasTranslated(walk: Walk, hook: Hook): boolean {
  const half = translates[hook];
  return walk.translations.some(({ kind }) => (kind === 'dnat' || kind === 'redirect' || kind === 'ipvs' ? 'dnat' : 'snat') === half);
}

/** Every way the walk can go where rules leave it to chance. */
export function everyTraversal(
  netfilter: Netfilter,
  hook: Hook,
  packet: Packet,
  context: Omit<PacketContext, 'chooser'>,
): readonly Traversal[] {
  return everyChoice((chooser) => traverse(netfilter, hook, packet, { ...context, chooser }));
}

/** One walk through a hook, and every destination that others may be given there. */
export interface Balanced {
  readonly traversal: Traversal;
  /** Something was left to chance. */
  readonly chance: boolean;
  /** How likely it was to go this way. */
  readonly probability: number;
  /** Sorted, `10.244.1.5:8080`; empty when none is rewritten. */
  readonly candidates: readonly string[];
}

/** A chooser that keeps account of what it was asked, and how likely its answers were. */
class Account implements Chooser {
  readonly #chooser: Chooser;
  chance = false;
  picked = false;
  probability = 1;

  constructor(chooser: Chooser) {
    this.#chooser = chooser;
  }

  pick(options: number): number {
    if (options > 1) this.chance = this.picked = true;
    this.probability /= options;
    return this.#chooser.pick(options);
  }

  happens(probability: number): boolean {
    this.chance = true;
    const happened = this.#chooser.happens(probability);
    this.probability *= happened ? probability / 0x8000_0000 : 1 - probability / 0x8000_0000;
    return happened;
  }
}

/**
 * Walks a packet through a hook, and all the other ways that chance may have sent it. Where each chance only chooses which of several ways
 * ends it, as in kube-proxy's chains, one walk goes them all; otherwise each is gone by itself.
 */
export function traverseAll(
  netfilter: Netfilter,
  hook: Hook,
  packet: Packet,
  { isLocal, remembers, ipsets, masqueradeAs, redirectTo, chooser }: PacketContext,
): Balanced {
  const account = new Account(chooser);
  const context = { isLocal, remembers, ipsets, masqueradeAs, redirectTo };
  const walk = new Walk(packet, { ...context, chooser: account }, { everyWay: true });
  const traversal = pass(walk, netfilter, hook);
  const { chance, probability } = account;
  if (!account.picked && !walk.tangled) return { traversal, chance, probability, candidates: endsOf(walk, packet, traversal) };
  const again = new Account(chooser);
  const gone = traverse(netfilter, hook, packet, { ...context, chooser: again });
  const every = everyTraversal(netfilter, hook, packet, context);
  return { traversal: gone, chance: true, probability: again.probability, candidates: candidatesOf(every) };
}

/** The destinations of all the ways of a walk that went them at once. */
function endsOf({ ended = [], spread }: Walk, packet: Packet, traversal: Traversal): readonly string[] {
  if (spread === undefined && ended.length === 0) return candidatesOf([traversal]);
  if (spread !== undefined && ended.length === 0 && !spread.addresses.has(packet.dst)) return spread.sorted;
  return sortedEnds([...ended, ...(spread?.ends ?? [])].filter((one) => isRedirected(one, packet)));
}

function isRedirected({ dst, dport }: End, from: End): boolean {
  return dst !== from.dst || dport !== from.dport;
}

const none: readonly string[] = [];

/** The destinations that the walk may give the packet, sorted, as `10.244.1.5:8080`. Empty when none is rewritten. */
export function candidatesOf(traversals: readonly Traversal[]): readonly string[] {
  const translated = traversals.filter(({ translations }) =>
    translations.some(({ kind }) => kind === 'dnat' || kind === 'redirect' || kind === 'ipvs'),
  );
  return translated.length === 0 ? none : sortedEnds(translated.map((one) => one.packet));
}
