/** Values of rules as nft reads and shows them. */
import { baseOf, lengthOf, parseCidr, parseIp } from '#net/ip.ts';
import type { NftExpression, NftStatement, NftVerdict } from '#node/nftables.ts';
import { protocolNumber } from '../iptables/protocols.ts';
import { portOfService } from '../iptables/services.ts';
import { NftError } from './command.ts';
import type { Token } from './tokens.ts';

/** Nothing that follows in the rule is ever reached. */
export function isTerminal({ kind, ...statement }: NftStatement): boolean {
  if (kind === 'verdict') return (statement as { verdict: NftVerdict }).verdict.kind !== 'continue';
  return kind === 'nat' || kind === 'masquerade' || kind === 'redirect' || kind === 'reject';
}

/** Values that cannot be what they are compared with. */
export function checkValue(token: Token, left: NftExpression): void {
  const { text } = token;
  const wrong = (message: string) => new NftError(message, token, text.length);
  if (left.kind === 'ct' && left.key === 'state' && !stateOrder.includes(text)) throw wrong('Could not parse conntrack state');
  if (left.kind !== 'payload') return;
  if (left.field === 'dport' || left.field === 'sport') checkPorts(text, left.header, wrong);
  if ((left.header !== 'ip' && left.header !== 'ip6') || (left.field !== 'saddr' && left.field !== 'daddr')) return;
  for (const part of text.split('-')) {
    const address = part.replace(/\/\d+$/, '');
    const known = parseIp(address);
    const other = known !== undefined && known.includes(':') !== (left.header === 'ip6');
    if (other) throw wrong('Could not resolve hostname: Address family for hostname not supported');
    if (known === undefined && !/^\d+$/.test(address)) throw wrong('Could not resolve hostname: Name or service not known');
  }
}

function checkPorts(text: string, header: string, wrong: (message: string) => NftError): void {
  for (const port of /^\d+-\d+$/.test(text) ? text.split('-') : [text]) {
    if (/^\d+$/.test(port)) {
      if (Number(port) > 65535) throw wrong('Service out of range');
    } else if (portOfService(port, header === 'th' ? 'tcp' : header) === undefined)
      throw wrong('Could not resolve service: Servname not supported for ai_socktype');
  }
}

/** Addresses in their one spelling; a network of one address is that address. */
export function valueText(text: string): string {
  const address = parseIp(text);
  if (address !== undefined) return address;
  const range = text.includes('/') ? parseCidr(text) : undefined;
  if (range === undefined) return text;
  return lengthOf(range) === (range.includes(':') ? 128 : 32) ? baseOf(range) : range;
}

/** Marks stand in eight hex digits. */
export function markValue(expression: NftExpression): NftExpression {
  if (expression.kind !== 'value' || !/^(0x[0-9a-f]+|\d+)$/i.test(expression.text)) return expression;
  return { kind: 'value', text: `0x${Number(expression.text).toString(16).padStart(8, '0')}` };
}

/** A value as nft shows it next to what it is compared with: ports by number, marks in hex. */
export function typedValue(text: string, left: NftExpression): string {
  const subject = left.kind === 'binary' ? left.left : left;
  if (subject.kind === 'meta' && subject.key === 'mark') return (markValue({ kind: 'value', text }) as { readonly text: string }).text;
  if (subject.kind === 'payload' && /port$/.test(subject.field)) {
    const protocol = subject.header === 'th' ? 'tcp' : subject.header;
    return text
      .split('-')
      .map((port) => (/^\d+$/.test(port) ? port : String(portOfService(port, protocol) ?? port)))
      .join('-');
  }
  if (subject.kind === 'meta' && subject.key === 'l4proto' && /^\d+$/.test(text)) return protocolOf(Number(text)) ?? text;
  return text;
}

function protocolOf(number: number): string | undefined {
  return ['icmp', 'tcp', 'udp', 'sctp', 'ipv6-icmp'].find((name) => protocolNumber(name) === number);
}

const stateOrder = ['invalid', 'established', 'related', 'new', 'untracked'];

export function sortedStates(states: readonly string[]): readonly string[] {
  return [...states].sort((a, b) => stateOrder.indexOf(a) - stateOrder.indexOf(b));
}

/** A header's match says its protocol by itself: nft leaves out an explicit one before it. */
export function withoutImplied(statements: readonly NftStatement[]): readonly NftStatement[] {
  return statements.filter((statement, i) => {
    if (statement.kind !== 'match' || statement.operator !== '==' || statement.right.kind !== 'value') return true;
    const { left, right } = statement;
    const names =
      (left.kind === 'meta' && left.key === 'l4proto') || (left.kind === 'payload' && left.header === 'ip' && left.field === 'protocol');
    const next = statements[i + 1];
    return !names || next?.kind !== 'match' || next.left.kind !== 'payload' || next.left.header !== right.text;
  });
}

export function seconds(text: string): number {
  const sizes = { d: 86400, h: 3600, m: 60, s: 1 } as const;
  let total = 0;
  for (const [, count, unit] of text.matchAll(/(\d+)([dhms]?)/g)) total += Number(count) * (unit === '' ? 1 : sizes[unit as 'd']);
  return total;
}
