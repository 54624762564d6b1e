/** The packet filter of the namespace that a program runs in. */
import { Pod } from '#kube/kinds/pod.ts';
import type { Netfilter } from '#node/netfilter.ts';
import type { Here } from '../../command.ts';
import { namespaceAt, namespaceName } from '../../place.ts';

export function netfilterAt({ lab, place }: Here): Netfilter {
  return namespaceAt(lab, place).netfilter;
}

export function changeNetfilter({ lab, place }: Here, netfilter: Netfilter): void {
  const name = namespaceName(lab, place);
  lab.change((change) => {
    const host = change.hosts.get(place.node)!;
    const namespace = host.kernel.namespaces.get(name)!;
    const namespaces = new Map(host.kernel.namespaces).set(name, { ...namespace, netfilter });
    change.hosts.set(place.node, { ...host, kernel: { ...host.kernel, namespaces } });
  });
}

/** Whether a program there may change or even see rules: CAP_NET_ADMIN, which containers do not have by themselves. */
export function mayAdminister({ lab, place }: Here): boolean {
  if (place.kind === 'node') return true;
  const spec = lab.snapshot.cluster.get(Pod, place.namespace, place.pod)?.spec;
  const containers = [...(spec?.containers ?? []), ...(spec?.initContainers ?? []), ...(spec?.ephemeralContainers ?? [])];
  const context = containers.find(({ name }) => name === place.container)?.securityContext;
  if (context?.privileged === true) return true;
  const user = context?.runAsUser ?? spec?.securityContext?.runAsUser ?? 0;
  const added = context?.capabilities?.add ?? [];
  return Number(user) === 0 && added.some((one) => ['ALL', 'CAP_ALL', 'NET_ADMIN', 'CAP_NET_ADMIN'].includes(one.toUpperCase()));
}
