/** How Go's fmt and net print what stands in the plugins' messages. */
import { baseOf, bitsOf, familyOf, lengthOf, maskOf, networkOf, toIp, toNumber, type Cidr, type Ip, type Prefixed } from '#net/ip.ts';

const named: Readonly<Record<string, string>> = {
  '\x07': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
};

/** `%q`. */
export function quote(text: string): string {
  let out = '"';
  for (const character of text) {
    const code = character.codePointAt(0)!;
    if (character === '"' || character === '\\') out += `\\${character}`;
    else if (character in named) out += named[character]!;
    else if (code < 0x20 || code === 0x7f) out += `\\x${code.toString(16).padStart(2, '0')}`;
    else if ((code >= 0x80 && code < 0xa0) || code === 0xad) out += `\\u${code.toString(16).padStart(4, '0')}`;
    else out += character;
  }
  return `${out}"`;
}

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
