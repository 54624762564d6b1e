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
import { walkBuiltin, walkPolicy as walkBuiltinPolicy } from './iptables/evaluate.ts';
import { walkVirtualServer } from './ipvs.ts';
import { walkBase, walkPolicy } from './nft/evaluate.ts';
import { everyChoice, type Chooser, type Packet, type PacketContext } from './packet.ts';
import { walkKnown, type Course } from './recording.ts';
import { TraceTree } from './trace-tree.ts';
import type { Translation, Traversal } from './traversal.ts';
import { sortedEnds, Walk, type Verdict } from './walk.ts';

/** A base chain at a hook. */
interface Base {
  readonly priority: number;
  readonly nat: boolean;
  run(walk: Walk): Exclude<Verdict, 'continue'>;
}

/** A base chain of rules, which are asked once for all packets that are alike to them. */
function ruled(
  { priority, nat }: Pick<Base, 'priority' | 'nat'>,
  byRules: (walk: Walk) => Verdict,
  policy: (walk: Walk) => Exclude<Verdict, 'continue'>,
): Base {
  const tree = new TraceTree<Course>();
  return {
    priority,
    nat,
    run: (walk) => {
      const verdict = walkKnown(walk, tree, byRules);
      return verdict === 'continue' ? policy(walk) : verdict;
    },
  };
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
    const met = { table, family };
    for (const builtin of builtinTables.get(table.name) ?? []) {
      const chain = table.chains.get(builtin.name);
      if (builtin.hook !== hook || chain === undefined || (chain.rules.length === 0 && chain.policy !== 'DROP')) continue;
      bases.push(
        ruled(
          { priority: builtin.priority, nat: builtin.type === 'nat' },
          (walk) => walkBuiltin(walk, met, chain),
          (walk) => walkBuiltinPolicy(walk, met, chain),
        ),
      );
    }
  }
  for (const table of nftablesOf(netfilter)) {
    if (table.family !== 'inet' && table.family !== (family === 'IPv4' ? 'ip' : 'ip6')) continue;
    for (const chain of table.chains.values()) {
      const { base, rules } = chain;
      if (base?.hook !== hook || (rules.length === 0 && base.policy !== 'drop')) continue;
      bases.push(
        ruled(
          { priority: base.priority, nat: base.type === 'nat' },
          (walk) => walkBase(walk, table, chain),
          (walk) => walkPolicy(walk, table, chain),
        ),
      );
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

function pass(walk: Walk, netfilter: Netfilter, hook: Hook): Walk {
  for (const base of basesAt(netfilter, walk.packet.family, hook)) {
    if (base.nat && (walk.packet.connection.state !== 'NEW' || hasTranslated(walk, hook))) continue;
    walk.verdict = base.run(walk);
    if (walk.verdict !== 'accept' || walk.translations.at(-1)?.kind === 'ipvs') break;
  }
  return walk;
}

function hasTranslated({ translations }: Walk, hook: Hook): boolean {
  return translations.length > 0 && translations.some((one) => (isRedirecting(one) ? 'dnat' : 'snat') === translates[hook]);
}

function isRedirecting({ kind }: Translation): boolean {
  return kind === 'dnat' || kind === 'redirect' || kind === 'ipvs';
}

/** Every way the walk can go where rules leave it to chance. */
export function everyTraversal(
  netfilter: Netfilter,
  hook: Hook,
  packet: Packet,
  context: Omit<PacketContext, 'chooser'>,
): readonly Traversal[] {
  const { isLocal, remembers, ipsets, masqueradeAs, redirectTo } = context;
  return everyChoice((chooser) => traverse(netfilter, hook, packet, { isLocal, remembers, ipsets, masqueradeAs, redirectTo, chooser }));
}

/** A chooser that keeps account of how likely its answers were. */
class Account implements Chooser {
  readonly #chooser: Chooser;
  probability = 1;

  constructor(chooser: Chooser) {
    this.#chooser = chooser;
  }

  pick(options: number): number {
    this.probability /= options;
    return this.#chooser.pick(options);
  }

  happens(probability: number): boolean {
    const happened = this.#chooser.happens(probability);
    this.probability *= happened ? probability / 0x8000_0000 : 1 - probability / 0x8000_0000;
    return happened;
  }
}

const none: readonly string[] = [];

/** One walk through a hook, and every destination that others may be given there. */
export class Balanced {
  readonly traversal: Traversal;
  /** How likely it was to go this way. */
  readonly probability: number;
  readonly #walk: Walk;
  readonly #every: () => readonly Traversal[];
  #candidates: readonly string[] | undefined;

  constructor(walk: Walk, probability: number, every: () => readonly Traversal[]) {
    this.traversal = this.#walk = walk;
    this.probability = probability;
    this.#every = every;
  }

  /** Reports whether there are {@link candidates}. */
  get redirects(): boolean {
    const { translations, balance } = this.#walk;
    return (translations.length > 0 && translations.some(isRedirecting)) || (balance !== undefined && this.candidates.length > 0);
  }

  /** Sorted, `10.244.1.5:8080`; empty when none is rewritten. They are found when somebody asks. */
  get candidates(): readonly string[] {
    return (this.#candidates ??= this.#find());
  }

  #find(): readonly string[] {
    const { balance } = this.#walk;
    if (balance === undefined) return candidatesOf([this.traversal]);
    const ends = balance === 'several' ? undefined : balance.ends(this.#walk.packet);
    return ends ?? candidatesOf(this.#every());
  }
}

/** Walks a packet through a hook, and knows where the other ways lead that chance may have sent it. */
export function traverseAll(netfilter: Netfilter, hook: Hook, packet: Packet, context: PacketContext): Balanced {
  const chooser = new Account(context.chooser);
  const { isLocal, remembers, ipsets, masqueradeAs, redirectTo } = context;
  const walk = pass(new Walk(packet, { isLocal, remembers, ipsets, masqueradeAs, redirectTo, chooser }), netfilter, hook);
  return new Balanced(walk, chooser.probability, () => everyTraversal(netfilter, hook, packet, context));
}

/** The destinations that the walk may give the packet, sorted, as `10.244.1.5:8080`. Empty when none is rewritten. */
export function candidatesOf(traversals: readonly Traversal[]): readonly string[] {
  const translated = traversals.filter(({ translations }) => translations.some(isRedirecting));
  return translated.length === 0 ? none : sortedEnds(translated.map((one) => one.packet));
}
