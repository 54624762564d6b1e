import type { Draw } from '../draw.ts';
import type { DrillKind, Exercise } from '../kind.ts';
import { client, namespace, namespaceNames } from '../objects.ts';
import { yamlText } from '#kube/yaml-print.ts';

/** What the kubelet writes into a pod's resolv.conf. */
export const resolvConf: DrillKind = {
  kind: 'resolv-conf',
  title: "A pod's resolv.conf",
  trains: 'dnsPolicy and dnsConfig: servers, search list, options',
  topic: 'dns',
  make(draw) {
    const ns = draw.of(namespaceNames);
    const pod = podSpec(draw);
    const wanted = draw.of(['search', 'nameserver', 'ndots'] as const);
    const read = `kubectl -n ${ns} exec client -- cat /etc/resolv.conf`;
    return {
      objects: [namespace(ns), client('client', ns, {}, pod)],
      question: {
        ...asked(wanted, ns, pod, read),
        exhibit: { run: 'grep resolvConf /var/lib/kubelet/config.yaml; cat /run/systemd/resolve/resolv.conf', node: 'node01' },
      },
    };
  },
};

function podSpec(draw: Draw): object {
  const policy = draw.of(['ClusterFirst', 'ClusterFirst', 'Default', 'None', 'ClusterFirstWithHostNet']);
  const hostNetwork = policy === 'ClusterFirstWithHostNet' || (policy === 'ClusterFirst' && draw.chance(40));
  const options = draw.chance(60) ? [{ name: 'ndots', value: String(draw.int(1, 4)) }] : [];
  const searches = draw.chance(50) ? draw.some(['corp.example', 'lab.example', 'svc.example'], draw.int(1, 2)) : [];
  const nameservers = policy === 'None' || draw.chance(30) ? [`192.0.2.${draw.int(1, 254)}`] : [];
  const dnsConfig = {
    ...(nameservers.length > 0 && { nameservers }),
    ...(searches.length > 0 && { searches }),
    ...(options.length > 0 && { options }),
  };
  return {
    nodeName: 'node01',
    dnsPolicy: policy,
    ...(hostNetwork && { hostNetwork }),
    ...(Object.keys(dnsConfig).length > 0 && { dnsConfig }),
  };
}

function asked(wanted: 'search' | 'nameserver' | 'ndots', ns: string, pod: object, read: string): Exercise['question'] {
  const told = `A pod of namespace \`${ns}\` on node01 has this in its \`spec\`:\n\n\`\`\`\n${yamlText(pod)}\`\`\`\n\nWhich file the kubelet starts from, and what is in it, is shown below.`;
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
        prompt: `${told} What does the line \`search\` of the pod's file say? Give the domains in their order, or \`none\`.`,
        answer: { run: `${read} | awk '/^search/ {$1=""; print; found=1} END {if (!found) print "none"}' | sed 's/^ //'` },
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
