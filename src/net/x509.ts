/** X.509 certificates as programs read them: subject, issuer, validity, names (RFC 5280, X.690). */
import { ip, toIp, type Ip } from './ip.ts';

/** One element of DER. */
interface Element {
  readonly tag: number;
  readonly content: Uint8Array;
  /** Header and content. */
  readonly whole: Uint8Array;
}

/** A part of a name: its type, and its text. */
export interface Attribute {
  /** `CN`, `O`…, or the object identifier's numbers. */
  readonly type: string;
  readonly value: string;
}

export interface Extension {
  readonly oid: string;
  readonly critical: boolean;
  /** The DER inside. */
  readonly value: Uint8Array;
}

export interface Certificate {
  readonly der: Uint8Array;
  /** 3 of a certificate with extensions. */
  readonly version: number;
  readonly serial: Uint8Array;
  readonly signatureAlgorithm: string;
  readonly signature: Uint8Array;
  readonly issuer: readonly Attribute[];
  readonly subject: readonly Attribute[];
  /** Unix milliseconds. */
  readonly notBefore: number;
  readonly notAfter: number;
  readonly keyAlgorithm: string;
  /** The key with its algorithm, as it stands (SubjectPublicKeyInfo). */
  readonly publicKey: Uint8Array;
  /** Of an RSA key. */
  readonly modulus: Uint8Array;
  readonly exponent: number;
  readonly extensions: readonly Extension[];
}

export const rsaAlgorithm = '1.2.840.113549.1.1.1';

export const oids = {
  subjectKeyIdentifier: '2.5.29.14',
  keyUsage: '2.5.29.15',
  subjectAltName: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  authorityKeyIdentifier: '2.5.29.35',
  extendedKeyUsage: '2.5.29.37',
} as const;

const attributeTypes: Readonly<Record<string, string>> = {
  '2.5.4.3': 'CN',
  '2.5.4.5': 'serialNumber',
  '2.5.4.6': 'C',
  '2.5.4.7': 'L',
  '2.5.4.8': 'ST',
  '2.5.4.10': 'O',
  '2.5.4.11': 'OU',
  '1.2.840.113549.1.9.1': 'emailAddress',
};

class Malformed extends Error {}

/** The elements of one level of DER. */
function elements(der: Uint8Array): readonly Element[] {
  const found: Element[] = [];
  for (let at = 0; at < der.length;) {
    const start = at;
    const tag = der[at]!;
    let length = der[at + 1] ?? 0;
    at += 2;
    if (length & 0x80) {
      const bytes = length & 0x7f;
      length = der.subarray(at, at + bytes).reduce((sum, byte) => sum * 256 + byte, 0);
      at += bytes;
    }
    if (at + length > der.length) throw new Malformed();
    found.push({ tag, content: der.subarray(at, at + length), whole: der.subarray(start, at + length) });
    at += length;
  }
  return found;
}

function oidText(content: Uint8Array): string {
  const parts: number[] = [Math.floor(content[0]! / 40), content[0]! % 40];
  let value = 0;
  for (const byte of content.subarray(1)) {
    value = value * 128 + (byte & 0x7f);
    if ((byte & 0x80) === 0) {
      parts.push(value);
      value = 0;
    }
  }
  return parts.join('.');
}

function textOf(content: Uint8Array): string {
  return new TextDecoder().decode(content);
}

function nameOf(name: Element): readonly Attribute[] {
  return elements(name.content).flatMap((set) =>
    elements(set.content).map((attribute) => {
      const [type, value] = elements(attribute.content);
      const oid = oidText(type!.content);
      return { type: attributeTypes[oid] ?? oid, value: textOf(value!.content) };
    }),
  );
}

/** UTCTime, or GeneralizedTime for years from 2050. */
function timeOf({ tag, content }: Element): number {
  const text = textOf(content);
  const full = tag === 0x17 ? `${Number(text.slice(0, 2)) < 50 ? '20' : '19'}${text}` : text;
  const [, year, month, day, hour, minute, second] = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/.exec(full) ?? [];
  if (year === undefined) throw new Malformed();
  return Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second));
}

function extensionsOf(wrapped: Element | undefined): readonly Extension[] {
  if (wrapped === undefined) return [];
  return elements(elements(wrapped.content)[0]!.content).map((extension) => {
    const [oid, ...rest] = elements(extension.content);
    return { oid: oidText(oid!.content), critical: rest.length > 1 && rest[0]!.content[0] === 0xff, value: rest.at(-1)!.content };
  });
}

