/** Whom the API server takes a kubeconfig's user for: the subject of a client certificate, or of a token. */
import { sha256 } from '#dataplane/proxy/sha256.ts';
import { ApiError, ExitError } from './errors.ts';
import type { Invocation } from './invocation.ts';
import type { UserEntry } from './kubeconfig.ts';

export interface User {
  readonly name: string;
  readonly groups: readonly string[];
  readonly extra?: { readonly [key: string]: readonly string[] };
}

/** The identity that requests carry; undefined when the server is to take them for anonymous. Throws where kubectl itself gives up. */
export function credentialsOf(kubectl: Invocation): User | undefined {
  const { user, server } = kubectl.clientConfig;
  const token = tokenOf(kubectl, user);
  if (token !== undefined && token !== '') {
    const subject = tokenSubject(token);
    if (subject === undefined) throw new ApiError({ code: 401, reason: 'Unauthorized', message: 'Unauthorized' });
    return subject;
  }
  const certificate = certificateOf(kubectl, user);
  if (certificate !== undefined) return certificateSubject(certificate, kubectl.atLeast(32));
  if (user.username !== undefined || !server.startsWith('https:')) return undefined;
  kubectl.out('Please enter Username: ');
  throw new ExitError(1, 'error: EOF');
}

function tokenOf(kubectl: Invocation, user: UserEntry): string | undefined {
  if (user.token !== undefined && user.token !== '') return user.token;
  if (user.tokenFile === undefined || user.tokenFile === '') return undefined;
  const token = kubectl.io.files.read(user.tokenFile);
  if (token === undefined) throw new Error(`open ${user.tokenFile}: no such file or directory`);
  return token.trim();
}

function certificateOf(kubectl: Invocation, user: UserEntry): string | undefined {
  const data = user['client-certificate-data'];
  if (data !== undefined && data !== '') return atob(data);
  const file = user['client-certificate'];
  return file === undefined || file === '' ? undefined : kubectl.io.files.read(file);
}

/** The `sub` of a service account's JSON Web Token; undefined when it is none. */
function tokenSubject(token: string): User | undefined {
  const payload = token.split('.')[1];
  if (payload === undefined || token.split('.').length !== 3) return undefined;
  try {
    const { sub } = JSON.parse(atob(payload.replaceAll('-', '+').replaceAll('_', '/'))) as { readonly sub?: string };
    const [, namespace] = /^system:serviceaccount:([^:]+):[^:]+$/.exec(sub ?? '') ?? [];
    if (sub === undefined || namespace === undefined) return undefined;
    return { name: sub, groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'] };
  } catch {
    return undefined;
  }
}

const commonName = '550403';
const organization = '55040a';

/**
 * Common name and organizations of a PEM certificate's subject (RFC 5280): the user's name and groups; and its fingerprint, which is told
 * since 1.32. (staging:apiserver/pkg/authentication/request/x509)
 */
export function certificateSubject(pem: string, withFingerprint: boolean): User {
  const body = /-----BEGIN CERTIFICATE-----([^-]*)-----END CERTIFICATE-----/.exec(pem)?.[1];
  if (body === undefined) throw new Error('tls: failed to find any PEM data in certificate input');
  const octets = atob(body.replaceAll(/\s/g, ''));
  const der = Uint8Array.from(octets, (char) => char.charCodeAt(0));
  const subject = subjectOf(der);
  return {
    name: subject.find(([type]) => type === commonName)?.[1] ?? '',
    groups: [...subject.filter(([type]) => type === organization).map(([, value]) => value), 'system:authenticated'],
    ...(withFingerprint && { extra: { 'authentication.kubernetes.io/credential-id': [`X509SHA256=${sha256(octets)}`] } }),
  };
}

interface Element {
  readonly tag: number;
  readonly content: Uint8Array;
}

/** The elements of one level of DER. */
function elementsOf(der: Uint8Array): readonly Element[] {
  const elements: Element[] = [];
  for (let at = 0; at + 1 < der.length;) {
    const tag = der[at]!;
    let length = der[at + 1]!;
    at += 2;
    if (length & 0x80) {
      const bytes = length & 0x7f;
      length = der.subarray(at, at + bytes).reduce((sum, byte) => sum * 256 + byte, 0);
      at += bytes;
    }
    elements.push({ tag, content: der.subarray(at, at + length) });
    at += length;
  }
  return elements;
}

const explicitVersion = 0xa0;

/** The attributes of the subject: object identifier in hex, and text. */
function subjectOf(der: Uint8Array): readonly (readonly [type: string, value: string])[] {
  const certificate = elementsOf(der)[0];
  const toBeSigned = certificate && elementsOf(certificate.content)[0];
  if (toBeSigned === undefined) throw new Error('x509: malformed certificate');
  const fields = elementsOf(toBeSigned.content).filter(({ tag }) => tag !== explicitVersion);
  // serialNumber, signature, issuer, validity, subject
  const subject = fields[4];
  if (subject === undefined) throw new Error('x509: malformed certificate');
  return elementsOf(subject.content).flatMap((set) =>
    elementsOf(set.content).map((attribute) => {
      const [type, value] = elementsOf(attribute.content);
      return [hex(type!.content), new TextDecoder().decode(value!.content)] as const;
    }),
  );
}

function hex(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
