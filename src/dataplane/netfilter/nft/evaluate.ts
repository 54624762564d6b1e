/** A packet in the chains of nftables. (kernel: net/netfilter/nf_tables_core.c, nft_*.c) */
import { ordinalOf, parseIp, type Ip } from '#net/ip.ts';
import type { NftChain, NftElement, NftExpression, NftStatement, NftTable, NftVerdict } from '#node/nftables.ts';
import { addressTest, interfaceTest, portTest } from '../ip-match.ts';
import type { Packet, PacketContext } from '../packet.ts';
import type { Question } from '../trace-tree.ts';
import type { Outcome } from '../traversal.ts';
import type { Verdict, Walk } from '../walk.ts';
import { balancedEnds } from './balance.ts';
import { expressionsLook, isDynamic, leavesToChance, looksFurther } from './looks.ts';

/** A rule of a chain that is to be applied next. */
interface Place {
  readonly chain: NftChain;
  readonly next: number;
  /** How many jumps deep. */
  readonly depth: number;
  /** Where it goes on when the chain has ended. */
  readonly caller: Place | undefined;
}

/** The kernel's own limit of jumps. */
const maxDepth = 16;

/** Walks a base chain. */
export function walkBase(walk: Walk, table: NftTable, chain: NftChain): Verdict {
  return goOn(walk, table, { chain, next: 0, depth: 0, caller: undefined });
}

/** The policy of a base chain has the packet dropped in the end. */
export function dropByPolicy(walk: Walk, table: NftTable, { name }: NftChain): 'drop' {
  walk.decide({ kind: 'nft', table: table.name, chain: name, number: 0, outcome: 'drop', depth: 0 });
  return 'drop';
}

type Leading = NftVerdict & { readonly chain: string };

/** What a rule ends with: nothing, so that the next is tried; a verdict; or a chain that it leads to. */
type End = Verdict | 'return' | 'next' | Leading;

/** Goes on from a place until a rule ends it, or the chain does in which it began. */
function goOn(walk: Walk, table: NftTable, from: Place): Verdict {
  let at: Place | undefined = from;
  while (at !== undefined) {
    const { chain, depth, caller }: Place = at;
    const { rules } = chain;
    let next: Place | undefined = caller;
    for (let index = at.next; index < rules.length; index++) {
      const rule = rules[index]!;
      if (walk.recording !== undefined && looksFurther(rule, table)) {
        const here: Place = { chain, next: index, depth, caller };
        walk.stopRecording({ goOn: (later) => goOn(later, table, here) });
      }
      if (leavesToChance(rule)) walk.leave({ place: rule, ends: balancedEnds(table, rule) });
      const end = applyRule(walk, table, chain, index, depth);
      if (end === 'next') continue;
      if (end === 'return') break;
      if (typeof end === 'string') return end;
      const after: Place | undefined = end.kind === 'goto' ? caller : { chain, next: index + 1, depth, caller };
      const to = table.chains.get(end.chain);
      if (to !== undefined && depth === maxDepth) return 'drop';
      next = to === undefined ? { chain, next: index + 1, depth, caller } : { chain: to, next: 0, depth: depth + 1, caller: after };
      break;
    }
    at = next;
  }
  return 'continue';
}

function applyRule(walk: Walk, table: NftTable, chain: NftChain, index: number, depth: number): End {
  const rule = chain.rules[index]!;
  const note = (outcome: Outcome) =>
    walk.decide({ kind: 'nft', table: table.name, chain: chain.name, number: index + 1, rule, outcome, depth });
  for (const statement of rule.statements) {
    const end = applyStatement(walk, table, statement, note);
    if (end !== 'continue') return end;
  }
  return 'next';
}

type Note = (outcome: Outcome) => void;