/** Reads one certificate from DER; undefined when it is none. */
export function parseCertificate(der: Uint8Array): Certificate | undefined {
  try {
    const [toBeSigned, , signature] = elements(elements(der)[0]!.content);
    const all = elements(toBeSigned!.content);
    const versioned = all[0]!.tag === 0xa0;
    const [serial, algorithm, issuer, validity, subject, key, ...more] = versioned ? all.slice(1) : all;
    const [notBefore, notAfter] = elements(validity!.content);
    const [keyType, keyBits] = elements(key!.content);
    const keyAlgorithm = oidText(elements(keyType!.content)[0]!.content);
    const rsa = keyAlgorithm === rsaAlgorithm ? elements(elements(keyBits!.content.subarray(1))[0]!.content) : [];
    return {
      der,
      version: versioned ? elements(all[0]!.content)[0]!.content[0]! + 1 : 1,
      serial: serial!.content,
      signatureAlgorithm: oidText(elements(algorithm!.content)[0]!.content),
      signature: signature!.content.subarray(1),
      issuer: nameOf(issuer!),
      subject: nameOf(subject!),
      notBefore: timeOf(notBefore!),
      notAfter: timeOf(notAfter!),
      keyAlgorithm,
      publicKey: key!.whole,
      modulus: rsa[0]?.content ?? new Uint8Array(),
      exponent: (rsa[1]?.content ?? new Uint8Array()).reduce((sum, byte) => sum * 256 + byte, 0),
      extensions: extensionsOf(more.find(({ tag }) => tag === 0xa3)),
    };
  } catch {
    return undefined;
  }
}

/** Every command of a session reads the same few files. */
const parsed = new Map<string, readonly Certificate[]>();
const most = 64;

/** The certificates of a PEM file, in order. */
export function parseCertificates(pem: string): readonly Certificate[] {
  let certificates = parsed.get(pem);
  if (certificates === undefined) {
    certificates = certificatesOf(pem);
    if (parsed.size >= most) parsed.clear();
    parsed.set(pem, certificates);
  }
  return certificates;
}

function certificatesOf(pem: string): readonly Certificate[] {
  const blocks = pem.matchAll(/-----BEGIN (?:X509 |TRUSTED )?CERTIFICATE-----([^-]*)-----END/g);
  return [...blocks].flatMap((block) => {
    const der = fromBase64(block[1]!);
    return (der === undefined ? undefined : parseCertificate(der)) ?? [];
  });
}

/** DER in PEM. */
export function pemOf(label: string, der: Uint8Array): string {
  const lines = btoa(String.fromCharCode(...der)).match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}

/** The modulus of a private RSA key in PEM (PKCS #1 or #8); undefined where the text has none. */
export function privateModulus(pem: string): Uint8Array | undefined {
  const [, kind, body] = /-----BEGIN (RSA )?PRIVATE KEY-----([^-]*)-----END/.exec(pem) ?? [];
  const der = body === undefined ? undefined : fromBase64(body);
  if (der === undefined) return undefined;
  try {
    const parts = elements(elements(der)[0]!.content);
    const key = kind === undefined ? elements(elements(parts[2]!.content)[0]!.content) : parts;
    return key[1]?.content;
  } catch {
    return undefined;
  }
}

/** Reports whether a private key is a certificate's. */
export function isKeyOf({ modulus }: Certificate, pem: string): boolean {
  const own = privateModulus(pem);
  return own !== undefined && sameBytes(own, modulus);
}

export function fromBase64(text: string): Uint8Array | undefined {
  try {
    return Uint8Array.from(atob(text.replaceAll(/\s/g, '')), (char) => char.charCodeAt(0));
  } catch {
    return undefined;
  }
}

function extension({ extensions }: Certificate, oid: string): Uint8Array | undefined {
  return extensions.find((one) => one.oid === oid)?.value;
}

export interface AlternativeNames {
  readonly dns: readonly string[];
  readonly ips: readonly Ip[];
}

/** The names and addresses a certificate is for, in order; undefined where it has no such extension. */
export function alternativeNames(certificate: Certificate): AlternativeNames | undefined {
  const value = extension(certificate, oids.subjectAltName);
  if (value === undefined) return undefined;
  const names = elements(elements(value)[0]!.content);
  return {
    dns: names.filter(({ tag }) => tag === 0x82).map(({ content }) => textOf(content)),
    ips: names.filter(({ tag }) => tag === 0x87).map(({ content }) => addressOf(content)),
  };
}

/** Alternative names as they stand, for printing: type and text. */
export function alternativeNameList(value: Uint8Array): readonly string[] {
  return elements(elements(value)[0]!.content).map(({ tag, content }) => {
    switch (tag) {
      case 0x82:
        return `DNS:${textOf(content)}`;
      case 0x87:
        return `IP Address:${printedIp(content)}`;
      case 0x86:
        return `URI:${textOf(content)}`;
      case 0x81:
        return `email:${textOf(content)}`;
      default:
        return '<unsupported>';
    }
  });
}

