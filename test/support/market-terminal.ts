/**
 * Terminals of the recorded cluster `market`: its nodes, its pods (whose programs were Debian 12's) and the hosts outside. Servers in pods
 * answer as the recorded ones did, with their name, the address they see and their port.
 */
import type { Cluster } from '#kube/cluster.ts';
import { ConfigMap } from '#kube/kinds/config-map.ts';
import { Pod } from '#kube/kinds/pod.ts';
import { ClusterRole } from '#kube/kinds/cluster-role.ts';
import { ClusterRoleBinding } from '#kube/kinds/cluster-role-binding.ts';
import { nodeName } from '#kube/names.ts';
import { Lab } from '#lab/lab.ts';
import type { Program, Programs } from '#node/program.ts';
import type { Output, Place } from '#shell/command.ts';
import { commands } from '#shell/commands/index.ts';
import { Shell } from '#shell/shell.ts';
import { plain } from '#workloads/plain.ts';
import { programOf } from '#workloads/index.ts';
import { market as recordedLab } from '../apiserver/support/market.ts';
import { marketSnapshot } from './market.ts';

const stand: Program = plain({
  process: 'stand',
  serve({ pod }, { source, port }) {
    const body = `${pod.metadata.name} ${source} ${port}\n`;
    const headers = { server: 'stall', 'content-type': 'text/plain', 'content-length': String(body.length), connection: 'close' };
    return { status: 200, headers, body };
  },
});

const programs: Programs = (image) => (/kube-|coredns/.test(image) ? programOf(image) : stand);

/** Roles that the API server makes when it starts, and CoreDNS's. */
function rolesOf(name: string, rules: readonly object[], subject: object): readonly [ClusterRole, ClusterRoleBinding] {
  const metadata = { name, creationTimestamp: '2026-11-23T02:56:56Z' };
  const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name };
  return [
    { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', metadata, rules } as unknown as ClusterRole,
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata,
      roleRef,
      subjects: [subject],
    } as unknown as ClusterRoleBinding,
  ];
}

const paths = ['/healthz', '/livez', '/readyz', '/version', '/version/'];
const roles = [
  rolesOf('system:public-info-viewer', [{ nonResourceURLs: paths, verbs: ['get'] }], {
    apiGroup: 'rbac.authorization.k8s.io',
    kind: 'Group',
    name: 'system:unauthenticated',
  }),
  rolesOf(
    'system:coredns',
    [
      { apiGroups: [''], resources: ['services', 'pods', 'namespaces', 'endpoints'], verbs: ['list', 'watch'] },
      { apiGroups: ['discovery.k8s.io'], resources: ['endpointslices'], verbs: ['list', 'watch'] },
    ],
    { kind: 'ServiceAccount', name: 'coredns', namespace: 'kube-system' },
  ),
];

/** Every container but CoreDNS's has the same tools, and names outside the cluster are known not to exist. */
function recordedCluster(now: number): Cluster {
  const draft = recordedLab(now).snapshot.cluster.edit();
  for (const [role, binding] of roles) {
    draft.keep(ClusterRole, role);
    draft.keep(ClusterRoleBinding, binding);
  }
  const config = draft.get(ConfigMap, 'kube-system', 'coredns')!;
  const outside = 'template ANY ANY {\n       match (com|market|stall|[0-9])[.]$\n       rcode NXDOMAIN\n       fallthrough\n    }';
  const corefile = config.data!['Corefile']!.replace(/forward [^}]*\}/, outside);
  draft.keep(ConfigMap, { ...config, data: { Corefile: corefile } });
  for (const pod of draft.list(Pod)) {
    if (pod.metadata.name.startsWith('coredns')) continue;
    const containers = pod.spec.containers.map((container) => ({ ...container, image: 'stand:debian-12' }));
    draft.keep(Pod, { ...pod, spec: { ...pod.spec, containers } });
  }
  return draft.publish();
}

/** A place by what the records call it: `pod edge/shopper (worker-a)`, `node worker-a`, `external lan`. */
function placeOf(lab: Lab, text: string): Place {
  const pod = /^pod ([\w-]+)\/([\w-]+) \(([\w-]+)\)$/.exec(text);
  if (pod === null) return { kind: 'node', node: nodeName(text.split(' ')[1]!) };
  const [, namespace, prefix, node] = pod;
  const found = lab.snapshot.cluster
    .list(Pod, namespace!)
    .find((one) => one.spec.nodeName === node && one.metadata.name.startsWith(prefix!));
  const { name, uid } = found!.metadata;
  return { kind: 'pod', node: nodeName(node!), podUid: uid!, namespace: namespace!, pod: name, container: found!.spec.containers[0]!.name };
}

export class MarketTerminal {
  readonly lab: Lab;

  constructor(now: number) {
    const cluster = recordedCluster(now);
    this.lab = new Lab(marketSnapshot({ cluster, now }), () => undefined, { programs });
  }

  shell(from: string): Shell {
    const options = { lab: this.lab, commands, programsAt: () => 'all' as const, environmentAt: () => new Map([['LANG', 'C.UTF-8']]) };
    return new Shell(options, placeOf(this.lab, from));
  }

  run(from: string, line: string): Promise<Output> {
    return this.shell(from).run(line);
  }
}
