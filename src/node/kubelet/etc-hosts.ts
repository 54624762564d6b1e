/** A pod's /etc/hosts, which the kubelet writes (pkg/kubelet/kubelet_pods.go: managedHostsFileContent, nodeHostsFileContent). */
import type { Pod } from '#kube/kinds/pod.ts';

const head = '# Kubernetes-managed hosts file.\n';
const nodeHead = '# Kubernetes-managed hosts file (host network).\n';

/** The file of a pod with an address of its own. A pod with a subdomain has its full name there too. */
export function podHostsFile(pod: Pod, hostname: string, addresses: readonly string[], clusterDomain: string): string {
  const local =
    '127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\nfe00::\tip6-localnet\nfe00::\tip6-mcastprefix\nfe00::1\tip6-allnodes\nfe00::2\tip6-allrouters\n';
  const domain =
    pod.spec.subdomain === undefined || pod.spec.subdomain === ''
      ? undefined
      : `${hostname}.${pod.spec.subdomain}.${pod.metadata.namespace}.svc.${clusterDomain}`;
  const own = addresses
    .map((address) => (domain === undefined ? `${address}\t${hostname}\n` : `${address}\t${domain}\t${hostname}\n`))
    .join('');
  return `${head}${local}${own}${aliasText(pod)}`;
}

/** The file of a pod in the host's network: the host's own, under a heading. */
export function managedHostsFile(hostFile: string, pod: Pod): string {
  return `${nodeHead}${hostFile}${aliasText(pod)}`;
}

function aliasText(pod: Pod): string {
  const aliases = pod.spec.hostAliases ?? [];
  if (aliases.length === 0) return '';
  return `\n# Entries added by HostAliases.\n${aliases.map(({ ip, hostnames }) => `${ip}\t${(hostnames ?? []).join('\t')}\n`).join('')}`;
}
