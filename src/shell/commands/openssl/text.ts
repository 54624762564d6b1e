/** A certificate in words: `-text`, and its extensions. (OpenSSL: crypto/x509/t_x509.c, v3_prn.c and the v3_*.c of each extension) */
import {
  alternativeNameList,
  bitsSet,
  constraintsOf,
  keyIdentifierIn,
  oidList,
  oids,
  type Certificate,
  type Extension,
} from '#net/x509.ts';
import { oneLine, printTime } from './names.ts';

const keyUsages = [
  'Digital Signature',
  'Non Repudiation',
  'Key Encipherment',
  'Data Encipherment',
  'Key Agreement',
  'Certificate Sign',
  'CRL Sign',
  'Encipher Only',
  'Decipher Only',
];

const purposes: Readonly<Record<string, string>> = {
  '1.3.6.1.5.5.7.3.1': 'TLS Web Server Authentication',
  '1.3.6.1.5.5.7.3.2': 'TLS Web Client Authentication',
  '1.3.6.1.5.5.7.3.3': 'Code Signing',
  '1.3.6.1.5.5.7.3.4': 'E-mail Protection',
  '1.3.6.1.5.5.7.3.8': 'Time Stamping',
  '1.3.6.1.5.5.7.3.9': 'OCSP Signing',
};

export function hex(bytes: Uint8Array, separator = ''): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join(separator);
}

function colons(bytes: Uint8Array): string {
  return hex(bytes, ':').toUpperCase();
}

interface Printed {
  /** As `-ext` names it. */
  readonly short: string;
  readonly title: string;
  print(value: Uint8Array): string;
}

const extensions: Readonly<Record<string, Printed>> = {
  [oids.subjectKeyIdentifier]: {
    short: 'subjectKeyIdentifier',
    title: 'X509v3 Subject Key Identifier',
    print: (value) => colons(keyIdentifierIn(value, 'subject')!),
  },
  [oids.keyUsage]: {
    short: 'keyUsage',
    title: 'X509v3 Key Usage',
    print: (value) =>
      bitsSet(value)
        .map((bit) => keyUsages[bit]!)
        .join(', '),
  },
  [oids.subjectAltName]: {
    short: 'subjectAltName',
    title: 'X509v3 Subject Alternative Name',
    print: (value) => alternativeNameList(value).join(', '),
  },
  [oids.basicConstraints]: {
    short: 'basicConstraints',
    title: 'X509v3 Basic Constraints',
    print: (value) => {
      const { authority, pathLength } = constraintsOf(value);
      return `CA:${authority ? 'TRUE' : 'FALSE'}${pathLength === undefined ? '' : `, pathlen:${pathLength}`}`;
    },
  },
  [oids.authorityKeyIdentifier]: {
    short: 'authorityKeyIdentifier',
    title: 'X509v3 Authority Key Identifier',
    print: (value) => colons(keyIdentifierIn(value, 'authority') ?? new Uint8Array()),
  },
  [oids.extendedKeyUsage]: {
    short: 'extendedKeyUsage',
    title: 'X509v3 Extended Key Usage',
    print: (value) =>
      oidList(value)
        .map((oid) => purposes[oid] ?? oid)
        .join(', '),
  },
};

/** Octets of an extension that nobody knows. */
function raw(value: Uint8Array): string {
  return [...value].map((byte) => (byte >= 32 && byte < 127 ? String.fromCharCode(byte) : '.')).join('');
}

function printExtension({ oid, critical, value }: Extension, indent: string): string {
  const known = extensions[oid];
  return `${indent}${known?.title ?? oid}: ${critical ? 'critical' : ''}\n${indent}    ${known?.print(value) ?? raw(value)}\n`;
}

/** What `-ext` shows: the extensions of these names, in the certificate's order. */
export function chosenExtensions(certificate: Certificate, names: readonly string[]): string | undefined {
  const chosen = certificate.extensions.filter(({ oid }) => names.includes(extensions[oid]?.short ?? oid));
  if (chosen.length === 0) return undefined;
  return chosen.map((one) => printExtension(one, '')).join('');
}

/** Octets in lines of so many, a colon after each but the last. */
function block(bytes: Uint8Array, perLine: number, indent: string): string {
  const octets = [...bytes].map((byte) => byte.toString(16).padStart(2, '0'));
  const lines = Array.from({ length: Math.ceil(octets.length / perLine) }, (_, i) => octets.slice(i * perLine, (i + 1) * perLine));
  return lines.map((line, i) => `${indent}${line.join(':')}${i < lines.length - 1 ? ':' : ''}\n`).join('');
}

/** Numbers that fit a long are shown as one; longer ones in hex on a line of their own. */
function serialText(encoded: Uint8Array): string {
  // A zero before a first byte of 0x80 and more only says that the number is not negative.
  const serial = encoded[0] === 0 && encoded.length > 1 ? encoded.subarray(1) : encoded;
  if (serial.length > 8 || (serial.length === 8 && serial[0]! >= 0x80)) return `\n            ${hex(serial, ':')}\n`;
  const value = BigInt(`0x${hex(serial)}`);
  return ` ${value} (0x${value.toString(16)})\n`;
}

/** Parts that `-certopt` leaves out, by its names. */
const parts = {
  no_header: 'header',
  no_version: 'version',
  no_serial: 'serial',
  no_signame: 'signature name',
  no_issuer: 'issuer',
  no_validity: 'validity',
  no_subject: 'subject',
  no_pubkey: 'key',
  no_extensions: 'extensions',
  no_sigdump: 'signature',
} as const;

export function isPart(option: string): option is keyof typeof parts {
  return option in parts;
}

/** `openssl x509 -text` of a certificate with an RSA key. `equals` stands between types and values of names. */
export function certificateText(certificate: Certificate, equals: string, without: readonly (keyof typeof parts)[] = []): string {
  const algorithm = '    Signature Algorithm: sha256WithRSAEncryption\n';
  const bits = certificate.modulus.length * 8 - 8;
  const pieces: readonly (readonly [keyof typeof parts, string])[] = [
    ['no_header', 'Certificate:\n    Data:\n'],
    ['no_version', `        Version: ${certificate.version} (0x${certificate.version - 1})\n`],
    ['no_serial', `        Serial Number:${serialText(certificate.serial)}`],
    ['no_signame', `    ${algorithm}`],
    ['no_issuer', `        Issuer: ${oneLine(certificate.issuer, equals)}\n`],
    [
      'no_validity',
      `        Validity\n            Not Before: ${printTime(certificate.notBefore)}\n            Not After : ${printTime(certificate.notAfter)}\n`,
    ],
    ['no_subject', `        Subject: ${oneLine(certificate.subject, equals)}\n`],
    [
      'no_pubkey',
      `        Subject Public Key Info:
            Public Key Algorithm: rsaEncryption
                Public-Key: (${bits} bit)
                Modulus:
${block(certificate.modulus, 15, '                    ')}                Exponent: ${certificate.exponent} (0x${certificate.exponent.toString(16)})
`,
    ],
    [
      'no_extensions',
      certificate.extensions.length === 0
        ? ''
        : `        X509v3 extensions:\n${certificate.extensions.map((one) => printExtension(one, '            ')).join('')}`,
    ],
    ['no_sigdump', `${algorithm}    Signature Value:\n${block(certificate.signature, 18, '        ')}`],
  ];
  return pieces
    .filter(([option]) => !without.includes(option))
    .map(([, text]) => text)
    .join('');
}
