/** The EDNS option that names the client's network. (RFC 7871 §6) */
import { bitsOf, familyOf, parsePrefixed, toIp, toNumber, type Ip } from '#net/ip.ts';

export const subnetOption = 8;

/** The option's octets in hex for `ADDRESS[/LENGTH]`; undefined when it is none. */
export function subnetData(text: string): string | undefined {
  const [address = '', length] = text.split('/');
  const parsed = parsePrefixed(`${address}/${length ?? (address.includes(':') ? 128 : 32)}`);
  if (parsed === undefined) return undefined;
  const bits = bitsOf(familyOf(parsed.ip));
  const octets = Math.ceil(parsed.length / 8) * 2;
  const digits = toNumber(parsed.ip)
    .toString(16)
    .padStart(bits / 4, '0')
    .slice(0, octets);
  return `000${bits === 32 ? 1 : 2}${parsed.length.toString(16).padStart(2, '0')}00${digits}`;
}

/** `10.0.0.0/8/0`: address, the client's length, the server's. */
export function subnetText(data: string): string {
  const family = data.slice(0, 4) === '0001' ? 'IPv4' : 'IPv6';
  const [source, scope] = [data.slice(4, 6), data.slice(6, 8)].map((octet) => parseInt(octet, 16));
  const address: Ip = toIp(BigInt(`0x${data.slice(8).padEnd(bitsOf(family) / 4, '0')}`), family);
  return `${address}/${source}/${scope}`;
}
