/**
 * The choice among endpoints that kube-proxy writes: a number drawn at random, and a map that leads each to a chain which gives packets one
 * destination, or to the destination itself.
 *
 *     numgen random mod 2 vmap { 0 : goto endpoint-A, 1 : goto endpoint-B }
 *     meta l4proto tcp dnat ip to numgen random mod 2 map { 0 : 10.244.1.5 . 8080, 1 : 10.244.2.7 . 8080 }
 */
import { parseIp } from '#net/ip.ts';
import type { NftElement, NftExpression, NftRule, NftStatement, NftTable } from '#node/nftables.ts';
import { sortedEnds, type Balance, type End } from '../walk.ts';

/** The statements that may stand before a destination is given, and change nothing of which. */
const harmless: ReadonlySet<NftStatement['kind']> = new Set(['match', 'update', 'counter']);

/** The elements of a map that is asked with a number drawn at random. */
function drawn(key: NftExpression, map: NftExpression): readonly NftElement[] | undefined {
  return key.kind === 'numgen' && map.kind === 'anonymous' && map.elements.length === key.modulus ? map.elements : undefined;
}

function endOf(values: readonly string[] | undefined, port: number | undefined): End | undefined {
  const ip = parseIp(values?.[0] ?? '');
  const number = port ?? Number(values?.[1]);
  return ip === undefined || Number.isNaN(number) ? undefined : { dst: ip, dport: number };
}

/** Where a chain leads that does nothing but mark packets, and then gives all of a protocol one destination. */
function plainEnd({ chains }: NftTable, { verdict }: NftElement, protocol: string): End | undefined {
  const chain = verdict?.kind === 'goto' ? chains.get(verdict.chain) : undefined;
  const last = chain?.rules.at(-1);
  const marking = chain?.rules.slice(0, -1).every(({ statements }) => statements.every((one) => isMarking(chains, one)));
  const to = last?.statements.at(-1);
  if (last === undefined || marking !== true || to?.kind !== 'nat' || to.type !== 'dnat' || to.to.kind !== 'value') return undefined;
  return isFor(last, protocol) ? endOf([to.to.text], to.port) : undefined;
}

/** Reports whether a statement marks packets at most, or jumps to a chain that does. */
function isMarking(chains: NftTable['chains'], statement: NftStatement): boolean {
  if (statement.kind !== 'verdict') return statement.kind === 'assign' || harmless.has(statement.kind);
  if (statement.verdict.kind !== 'jump') return false;
  const statements = chains.get(statement.verdict.chain)?.rules.flatMap((rule) => rule.statements);
  return statements?.every(({ kind }) => kind === 'assign' || harmless.has(kind)) === true;
}

/** Reports whether nothing but the packet's protocol is asked for before the last statement of a rule, and it is that one. */
function isFor({ statements }: NftRule, protocol: string): boolean {
  return statements.slice(0, -1).every((one) => {
    if (one.kind !== 'match') return harmless.has(one.kind);
    const { left, operator, right } = one;
    return left.kind === 'meta' && left.key === 'l4proto' && operator === '==' && right.kind === 'value' && right.text === protocol;
  });
}

function endsOf(table: NftTable, rule: NftRule, protocol: string): readonly string[] | undefined {
  const last = rule.statements.at(-1);
  let ends: readonly (End | undefined)[] | undefined;
  if (last?.kind === 'vmap' && rule.statements.length === 1) {
    ends = drawn(last.key, last.map)?.map((element) => plainEnd(table, element, protocol));
  } else if (last?.kind === 'nat' && last.type === 'dnat' && last.to.kind === 'map' && isFor(rule, protocol)) {
    ends = drawn(last.to.key, last.to.map)?.map(({ value }) => endOf(value, last.port));
  }
  return ends?.every((end) => end !== undefined) === true ? sortedEnds(ends) : undefined;
}

const known = new WeakMap<NftTable, Map<NftRule, Map<string, readonly string[] | undefined>>>();

/** All the destinations that a rule chooses among by chance. */
export function balancedEnds(table: NftTable, rule: NftRule): Balance['ends'] {
  return ({ protocol }) => {
    let rules = known.get(table);
    if (rules === undefined) known.set(table, (rules = new Map()));
    let ofRule = rules.get(rule);
    if (ofRule === undefined) rules.set(rule, (ofRule = new Map()));
    if (!ofRule.has(protocol)) ofRule.set(protocol, endsOf(table, rule, protocol));
    return ofRule.get(protocol);
  };
}
