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
import type { Ipvs } from '#node/ipvs.ts';
import { ipvsOf, nftablesOf, tablesOf, type Hook, type Netfilter } from '#node/netfilter.ts';
import { builtinTables } from './iptables/builtin.ts';
import { dropByPolicy as dropByBuiltin, walkBuiltin } from './iptables/evaluate.ts';
import { meet } from './iptables/met.ts';
import { virtualServerFor, walkVirtualServer } from './ipvs.ts';
import { dropByPolicy as dropByBase, walkBase } from './nft/evaluate.ts';
import { everyChoice, type Account, type Packet, type PacketContext } from './packet.ts';
import { walkAlike, walkRecorded, type Course } from './recording.ts';
import { TraceTree } from './trace-tree.ts';
import type { Choice, Translation, Traversal } from './traversal.ts';
import { sortedEnds, Walk, type Verdict } from './walk.ts';

/** A base chain at a hook. */
interface Base {
  readonly priority: number;
  readonly nat: boolean;
  /** What it is going to do with a packet; undefined: the packet passes as it came, and nothing is to be told of it. */
  look(packet: Packet, context: PacketContext): Doing | undefined;
  /** Does it with the packet of a walk. */
  take(walk: Walk, doing: Doing): Walk['verdict'];
}

/** What a base chain does with a packet: as with earlier ones, or what its rules say; which is noted where it is `unknown`. */
type Doing = Course | 'unknown' | 'by rules';

/** A base chain of rules, which are asked once for all packets that are alike to them. */
class Ruled implements Base {
  readonly priority: number;
  readonly nat: boolean;
  readonly #byRules: (walk: Walk) => Verdict;
  /** Undefined where packets pass in the end. */
  readonly #policy: ((walk: Walk) => Exclude<Verdict, 'continue'>) | undefined;
  readonly #tree = new TraceTree<Course>();

  constructor(
    { priority, nat }: Pick<Base, 'priority' | 'nat'>,
    byRules: (walk: Walk) => Verdict,
    policy: ((walk: Walk) => Exclude<Verdict, 'continue'>) | undefined,
  ) {
    this.priority = priority;
    this.nat = nat;
    this.#byRules = byRules;
    this.#policy = policy;
  }