function addressOf(content: Uint8Array): Ip {
  if (content.length === 4) return ip([...content].join('.'));
  return toIp(
    content.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n),
    'IPv6',
  );
}

/** OpenSSL prints IPv6 addresses without leaving anything out. */
function printedIp(content: Uint8Array): string {
  if (content.length === 4) return [...content].join('.');
  return Array.from({ length: 8 }, (_, i) => (content[2 * i]! * 256 + content[2 * i + 1]!).toString(16).toUpperCase()).join(':');
}

/** The identifier in an extension for the subject's key, or for the issuer's. */
export function keyIdentifierIn(value: Uint8Array, whose: 'subject' | 'authority'): Uint8Array | undefined {
  const [outer] = elements(value);
  return whose === 'subject' ? outer!.content : elements(outer!.content).find(({ tag }) => tag === 0x80)?.content;
}

/** The identifier of the subject's key, or of the issuer's. */
export function keyIdentifier(certificate: Certificate, whose: 'subject' | 'authority'): Uint8Array | undefined {
  const value = extension(certificate, whose === 'subject' ? oids.subjectKeyIdentifier : oids.authorityKeyIdentifier);
  return value === undefined ? undefined : keyIdentifierIn(value, whose);
}

export interface Constraints {
  readonly authority: boolean;
  readonly pathLength?: number;
}

/** The extension for basic constraints, read. */
export function constraintsOf(value: Uint8Array): Constraints {
  const parts = elements(elements(value)[0]!.content);
  const length = parts.find(({ tag }) => tag === 0x02)?.content[0];
  const authority = parts.some(({ tag, content }) => tag === 0x01 && content[0] === 0xff);
  return { authority, ...(length !== undefined && { pathLength: length }) };
}

/** Reports whether a certificate is an authority's. */
export function isAuthority(certificate: Certificate): boolean {
  const value = extension(certificate, oids.basicConstraints);
  return value !== undefined && constraintsOf(value).authority;
}

/** The numbers of the bits that are set in a BIT STRING (key usage), the first being 0. */
export function bitsSet(value: Uint8Array): readonly number[] {
  const content = elements(value)[0]!.content.subarray(1);
  return [...content].flatMap((byte, i) => Array.from({ length: 8 }, (_, bit) => 8 * i + bit).filter((bit) => byte & (0x80 >> (bit % 8))));
}

/** The object identifiers of a sequence (extended key usage). */
export function oidList(value: Uint8Array): readonly string[] {
  return elements(elements(value)[0]!.content).map(({ content }) => oidText(content));
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

function sameName(a: readonly Attribute[], b: readonly Attribute[]): boolean {
  return a.length === b.length && a.every((one, i) => one.type === b[i]!.type && one.value === b[i]!.value);
}

export function isSame(a: Certificate, b: Certificate): boolean {
  return sameBytes(a.der, b.der);
}

export function isSelfIssued({ subject, issuer }: Certificate): boolean {
  return sameName(subject, issuer);
}

/**
 * Reports whether `issuer` has issued the certificate: its name and key identifier say so. Signatures are not computed, as the simulation's
 * are drawn (node/pki/certificate.ts).
 */
export function isIssuedBy(certificate: Certificate, issuer: Certificate): boolean {
  if (!sameName(certificate.issuer, issuer.subject)) return false;
  const [named, own] = [keyIdentifier(certificate, 'authority'), keyIdentifier(issuer, 'subject')];
  return named === undefined || own === undefined || sameBytes(named, own);
}

/** Reports whether a certificate is for a host: by an alternative name, wildcards covering one label, or, without any, the common name. */
export function isFor(certificate: Certificate, host: string): boolean {
  const names = alternativeNames(certificate);
  if (names === undefined) return matchesName(commonNameOf(certificate) ?? '', host);
  if (host.includes(':') || /^[\d.]+$/.test(host)) return names.ips.some((address) => address === host);
  return names.dns.some((name) => matchesName(name, host));
}

function matchesName(pattern: string, host: string): boolean {
  const [a, b] = [pattern.toLowerCase(), host.toLowerCase().replace(/\.$/, '')];
  return a === b || (a.startsWith('*.') && b.includes('.') && b.slice(b.indexOf('.')) === a.slice(1));
}

export function commonNameOf({ subject }: Certificate): string | undefined {
  return subject.find(({ type }) => type === 'CN')?.value;
}
