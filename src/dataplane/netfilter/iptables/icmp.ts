/** Names of ICMP types. (extensions/libipt_icmp.c, libip6t_icmp6.c) */
import type { Family } from '#net/ip.ts';
import { ParameterProblem } from './problem.ts';

const ipv4: readonly (readonly [name: string, type: string])[] = [
  ['any', '255'],
  ['echo-reply', '0'],
  ['pong', '0'],
  ['destination-unreachable', '3'],
  ['network-unreachable', '3/0'],
  ['host-unreachable', '3/1'],
  ['protocol-unreachable', '3/2'],
  ['port-unreachable', '3/3'],
  ['fragmentation-needed', '3/4'],
  ['source-route-failed', '3/5'],
  ['network-unknown', '3/6'],
  ['host-unknown', '3/7'],
  ['network-prohibited', '3/9'],
  ['host-prohibited', '3/10'],
  ['TOS-network-unreachable', '3/11'],
  ['TOS-host-unreachable', '3/12'],
  ['communication-prohibited', '3/13'],
  ['host-precedence-violation', '3/14'],
  ['precedence-cutoff', '3/15'],
  ['source-quench', '4'],
  ['redirect', '5'],
  ['network-redirect', '5/0'],
  ['host-redirect', '5/1'],
  ['echo-request', '8'],
  ['ping', '8'],
  ['router-advertisement', '9'],
  ['router-solicitation', '10'],
  ['time-exceeded', '11'],
  ['ttl-exceeded', '11'],
  ['ttl-zero-during-transit', '11/0'],
  ['ttl-zero-during-reassembly', '11/1'],
  ['parameter-problem', '12'],
  ['timestamp-request', '13'],
  ['timestamp-reply', '14'],
  ['address-mask-request', '17'],
  ['address-mask-reply', '18'],
];

const ipv6: readonly (readonly [name: string, type: string])[] = [
  ['destination-unreachable', '1'],
  ['no-route', '1/0'],
  ['communication-prohibited', '1/1'],
  ['beyond-scope', '1/2'],
  ['address-unreachable', '1/3'],
  ['port-unreachable', '1/4'],
  ['failed-policy', '1/5'],
  ['reject-route', '1/6'],
  ['packet-too-big', '2'],
  ['time-exceeded', '3'],
  ['ttl-exceeded', '3'],
  ['ttl-zero-during-transit', '3/0'],
  ['ttl-zero-during-reassembly', '3/1'],
  ['parameter-problem', '4'],
  ['bad-header', '4/0'],
  ['unknown-header-type', '4/1'],
  ['unknown-option', '4/2'],
  ['echo-request', '128'],
  ['ping', '128'],
  ['echo-reply', '129'],
  ['pong', '129'],
  ['router-solicitation', '133'],
  ['router-advertisement', '134'],
  ['neighbour-solicitation', '135'],
  ['neighbor-solicitation', '135'],
  ['neighbour-advertisement', '136'],
  ['neighbor-advertisement', '136'],
  ['redirect', '137'],
];

/** `8`, `3/4`, of a number, a pair of them, or (the beginning of) a name. */
export function icmpType(text: string, family: Family): string {
  if (/^\d+(\/\d+)?$/.test(text)) return text;
  const table = family === 'IPv4' ? ipv4 : ipv6;
  const lower = text.toLowerCase();
  const matching = table.filter(([name]) => name.toLowerCase().startsWith(lower));
  const found = matching.find(([name]) => name.toLowerCase() === lower) ?? (matching.length === 1 ? matching[0] : undefined);
  if (found !== undefined) return found[1] === '255' ? 'any' : found[1];
  throw new ParameterProblem(family === 'IPv4' ? `Unknown ICMP type \`${text}'` : `Unknown ICMPv6 type \`${text}'`);
}

/** How `iptables -L` names a type; undefined when it has no name. */
export function icmpName(type: string, family: Family): string | undefined {
  return (family === 'IPv4' ? ipv4 : ipv6).find(([, known]) => known === type)?.[0];
}
