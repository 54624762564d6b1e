/** A record's data as a person writes it, made canonical: absolute names, canonical addresses, quoted strings. (RFC 1035 §5, RFC 3597) */
import { parseIp, familyOf } from '#net/ip.ts';
import { fail, ok, type Result } from '#kube/status.ts';
import { fqdn, isDomainName, isFqdn } from './name.ts';
import type { RecordType } from './type.ts';

/** One field of a type's data: `n` a name, 16/32/8 a number of so many bits, `t` a time, `s` a character string, `S` one or more to the end, `r` the rest as it is. */
// prettier-ignore
const layouts: { readonly [type: string]: readonly string[] } = {
  NS: ['n'], CNAME: ['n'], PTR: ['n'], DNAME: ['n'], MX: ['16', 'n'], AFSDB: ['16', 'n'], KX: ['16', 'n'], RP: ['n', 'n'], SRV: ['16', '16', '16', 'n'],
  SOA: ['n', 'n', '32', 't', 't', 't', 't'], TXT: ['S'], SPF: ['S'], HINFO: ['s', 's'], NAPTR: ['16', '16', 's', 's', 's', 'n'], CAA: ['8', 'r'],
  URI: ['16', '16', 's'],
};

/** The name with its origin, if it is relative; `@` is the origin itself. */
export function absolute(name: string, origin: string): string {
  if (name === '@') return origin;
  if (isFqdn(name)) return name;
  return origin === '.' ? fqdn(name) : `${name}.${origin}`;
}

/** Seconds, with or without units: `3600`, `1h30m`; undefined when it is no time. */
export function parseTtl(text: string): number | undefined {
  if (!/^(\d+[smhdw]?)+$/i.test(text)) return undefined;
  const seconds: { readonly [unit: string]: number } = { s: 1, m: 60, h: 3600, d: 86400, w: 604800 };
  let total = 0;
  for (const [, count, unit] of text.matchAll(/(\d+)([smhdw]?)/gi)) total += Number(count) * seconds[unit!.toLowerCase() || 's']!;
  return total;
}

/** Canonical data of a type from its words; the error names the word that does not fit. */
export function parseData(type: RecordType, words: readonly string[], origin: string): Result<string, string> {
  const [first = ''] = words;
  if (type === 'A' || type === 'AAAA') {
    const address = parseIp(first);
    const fits = address !== undefined && familyOf(address) === (type === 'A' ? 'IPv4' : 'IPv6') && words.length === 1;
    return fits ? ok(address) : fail(first);
  }
  const layout = layouts[type];
  if (layout === undefined) return words.length > 0 ? ok(words.join(' ')) : fail(first);
  const fields: string[] = [];
  for (let i = 0; i < layout.length; i++) {
    const word = words[i];
    if (word === undefined) return fail(words.at(-1) ?? '');
    const kind = layout[i]!;
    if (kind === 'r' || kind === 'S') {
      fields.push(...words.slice(i).map((one) => (kind === 'S' ? quoted(one) : one)));
      return ok(fields.join(' '));
    }
    const field = parseField(kind, word, origin);
    if (field === undefined) return fail(word);
    fields.push(field);
  }
  return words.length === layout.length ? ok(fields.join(' ')) : fail(words[layout.length]!);
}

function parseField(kind: string, word: string, origin: string): string | undefined {
  if (kind === 'n') {
    const name = absolute(word, origin);
    return isDomainName(name) ? name : undefined;
  }
  if (kind === 's') return quoted(word);
  const value = kind === 't' ? parseTtl(word) : /^\d+$/.test(word) ? Number(word) : undefined;
  return value !== undefined && value < 2 ** (kind === 't' ? 32 : Number(kind)) ? String(value) : undefined;
}

function quoted(word: string): string {
  return word.startsWith('"') ? word : `"${word.replaceAll('"', '\\"')}"`;
}
