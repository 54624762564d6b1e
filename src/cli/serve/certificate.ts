/** A real server certificate for the served API: keys of this run alone, an authority that signs once and is forgotten. */
import { createHash, createPublicKey, generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto';
import { addressOctets, extension } from '#node/pki/certificate.ts';
import { element, octets, oid, pem, sequence, set, text, time, type Bytes } from '#node/pki/der.ts';

export interface ServerIdentity {
  /** PEM of the authority, which clients are to believe. */
  readonly authority: string;
  /** PEM of the server's certificate, and of its private key. */
  readonly certificate: string;
  readonly key: string;
}

const day = 86_400_000;
const ecdsaWithSha256 = sequence(oid('1.2.840.10045.4.3.2'));
const serverAuth = oid('1.3.6.1.5.5.7.3.1');
const keyUsage = { digitalSignature: octets(7, 0x80), certificateSign: octets(2, 0x04) };

function bytesOf(buffer: Buffer): Bytes {
  return buffer.toString('latin1');
}

function nameOf(commonName: string): Bytes {
  return sequence(set(sequence(oid('2.5.4.3'), element(0x0c, text(commonName)))));
}

/** SubjectPublicKeyInfo, and the identifier RFC 7093 makes of it. */
function publicPart(key: KeyObject): { readonly info: Bytes; readonly identifier: Bytes } {
  const info = createPublicKey(key).export({ type: 'spki', format: 'der' });
  return { info: bytesOf(info), identifier: bytesOf(createHash('sha256').update(info).digest().subarray(0, 20)) };
}

interface Body {
  readonly subject: string;
  readonly issuer: string;
  readonly key: KeyObject;
  readonly now: number;
  readonly extensions: readonly Bytes[];
}

/** A certificate (RFC 5280), signed with the issuer's key. */
function signed({ subject, issuer, key, now, extensions }: Body, issuerKey: KeyObject): string {
  const serial = randomBytes(16);
  serial[0] = (serial[0]! & 0x3f) | 0x40;
  const body = sequence(
    element(0xa0, element(0x02, octets(2))),
    element(0x02, bytesOf(serial)),
    ecdsaWithSha256,
    nameOf(issuer),
    sequence(time(now - day), time(now + 365 * day)),
    nameOf(subject),
    publicPart(key).info,
    element(0xa3, sequence(...extensions)),
  );
  const signature = bytesOf(sign('sha256', Buffer.from(body, 'latin1'), issuerKey));
  return pem('CERTIFICATE', sequence(body, ecdsaWithSha256, element(0x03, octets(0), signature)));
}

/** An authority and a server's certificate of it, for these names and addresses; `now` is the real time, Unix milliseconds. */
export function serverIdentity(names: readonly string[], addresses: readonly string[], now: number): ServerIdentity {
  const [authority, server] = [0, 1].map(() => generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey) as [KeyObject, KeyObject];
  const issuer = 'cka-net';
  const { identifier } = publicPart(authority);
  const authorityPem = signed(
    {
      subject: issuer,
      issuer,
      key: authority,
      now,
      extensions: [
        extension(15, true, element(0x03, keyUsage.certificateSign)),
        extension(19, true, sequence(element(0x01, octets(0xff)))),
        extension(14, false, element(0x04, identifier)),
      ],
    },
    authority,
  );
  const alternatives = [
    ...names.map((name) => element(0x82, text(name))),
    ...addresses.map((address) => element(0x87, addressOctets(address))),
  ];
  const certificate = signed(
    {
      subject: 'kube-apiserver',
      issuer,
      key: server,
      now,
      extensions: [
        extension(15, true, element(0x03, keyUsage.digitalSignature)),
        extension(37, false, sequence(serverAuth)),
        extension(19, true, sequence()),
        extension(14, false, element(0x04, publicPart(server).identifier)),
        extension(35, false, sequence(element(0x80, identifier))),
        extension(17, false, sequence(...alternatives)),
      ],
    },
    authority,
  );
  return { authority: authorityPem, certificate, key: server.export({ type: 'pkcs8', format: 'pem' }).toString() };
}
