/**
 * Keys and certificates as programs of the cluster make them. Certificates are X.509 in form (RFC 5280, DER): subject, issuer and validity
 * are true of the cluster and may be read; keys and signatures are drawn from the seed, and nobody can use them.
 */
import { stream } from '#kube/chance.ts';
import { familyOf, ip, toNumber } from '#net/ip.ts';
import { element, octets, oid, pem, sequence, set, text, time, type Bytes } from './der.ts';

const commonName = oid('2.5.4.3');
const organization = oid('2.5.4.10');
export const sha256WithRsa = sequence(oid('1.2.840.113549.1.1.11'), element(0x05));
export const rsaEncryption = sequence(oid('1.2.840.113549.1.1.1'), element(0x05));

export interface Subject {
  readonly name: string;
  readonly organization?: string;
}

function nameOf({ name, organization: group }: Subject): Bytes {
  const attribute = (type: Bytes, value: string) => set(sequence(type, element(0x0c, text(value))));
  return sequence(...(group === undefined ? [] : [attribute(organization, group)]), attribute(commonName, name));
}

/** Bytes drawn from what they are for; the first is never negative. */
export function bytes(purpose: string, count: number): Bytes {
  const draw = stream(purpose);
  let out = octets((draw() & 0x3f) | 0x40);
  while (out.length < count) {
    const value = draw();
    out += octets(value & 255, (value >>> 8) & 255, (value >>> 16) & 255, value >>> 24);
  }
  return out.slice(0, count);
}

/** A number of so many bits that is odd, as the product of two primes is. */
function modulusOf(purpose: string, bits: number): Bytes {
  const count = bits / 8;
  const drawn = bytes(`${purpose}/modulus`, count);
  return octets(drawn.charCodeAt(0) | 0x80) + drawn.slice(1, -1) + octets(drawn.charCodeAt(count - 1) | 1);
}

const publicExponent = element(0x02, octets(1, 0, 1));

/** The public part of the key that is drawn from `purpose`, as certificates carry it. */
export function publicKeyOf(purpose: string, bits = 2048): Bytes {
  const key = sequence(element(0x02, octets(0), modulusOf(purpose, bits)), publicExponent);
  return sequence(rsaEncryption, element(0x03, octets(0), key));
}

const day = 86_400_000;
const year = 365 * day;

const digitalSignature = 0x80;
const keyEncipherment = 0x20;
const certificateSign = 0x04;
const serverAuth = oid('1.3.6.1.5.5.7.3.1');
const clientAuth = oid('1.3.6.1.5.5.7.3.2');

export type Usage = 'server' | 'client' | 'both';

/** What a certificate is for, beside its subject. */
export interface CertificateOptions {
  /** What the issuer's certificate was drawn from: the same key has the same identifier. The certificate's own when absent. */
  readonly issuerPurpose?: string;
  readonly usage?: Usage;
  readonly dns?: readonly string[];
  readonly ips?: readonly string[];
  /** Unix milliseconds. */
  readonly notAfter?: number;
  /** Signs others; when absent, who has signed itself does. */
  readonly authority?: boolean;
}

/** The identifier of the key that is drawn from `purpose`. */
export function keyIdentifierOf(purpose: string): Bytes {
  return bytes(`${purpose}/key-identifier`, 20);
}

/** An extension of those that X.509 has itself: below 2.5.29. */
export function extension(id: number, critical: boolean, value: Bytes): Bytes {
  return sequence(element(0x06, octets(0x55, 0x1d, id)), critical ? element(0x01, octets(0xff)) : '', element(0x04, value));
}

/** An address as alternative names have it. */
export function addressOctets(text: string): Bytes {
  const address = ip(text);
  const count = familyOf(address) === 'IPv4' ? 4n : 16n;
  const value = toNumber(address);
  return octets(...Array.from({ length: Number(count) }, (_, i) => Number((value >> (8n * (count - 1n - BigInt(i)))) & 0xffn)));
}

/** The extensions that Go's crypto/x509 writes, in its order. */
function extensionsOf(purpose: string, authority: boolean, { issuerPurpose, usage, dns = [], ips = [] }: CertificateOptions): Bytes {
  const keyUsage = authority
    ? octets(2, digitalSignature | keyEncipherment | certificateSign)
    : octets(5, digitalSignature | keyEncipherment);
  const extended = [usage === 'client' ? '' : serverAuth, usage === 'server' ? '' : clientAuth];
  const names = [...dns.map((name) => element(0x82, text(name))), ...ips.map((address) => element(0x87, addressOctets(address)))];
  return element(
    0xa3,
    sequence(
      extension(15, true, element(0x03, keyUsage)),
      usage === undefined ? '' : extension(37, false, sequence(...extended)),
      extension(19, true, authority ? sequence(element(0x01, octets(0xff))) : sequence()),
      authority ? extension(14, false, element(0x04, keyIdentifierOf(purpose))) : '',
      authority ? '' : extension(35, false, sequence(element(0x80, keyIdentifierOf(issuerPurpose ?? purpose)))),
      names.length === 0 ? '' : extension(17, false, sequence(...names)),
    ),
  );
}

/** A certificate in PEM; authorities are valid for ten years, others for one. */
export function certificate(
  purpose: string,
  subject: Subject,
  issuer: Subject,
  notBefore: number,
  options: CertificateOptions = {},
): string {
  const authority = options.authority ?? subject.name === issuer.name;
  const body = sequence(
    element(0xa0, element(0x02, octets(2))),
    element(0x02, bytes(`${purpose}/serial`, 8)),
    sha256WithRsa,
    nameOf(issuer),
    sequence(time(notBefore), time(options.notAfter ?? notBefore + (authority ? 10 : 1) * year)),
    nameOf(subject),
    publicKeyOf(purpose),
    extensionsOf(purpose, authority, options),
  );
  return pem('CERTIFICATE', sequence(body, sha256WithRsa, element(0x03, octets(0), bytes(`${purpose}/signature`, 256))));
}

/** An RSA key (RFC 8017 A.1.2) drawn from what it is for, with the modulus of the certificate that is drawn from the same. */
export function rsaPrivateKey(purpose: string, bits = 2048): Bytes {
  const part = (name: string, count: number) => element(0x02, bytes(`${purpose}/${name}`, count));
  const factors = [part('key', bits / 8), ...['p', 'q', 'dp', 'dq', 'qi'].map((name) => part(name, bits / 16))];
  return sequence(element(0x02, octets(0)), element(0x02, octets(0), modulusOf(purpose, bits)), publicExponent, ...factors);
}

/** A private key's PEM, drawn from what it is for. */
export function privateKey(purpose: string): string {
  return pem('RSA PRIVATE KEY', rsaPrivateKey(purpose));
}
