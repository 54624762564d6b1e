/** The numbers of the DNS that have names: record types, classes, response codes. (IANA "Domain Name System Parameters"; RFC 1035, 6895) */

// prettier-ignore
const types = {
  A: 1, NS: 2, CNAME: 5, SOA: 6, NULL: 10, PTR: 12, HINFO: 13, MX: 15, TXT: 16, RP: 17, AFSDB: 18, SIG: 24, KEY: 25, AAAA: 28, LOC: 29, SRV: 33,
  NAPTR: 35, KX: 36, CERT: 37, DNAME: 39, OPT: 41, APL: 42, DS: 43, SSHFP: 44, IPSECKEY: 45, RRSIG: 46, NSEC: 47, DNSKEY: 48, DHCID: 49,
  NSEC3: 50, NSEC3PARAM: 51, TLSA: 52, SMIMEA: 53, HIP: 55, CDS: 59, CDNSKEY: 60, OPENPGPKEY: 61, CSYNC: 62, ZONEMD: 63, SVCB: 64, HTTPS: 65,
  SPF: 99, TKEY: 249, TSIG: 250, IXFR: 251, AXFR: 252, MAILB: 253, MAILA: 254, ANY: 255, URI: 256, CAA: 257,
} as const;

/** A record or question type: its mnemonic, or `TYPE123` (RFC 3597). */
export type RecordType = keyof typeof types | `TYPE${number}`;

const typeNames = new Map<number, RecordType>(Object.entries(types).map(([name, code]) => [code, name as RecordType]));

export function typeCode(type: RecordType): number {
  return (types as Partial<Record<string, number>>)[type] ?? Number(type.slice(4));
}

function typeOfCode(code: number): RecordType {
  return typeNames.get(code) ?? `TYPE${code}`;
}

/** The type a person has written, in any case; undefined when there is none of that name. */
export function parseType(text: string): RecordType | undefined {
  const name = text.toUpperCase();
  if (Object.hasOwn(types, name)) return name as RecordType;
  const numbered = /^TYPE(\d{1,5})$/.exec(name);
  return numbered && Number(numbered[1]) < 65536 ? typeOfCode(Number(numbered[1])) : undefined;
}

const classes = { IN: 1, CH: 3, HS: 4, NONE: 254, ANY: 255 } as const;
export type RecordClass = keyof typeof classes | `CLASS${number}`;

export function parseClass(text: string): RecordClass | undefined {
  const name = text.toUpperCase();
  if (name === 'CHAOS') return 'CH';
  if (Object.hasOwn(classes, name)) return name as RecordClass;
  return /^CLASS\d{1,5}$/.test(name) ? (name as RecordClass) : undefined;
}

// prettier-ignore
const rcodes = {
  NOERROR: 0, FORMERR: 1, SERVFAIL: 2, NXDOMAIN: 3, NOTIMP: 4, REFUSED: 5, YXDOMAIN: 6, YXRRSET: 7, NXRRSET: 8, NOTAUTH: 9, NOTZONE: 10,
  BADSIG: 16, BADKEY: 17, BADTIME: 18, BADMODE: 19, BADNAME: 20, BADALG: 21, BADTRUNC: 22, BADCOOKIE: 23,
} as const;

/** A response code. `BADVERS`, which shares its number with BADSIG, is known by the latter's name, as miekg/dns prints it. */
export type Rcode = keyof typeof rcodes;

const rcodeNames = new Map<number, Rcode>(Object.entries(rcodes).map(([name, code]) => [code, name as Rcode]));

export function rcodeNumber(rcode: Rcode): number {
  return rcodes[rcode];
}

export function rcodeOfNumber(code: number): Rcode | undefined {
  return rcodeNames.get(code);
}

/** The code of a name in any case; miekg/dns calls two of them differently. */
export function parseRcode(text: string): Rcode | undefined {
  const name = text.toUpperCase();
  if (name === 'NOTIMPL') return 'NOTIMP';
  if (name === 'BADVERS') return 'BADSIG';
  return Object.hasOwn(rcodes, name) ? (name as Rcode) : undefined;
}
