/** The messages of a TLS 1.3 handshake, counted in octets: `openssl s_client` says how many it has read and written. (RFC 8446) */
import { readFile } from '#node/files.ts';
import type { Host } from '#node/host.ts';
import type { TlsServer } from '../../network/tls.ts';
import { parseCertificates, type Attribute, type Certificate } from '#net/x509.ts';

/** Header, type of content and tag of an encrypted record. */
const sealed = 22;
const changeCipherSpec = 6;
const serverHello = 127;
const clientHello = 297;
/** A signature of a key of 2048 bits. */
const certificateVerify = sealed + 264;

export interface Offer {
  readonly servername?: string;
  readonly alpn?: readonly string[];
  readonly certificate?: Certificate;
}

/** The signature algorithms that a server of Go asks a client for (crypto/tls, defaultSupportedSignatureAlgorithms); the last two are not shared. */
export const goAlgorithms =
  'RSA-PSS+SHA256:ECDSA+SHA256:ed25519:RSA-PSS+SHA384:RSA-PSS+SHA512:RSA+SHA256:RSA+SHA384:RSA+SHA512:ECDSA+SHA384:ECDSA+SHA512:RSA+SHA1:ECDSA+SHA1';

/** Files of authorities whose clients a server knows: where kubeadm puts them. */
const clientAuthorities: Readonly<Record<string, readonly string[]>> = {
  'kube-apiserver': ['/etc/kubernetes/pki/ca.crt', '/etc/kubernetes/pki/front-proxy-ca.crt'],
  kubelet: ['/etc/kubernetes/pki/ca.crt'],
  etcd: ['/etc/kubernetes/pki/etcd/ca.crt'],
};

/** The names of the authorities that a server would accept clients of. */
export function acceptedAuthorities(host: Host, process: string): readonly (readonly Attribute[])[] {
  return (clientAuthorities[process] ?? []).flatMap((path) =>
    parseCertificates(readFile(host.files, path) ?? '').map(({ subject }) => subject),
  );
}

/** Octets of a name in DER: each attribute in a set and a sequence of its own. */
function nameSize(name: readonly Attribute[]): number {
  return 2 + name.reduce((sum, { value }) => sum + 11 + new TextEncoder().encode(value).length, 0);
}

function certificateSize(chain: readonly Certificate[]): number {
  return chain.reduce((sum, { der }) => sum + der.length + 5, sealed + 8);
}

function finished({ cipher }: TlsServer): number {
  return sealed + 4 + (cipher.endsWith('384') ? 48 : 32);
}

/** Octets of the client's first message. */
export function helloSize({ servername, alpn }: Offer): number {
  const names = alpn === undefined ? 0 : alpn.reduce((sum, one) => sum + 1 + one.length, 6);
  return clientHello + (servername === undefined ? 0 : 9 + servername.length) + names;
}

/** What the client has read when it knows the server's certificate and signature. */
function upToVerify(server: TlsServer, accepted: readonly (readonly Attribute[])[], protocol: string | undefined): number {
  const extensions = sealed + 6 + (protocol === undefined ? 0 : 7 + protocol.length);
  const algorithms = goAlgorithms.split(':').length;
  const asked = sealed + 4 + 1 + 2 + 4 + 4 + 6 + 2 * algorithms + 6 + accepted.reduce((sum, name) => sum + 2 + nameSize(name), 0);
  return serverHello + changeCipherSpec + extensions + (server.asks ? asked : 0) + certificateSize(server.chain) + certificateVerify;
}

/** Octets of a whole handshake, or of one that the client breaks off at the server's certificate. */
export function handshakeSizes(
  server: TlsServer,
  offer: Offer,
  accepted: readonly (readonly Attribute[])[],
  protocol: string | undefined,
  broken: boolean,
): { readonly read: number; readonly written: number } {
  const alert = 7;
  const read = upToVerify(server, accepted, protocol);
  if (broken) return { read, written: helloSize(offer) + alert };
  const { certificate } = offer;
  const own = certificate === undefined ? sealed + 8 : certificateSize([certificate]) + certificateVerify;
  return {
    read: read + finished(server),
    written: helloSize(offer) + changeCipherSpec + (server.asks ? own : 0) + finished(server),
  };
}
