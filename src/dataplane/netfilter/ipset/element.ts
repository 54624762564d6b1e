/** Elements of IP sets as they are written. (ipset 7.17: lib/parse.c) */
import {
  addIp,
  baseOf,
  contains,
  familyOf,
  lastOf,
  lengthOf,
  parseCidr,
  parseIp,
  parsePrefixed,
  networkOf,
  toNumber,
  type Ip,
} from '#net/ip.ts';
import type { IpSet } from '#node/ipvs.ts';
import { protocolNumber } from '../iptables/protocols.ts';
import { portOfService } from '../iptables/services.ts';
import { IpsetProblem, syntaxError } from './problem.ts';

const ordinals = ['First', 'Second', 'Third'];

/** The members that an element of that text stands for: ranges and networks of single addresses are many. */
export function parseElement(set: IpSet, text: string): readonly string[] {
  const kinds = set.type.slice(set.type.indexOf(':') + 1).split(',');
  if (kinds[0] === 'set') return [text];
  const parts = text.split(',');
  if (parts.length > kinds.length) {
    if (kinds.length === 1) throw syntaxError(`Elem separator in ${text}, but settype ${set.type} supports none.`);
    throw syntaxError(`Elem separator in ${text}, but settype ${set.type} supports ${kinds.length} elements.`);
  }
  if (parts.length < kinds.length) throw syntaxError(`${ordinals[parts.length]} element is missing from ${text}.`);
  const options = kinds.map((kind, i) => parsePart(set, kind, parts[i]!, kinds.length === 1));
  return options.reduce((all, some) => all.flatMap((head) => some.map((one) => (head === '' ? one : `${head},${one}`))), ['']);
}

function parsePart(set: IpSet, kind: string, text: string, alone: boolean): readonly string[] {
  if (kind === 'port') return ports(set, text, alone);
  if (kind === 'net') return [network(set, text)];
  return addresses(set, text);
}

function notAnAddress({ family }: IpSet, text: string): IpsetProblem {
  return syntaxError(`cannot parse ${text}: resolving to ${family === 'inet' ? 'IPv4' : 'IPv6'} address failed`);
}

function address(set: IpSet, text: string): Ip {
  const found = parseIp(text);
  if (found === undefined || (familyOf(found) === 'IPv4') !== (set.family === 'inet')) throw notAnAddress(set, text);
  return found;
}

/** More than this many addresses at once are not taken. */
const most = 65536;

function addresses(set: IpSet, text: string): readonly string[] {
  const [head = '', length] = text.split('/');
  const range = length === undefined ? /^([^-]+)-([^-]+)$/.exec(text) : null;
  if (range !== null) return between(address(set, range[1]!), address(set, range[2]!));
  const one = address(set, head);
  if (length === undefined) return [one];
  const prefixed = parsePrefixed(text);
  if (prefixed === undefined) throw syntaxError(`'${length}' is invalid as number`);
  const whole = networkOf(prefixed);
  return between(baseOf(whole), lastOf(whole));
}

function between(first: Ip, last: Ip): readonly string[] {
  const count = toNumber(last) - toNumber(first) + 1n;
  if (count > BigInt(most) || count < 1n) throw new IpsetProblem('Hash is full, cannot add more elements');
  return Array.from({ length: Number(count) }, (_, i) => addIp(first, i));
}

function network(set: IpSet, text: string): string {
  const prefixed = parsePrefixed(text);
  if (prefixed === undefined) return address(set, text);
  address(set, prefixed.ip);
  return shortest(networkOf(prefixed));
}

/** A network of one address is shown as that address. */
function shortest(range: ReturnType<typeof networkOf>): string {
  const whole = range.includes(':') ? 128 : 32;
  return lengthOf(range) === whole ? baseOf(range) : range;
}

function ports(set: IpSet, text: string, alone: boolean): readonly string[] {
  const colon = text.indexOf(':');
  const protocol = colon < 0 ? 'tcp' : text.slice(0, colon).toLowerCase();
  if (protocolNumber(protocol) === undefined) throw syntaxError(`cannot parse '${protocol}' as a protocol`);
  const [first = 0, last = first] = text
    .slice(colon + 1)
    .split('-')
    .map((part) => port(part, protocol));
  const prefix = alone ? '' : `${protocol}:`;
  if (alone && set.range !== undefined) {
    const [from = 0, to = 65535] = set.range.split('-').map(Number);
    if (first < from || last > to) throw new IpsetProblem('Element is out of the range of the set');
  }
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => prefix + (first + i));
}

function port(text: string, protocol: string): number {
  if (/^\d+$/.test(text)) {
    if (Number(text) <= 65535) return Number(text);
    throw syntaxError(
      `'${text}' is out of range 0-65535\nSyntax error: '${protocol}' is invalid as number\ncannot parse '${text}' as a ${protocol} port`,
    );
  }
  const known = portOfService(text, protocol);
  if (known !== undefined) return known;
  throw syntaxError(
    `'${text}' is invalid as number\nSyntax error: '${protocol}' is invalid as number\ncannot parse '${text}' as a ${protocol} port`,
  );
}

/** Whether a member covers what was asked for: itself, or a network around it. */
export function isCovered(set: IpSet, wanted: string): boolean {
  if (set.members.includes(wanted)) return true;
  if (!set.type.endsWith('net')) return false;
  const head = wanted.slice(0, wanted.lastIndexOf(',') + 1);
  const inner = parseIp(wanted.slice(head.length));
  if (inner === undefined) return false;
  return set.members.some((member) => {
    if (!member.startsWith(head)) return false;
    const outer = parseCidr(member.slice(head.length));
    return outer !== undefined && contains(outer, inner);
  });
}

/** The order of `ipset -s`: numbers as numbers. */
export function sortedMembers(members: readonly string[]): readonly string[] {
  const key = (member: string) => member.replace(/\d+/g, (digits) => digits.padStart(5, '0'));
  return members
    .map((member) => ({ member, key: key(member) }))
    .sort((a, b) => (a.key < b.key ? -1 : 1))
    .map(({ member }) => member);
}
