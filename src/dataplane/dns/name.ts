/** Domain names as text: labels joined by dots, a final dot when absolute. (RFC 1035 §2.3, RFC 3596; miekg/dns labels.go, defaults.go) */
import { toNumber, type Ip, familyOf, parseIp } from '#net/ip.ts';

/** The name with its final dot. */
export function fqdn(name: string): string {
  return isFqdn(name) ? name : `${name}.`;
}

/** Reports whether the name ends in a dot that is not escaped. */
export function isFqdn(name: string): boolean {
  if (!name.endsWith('.')) return false;
  const before = /\\*$/.exec(name.slice(0, -1))![0].length;
  return before % 2 === 0;
}

/** The labels from left to right, none for the root. Escapes stay as they are written. */
export function labelsOf(name: string): string[] {
  const bare = isFqdn(name) ? name.slice(0, -1) : name;
  if (bare === '') return [];
  if (!bare.includes('\\')) return bare.split('.');
  return bare
    .match(/(?:\\.|[^.\\])*(?:\.|$)/gs)!
    .slice(0, -1)
    .map((part) => part.replace(/\.$/, ''));
}

/** How many octets the name takes on the wire, uncompressed. */
export function wireLength(name: string): number {
  if (name === '.' || name === '') return 1;
  if (!name.includes('\\')) return name.length + (name.endsWith('.') ? 1 : 2);
  return labelsOf(name).reduce((sum, label) => sum + 1 + octets(label), 1);
}

/** The octets of one label, `\DDD` and `\X` being one each. */
export function octets(label: string): number {
  return label.replace(/\\(\d{3}|.)/gs, '_').length;
}

/** Reports whether the text can be a domain name: no empty label, labels of at most 63 octets, 255 in all. */
export function isDomainName(name: string): boolean {
  if (name === '.') return true;
  if (name === '') return false;
  const labels = labelsOf(name);
  return labels.every((label) => label !== '' && octets(label) <= 63) && wireLength(name) <= 255;
}

/** Reports whether `child` is `parent` or lies below it; letter case does not matter. */
export function isSubDomain(parent: string, child: string): boolean {
  const zone = parent.toLowerCase();
  const name = child.toLowerCase();
  return zone === '.' || name === zone || name.endsWith(`.${zone}`);
}

/** Reports whether two names are the same but for letter case. */
export function sameName(a: string, b: string): boolean {
  return a === b || a.toLowerCase() === b.toLowerCase();
}

/** The name below `in-addr.arpa.` or `ip6.arpa.` whose PTR record names the address. */
export function reverseName(address: Ip): string {
  if (familyOf(address) === 'IPv4') return `${address.split('.').reverse().join('.')}.in-addr.arpa.`;
  return `${[...toNumber(address).toString(16).padStart(32, '0')].reverse().join('.')}.ip6.arpa.`;
}

/** The family that a reverse name speaks of; undefined when the name lies in neither reverse zone. */
export function reverseFamily(name: string): 'IPv4' | 'IPv6' | undefined {
  if (isSubDomain('in-addr.arpa.', name)) return 'IPv4';
  return isSubDomain('ip6.arpa.', name) ? 'IPv6' : undefined;
}

/** The address a full reverse name stands for; undefined when it is not one. */
export function addressOfReverse(name: string): Ip | undefined {
  const family = reverseFamily(name);
  const labels = labelsOf(name).slice(0, -2).reverse();
  if (family === 'IPv4') return labels.length === 4 ? parseIp(labels.join('.')) : undefined;
  if (family !== 'IPv6' || labels.length !== 32 || labels.some((label) => !/^[0-9a-f]$/i.test(label))) return undefined;
  return parseIp(labels.join('').replace(/(.{4})(?!$)/g, '$1:'));
}
