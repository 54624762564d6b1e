/** Names of subjects and issuers, as `-nameopt` wants them. (OpenSSL: crypto/asn1/a_strex.c, crypto/x509/x_name.c) */
import type { Attribute } from '#net/x509.ts';

const longNames: Readonly<Record<string, string>> = {
  CN: 'commonName',
  C: 'countryName',
  L: 'localityName',
  ST: 'stateOrProvinceName',
  O: 'organizationName',
  OU: 'organizationalUnitName',
};

type Print = (name: readonly Attribute[], equals: string) => string;

/** A value that holds what separates stands in quotes. */
function quoted(value: string): string {
  const special = /[,+"\\<>;]|^[# ]| $/.test(value);
  return special ? `"${value.replace(/["\\]/g, '\\$&')}"` : value;
}

function escaped(value: string): string {
  return value.replace(/[,+"\\<>;]|^[# ]| $/g, '\\$&');
}

const styles: Readonly<Record<string, Print>> = {
  oneline: (name, equals) => name.map(({ type, value }) => `${type}${equals}${quoted(value)}`).join(', '),
  RFC2253: (name) =>
    name
      .toReversed()
      .map(({ type, value }) => `${type}=${escaped(value)}`)
      .join(','),
  compat: (name) => name.map(({ type, value }) => `/${type}=${value}`).join(''),
  multiline: (name) => name.map(({ type, value }) => `\n    ${(longNames[type] ?? type).padEnd(25)} = ${value}`).join(''),
  sep_multiline: (name) => name.map(({ type, value }) => `\n    ${type}=${value}`).join(''),
};

/** Prints a name; undefined where the style is none that is known. */
export function printName(name: readonly Attribute[], equals: string, style = 'oneline'): string | undefined {
  const found = Object.entries(styles).find(([known]) => known.toLowerCase() === style.toLowerCase())?.[1];
  return found?.(name, equals);
}

export function oneLine(name: readonly Attribute[], equals: string): string {
  return styles.oneline!(name, equals);
}

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** `Nov 23 09:00:00 2026 GMT`, or ISO 8601 (ASN1_TIME_print_ex). */
export function printTime(at: number, iso = false): string {
  const [day = '', clock = ''] = new Date(at).toISOString().slice(0, 19).split('T');
  if (iso) return `${day} ${clock}Z`;
  const [year, month, date] = day.split('-').map(Number);
  return `${months[month! - 1]} ${String(date).padStart(2)} ${clock} ${year} GMT`;
}