function applyStatement(walk: Walk, table: NftTable, statement: NftStatement, note: Note): End {
  switch (statement.kind) {
    case 'match':
      return asked(walk, table, [statement.left, statement.right], (packet, context) => compare({ packet, context, table }, statement))
        ? 'continue'
        : 'next';
    case 'verdict':
      return follow(statement.verdict, note);
    case 'vmap': {
      const { key, map } = statement;
      const element = asked(walk, table, [key], lookUpIn(table, key, map));
      return element?.verdict === undefined ? 'next' : follow(element.verdict, note);
    }
    case 'assign':
      if (statement.target.kind === 'meta' && statement.target.key === 'mark') {
        note('mark');
        walk.look('mark');
        const { value } = statement;
        const mark = asked(walk, table, [value], (packet, context) => evaluate({ packet, context, table }, value)?.[0]);
        walk.setMark(Number(mark ?? walk.packet.mark));
      }
      return 'continue';
    case 'nat':
      return translate(walk, table, statement, note);
    case 'masquerade':
      note('masquerade');
      walk.translate({ kind: 'masquerade', ip: undefined, port: undefined });
      return 'accept';
    case 'redirect':
      note('redirect');
      walk.translate({ kind: 'redirect', ip: undefined, port: statement.port });
      return 'accept';
    case 'reject':
      note('reject');
      walk.rejectWith = rejectReason(statement.with, walk.packet.family === 'IPv6');
      return 'reject';
    case 'update': {
      const [ip] = evaluate({ packet: walk.packet, context: walk.context, table }, statement.key) ?? [];
      const address = ip === undefined ? undefined : parseIp(ip);
      if (address !== undefined) walk.remember(statement.set, address, table.sets.get(statement.set)?.timeout);
      note('remember');
      return 'continue';
    }
    case 'log':
      note('log');
      return 'continue';
    case 'opaque':
      if (statement.text === 'notrack') walk.untrack();
      return 'continue';
    case 'counter':
      return 'continue';
  }
}

function rejectReason(given: string | undefined, v6: boolean): string {
  if (given === undefined) return v6 ? 'icmp6-port-unreachable' : 'icmp-port-unreachable';
  if (given === 'tcp reset') return 'tcp-reset';
  return given.replace(/^icmp(v6|x)? (type )?/, v6 ? 'icmp6-' : 'icmp-');
}

function follow(verdict: NftVerdict, note: Note): End {
  switch (verdict.kind) {
    case 'accept':
    case 'drop':
    case 'return':
      note(verdict.kind);
      return verdict.kind;
    case 'continue':
      return 'continue';
    default:
      note(verdict.kind);
      return verdict;
  }
}

function translate(walk: Walk, table: NftTable, statement: NftStatement & { readonly kind: 'nat' }, note: Note): End {
  const to = asked(walk, table, [statement.to], (packet, context) => evaluate({ packet, context, table }, statement.to)?.join(' . '));
  if (to === undefined) return 'next';
  const [address = '', port] = to.split(' . ');
  note(statement.type);
  const given = port === undefined ? statement.port : Number(port);
  walk.translate({ kind: statement.type, ip: parseIp(address), port: statement.type === 'snat' ? undefined : given });
  return 'accept';
}

/** What expressions are evaluated with. */
interface Scope {
  readonly packet: Packet;
  readonly context: PacketContext;
  readonly table: NftTable;
}

/** Asks something of the packet, for which expressions are evaluated. */
function asked<T>(walk: Walk, table: NftTable, expressions: readonly NftExpression[], question: Question<T>): T {
  if (walk.recording === undefined) return question(walk.packet, walk.context);
  const looks = expressionsLook(expressions, table);
  if (looks.mark) walk.look('mark');
  if (looks.connection) walk.look('connection');
  return looks.packet ? walk.ask(question) : question(walk.packet, walk.context);
}

function compare(scope: Scope, { left, operator, right }: NftStatement & { readonly kind: 'match' }): boolean {
  const elements = operator === '==' ? staticElements(scope.table, right) : undefined;
  if (elements !== undefined) return findElement(scope, left, elements) !== undefined;
  const values = evaluate(scope, left);
  if (values === undefined) return false;
  if (operator === '==' || operator === '!=') return isAmong(scope, left, values, right) === (operator === '==');
  const [a, b] = [Number(values[0]), Number(evaluate(scope, right)?.[0])];
  return operator === '<' ? a < b : operator === '>' ? a > b : operator === '<=' ? a <= b : a >= b;
}

/** The elements of a set that rules themselves do not add to. */
function staticElements(table: NftTable, right: NftExpression): readonly NftElement[] | undefined {
  const set = right.kind === 'set' ? table.sets.get(right.name) : undefined;
  return right.kind === 'anonymous' || (set !== undefined && !isDynamic(set)) ? elementsOf(table, right) : undefined;
}

