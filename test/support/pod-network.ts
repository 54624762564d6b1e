/** Small clusters with a pod network, and the law of that network: every pod reaches every pod, as itself. */
import { expect } from '@jest/globals';
import { Pod } from '#kube/kinds/pod.ts';
import type { KubeObject } from '#kube/object.ts';
import { startCluster } from '#lab/bring-up/start.ts';
import type { ClusterSettings } from '#lab/bring-up/settings.ts';
import { traceFlow } from '#lab/flows.ts';
import type { Lab } from '#lab/lab.ts';
import type { NetworkName } from '#node/cni/networks/manifests.ts';

export const settings = (cni: NetworkName, more: Partial<ClusterSettings> = {}): ClusterSettings => ({
  kubernetesVersion: 'v1.36.2',
  podSubnet: '10.244.0.0/16',
  serviceSubnet: '10.96.0.0/12',
  dnsDomain: 'cluster.local',
  nodeCIDRMaskSize: 24,
  nodeCIDRMaskSizeIPv6: 64,
  serviceNodePortRange: '30000-32767',
  kubeProxy: { mode: 'iptables' },
  cni,
  nodes: [
    { name: 'controlplane', controlPlane: true, addresses: ['172.30.1.2'] },
    { name: 'node01', controlPlane: false, addresses: ['172.30.2.2'] },
    { name: 'node02', controlPlane: false, addresses: ['172.30.3.2'] },
  ],
  addons: [],
  missingImages: [],
  ...more,
});

const [v4, v6] = [
  { podSubnet: '10.244.0.0/16', serviceSubnet: '10.96.0.0/12' },
  { podSubnet: 'fd00:10:244::/56', serviceSubnet: 'fd00:10:96::/112' },
];

export const dualStack: Partial<ClusterSettings> = {
  podSubnet: `${v4.podSubnet},${v6.podSubnet}`,
  serviceSubnet: `${v4.serviceSubnet},${v6.serviceSubnet}`,
  nodes: settings('none').nodes.map((node, i) => ({ ...node, addresses: [...node.addresses, `fd00:30::${i + 11}`] })),
};

export const onlyIPv6: Partial<ClusterSettings> = {
  ...v6,
  nodes: settings('none').nodes.map((node, i) => ({ ...node, addresses: [`fd00:30::${i + 11}`] })),
};

export function pod(name: string, node: string): KubeObject {
  const spec = { nodeName: node, containers: [{ name: 'web', image: 'nginx' }] };
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: 'default' }, spec } as KubeObject;
}

/** Two neighbours, and one elsewhere. */
export const pods = [pod('a', 'node01'), pod('b', 'node01'), pod('c', 'node02')];

export function labOf(of: ClusterSettings, objects: readonly KubeObject[] = pods): Lab {
  const { lab, refusals } = startCluster({ settings: of, objects, files: [], seed: '0' });
  expect(refusals).toEqual([]);
  return lab;
}

interface Peer {
  readonly name: string;
  readonly node: string;
  readonly addresses: readonly string[];
  /** What it listens on. */
  readonly port: number;
}

/** The pods that have networks of their own. */
function peersOf(lab: Lab): readonly Peer[] {
  return lab.snapshot.cluster
    .list(Pod)
    .filter(({ spec }) => spec.hostNetwork !== true && spec.containers.some(({ image }) => /nginx|coredns/.test(image!)))
    .map(({ metadata, spec, status }) => ({
      name: `${metadata.namespace}/${metadata.name}`,
      node: spec.nodeName!,
      addresses: (status?.podIPs ?? []).map(({ ip }) => ip!),
      port: spec.containers.some(({ image }) => image!.includes('nginx')) ? 80 : 53,
    }));
}

const bracketed = (address: string) => (address.includes(':') ? `[${address}]` : address);

/** Each pod and each machine that does not reach a pod as it should, and why. A machine owes that to the pods on it alone. */
export function breaches(lab: Lab): readonly string[] {
  const peers = peersOf(lab);
  return peers.flatMap((to) =>
    to.addresses.flatMap((address, family) =>
      [...peers, undefined].flatMap((from): readonly string[] => {
        if (from === to) return [];
        const origin = from === undefined ? `node:${to.node}` : `pod:${from.name}`;
        const flow = traceFlow(lab, { from: origin, to: `tcp://${bracketed(address)}:${to.port}` });
        const told = `${origin} ${address}`;
        if (flow.outcome !== 'connected') return [`${told}: ${flow.outcome}, ${flow.why}`];
        const source = from?.addresses[family];
        return source === undefined || flow.sourceSeenByDestination === source
          ? []
          : [`${told}: seen as ${flow.sourceSeenByDestination} instead of ${source}`];
      }),
    ),
  );
}
