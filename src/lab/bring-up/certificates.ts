/**
 * Keys and certificates of a new cluster. Certificates are X.509 in form (RFC 5280, DER): subject, issuer and validity are true of the
 * cluster and may be read; keys and signatures are drawn from the seed, and nobody can use them.
 */
import { stream } from '#kube/chance.ts';

/** Octets, one a character: strings are what JavaScript joins fastest. */
type Bytes = string;

const octets = (...codes: readonly number[]): Bytes => String.fromCharCode(...codes);

function element(tag: number, ...contents: readonly Bytes[]): Bytes {
  const content = contents.join('');
  const { length } = content;
  const size = length < 128 ? octets(length) : length < 256 ? octets(0x81, length) : octets(0x82, length >> 8, length & 255);
  return octets(tag) + size + content;
}

const sequence = (...contents: readonly Bytes[]) => element(0x30, ...contents);
const set = (...contents: readonly Bytes[]) => element(0x31, ...contents);
const text = (value: string): Bytes => octets(...new TextEncoder().encode(value));
const commonName = element(0x06, octets(0x55, 0x04, 0x03));
const organization = element(0x06, octets(0x55, 0x04, 0x0a));
const sha256WithRsa = sequence(element(0x06, octets(0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b)), element(0x05));
const rsaEncryption = sequence(element(0x06, octets(0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01)), element(0x05));

export interface Subject {
  readonly name: string;
  readonly organization?: string;
}

function nameOf({ name, organization: group }: Subject): Bytes {
  const attribute = (type: Bytes, value: string) => set(sequence(type, element(0x0c, text(value))));
  return sequence(...(group === undefined ? [] : [attribute(organization, group)]), attribute(commonName, name));
}

function utcTime(at: number): Bytes {
  return element(0x17, text(`${new Date(at).toISOString().replace(/[-:T]/g, '').slice(2, 14)}Z`));
}

/** Bytes drawn from what they are for; the first is never negative. */
function bytes(purpose: string, count: number): Bytes {
  const draw = stream(purpose);
  let out = octets((draw() & 0x3f) | 0x40);
  while (out.length < count) {
    const value = draw();
    out += octets(value & 255, (value >>> 8) & 255, (value >>> 16) & 255, value >>> 24);
  }
  return out.slice(0, count);
}

const year = 365 * 86_400_000;

/** A certificate in PEM; authorities are valid for ten years, others for one. */
export function certificate(purpose: string, subject: Subject, issuer: Subject, notBefore: number): string {
  const authority = subject.name === issuer.name;
  const publicKey = sequence(element(0x02, octets(0), bytes(`${purpose}/modulus`, 256)), element(0x02, octets(1, 0, 1)));
  const body = sequence(
    element(0xa0, element(0x02, octets(2))),
    element(0x02, bytes(`${purpose}/serial`, 8)),
    sha256WithRsa,
    nameOf(issuer),
    sequence(utcTime(notBefore), utcTime(notBefore + (authority ? 10 : 1) * year)),
    nameOf(subject),
    sequence(rsaEncryption, element(0x03, octets(0), publicKey)),
  );
  return pem('CERTIFICATE', sequence(body, sha256WithRsa, element(0x03, octets(0), bytes(`${purpose}/signature`, 256))));
}

/** A private key's PEM, drawn from what it is for. */
export function privateKey(purpose: string): string {
  return pem('RSA PRIVATE KEY', sequence(element(0x02, octets(0)), element(0x02, octets(0), bytes(`${purpose}/key`, 1180))));
}

function pem(label: string, der: Bytes): string {
  const body = btoa(der).replace(/.{64}/g, '$&\n');
  return `-----BEGIN ${label}-----\n${body.replace(/\n$/, '')}\n-----END ${label}-----\n`;
}

const clusterCa: Subject = { name: 'kubernetes' };

/** A client certificate of the cluster's authority, and its key. */
export function identityOf(seed: string, subject: Subject, notBefore: number): { readonly certificate: string; readonly key: string } {
  return { certificate: certificate(`${seed}/${subject.name}`, subject, clusterCa, notBefore), key: privateKey(`${seed}/${subject.name}`) };
}

/** The certificate of the cluster's authority. */
export function clusterAuthority(seed: string, notBefore: number): string {
  return certificate(`${seed}/ca`, clusterCa, clusterCa, notBefore);
}

/** The files below /etc/kubernetes/pki that kubeadm makes; the cluster's authority is the first (cmd/kubeadm/app/phases/certs/certlist.go). */
export function pkiFiles(seed: string, notBefore: number, node = 'controlplane'): readonly (readonly [path: string, content: string])[] {
  const frontProxyCa: Subject = { name: 'front-proxy-ca' };
  const etcdCa: Subject = { name: 'etcd-ca' };
  const list: readonly (readonly [file: string, subject: Subject, issuer: Subject])[] = [
    ['ca', clusterCa, clusterCa],
    ['apiserver', { name: 'kube-apiserver' }, clusterCa],
    ['apiserver-kubelet-client', { name: 'kube-apiserver-kubelet-client', organization: 'kubeadm:cluster-admins' }, clusterCa],
    ['apiserver-etcd-client', { name: 'kube-apiserver-etcd-client' }, etcdCa],
    ['front-proxy-ca', frontProxyCa, frontProxyCa],
    ['front-proxy-client', { name: 'front-proxy-client' }, frontProxyCa],
    ['etcd/ca', etcdCa, etcdCa],
    ['etcd/server', { name: node }, etcdCa],
    ['etcd/peer', { name: node }, etcdCa],
    ['etcd/healthcheck-client', { name: 'kube-etcd-healthcheck-client' }, etcdCa],
  ];
  return [
    ...list.flatMap(([file, subject, issuer]) => [
      [`/etc/kubernetes/pki/${file}.crt`, certificate(`${seed}/${file}`, subject, issuer, notBefore)] as const,
      [`/etc/kubernetes/pki/${file}.key`, privateKey(`${seed}/${file}`)] as const,
    ]),
    ['/etc/kubernetes/pki/sa.key', privateKey(`${seed}/sa`)],
    ['/etc/kubernetes/pki/sa.pub', pem('PUBLIC KEY', sequence(rsaEncryption, element(0x03, octets(0), bytes(`${seed}/sa.pub`, 270))))],
  ];
}

export function base64(content: string): string {
  return btoa(String.fromCharCode(...new TextEncoder().encode(content)));
}
