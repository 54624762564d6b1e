/** Stand-ins for keys and certificates: files of the right names and shape, whose content nobody can use. */
import { stream } from '#kube/chance.ts';

const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** PEM text of a label: 64 letters a line, fixed by what it is for. */
export function pem(label: string, purpose: string, lines = 18): string {
  const draw = stream(`pem/${purpose}`);
  const line = () => Array.from({ length: 64 }, () => letters[draw() % 64]).join('');
  return `-----BEGIN ${label}-----\nMII${line().slice(3)}\n${Array.from({ length: lines - 1 }, line).join('\n')}\n-----END ${label}-----\n`;
}

/** The files below /etc/kubernetes/pki that kubeadm makes. */
export function pkiFiles(seed: string): readonly (readonly [path: string, content: string])[] {
  const pairs = ['ca', 'apiserver', 'apiserver-kubelet-client', 'apiserver-etcd-client', 'front-proxy-ca', 'front-proxy-client', 'etcd/ca', 'etcd/server', 'etcd/peer', 'etcd/healthcheck-client'];
  return [
    ...pairs.flatMap((name) => [[`/etc/kubernetes/pki/${name}.crt`, pem('CERTIFICATE', `${seed}/${name}.crt`)] as const, [`/etc/kubernetes/pki/${name}.key`, pem('RSA PRIVATE KEY', `${seed}/${name}.key`, 25)] as const]),
    ['/etc/kubernetes/pki/sa.key', pem('RSA PRIVATE KEY', `${seed}/sa.key`, 25)],
    ['/etc/kubernetes/pki/sa.pub', pem('PUBLIC KEY', `${seed}/sa.pub`, 7)],
  ];
}

export function base64(text: string): string {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)));
}
