/** Certificate requests in PEM (PKCS #10, RFC 2986): their subject and the names that they ask for. */
import { toIp } from '#net/ip.ts';
import { elementsOf, type Element } from './der.ts';
import { KubectlError } from '../errors.ts';

export interface CertificateRequest {
  /** By the last numbers of the attribute's object identifier below 2.5.4, as {@link subjectAttributes} has them. */
  readonly subject: Readonly<Record<SubjectAttribute, readonly string[]>>;
  readonly dnsNames: readonly string[];
  readonly emailAddresses: readonly string[];
  readonly uris: readonly string[];
  readonly ipAddresses: readonly string[];
}

const subjectAttributes = {
  commonName: '550403',
  serialNumber: '550405',
  country: '550406',
  locality: '550407',
  province: '550408',
  streetAddress: '550409',
  organization: '55040a',
  organizationalUnit: '55040b',
  postalCode: '550411',
} as const;
type SubjectAttribute = keyof typeof subjectAttributes;

const extensionRequest = '2a864886f70d01090e';
const subjectAlternativeName = '551d11';

/** Reads a request; throws the words of kubectl's certificate.ParseCSR. */
export function parseCertificateRequest(pem: string): CertificateRequest {
  const block = /-----BEGIN ([A-Z ]+)-----([^-]*)-----END \1-----/.exec(pem);
  if (block?.[1] !== 'CERTIFICATE REQUEST') throw new KubectlError('PEM block type must be CERTIFICATE REQUEST');
  const der = Uint8Array.from(atob(block[2]!.replaceAll(/\s/g, '')), (char) => char.charCodeAt(0));
  // CertificationRequest: certificationRequestInfo (version, subject, subjectPKInfo, attributes), signatureAlgorithm, signature
  const [info] = elementsOf(elementsOf(der)[0]!.content);
  const [, subject, , attributes] = elementsOf(info!.content);
  const names = attributes === undefined ? [] : alternativeNames(elementsOf(attributes.content));
  const named = (tag: number) => names.filter((name) => name.tag === tag).map(({ content }) => text(content));
  return {
    subject: subjectOf(subject!),
    emailAddresses: named(0x81),
    dnsNames: named(0x82),
    uris: named(0x86),
    ipAddresses: names.filter(({ tag }) => tag === 0x87).map(({ content }) => addressOf(content)),
  };
}

function subjectOf(subject: Element): CertificateRequest['subject'] {
  const attributes = elementsOf(subject.content).flatMap((set) => elementsOf(set.content).map(({ content }) => elementsOf(content)));
  const values = (oid: string) => attributes.filter(([type]) => hex(type!.content) === oid).map(([, value]) => text(value!.content));
  return Object.fromEntries(
    Object.entries(subjectAttributes).map(([name, oid]) => [name, values(oid)]),
  ) as unknown as CertificateRequest['subject'];
}

/** The GeneralNames of the requested subjectAltName extension (RFC 5280, 4.2.1.6). */
function alternativeNames(attributes: readonly Element[]): readonly Element[] {
  const requests = attributes.map(({ content }) => elementsOf(content)).filter(([type]) => hex(type!.content) === extensionRequest);
  const extensions = requests.flatMap(([, values]) => elementsOf(values!.content)).flatMap(({ content }) => elementsOf(content));
  return extensions
    .map(({ content }) => elementsOf(content))
    .filter(([type]) => hex(type!.content) === subjectAlternativeName)
    .flatMap((extension) => elementsOf(extension.at(-1)!.content))
    .flatMap(({ content }) => elementsOf(content));
}

function addressOf(bytes: Uint8Array): string {
  const value = bytes.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
  return toIp(value, bytes.length === 4 ? 'IPv4' : 'IPv6');
}

function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

function hex(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
