/** A packet in the chains of nftables. (kernel: net/netfilter/nf_tables_core.c, nft_*.c) */
import { parseIp, type Ip } from '#net/ip.ts';
import type { NftChain, NftElement, NftExpression, NftRule, NftSet, NftStatement, NftTable, NftVerdict } from '#node/nftables.ts';
import { addressTest, interfaceTest, portTest } from '../ip-match.ts';
import type { Outcome } from '../traversal.ts';
import type { Verdict, Walk } from '../walk.ts';
import { elementText } from './print.ts';

/** Walks a base chain; its policy decides in the end. */
export function walkBase(walk: Walk, table: NftTable, chain: NftChain): Exclude<Verdict, 'continue'> {
  const verdict = walkChain(walk, table, chain, 0);
  if (verdict !== 'continue') return verdict;
  if (chain.base?.policy === 'drop') {
    walk.decisions.push({ kind: 'nft', table: table.name, chain: chain.name, number: 0, outcome: 'drop', depth: 0 });
    return 'drop';
  }
  return 'accept';
}

/** The kernel's own limit of jumps. */
const maxDepth = 16;

/** What a rule ends with: nothing, so that the next is tried; or a verdict. */
type End = Verdict | 'return' | 'next';

function walkChain(walk: Walk, table: NftTable, chain: NftChain, depth: number): Verdict {
  if (depth > maxDepth) return 'drop';
  for (const [index, rule] of chain.rules.entries()) {
    const end = applyRule(walk, table, chain, index, rule, depth);
    if (end === 'return') return 'continue';
    if (end !== 'next') return end;
  }
  return 'continue';
}

function applyRule(walk: Walk, table: NftTable, chain: NftChain, index: number, rule: NftRule, depth: number): End {
  const note = (outcome: Outcome, element?: NftElement) =>
    walk.decisions.push({
      kind: 'nft',
      table: table.name,
      chain: chain.name,
      number: index + 1,
      rule,
      outcome,
      depth,
      ...(element !== undefined && { element: elementText(element) }),
    });
  for (const statement of rule.statements) {
    const end = applyStatement(walk, table, statement, depth, note);
    if (end !== 'continue') return end;
  }
  return 'next';
}

type Note = (outcome: Outcome, element?: NftElement) => void;