function isAmong(scope: Scope, left: NftExpression, values: readonly string[], right: NftExpression): boolean {
  const elements = staticElements(scope.table, right);
  if (elements !== undefined) return elementFor(elements, values) !== undefined;
  if (right.kind === 'set') {
    const set = scope.table.sets.get(right.name);
    return set !== undefined && scope.context.remembers(set.name, values[0] as Ip, set.timeout);
  }
  // Flags are given as a list, of which one is enough: `ct state established,related`.
  if (left.kind === 'ct') {
    const wanted = evaluate(scope, right);
    return wanted !== undefined && wanted[0]!.split(',').some((one) => values.includes(one));
  }
  if (right.kind === 'value') return allFit(wantedTests(right), values);
  const wanted = evaluate(scope, right);
  return wanted !== undefined && allFit(wanted.map(valueTest), values);
}

type ValueTest = (value: string) => boolean;

function allFit(tests: readonly ValueTest[], values: readonly string[]): boolean {
  return tests.length === values.length && tests.every((test, i) => test(values[i]!));
}

const wantedOf = new WeakMap<NftExpression, readonly ValueTest[]>();

/** The tests of a value that stands in a rule, made once. */
function wantedTests(expression: NftExpression & { readonly kind: 'value' }): readonly ValueTest[] {
  let tests = wantedOf.get(expression);
  if (tests === undefined) wantedOf.set(expression, (tests = expression.text.split(' . ').map(valueTest)));
  return tests;
}

const numeric = /^(0x[0-9a-f]+|\d+)$/;

/** The test for values that are the wanted one, or lie in the wanted range. */
function valueTest(wanted: string): ValueTest {
  const test = rangeTest(wanted);
  return test === undefined ? (value) => value === wanted : (value) => value === wanted || test(value);
}

function rangeTest(wanted: string): ValueTest | undefined {
  if (wanted.startsWith('"')) {
    const test = interfaceTest(wanted.replaceAll('"', ''));
    return (value) => test(value.replaceAll('"', ''));
  }
  if (/^[0-9a-f:.]+[-/]/.test(wanted) && (wanted.includes('.') || wanted.includes(':'))) {
    const test = addressTest(wanted);
    return (value) => test(value as Ip, ordinalOf(value as Ip));
  }
  if (/^\d+-\d+$/.test(wanted)) {
    const test = portTest(wanted);
    return (value) => test(Number(value));
  }
  if (!numeric.test(wanted)) return undefined;
  const number = Number(wanted);
  return (value) => Number(value) === number && numeric.test(value);
}

/** Elements by what they are looked up with. */
interface ElementIndex {
  /** By the first part of their key, then by the others. */
  readonly single: ReadonlyMap<string, ReadonlyMap<string, NftElement>>;
  /** Those that stand for more than one value, in order. */
  readonly ranges: readonly { readonly element: NftElement; readonly tests: readonly ValueTest[] }[];
}

const indexes = new WeakMap<readonly NftElement[], ElementIndex>();

function indexOf(elements: readonly NftElement[]): ElementIndex {
  let index = indexes.get(elements);
  if (index === undefined) indexes.set(elements, (index = makeIndex(elements)));
  return index;
}

