/** TLS as a client meets it: the certificate a server shows, and whether the client believes it. */
import { certificate } from '#node/pki/certificate.ts';
import { serverAt } from '#lab/connect.ts';
import type { Trace } from '#dataplane/trace/trace.ts';
import { Pod } from '#kube/kinds/pod.ts';
import { parseIp } from '#net/ip.ts';
import { readFile } from '#node/files.ts';
import type { Here } from '../command.ts';
import { listenerOf } from './http.ts';
import { isFor, parseCertificates, type Certificate } from '#net/x509.ts';

export interface TlsServer {
  /** The server's own first. */
  readonly chain: readonly Certificate[];
  readonly pem: string;
  /** Offers HTTP/2. */
  readonly http2: boolean;
  readonly cipher: string;
  /** Asks the client for a certificate. */
  readonly asks: boolean;
}

/** Programs whose certificate lies in a file of their machine: the flag that names it, and where kubeadm puts it. */
const certificateFiles: Readonly<Record<string, readonly [flag: string, path: string]>> = {
  'kube-apiserver': ['tls-cert-file', '/etc/kubernetes/pki/apiserver.crt'],
  etcd: ['cert-file', '/etc/kubernetes/pki/etcd/server.crt'],
  kubelet: ['tls-cert-file', '/var/lib/kubelet/pki/kubelet.crt'],
};

const goCipher = 'TLS_AES_128_GCM_SHA256';
const opensslCipher = 'TLS_AES_256_GCM_SHA384';
const day = 86_400_000;

/** The server at the end of a connection, as a client sees it that names a host (SNI); undefined where nobody speaks TLS. */
export function tlsServerOf(here: Here, trace: Trace, serverName?: string): TlsServer | undefined {
  const listener = listenerOf(trace);
  if (listener?.speaks !== 'https') return undefined;
  const { process: server } = listener;
  const isGo = server in certificateFiles || server.startsWith('kube');
  // An address is no name that a client would send.
  const named = serverName === undefined || parseIp(serverName) !== undefined ? undefined : serverName;
  const own = serverAt(here.lab.snapshot, trace, here.lab.programs);
  const shown = own?.program.certificate?.(own.context, trace.destination!.port, named);
  const pem = shown ?? certificateOf(here, trace, server);
  return {
    pem,
    chain: parseCertificates(pem),
    http2: isGo || shown !== undefined,
    cipher: isGo ? goCipher : opensslCipher,
    asks: server in certificateFiles,
  };
}

function certificateOf({ lab }: Here, trace: Trace, process: string): string {
  const { at, listening } = trace.destination!;
  const { seed } = lab.snapshot.cluster;
  const known = certificateFiles[process];
  const sandbox = listening?.sandbox;
  if (known !== undefined) {
    const [flag, usual] = known;
    const pod = sandbox === undefined ? undefined : lab.snapshot.cluster.get(Pod, sandbox.podNamespace, sandbox.podName);
    const words = (pod?.spec.containers ?? []).flatMap(({ command = [], args = [] }) => [...command, ...args]);
    const path = words.find((word) => word.startsWith(`--${flag}=`))?.slice(flag.length + 3) ?? usual;
    const text = readFile(at.host.files, path);
    if (text !== undefined) return text;
  }
  // A server whose certificate is nobody's concern has made one for itself; the control plane's is always the cluster's.
  const name = sandbox?.podName ?? process;
  const own = process === 'kube-apiserver' ? { name: 'kubernetes' } : { name };
  const subject = process === 'kube-apiserver' ? { name: process } : { name };
  const purpose = `${seed}/tls/${name}`;
  return certificate(purpose, subject, own, at.host.bootedAt - day, { issuerPurpose: `${seed}/ca`, usage: 'server', dns: [name] });
}

/** Reports whether the server's own certificate is for the host that was asked for. */
export function namesHost({ chain }: TlsServer, host: string): boolean {
  return chain[0] !== undefined && isFor(chain[0], host);
}
