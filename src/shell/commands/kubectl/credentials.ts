/** Whom the API server takes a kubeconfig's user for: the subject of a client certificate, or of a token. */
import type { ApiRequest } from '#apiserver/request.ts';
import { userOfToken } from '#apiserver/token-signature.ts';
import { sha256 } from '#net/digest.ts';
import { readFile } from '#node/files.ts';
import { isIssuedBy, parseCertificates, type Certificate } from '#net/x509.ts';
import { ExitError, KubectlError } from './errors.ts';
import type { Invocation } from './invocation.ts';
import type { UserEntry } from './kubeconfig.ts';

/** `rejected`: the server says 401 to these credentials. */
export type Identity =
  | { readonly kind: 'user'; readonly user: NonNullable<ApiRequest['user']> }
  | { readonly kind: 'anonymous' }
  | { readonly kind: 'rejected' };

/** Throws where kubectl itself gives up: files that are not there, and questions that nobody answers. */
export function identityOf(kubectl: Invocation): Identity {
  const { user, server } = kubectl.clientConfig;
  const token = tokenOf(kubectl, user);
  if (token !== undefined && token !== '') return tokenIdentity(kubectl, token);
  const pem = certificateOf(kubectl, user);
  if (pem !== undefined) return certificateIdentity(kubectl, pem);
  if (user.username !== undefined || !server.startsWith('https:')) return { kind: 'anonymous' };
  kubectl.out('Please enter Username: ');
  throw new ExitError(1, 'error: EOF');
}

function tokenOf(kubectl: Invocation, user: UserEntry): string | undefined {
  if (user.token !== undefined && user.token !== '') return user.token;
  if (user.tokenFile === undefined || user.tokenFile === '') return undefined;
  const token = kubectl.io.files.read(user.tokenFile);
  if (token === undefined) throw new KubectlError(`open ${user.tokenFile}: no such file or directory`);
  return token.trim();
}

function tokenIdentity({ here, now }: Invocation, token: string): Identity {
  const name = userOfToken(token, here.lab.snapshot.cluster.seed, now);
  const [, namespace] = /^system:serviceaccount:([^:]+):[^:]+$/.exec(name ?? '') ?? [];
  if (name === undefined || namespace === undefined) return { kind: 'rejected' };
  const groups = ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'];
  return { kind: 'user', user: { name, groups } };
}

function certificateOf(kubectl: Invocation, user: UserEntry): string | undefined {
  const data = user['client-certificate-data'];
  if (data !== undefined && data !== '') return atob(data);
  const file = user['client-certificate'];
  return file === undefined || file === '' ? undefined : kubectl.io.files.read(file);
}

/**
 * Common name and organizations of the certificate's subject: the user's name and groups; and its fingerprint, which is told since 1.32.
 * (staging:apiserver/pkg/authentication/request/x509)
 */
function certificateIdentity(kubectl: Invocation, pem: string): Identity {
  const [certificate] = parseCertificates(pem);
  if (certificate === undefined) throw new KubectlError('tls: failed to find any PEM data in certificate input');
  if (!isBelieved(kubectl, certificate)) return { kind: 'rejected' };
  const values = (type: string) => certificate.subject.filter((one) => one.type === type).map(({ value }) => value);
  return {
    kind: 'user',
    user: {
      name: values('CN')[0] ?? '',
      groups: [...values('O'), 'system:authenticated'],
      ...(kubectl.atLeast(32) && { extra: { 'authentication.kubernetes.io/credential-id': [fingerprintOf(certificate)] } }),
    },
  };
}

const fingerprints = new WeakMap<Certificate, string>();

function fingerprintOf(certificate: Certificate): string {
  let fingerprint = fingerprints.get(certificate);
  if (fingerprint === undefined)
    fingerprints.set(certificate, (fingerprint = `X509SHA256=${sha256(String.fromCharCode(...certificate.der))}`));
  return fingerprint;
}

/** Whether the cluster's authority has issued it, and it is valid now. Where no machine has that authority's file, nothing is known against it. */
function isBelieved({ here, now }: Invocation, certificate: Certificate): boolean {
  if (now < certificate.notBefore || now > certificate.notAfter) return false;
  const controlPlane = [...here.lab.snapshot.hosts.values()].find((host) => host.controlPlane);
  const file = controlPlane && readFile(controlPlane.files, '/etc/kubernetes/pki/ca.crt');
  return file === undefined || parseCertificates(file).some((authority) => isIssuedBy(certificate, authority));
}