function applyStatement(walk: Walk, table: NftTable, statement: NftStatement, depth: number, note: Note): End {
  switch (statement.kind) {
    case 'match':
      return compare(walk, table, statement) ? 'continue' : 'next';
    case 'verdict':
      return follow(walk, table, statement.verdict, depth, note);
    case 'vmap': {
      const element = lookUp(table, statement.map, evaluate(walk, table, statement.key));
      return element?.verdict === undefined ? 'next' : follow(walk, table, element.verdict, depth, note, element);
    }
    case 'assign':
      if (statement.target.kind === 'meta' && statement.target.key === 'mark') {
        note('mark');
        walk.setMark(Number(evaluate(walk, table, statement.value)?.[0] ?? walk.packet.mark));
      }
      return 'continue';
    case 'nat':
      return translate(walk, table, statement, note);
    case 'masquerade':
      note('masquerade');
      walk.snat('masquerade', undefined);
      return 'accept';
    case 'redirect':
      note('redirect');
      walk.redirect(statement.port);
      return 'accept';
    case 'reject':
      note('reject');
      walk.rejectWith = rejectReason(statement.with, walk.packet.family === 'IPv6');
      return 'reject';
    case 'update': {
      const [ip] = evaluate(walk, table, statement.key) ?? [];
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

function follow(walk: Walk, table: NftTable, verdict: NftVerdict, depth: number, note: Note, element?: NftElement): End {
  switch (verdict.kind) {
    case 'accept':
    case 'drop':
      note(verdict.kind, element);
      return verdict.kind;
    case 'return':
      note('return', element);
      return 'return';
    case 'continue':
      return 'continue';
    default: {
      const chain = table.chains.get(verdict.chain);
      note(verdict.kind, element);
      if (chain === undefined) return 'next';
      const end = walkChain(walk, table, chain, depth + 1);
      if (end !== 'continue') return end;
      return verdict.kind === 'goto' ? 'return' : 'next';
    }
  }
}

function translate(walk: Walk, table: NftTable, statement: NftStatement & { readonly kind: 'nat' }, note: Note): End {
  const [address, port] = evaluate(walk, table, statement.to) ?? [];
  if (address === undefined) return 'next';
  note(statement.type);
  const ip = parseIp(address);
  if (statement.type === 'snat') walk.snat('snat', ip);
  else walk.dnat('dnat', ip, port === undefined ? statement.port : Number(port));
  return 'accept';
}

function compare(walk: Walk, table: NftTable, { left, operator, right }: NftStatement & { readonly kind: 'match' }): boolean {
  const values = evaluate(walk, table, left);
  if (values === undefined) return false;
  if (operator === '==' || operator === '!=') return isAmong(walk, table, left, values, right) === (operator === '==');
  const [a, b] = [Number(values[0]), Number(evaluate(walk, table, right)?.[0])];
  return operator === '<' ? a < b : operator === '>' ? a > b : operator === '<=' ? a <= b : a >= b;
}

function isAmong(walk: Walk, table: NftTable, left: NftExpression, values: readonly string[], right: NftExpression): boolean {
  if (right.kind === 'set') {
    const set = table.sets.get(right.name);
    if (set === undefined) return false;
    if (set.flags?.includes('dynamic') === true) return walk.context.remembers(set.name, values[0] as Ip, set.timeout);
    return findElement(set.elements, values) !== undefined;
  }
  if (right.kind === 'anonymous') return findElement(right.elements, values) !== undefined;
  // Flags are given as a list, of which one is enough: `ct state established,related`.
  if (left.kind === 'ct') {
    const wanted = evaluate(walk, table, right);
    return wanted !== undefined && wanted[0]!.split(',').some((one) => values.includes(one));
  }
  if (right.kind === 'value') return allFit(wantedTests(right), values);
  const wanted = evaluate(walk, table, right);
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
  if (/^[0-9a-f:.]+[-/]/.test(wanted) && (wanted.includes('.') || wanted.includes(':'))) return addressTest(wanted) as ValueTest;
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
  readonly single: ReadonlyMap<string, NftElement>;
  /** Those that stand for more than one value, in order. */
  readonly ranges: readonly { readonly element: NftElement; readonly tests: readonly ValueTest[] }[];
}

const indexes = new WeakMap<readonly NftElement[], ElementIndex>();

function indexOf(elements: readonly NftElement[]): ElementIndex {
  let index = indexes.get(elements);
  if (index === undefined) {
    const ranged = elements.filter((element) => element.key.some((part) => /[-/*]/.test(part)));
    index = {
      single: new Map(elements.map((element) => [element.key.join(' . '), element])),
      ranges: ranged.map((element) => ({ element, tests: element.key.map(valueTest) })),
    };
    indexes.set(elements, index);
  }
  return index;
}

/** Ranges are tried one by one, single values found by their text. */
function findElement(elements: readonly NftElement[], values: readonly string[]): NftElement | undefined {
  const { single, ranges } = indexOf(elements);
  const exact = single.get(values.length === 1 ? values[0]! : values.join(' . '));
  if (exact !== undefined || ranges.length === 0) return exact;
  return ranges.find(({ tests }) => tests.every((test, i) => test(values[i] ?? '')))?.element;
}

function lookUp(table: NftTable, map: NftExpression, values: readonly string[] | undefined): NftElement | undefined {
  if (values === undefined) return undefined;
  const set: NftSet | undefined = map.kind === 'set' ? table.sets.get(map.name) : undefined;
  const elements = map.kind === 'anonymous' ? map.elements : set?.elements;
  return elements === undefined ? undefined : findElement(elements, values);
}

/** The value of an expression, one text a part; undefined when the packet has no such thing, and the rule does not match. */
function evaluate(walk: Walk, table: NftTable, expression: NftExpression): readonly string[] | undefined {
  const { packet } = walk;
  switch (expression.kind) {
    case 'value':
      return expression.text.split(' . ');
    case 'payload':
      return payload(walk, expression.header, expression.field);
    case 'meta':
      return metaValue(walk, expression.key);
    case 'ct':
      return connectionValue(walk, expression.key);
    case 'fib': {
      const address = expression.selector.startsWith('saddr') ? packet.src : packet.dst;
      return [walk.context.isLocal(address) ? 'local' : 'unicast'];
    }
    case 'concat': {
      const parts = expression.parts.map((part) => evaluate(walk, table, part));
      return parts.every((part) => part !== undefined) ? parts.flat() : undefined;
    }
    case 'binary': {
      const [left, right] = [evaluate(walk, table, expression.left)?.[0], evaluate(walk, table, expression.right)?.[0]];
      if (left === undefined || right === undefined) return undefined;
      const [a, b] = [Number(left), Number(right)];
      return [String((expression.operator === '&' ? a & b : expression.operator === '|' ? a | b : a ^ b) >>> 0)];
    }
    case 'numgen':
      return [String(walk.context.chooser.pick(expression.modulus))];
    case 'map':
      return lookUp(table, expression.map, evaluate(walk, table, expression.key))?.value;
    case 'set':
    case 'anonymous':
      return undefined;
  }
}

function payload({ packet }: Walk, header: string, field: string): readonly string[] | undefined {
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

function metaValue({ packet }: Walk, key: string): readonly string[] | undefined {
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

function connectionValue({ packet: { connection } }: Walk, key: string): readonly string[] | undefined {
  if (key === 'state') return [connection.state.toLowerCase()];
  if (key === 'status') return [...(connection.dnat ? ['dnat'] : []), ...(connection.snat ? ['snat'] : []), 'confirmed'];
  return undefined;
}