  look(packet: Packet, context: PacketContext): Doing | undefined {
    const course = this.#tree.find(packet, context);
    if (course === undefined) return 'unknown';
    const { isIdle, isHarmless, isForMany, end } = course;
    const isSilent = context.isSilent === true;
    if ((isIdle || (isHarmless && isSilent)) && (end === 'accept' || this.#policy === undefined)) return undefined;
    return isForMany && !isSilent ? 'by rules' : course;
  }

  take(walk: Walk, doing: Doing): Walk['verdict'] {
    const verdict = this.#follow(walk, doing);
    return verdict === 'continue' ? (this.#policy?.(walk) ?? 'accept') : verdict;
  }

  #follow(walk: Walk, doing: Doing): Verdict {
    switch (doing) {
      case 'unknown':
        return walkRecorded(walk, this.#tree, this.#byRules);
      case 'by rules':
        return this.#byRules(walk);
      default:
        return walkAlike(walk, doing);
    }
  }
}

/** Where IPVS looks at packets: after the filter of what is for the host, and after the NAT of what it sends. */
const ipvsPriorities: Partial<Record<Hook, number>> = { input: 99, output: -98 };

/** All that looks at packets of a family at a hook, in order. */
export type Filters = readonly Base[];

/** What looks at packets of a family, found at each hook when the first packet comes there. */
class Hooks {
  readonly #netfilter: Netfilter;
  readonly #family: Family;
  #prerouting: Filters | undefined;
  #input: Filters | undefined;
  #forward: Filters | undefined;
  #output: Filters | undefined;
  #postrouting: Filters | undefined;

  constructor(netfilter: Netfilter, family: Family) {
    this.#netfilter = netfilter;
    this.#family = family;
  }

  at(hook: Hook): Filters {
    switch (hook) {
      case 'prerouting':
        return (this.#prerouting ??= this.#find(hook));
      case 'input':
        return (this.#input ??= this.#find(hook));
      case 'forward':
        return (this.#forward ??= this.#find(hook));
      case 'output':
        return (this.#output ??= this.#find(hook));
      case 'postrouting':
        return (this.#postrouting ??= this.#find(hook));
    }
  }

  #find(hook: Hook): Filters {
    return findBases(this.#netfilter, this.#family, hook);
  }
}

export type FilteredHooks = Readonly<Record<Family, Hooks>>;

const known = new WeakMap<Netfilter, FilteredHooks>();

export function hooksOf(netfilter: Netfilter): FilteredHooks {
  let hooks = known.get(netfilter);
  if (hooks === undefined) known.set(netfilter, (hooks = { IPv4: new Hooks(netfilter, 'IPv4'), IPv6: new Hooks(netfilter, 'IPv6') }));
  return hooks;
}

/** Reports whether none of them looks at a packet: chains of type nat see only the first of a connection. */
export function passesUnseen(filters: Filters, isNew: boolean): boolean {
  if (isNew) return filters.length === 0;
  for (const { nat } of filters) if (!nat) return false;
  return true;
}

/** What is the first to do something with a packet. */
export interface Act {
  /** Its place among the filters. */
  readonly by: number;
  readonly doing: Doing;
}

/** The first that does something with a packet; undefined: it passes all of them as it came, and nothing is to be told of it. */
export function firstAct(filters: Filters, packet: Packet, context: PacketContext): Act | undefined {
  const isNew = packet.connection.state === 'NEW';
  for (let by = 0; by < filters.length; by++) {
    const filter = filters[by]!;
    if (filter.nat && !isNew) continue;
    const doing = filter.look(packet, context);
    if (doing !== undefined) return { by, doing };
  }
  return undefined;
}

function findBases(netfilter: Netfilter, family: Family, hook: Hook): readonly Base[] {
  const bases: Base[] = [];
  const tables = tablesOf(netfilter, family === 'IPv4' ? 'ipv4' : 'ipv6');
  for (const table of tables.values()) {
    const met = meet(table, family);
    for (const builtin of builtinTables.get(table.name) ?? []) {
      const chain = table.chains.get(builtin.name);
      if (builtin.hook !== hook || chain === undefined || (chain.rules.length === 0 && chain.policy !== 'DROP')) continue;
      const policy = chain.policy === 'DROP' ? (walk: Walk) => dropByBuiltin(walk, met, chain) : undefined;
      bases.push(new Ruled({ priority: builtin.priority, nat: builtin.type === 'nat' }, (walk) => walkBuiltin(walk, met, chain), policy));
    }
  }
  for (const table of nftablesOf(netfilter)) {
    if (table.family !== 'inet' && table.family !== (family === 'IPv4' ? 'ip' : 'ip6')) continue;
    for (const chain of table.chains.values()) {
      const { base, rules } = chain;
      if (base?.hook !== hook || (rules.length === 0 && base.policy !== 'drop')) continue;
      const policy = base.policy === 'drop' ? (walk: Walk) => dropByBase(walk, table, chain) : undefined;
      bases.push(new Ruled({ priority: base.priority, nat: base.type === 'nat' }, (walk) => walkBase(walk, table, chain), policy));
    }
  }
  const priority = ipvsPriorities[hook];
  if (priority !== undefined && ipvsOf(netfilter).servers.length > 0) {
    const ipvs = ipvsOf(netfilter);
    bases.push({
      priority,
      nat: false,
      look: (packet) => (passesServers(ipvs, packet) ? undefined : 'by rules'),
      take: (walk) => walkVirtualServer(walk, ipvs),
    });
  }
  return bases.sort((a, b) => a.priority - b.priority);
}

function passesServers(ipvs: Ipvs, packet: Packet): boolean {
  return packet.connection.state !== 'NEW' || virtualServerFor(ipvs, packet) === undefined;
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
  const filters = hooksOf(netfilter)[packet.family].at(hook);
  const walk = new Walk(packet, context);
  const act = firstAct(filters, packet, context);
  if (act !== undefined) pass(walk, filters, act, hook);
  return walk;
}

/** Takes a packet through all filters of a hook, from the first on that does something with it. */
function pass(walk: Walk, filters: Filters, { by, doing: first }: Act, hook: Hook): void {
  let doing: Doing | undefined = first;
  for (let i = by; i < filters.length; i++) {
    const filter = filters[i]!;
    if (i > by) {
      if (filter.nat && (walk.packet.connection.state !== 'NEW' || hasTranslated(walk, hook))) continue;
      doing = filter.look(walk.packet, walk.context);
    }
    if (doing === undefined) continue;
    walk.verdict = filter.take(walk, doing);
    if (walk.verdict !== 'accept' || walk.translations.at(-1)?.kind === 'ipvs') break;
  }
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
  const around: Omit<PacketContext, 'chooser'> = {
    isLocal: (address, ordinal) => context.isLocal(address, ordinal),
    remembers: (list, address, seconds) => context.remembers(list, address, seconds),
    ipsets: context.ipsets,
    masqueradeAs: (going) => context.masqueradeAs?.(going),
    redirectTo: (device, family) => context.redirectTo?.(device, family),
  };
  return everyChoice((chooser) => traverse(netfilter, hook, packet, { ...around, chooser }));
}

const none: readonly string[] = [];

/** The choice that a walk has made, or chance on it. */
class MadeChoice implements Choice {
  readonly probability: number;
  readonly #walk: Walk;
  readonly #packet: Packet;
  readonly #netfilter: Netfilter;
  readonly #hook: Hook;
  #candidates: readonly string[] | undefined;

  /** `walk` is how the packet went through the hook; what it was before is `packet`. */
  constructor(probability: number, walk: Walk, packet: Packet, netfilter: Netfilter, hook: Hook) {
    this.probability = probability;
    this.#walk = walk;
    this.#packet = packet;
    this.#netfilter = netfilter;
    this.#hook = hook;
  }

  /** They are found when somebody asks. */
  get candidates(): readonly string[] {
    return (this.#candidates ??= this.#findAll());
  }

  #findAll(): readonly string[] {
    const { balance, packet, context } = this.#walk;
    if (balance === undefined) return candidatesOf([this.#walk]);
    const ends = balance === 'several' ? undefined : balance.ends(packet);
    return ends ?? candidatesOf(everyTraversal(this.#netfilter, this.#hook, this.#packet, context));
  }
}

/** Walks a packet through a hook from where rules first act, and knows where the other ways lead that chance may have sent it. */
export function traverseFrom(
  act: Act,
  filters: Filters,
  netfilter: Netfilter,
  hook: Hook,
  packet: Packet,
  context: PacketContext & { readonly chooser: Account },
): Traversal & Pick<Walk, 'choice'> {
  const { chooser } = context;
  chooser.probability = 1;
  const walk = new Walk(packet, context);
  pass(walk, filters, act, hook);
  const { translations, balance } = walk;
  const redirected = translations.length > 0 && translations.some(isRedirecting);
  if (redirected || balance !== undefined) {
    const choice = new MadeChoice(chooser.probability, walk, packet, netfilter, hook);
    if (redirected || choice.candidates.length > 0) walk.choice = choice;
  }
  return walk;
}

/** The destinations that the walk may give the packet, sorted, as `10.244.1.5:8080`. Empty when none is rewritten. */
export function candidatesOf(traversals: readonly Traversal[]): readonly string[] {
  const translated = traversals.filter(({ translations }) => translations.some(isRedirecting));
  return translated.length === 0 ? none : sortedEnds(translated.map((one) => one.packet));
}