function makeIndex(elements: readonly NftElement[]): ElementIndex {
  const single = new Map<string, Map<string, NftElement>>();
  for (const element of elements) {
    const [first = '', ...others] = element.key;
    let found = single.get(first);
    if (found === undefined) single.set(first, (found = new Map()));
    found.set(others.join(' . '), element);
  }
  const ranged = elements.filter((element) => element.key.some((part) => /[-/*]/.test(part)));
  return { single, ranges: ranged.map((element) => ({ element, tests: element.key.map(valueTest) })) };
}

/** The element for values. Ranges are tried one by one, single values found by their text. */
function elementFor(elements: readonly NftElement[], values: readonly string[]): NftElement | undefined {
  const { single, ranges } = indexOf(elements);
  const exact = single.get(values[0]!)?.get(values.length === 1 ? '' : values.slice(1).join(' . '));
  if (exact !== undefined || ranges.length === 0) return exact;
  return ranges.find(({ tests }) => tests.every((test, i) => test(values[i] ?? '')))?.element;
}

/** The element for the value of a key. Most packets have not even the first part of one in common with any. */
function findElement(scope: Scope, key: NftExpression, elements: readonly NftElement[]): NftElement | undefined {
  const { single, ranges } = indexOf(elements);
  if (key.kind === 'concat' && ranges.length === 0) {
    const first = evaluate(scope, key.parts[0]!);
    if (first === undefined || !single.has(first[0]!)) return undefined;
  }
  const values = evaluate(scope, key);
  return values === undefined ? undefined : elementFor(elements, values);
}

const noElements: readonly NftElement[] = [];

function elementsOf(table: NftTable, map: NftExpression): readonly NftElement[] {
  if (map.kind === 'anonymous') return map.elements;
  return (map.kind === 'set' ? table.sets.get(map.name)?.elements : undefined) ?? noElements;
}

/** Finds a map's element by the value of a key. */
function lookUpIn(table: NftTable, key: NftExpression, map: NftExpression): Question<NftElement | undefined> {
  const elements = elementsOf(table, map);
  if (elements.length === 0) return () => undefined;
  return (packet, context) => findElement({ packet, context, table }, key, elements);
}

/** The value of an expression, one text a part; undefined when the packet has no such thing, and the rule does not match. */
function evaluate(scope: Scope, expression: NftExpression): readonly string[] | undefined {
  const { packet, context, table } = scope;
  switch (expression.kind) {
    case 'value':
      return expression.text.split(' . ');
    case 'payload':
      return payload(packet, expression.header, expression.field);
    case 'meta':
      return metaValue(packet, expression.key);
    case 'ct':
      return connectionValue(packet, expression.key);
    case 'fib': {
      const isSource = expression.selector.startsWith('saddr');
      const isLocal = isSource ? context.isLocal(packet.src, packet.srcOrdinal) : context.isLocal(packet.dst, packet.dstOrdinal);
      return [isLocal ? 'local' : 'unicast'];
    }
    case 'concat': {
      const values: string[] = [];
      for (const one of expression.parts) {
        const part = evaluate(scope, one);
        if (part === undefined) return undefined;
        for (const value of part) values.push(value);
      }
      return values;
    }
    case 'binary': {
      const [left, right] = [evaluate(scope, expression.left)?.[0], evaluate(scope, expression.right)?.[0]];
      if (left === undefined || right === undefined) return undefined;
      const [a, b] = [Number(left), Number(right)];
      return [String((expression.operator === '&' ? a & b : expression.operator === '|' ? a | b : a ^ b) >>> 0)];
    }
    case 'numgen':
      return [String(context.chooser.pick(expression.modulus))];
    case 'map':
      return lookUpIn(table, expression.key, expression.map)(packet, context)?.value;
    case 'set':
    case 'anonymous':
      return undefined;
  }
}

function payload(packet: Packet, header: string, field: string): readonly string[] | undefined {
  if (header === 'ip' || header === 'ip6') {
    if ((header === 'ip') !== (packet.family === 'IPv4')) return undefined;
    if (field === 'saddr') return [packet.src];
    if (field === 'daddr') return [packet.dst];
    return field === 'protocol' || field === 'nexthdr' ? [packet.protocol] : undefined;
  }
  if (header === 'icmp' || header === 'icmpv6') {
    if (packet.protocol !== header || field !== 'type') return undefined;
    return [
      packet.icmpType === 8 || packet.icmpType === 128
        ? 'echo-request'
        : packet.icmpType === 0 || packet.icmpType === 129
          ? 'echo-reply'
          : String(packet.icmpType),
    ];
  }
  const ports = packet.protocol === 'tcp' || packet.protocol === 'udp' || packet.protocol === 'sctp';
  if (!ports || (header !== 'th' && header !== packet.protocol)) return undefined;
  return field === 'sport' ? [String(packet.sport)] : field === 'dport' ? [String(packet.dport)] : undefined;
}

function metaValue(packet: Packet, key: string): readonly string[] | undefined {
  switch (key) {
    case 'l4proto':
      return [packet.protocol];
    case 'mark':
      return [String(packet.mark)];
    case 'iif':
    case 'iifname':
      // What the machine itself sends comes by no interface, whose name is empty (Linux net/netfilter/nft_meta.c, nft_meta_store_ifname).
      return [packet.in ?? ''];
    case 'oif':
    case 'oifname':
      return [packet.out ?? ''];
    case 'nfproto':
      return [packet.family === 'IPv4' ? 'ipv4' : 'ipv6'];
    default:
      return undefined;
  }
}

function connectionValue({ connection }: Packet, key: string): readonly string[] | undefined {
  if (key === 'state') return [connection.state.toLowerCase()];
  if (key === 'status') return [...(connection.dnat ? ['dnat'] : []), ...(connection.snat ? ['snat'] : []), 'confirmed'];
  return undefined;
}
