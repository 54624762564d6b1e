/**
 * A packet in the tables of iptables (Linux net/ipv4/netfilter/ip_tables.c ipt_do_table; the order of tables at a hook is that of their
 * priorities). Long chains whose rules name one destination are looked up, not searched.
 */
import { contains, familyOf, parseCidr, type Cidr, type Ip } from '#net/ip.ts';
import type { Flow } from '#net/flow.ts';
import { tablesOf, type Chain, type Hook, type Match, type Rule, type Table, type TableName, type Target } from '#node/netfilter.ts';
import type { NetworkNamespace } from '#node/kernel.ts';
import { localLink } from '../../links/routing.ts';

export interface FilteredPacket {
  readonly flow: Flow;
  readonly mark: number;
}

export interface TraverseInput {
  readonly namespace: NetworkNamespace;
  readonly hook: Hook;
  readonly packet: FilteredPacket;
  readonly inDev?: string;
  readonly outDev?: string;
  readonly state: 'new' | 'established';
  /** The connection's destination has been translated in this namespace. */
  readonly dnatted: boolean;
  /** What MASQUERADE makes the source. */
  readonly masqueradeAs?: Ip;
  /** Decides statistic matches; a number in [0, 1). */
  readonly chance: number;
}

/** A rule that had a say. */
export interface Decision {
  /** `nat/KUBE-SERVICES` */
  readonly at: string;
  readonly action: 'jump' | 'accept' | 'drop' | 'reject' | 'dnat' | 'snat' | 'masquerade';
  /** The rule's comment, else its target. */
  readonly because: string;
  readonly packet: Flow;
}

export interface Traversal {
  readonly verdict: 'accept' | 'drop' | 'reject';
  readonly rejectWith?: string;
  readonly packet: FilteredPacket;
  readonly decisions: readonly Decision[];
  /** Every destination that a choice by chance might have translated to. */
  readonly candidates: readonly string[];
}

const order: Readonly<Record<Hook, readonly (readonly [TableName, string])[]>> = {
  prerouting: [
    ['raw', 'PREROUTING'],
    ['mangle', 'PREROUTING'],
    ['nat', 'PREROUTING'],
  ],
  input: [
    ['mangle', 'INPUT'],
    ['filter', 'INPUT'],
    ['nat', 'INPUT'],
  ],
  forward: [
    ['mangle', 'FORWARD'],
    ['filter', 'FORWARD'],
  ],
  output: [
    ['raw', 'OUTPUT'],
    ['mangle', 'OUTPUT'],
    ['nat', 'OUTPUT'],
    ['filter', 'OUTPUT'],
  ],
  postrouting: [
    ['mangle', 'POSTROUTING'],
    ['nat', 'POSTROUTING'],
  ],
};

type ChainVerdict = { readonly kind: 'accept' | 'drop' | 'return' } | { readonly kind: 'reject'; readonly with: string };

/** Sends a packet through all tables of a hook. */
export function traverse(input: TraverseInput): Traversal {
  const tables = tablesOf(input.namespace.netfilter, familyOf(input.packet.flow.dstIp) === 'IPv4' ? 'ipv4' : 'ipv6');
  const run = new Run(input);
  for (const [tableName, chainName] of order[input.hook]) {
    if (tableName === 'nat' && input.state !== 'new') continue;
    const table = tables.get(tableName);
    const chain = table?.chains.get(chainName);
    if (table === undefined || chain === undefined) continue;
    const verdict = run.chain(table, chain, 0);
    if (verdict.kind === 'drop') return run.result('drop');
    if (verdict.kind === 'reject') return run.result('reject', verdict.with);
    if (verdict.kind === 'return' && chain.policy === 'DROP') {
      run.note(`${tableName}/${chainName}`, 'drop', `policy of ${chainName} is DROP`);
      return run.result('drop');
    }
  }
  return run.result('accept');
}

class Run {
  readonly #input: TraverseInput;
  #packet: FilteredPacket;
  #chance: number;
  readonly #decisions: Decision[] = [];
  readonly #candidates = new Set<string>();

  constructor(input: TraverseInput) {
    this.#input = input;
    this.#packet = input.packet;
    this.#chance = input.chance;
  }

