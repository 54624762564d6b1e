/** `kubeadm certs check-expiration`: until when the certificates of this machine are valid. (cmd/kubeadm/app/cmd/certs.go, phases/certs/renewal) */
import { load } from 'js-yaml';
import { parseCertificates, type Certificate } from '#net/x509.ts';
import { alignTabs } from '../../columns.ts';
import { failure, output, type Files, type Output } from '../../command.ts';
import { kubeadmError, type Invocation, type Phase } from './kubeadm.ts';
import { minorOf, release } from './release.ts';

const directory = '/etc/kubernetes';

/** By name, with the authority each is of. */
const certificates: readonly (readonly [name: string, authority: string])[] = [
  ['admin.conf', 'ca'],
  ['apiserver', 'ca'],
  ['apiserver-etcd-client', 'etcd-ca'],
  ['apiserver-kubelet-client', 'ca'],
  ['controller-manager.conf', 'ca'],
  ['etcd-healthcheck-client', 'etcd-ca'],
  ['etcd-peer', 'etcd-ca'],
  ['etcd-server', 'etcd-ca'],
  ['front-proxy-client', 'front-proxy-ca'],
  ['scheduler.conf', 'ca'],
  ['super-admin.conf', 'ca'],
];
const authorities = ['ca', 'etcd-ca', 'front-proxy-ca'];

export const certs: Phase = (invocation) => {
  const [name] = invocation.args;
  if (name === undefined) return kubeadmError('missing subcommand; "certs" is not meant to be run on its own');
  if (name === 'check-expiration') return checkExpiration(invocation);
  if (['renew', 'certificate-key', 'generate-csr'].includes(name))
    return failure(`kubeadm certs ${name} is not simulated: certificates here are never made anew\n`);
  return kubeadmError(`unknown command "${name}" for "kubeadm certs"`);
};

interface Kubeconfig {
  readonly 'current-context'?: string;
  readonly contexts?: readonly { readonly name: string; readonly context: { readonly user: string } }[];
  readonly users?: readonly { readonly name: string; readonly user: { readonly 'client-certificate-data'?: string } }[];
}

function read(files: Files, name: string): Certificate | undefined {
  if (!name.endsWith('.conf')) {
    const path = name.startsWith('etcd-') ? `etcd/${name.slice(5)}` : name;
    return parseCertificates(files.read(`${directory}/pki/${path}.crt`) ?? '')[0];
  }
  try {
    const config = load(files.read(`${directory}/${name}`) ?? '{}') as Kubeconfig;
    const user = config.contexts?.find((one) => one.name === config['current-context'])?.context.user;
    const data = config.users?.find((one) => one.name === user)?.user['client-certificate-data'];
    return data === undefined ? undefined : parseCertificates(atob(data))[0];
  } catch {
    return undefined;
  }
}

async function checkExpiration({ io, here }: Invocation): Promise<Output> {
  const version = release(here);
  const asked = await io.run([
    'kubectl',
    '--kubeconfig',
    `${directory}/admin.conf`,
    '-n',
    'kube-system',
    'get',
    'configmap',
    'kubeadm-config',
    '-o',
    'name',
  ]);
  const reached = asked.exitCode === 0;
  const recent = minorOf(version) >= 31;
  const head = recent
    ? '[check-expiration] Reading configuration from the "kubeadm-config" ConfigMap in namespace "kube-system"...\n'
    : '[check-expiration] Reading configuration from the cluster...\n';
  const rest = !reached
    ? '[check-expiration] Error reading configuration from the Cluster. Falling back to default configuration\n\n'
    : recent
      ? "[check-expiration] Use 'kubeadm init phase upload-config kubeadm --config your-config-file' to re-upload it.\n\n"
      : "[check-expiration] FYI: You can look at this config file with 'kubectl -n kube-system get cm kubeadm-config -o yaml'\n\n";
  const when = (certificate: Certificate) =>
    `${dateText(certificate.notAfter)}\t${shortHumanDuration(certificate.notAfter - here.lab.now)}`;
  const rows = certificates
    .filter(([name]) => name !== 'super-admin.conf' || minorOf(version) >= 29)
    .map(([name, authority]) => {
      const found = read(io.files, name);
      return found === undefined ? `!MISSING! ${name}\t\t\t\t` : `${name}\t${when(found)}\t${authority}\t${'no'.padEnd(8)}`;
    });
  const roots = authorities.map((name) => {
    const found = read(io.files, name);
    return found === undefined ? `!MISSING! ${name}\t\t\t` : `${name}\t${when(found)}\t${'no'.padEnd(8)}`;
  });
  const table = (lines: readonly string[]) => alignTabs(`${lines.join('\n')}\n`, { minWidth: 10, padding: 3 });
  return output(
    `${head}${rest}${table(['CERTIFICATE\tEXPIRES\tRESIDUAL TIME\tCERTIFICATE AUTHORITY\tEXTERNALLY MANAGED', ...rows])}\n${table([
      'CERTIFICATE AUTHORITY\tEXPIRES\tRESIDUAL TIME\tEXTERNALLY MANAGED',
      ...roots,
    ])}`,
  );
}

/** `Nov 14, 2027 09:55 UTC`. */
function dateText(at: number): string {
  const [, day, month, year, time] = new Date(at).toUTCString().split(' ') as [string, string, string, string, string];
  return `${month} ${day}, ${year} ${time.slice(0, 5)} UTC`;
}

/** (apimachinery/pkg/util/duration: ShortHumanDuration) */
export function shortHumanDuration(milliseconds: number): string {
  const seconds = Math.trunc(milliseconds / 1000);
  if (seconds < -1) return '<invalid>';
  if (seconds < 0) return '0s';
  if (seconds < 60) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes}m`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return `${hours}h`;
  return hours < 24 * 365 ? `${Math.floor(hours / 24)}d` : `${Math.floor(hours / 24 / 365)}y`;
}
