/** What a dump tells of a machine: its Node object, and the static pods on it, from which its manifests follow. */
import type { Pod } from '#kube/kinds/pod.ts';
import { yamlText } from '#kube/yaml-print.ts';
import type { FoundMachine } from '#node/host.ts';
import { mirroredHash } from '#node/kubelet/static-pods.ts';
import type { Dump } from './dump.ts';

/** `since`: when its kubelet was last started. Undefined where the dump has nothing of it. */
export function foundMachine({ nodes, pods }: Dump, name: string, since: number): FoundMachine | undefined {
  const node = nodes.find(({ metadata }) => metadata.name === name);
  const statics = pods.filter((pod) => pod.spec.nodeName === name && mirroredHash(pod) !== undefined);
  if (node === undefined && statics.length === 0) return undefined;
  const manifests = statics.map((pod) => {
    const manifest = manifestOf(pod, name);
    return [`/etc/kubernetes/manifests/${manifest.metadata.name}.yaml`, { content: yamlText(manifest), hash: mirroredHash(pod)! }] as const;
  });
  return { ...(node?.status !== undefined && { status: node.status }), kubeletSince: since, manifests: new Map(manifests) };
}

/** Values that the API fills in. */
const usualSpec: Readonly<Record<string, unknown>> = {
  dnsPolicy: 'ClusterFirst',
  enableServiceLinks: true,
  restartPolicy: 'Always',
  schedulerName: 'default-scheduler',
  terminationGracePeriodSeconds: 30,
  preemptionPolicy: 'PreemptLowerPriority',
};
const usualContainer: Readonly<Record<string, unknown>> = {
  terminationMessagePath: '/dev/termination-log',
  terminationMessagePolicy: 'File',
};

function without(value: object, usual: Readonly<Record<string, unknown>>, names: readonly string[] = []): Record<string, unknown> {
  return Object.fromEntries(Object.entries(value).filter(([name, item]) => !names.includes(name) && usual[name] !== item));
}

/** The manifest of a static pod, as its mirror still shows it. */
function manifestOf({ metadata, spec }: Pod, node: string) {
  const annotations = Object.entries(metadata.annotations ?? {}).filter(([key]) => !key.startsWith('kubernetes.io/config.'));
  const suffix = `-${node}`;
  const name = metadata.name.endsWith(suffix) ? metadata.name.slice(0, -suffix.length) : metadata.name;
  const tolerations = (spec.tolerations ?? []).filter(
    (one) => one.effect !== 'NoExecute' || one.operator !== 'Exists' || one.key !== undefined,
  );
  const containers = (of: Pod['spec']['containers']) => of.map((one) => without(one, usualContainer));
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      ...(annotations.length > 0 && { annotations: Object.fromEntries(annotations) }),
      ...(metadata.labels !== undefined && { labels: metadata.labels }),
      name,
      namespace: metadata.namespace!,
    },
    spec: {
      ...without(spec, usualSpec, ['nodeName', 'tolerations']),
      containers: containers(spec.containers),
      ...(spec.initContainers !== undefined && { initContainers: containers(spec.initContainers) }),
      ...(tolerations.length > 0 && { tolerations }),
    },
    status: {},
  };
}
