/**
 * What netfilter makes of a packet at one hook: the base chains of iptables and nftables and the virtual servers of IPVS, in order of priority.
 *
 *                    ┌─ prerouting ─ route ─┬─ forward ─┬─ postrouting ─▶ wire
 *      wire ─────────┘                      │           │
 *                                         input      (route)
 *                                           ▼           ▲
 *                                        process ─── output
 */
import { compareIps, hostPort, type Family } from '#net/ip.ts';
import { ipvsOf, nftablesOf, tablesOf, type Hook, type Netfilter } from '#node/netfilter.ts';
import { builtinTables } from './iptables/builtin.ts';
import { walkBuiltin } from './iptables/evaluate.ts';
import { walkVirtualServer } from './ipvs.ts';
import { walkBase } from './nft/evaluate.ts';
import { everyChoice, type Chooser, type Packet, type PacketContext } from './packet.ts';
import type { Traversal } from './traversal.ts';
import { Walk, type End, type Verdict } from './walk.ts';

/** A base chain at a hook. */
interface Base {
  readonly priority: number;
  readonly nat: boolean;
  run(walk: Walk): Exclude<Verdict, 'continue'>;
}

/** Where IPVS looks at packets: after the filter of what is for the host, and after the NAT of what it sends. */
const ipvsPriorities: Partial<Record<Hook, number>> = { input: 99, output: -98 };

const known = new WeakMap<Netfilter, Map<string, readonly Base[]>>();

function basesAt(netfilter: Netfilter, family: Family, hook: Hook): readonly Base[] {
  let hooks = known.get(netfilter);
  if (hooks === undefined) known.set(netfilter, (hooks = new Map()));
  const key = `${family} ${hook}`;
  let bases = hooks.get(key);
  if (bases === undefined) hooks.set(key, (bases = findBases(netfilter, family, hook)));
  return bases;
}

/** Reports whether nobody looks at packets of a family at a hook. */
export function isIdle(netfilter: Netfilter, family: Family, hook: Hook): boolean {
  return basesAt(netfilter, family, hook).length === 0;
}

function findBases(netfilter: Netfilter, family: Family, hook: Hook): readonly Base[] {
  const bases: Base[] = [];
  const tables = tablesOf(netfilter, family === 'IPv4' ? 'ipv4' : 'ipv6');
  for (const table of tables.values()) {
    for (const chain of builtinTables.get(table.name) ?? []) {
      if (chain.hook !== hook || !table.chains.has(chain.name)) continue;
      bases.push({ priority: chain.priority, nat: chain.type === 'nat', run: (walk) => walkBuiltin(walk, table, chain.name) });
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
export function traverseAll(netfilter: Netfilter, hook: Hook, packet: Packet, context: PacketContext): Balanced {
  const account = new Account(context.chooser);
  const walk = new Walk(packet, { ...context, chooser: account }, { everyWay: true });
  const traversal = pass(walk, netfilter, hook);
  const { chance, probability } = account;
  if (!account.picked && !walk.tangled) {
    const candidates =
      walk.ended!.length === 0 ? candidatesOf([traversal]) : sortedEnds(walk.ended!.filter((one) => isRedirected(one, packet)));
    return { traversal, chance, probability, candidates };
  }
  const again = new Account(context.chooser);
  const gone = traverse(netfilter, hook, packet, { ...context, chooser: again });
  const every = everyTraversal(netfilter, hook, packet, context);
  return { traversal: gone, chance: true, probability: again.probability, candidates: candidatesOf(every) };
}

function isRedirected({ dst, dport }: End, from: End): boolean {
  return dst !== from.dst || dport !== from.dport;
}

/** The destinations that the walk may give the packet, sorted, as `10.244.1.5:8080`. Empty when none is rewritten. */
export function candidatesOf(traversals: readonly Traversal[]): readonly string[] {
  const translated = traversals.filter(({ translations }) =>
    translations.some(({ kind }) => kind === 'dnat' || kind === 'redirect' || kind === 'ipvs'),
  );
  return sortedEnds(translated.map((one) => one.packet));
}

function sortedEnds(packets: readonly End[]): readonly string[] {
  const found = new Map(packets.map((packet) => [hostPort(packet.dst, packet.dport), packet]));
  return [...found].sort(([, a], [, b]) => compareIps(a.dst, b.dst) || a.dport - b.dport).map(([text]) => text);
}