  result(verdict: Traversal['verdict'], rejectWith?: string): Traversal {
    return {
      verdict,
      packet: this.#packet,
      decisions: this.#decisions,
      candidates: [...this.#candidates],
      ...(rejectWith !== undefined && { rejectWith }),
    };
  }

  note(at: string, action: Decision['action'], because: string): void {
    this.#decisions.push({ at, action, because, packet: this.#packet.flow });
  }

  chain(table: Table, chain: Chain, depth: number): ChainVerdict {
    if (depth > 64) return { kind: 'return' };
    const rules = rulesFor(chain, this.#packet.flow);
    for (let i = 0; i < rules.length; i++) {
      const rule = rules[i]!;
      if (!this.#matches(rule, table, rules, i)) continue;
      const verdict = this.#act(table, chain, rule, depth);
      if (verdict !== undefined) return verdict;
    }
    return { kind: 'return' };
  }

  /** What a matching rule's target does; undefined: the next rule. */
  #act(table: Table, chain: Chain, rule: Rule, depth: number): ChainVerdict | undefined {
    const { target } = rule;
    const at = `${table.name}/${chain.name}`;
    if (target === undefined) return undefined;
    switch (target.kind) {
      case 'ACCEPT':
        if (chain.policy === undefined || rule.matches.length > 0) this.note(at, 'accept', wordsOf(rule));
        return { kind: 'accept' };
      case 'DROP':
        this.note(at, 'drop', wordsOf(rule));
        return { kind: 'drop' };
      case 'RETURN':
        return { kind: 'return' };
      case 'REJECT':
        this.note(at, 'reject', wordsOf(rule));
        return { kind: 'reject', with: target.with };
      case 'jump':
      case 'goto': {
        const next = table.chains.get(target.chain);
        if (next === undefined) return undefined;
        const before = this.#decisions.length;
        const flow = this.#packet.flow;
        const verdict = this.chain(table, next, depth + 1);
        const mattered = this.#decisions.length > before || verdict.kind !== 'return' || this.#packet.flow !== flow;
        if (mattered)
          this.#decisions.splice(before, 0, { at, action: 'jump', because: `${wordsOf(rule)} → ${target.chain}`, packet: flow });
        if (verdict.kind !== 'return') return verdict;
        return target.kind === 'goto' ? { kind: 'return' } : undefined;
      }
      case 'MARK':
        this.#packet = { ...this.#packet, mark: ((this.#packet.mark & ~target.mask) ^ target.value) >>> 0 };
        return undefined;
      case 'DNAT':
      case 'SNAT':
      case 'MASQUERADE':
      case 'REDIRECT':
        return this.#translate(at, rule, target);
      case 'LOG':
      case 'opaque':
        return undefined;
    }
  }

  #translate(at: string, rule: Rule, target: Extract<Target, { kind: 'DNAT' | 'SNAT' | 'MASQUERADE' | 'REDIRECT' }>): ChainVerdict {
    const { flow } = this.#packet;
    if (target.kind === 'DNAT' || target.kind === 'REDIRECT') {
      const to =
        target.kind === 'DNAT'
          ? parseEndpoint(target.to)
          : { ip: localAddress(this.#input, flow), port: Number(target.toPorts ?? flow.dstPort) };
      const changed: Flow = { ...flow, dstIp: to.ip ?? flow.dstIp, dstPort: to.port ?? flow.dstPort };
      this.#packet = { ...this.#packet, flow: changed };
      this.note(at, 'dnat', wordsOf(rule));
    } else {
      const to = target.kind === 'SNAT' ? parseEndpoint(target.to).ip : this.#input.masqueradeAs;
      this.#packet = { ...this.#packet, flow: { ...flow, srcIp: to ?? flow.srcIp } };
      this.note(at, target.kind === 'SNAT' ? 'snat' : 'masquerade', wordsOf(rule));
    }
    return { kind: 'accept' };
  }

  #matches(rule: Rule, table: Table, rules: readonly Rule[], index: number): boolean {
    for (const match of rule.matches) {
      if (match.kind === 'statistic') {
        this.#collect(table, rules.slice(index));
        const probability = match.probability / 2 ** 31;
        if (this.#chance >= probability) {
          this.#chance = (this.#chance - probability) / (1 - probability);
          return false;
        }
        this.#chance /= probability;
        continue;
      }
      if (!holds(match, this.#packet, this.#input)) return false;
    }
    return true;
  }

  /** Notes what the rules from here on may translate to, whichever of them chance takes. */
  #collect(table: Table, rules: readonly Rule[]): void {
    for (const rule of rules) {
      if (!rule.matches.every((match) => match.kind === 'statistic' || holds(match, this.#packet, this.#input))) continue;
      if (rule.target?.kind === 'DNAT') this.#candidates.add(rule.target.to);
      if (rule.target?.kind === 'jump' || rule.target?.kind === 'goto') {
        const chain = table.chains.get(rule.target.chain);
        for (const inner of chain?.rules ?? [])
          if (inner.target?.kind === 'DNAT' && inner.matches.every((match) => holds(match, this.#packet, this.#input)))
            this.#candidates.add(inner.target.to);
      }
    }
  }
}

function wordsOf(rule: Rule): string {
  const comment = rule.matches.find((match) => match.kind === 'comment');
  if (comment !== undefined) return comment.text;
  const { target } = rule;
  return target === undefined ? 'counts' : 'chain' in target ? target.chain : target.kind === 'opaque' ? target.text : target.kind;
}

/** `10.0.0.1:80`, `[fd00::1]:80`, `10.0.0.1`, `:80`. */
function parseEndpoint(text: string): { readonly ip?: Ip; readonly port?: number } {
  const found = /^\[?([^\]]*?)\]?(?::(\d+))?$/.exec(
    text.includes('.') || text.startsWith('[') || text.startsWith(':') ? text : `[${text}]`,
  );
  const ip = found?.[1] === undefined || found[1] === '' ? undefined : (found[1] as Ip);
  return { ...(ip !== undefined && { ip }), ...(found?.[2] !== undefined && { port: Number(found[2]) }) };
}

function localAddress(input: TraverseInput, flow: Flow): Ip {
  const link = input.namespace.links.find((one) => one.name === input.inDev);
  return link?.addresses.find((address) => familyOf(address.ip) === familyOf(flow.dstIp))?.ip ?? ('127.0.0.1' as Ip);
}

const ranges = new Map<string, Cidr | undefined>();

function inRange(text: string, address: Ip): boolean {
  let range = ranges.get(text);
  if (range === undefined && !ranges.has(text))
    ranges.set(text, (range = parseCidr(text.includes('/') ? text : `${text}/${text.includes(':') ? 128 : 32}`)));
  return range !== undefined && contains(range, address);
}

function nameMatches(pattern: string, name: string | undefined): boolean {
  if (name === undefined) return false;
  return pattern.endsWith('+') ? name.startsWith(pattern.slice(0, -1)) : pattern === name;
}

function portIn(range: string | undefined, port: number, not = false): boolean {
  if (range === undefined) return true;
  const [from, to = from] = range.split(':');
  return (port >= Number(from || 0) && port <= Number(to || 65535)) !== not;
}

function typeOf(namespace: NetworkNamespace, address: Ip): string {
  if (localLink(namespace, address) !== undefined) return 'LOCAL';
  if (address === '255.255.255.255') return 'BROADCAST';
  return /^(22[4-9]|23\d)\./.test(address) || address.startsWith('ff') ? 'MULTICAST' : 'UNICAST';
}

/** Reports whether a match holds of a packet. What cannot be compared (limits, bridge ports) is taken to hold. */
function holds(match: Match, packet: FilteredPacket, input: TraverseInput): boolean {
  const { flow } = packet;
  switch (match.kind) {
    case 'source':
      return inRange(match.cidr, flow.srcIp) !== (match.not ?? false);
    case 'destination':
      return inRange(match.cidr, flow.dstIp) !== (match.not ?? false);
    case 'in':
      return nameMatches(match.interface, input.inDev) !== (match.not ?? false);
    case 'out':
      return nameMatches(match.interface, input.outDev) !== (match.not ?? false);
    case 'protocol':
      return (
        (match.protocol === 'all' ||
          match.protocol.toUpperCase().replace('ICMPV6', 'ICMP').replace('IPV6-ICMP', 'ICMP') === flow.protocol) !== (match.not ?? false)
      );
    case 'ports':
      return (
        match.protocol.toUpperCase() === flow.protocol &&
        portIn(match.sport, flow.srcPort, match.notSport) &&
        portIn(match.dport, flow.dstPort, match.notDport)
      );
    case 'multiport': {
      const ports = match.which === 'sports' ? [flow.srcPort] : match.which === 'dports' ? [flow.dstPort] : [flow.srcPort, flow.dstPort];
      return match.ports.split(',').some((range) => ports.some((port) => portIn(range, port))) !== (match.not ?? false);
    }
    case 'icmp':
      return flow.protocol === 'ICMP';
    case 'mark':
      return ((packet.mark & match.mask) >>> 0 === match.value) !== (match.not ?? false);
    case 'ctstate': {
      const states = input.state === 'new' ? ['NEW'] : ['ESTABLISHED', 'RELATED'];
      if (input.dnatted) states.push('DNAT');
      return match.states.some((state) => states.includes(state)) !== (match.not ?? false);
    }
    case 'addrtype':
      return (
        (match.src === undefined || (typeOf(input.namespace, flow.srcIp) === match.src) !== (match.notSrc ?? false)) &&
        (match.dst === undefined || (typeOf(input.namespace, flow.dstIp) === match.dst) !== (match.notDst ?? false))
      );
    case 'recent':
      // Nobody has been here before: each traced connection is a client's first.
      return match.action === 'set';
    case 'set':
      return setHolds(match, flow, input);
    case 'statistic-nth':
      return match.packet === 0;
    case 'comment':
    case 'statistic':
    case 'physdev':
    case 'nfacct':
    case 'limit':
    case 'opaque':
      return true;
  }
}

function setHolds(match: Extract<Match, { kind: 'set' }>, flow: Flow, input: TraverseInput): boolean {
  const sets = input.namespace.netfilter.ipsets;
  const all = typeof sets === 'function' ? sets() : sets;
  const set = all?.get(match.set);
  const parts = match.flags.split(',').map((flag, i) => {
    const dst = flag.trim() === 'dst';
    return i === 1 ? `${flow.protocol.toLowerCase()}:${dst ? flow.dstPort : flow.srcPort}` : dst ? flow.dstIp : flow.srcIp;
  });
  const member = parts.join(',');
  const found =
    set?.members.some(
      (one) =>
        one === member ||
        (set.type === 'bitmap:port' && one === String(flow.dstPort)) ||
        (one.includes('/') && one.split(',').every((part, i) => (part.includes('/') ? inRange(part, parts[i] as Ip) : part === parts[i]))),
    ) === true;
  return found !== (match.not ?? false);
}

/** Rules of a long chain, by the destination address and port that they name; what names none is tried for every packet. */
interface Index {
  readonly byDestination: ReadonlyMap<string, readonly number[]>;
  readonly always: readonly number[];
}

const indexes = new WeakMap<Chain, Index | null>();
const worthAnIndex = 32;

function rulesFor(chain: Chain, flow: Flow): readonly Rule[] {
  if (chain.rules.length < worthAnIndex) return chain.rules;
  let index = indexes.get(chain);
  if (index === undefined) indexes.set(chain, (index = buildIndex(chain)));
  if (index === null) return chain.rules;
  const own = index.byDestination.get(`${flow.dstIp}/${flow.dstPort}`) ?? [];
  const port = index.byDestination.get(`/${flow.dstPort}`) ?? [];
  const address = index.byDestination.get(`${flow.dstIp}/`) ?? [];
  return [...own, ...port, ...address, ...index.always].sort((a, b) => a - b).map((i) => chain.rules[i]!);
}

function buildIndex(chain: Chain): Index | null {
  const byDestination = new Map<string, number[]>();
  const always: number[] = [];
  chain.rules.forEach((rule, i) => {
    const destination = rule.matches.find(
      (match) => match.kind === 'destination' && match.not !== true && /(\/32|\/128)$|^[^/]+$/.test(match.cidr),
    );
    const ports = rule.matches.find(
      (match) => match.kind === 'ports' && match.dport !== undefined && match.notDport !== true && !match.dport.includes(':'),
    );
    const address = destination?.kind === 'destination' ? destination.cidr.replace(/\/\d+$/, '') : '';
    const port = ports?.kind === 'ports' ? ports.dport! : '';
    if (address === '' && port === '') return void always.push(i);
    const key = `${address}/${port}`;
    const list = byDestination.get(key);
    if (list === undefined) byDestination.set(key, [i]);
    else list.push(i);
  });
  return always.length > chain.rules.length / 2 ? null : { byDestination, always };
}
