/** How Go's fmt and net print what stands in the plugins' messages. */
import { quote } from '#kube/json.ts';
import { baseOf, bitsOf, familyOf, lengthOf, maskOf, networkOf, toIp, toNumber, type Cidr, type Ip, type Prefixed } from '#net/ip.ts';

/** `%q` of a slice of strings: `["a" "b"]`. */
export function quoteList(texts: readonly string[]): string {
  return `[${texts.map(quote).join(' ')}]`;
}

/** `%v` of a `*net.IPNet`: `10.0.0.2/24`. */
export function prefixedText({ ip, length }: Prefixed): string {
  return `${ip}/${length}`;
}

/** `%v` of a `net.IPNet` that is not a pointer: the struct, `{10.0.0.0 ffffff00}`. */
export function ipNetStruct(network: Cidr | Prefixed): string {
  const { ip, length } = typeof network === 'string' ? { ip: baseOf(network), length: lengthOf(network) } : network;
  return `{${ip} ${maskHex(ip, length)}}`;
}

function maskHex(ip: Ip, length: number): string {
  if (familyOf(ip) === 'IPv4') return toNumber(maskOf(length)).toString(16).padStart(8, '0');
  const all = (1n << 128n) - 1n;
  return ((all << BigInt(128 - length)) & all).toString(16).padStart(32, '0');
}

/** `ip.NextIP`: one further, also beyond the end of a network. */
export function nextIp(ip: Ip): Ip {
  const family = familyOf(ip);
  return toIp((toNumber(ip) + 1n) & ((1n << BigInt(bitsOf(family))) - 1n), family);
}

/** The network an address with its length lies in, as an address with a length. */
export function maskedOf(address: Prefixed): Prefixed {
  return { ip: baseOf(networkOf(address)), length: address.length };
}
