/** Keys and certificates of a new cluster. */
import { addIp, baseOf, cidr } from '#net/ip.ts';
import { certificate, privateKey, publicKeyOf, type CertificateOptions, type Subject } from '#node/pki/certificate.ts';
import { pem } from '#node/pki/der.ts';

const clusterCa: Subject = { name: 'kubernetes' };

/** A client certificate of the cluster's authority, and its key. */
export function identityOf(seed: string, subject: Subject, notBefore: number): { readonly certificate: string; readonly key: string } {
  const purpose = `${seed}/${subject.name}`;
  const options: CertificateOptions = { issuerPurpose: `${seed}/ca`, usage: 'client' };
  return { certificate: certificate(purpose, subject, clusterCa, notBefore, options), key: privateKey(purpose) };
}

/** The certificate of the cluster's authority. */
export function clusterAuthority(seed: string, notBefore: number): string {
  return certificate(`${seed}/ca`, clusterCa, clusterCa, notBefore, { dns: ['kubernetes'] });
}

/** What the server certificates of a control plane's machine are for. */
export interface ServerNames {
  readonly node: string;
  readonly addresses: readonly string[];
  readonly serviceSubnet: string;
  readonly dnsDomain: string;
}

const anyMachine: ServerNames = { node: 'controlplane', addresses: [], serviceSubnet: '10.96.0.0/12', dnsDomain: 'cluster.local' };

/** The files below /etc/kubernetes/pki that kubeadm makes; the cluster's authority is the first (cmd/kubeadm/app/phases/certs/certlist.go). */
export function pkiFiles(
  seed: string,
  notBefore: number,
  names: Partial<ServerNames> = {},
): readonly (readonly [path: string, content: string])[] {
  const { node, addresses, serviceSubnet, dnsDomain } = { ...anyMachine, ...names };
  const frontProxyCa: Subject = { name: 'front-proxy-ca' };
  const etcdCa: Subject = { name: 'etcd-ca' };
  const services = ['kubernetes', 'kubernetes.default', 'kubernetes.default.svc', `kubernetes.default.svc.${dnsDomain}`];
  const firstAddress = addIp(baseOf(cidr(serviceSubnet.split(',')[0]!)), 1);
  const apiserver: CertificateOptions = { usage: 'server', dns: [node, ...services].sort(), ips: [firstAddress, ...addresses] };
  const etcd: CertificateOptions = { usage: 'both', dns: [node, 'localhost'].sort(), ips: [...addresses, '127.0.0.1', '::1'] };
  const client: CertificateOptions = { usage: 'client' };
  const list: readonly (readonly [file: string, subject: Subject, issuer: Subject, authority: string, options: CertificateOptions])[] = [
    ['ca', clusterCa, clusterCa, 'ca', { dns: ['kubernetes'] }],
    ['apiserver', { name: 'kube-apiserver' }, clusterCa, 'ca', apiserver],
    [
      'apiserver-kubelet-client',
      { name: 'kube-apiserver-kubelet-client', organization: 'kubeadm:cluster-admins' },
      clusterCa,
      'ca',
      client,
    ],
    ['apiserver-etcd-client', { name: 'kube-apiserver-etcd-client' }, etcdCa, 'etcd/ca', client],
    ['front-proxy-ca', frontProxyCa, frontProxyCa, 'front-proxy-ca', { dns: ['front-proxy-ca'] }],
    ['front-proxy-client', { name: 'front-proxy-client' }, frontProxyCa, 'front-proxy-ca', client],
    ['etcd/ca', etcdCa, etcdCa, 'etcd/ca', { dns: ['etcd-ca'] }],
    ['etcd/server', { name: node }, etcdCa, 'etcd/ca', etcd],
    ['etcd/peer', { name: node }, etcdCa, 'etcd/ca', etcd],
    ['etcd/healthcheck-client', { name: 'kube-etcd-healthcheck-client' }, etcdCa, 'etcd/ca', client],
  ];
  return [
    ...list.flatMap(([file, subject, issuer, authority, options]) => {
      const pemText = certificate(`${seed}/${file}`, subject, issuer, notBefore, { ...options, issuerPurpose: `${seed}/${authority}` });
      return [
        [`/etc/kubernetes/pki/${file}.crt`, pemText],
        [`/etc/kubernetes/pki/${file}.key`, privateKey(`${seed}/${file}`)],
      ] as const;
    }),
    ['/etc/kubernetes/pki/sa.key', privateKey(`${seed}/sa`)],
    ['/etc/kubernetes/pki/sa.pub', pem('PUBLIC KEY', publicKeyOf(`${seed}/sa`))],
  ];
}

/** The certificate that a kubelet makes for its own server, of an authority that nobody knows (pkg/kubelet/certificate/bootstrap, GenerateSelfSignedCert). */
export function kubeletServerFiles(seed: string, notBefore: number, node: string): readonly (readonly [path: string, content: string])[] {
  const at = Math.floor(notBefore / 1000);
  const purpose = `${seed}/${node}/kubelet`;
  const issuer: Subject = { name: `${node}-ca@${at}` };
  const options: CertificateOptions = { usage: 'server', dns: [node], issuerPurpose: `${purpose}-ca` };
  return [
    ['/var/lib/kubelet/pki/kubelet.crt', certificate(purpose, { name: `${node}@${at}` }, issuer, notBefore, options)],
    ['/var/lib/kubelet/pki/kubelet.key', privateKey(purpose)],
  ];
}

export function base64(content: string): string {
  return btoa(String.fromCharCode(...new TextEncoder().encode(content)));
}
