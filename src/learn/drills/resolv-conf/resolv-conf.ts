import type { Draw } from '../draw.ts';
import type { DrillKind, Exercise } from '../kind.ts';
import { client, namespace, namespaceNames } from '../objects.ts';

/** What the kubelet writes into a pod's resolv.conf. */
export const resolvConf: DrillKind = {
  kind: 'resolv-conf',
  title: "A pod's resolv.conf",
  trains: 'dnsPolicy and dnsConfig: servers, search list, options',
  topic: 'dns',
  make(draw) {
    const ns = draw.of(namespaceNames);
    const pod = podSpec(draw);
    const wanted = draw.of(searches(pod) ? (['search', 'nameserver', 'ndots'] as const) : (['nameserver', 'ndots'] as const));
    const exhibit = `kubectl -n ${ns} get pod client -o json | jq -c '.spec | {dnsPolicy, hostNetwork, dnsConfig}'; ssh node01 grep resolvConf /var/lib/kubelet/config.yaml; ssh node01 cat /run/systemd/resolve/resolv.conf`;
    const read = `kubectl -n ${ns} exec client -- cat /etc/resolv.conf`;
    return {
      objects: [namespace(ns), client('client', ns, {}, pod)],
      question: {
        ...asked(wanted, ns, read),
        exhibit: { run: exhibit },
      },
    };
  },
};

interface PodSpec {
  readonly nodeName: string;
  readonly dnsPolicy: string;
  readonly hostNetwork?: boolean;
  readonly dnsConfig?: { readonly searches?: readonly string[] };
}

/** Reports whether there is a search list to ask for. */
function searches({ dnsPolicy, hostNetwork, dnsConfig }: PodSpec): boolean {
  const ofCluster = dnsPolicy === 'ClusterFirstWithHostNet' || (dnsPolicy === 'ClusterFirst' && hostNetwork !== true);
  return ofCluster || dnsConfig?.searches !== undefined;
}

function podSpec(draw: Draw): PodSpec {
  const policy = draw.of(['ClusterFirst', 'ClusterFirst', 'Default', 'None', 'ClusterFirstWithHostNet']);
  const hostNetwork = policy === 'ClusterFirstWithHostNet' || (policy === 'ClusterFirst' && draw.chance(40));
  const options = draw.chance(60) ? [{ name: 'ndots', value: String(draw.int(1, 4)) }] : [];
  const extra = draw.chance(50) ? draw.some(['corp.example', 'lab.example', 'svc.example'], draw.int(1, 2)) : [];
  const nameservers = policy === 'None' || draw.chance(30) ? [`192.0.2.${draw.int(1, 254)}`] : [];
  const dnsConfig = {
    ...(nameservers.length > 0 && { nameservers }),
    ...(extra.length > 0 && { searches: extra }),
    ...(options.length > 0 && { options }),
  };
  return {
    nodeName: 'node01',
    dnsPolicy: policy,
    ...(hostNetwork && { hostNetwork }),
    ...(Object.keys(dnsConfig).length > 0 && { dnsConfig }),
  };
}

function asked(wanted: 'search' | 'nameserver' | 'ndots', ns: string, read: string): Exercise['question'] {
  const told = `A pod of namespace \`${ns}\` runs on node01. Its settings are shown below, and the file that the kubelet starts from.`;
  const common = {
    explain:
      '`ClusterFirst` points at kube-dns and searches NAMESPACE.svc, svc and the domain, then what the node searches, with `ndots:5`. `Default` is the file of the node. With `hostNetwork`, `ClusterFirst` falls back to `Default`; `ClusterFirstWithHostNet` does not. `None` has what `dnsConfig` says alone. What `dnsConfig` adds comes behind, options of the same name are replaced.',
    docs: 'https://kubernetes.io/docs/concepts/services-networking/dns-pod-service/#pod-s-dns-policy',
  };
  switch (wanted) {
    case 'search':
      return {
        ...common,
        type: 'input',
        as: 'text',
        prompt: `${told} What does the line \`search\` of the pod's file say? Give the domains in their order.`,
        answer: { run: `${read} | grep ^search | cut -d ' ' -f 2-` },
      };
    case 'nameserver':
      return {
        ...common,
        type: 'input',
        as: 'text',
        list: true,
        prompt: `${told} Which servers does the pod's file name? Give their addresses.`,
        answer: { run: `${read} | awk '/^nameserver/ {print $2}'` },
      };
    case 'ndots':
      return {
        ...common,
        type: 'input',
        as: 'number',
        prompt: `${told} A name needs how many dots to be asked for as it is first? (Without a setting: 1.)`,
        answer: { run: `${read} | grep -oE 'ndots:[0-9]+' | cut -d : -f 2 | tail -n 1 | grep . || echo 1` },
      };
  }
}
