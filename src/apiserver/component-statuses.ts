/** The health of the control plane as `componentstatuses` shows it: asked when read, never stored. (pkg/registry/core/componentstatus) */
import type { Objects } from '#kube/cluster.ts';
import type { ComponentStatus } from '#kube/kinds/component-status.ts';
import { Pod } from '#kube/kinds/pod.ts';

const components = [
  { name: 'etcd-0', pod: 'etcd', port: 2379, path: '' },
  { name: 'controller-manager', pod: 'kube-controller-manager', port: 10257, path: 'healthz' },
  { name: 'scheduler', pod: 'kube-scheduler', port: 10259, path: 'healthz' },
] as const;

/** Every component; one whose static pods are there but none of them ready is unhealthy. */
export function componentStatuses(objects: Objects): readonly ComponentStatus[] {
  const pods = objects.list(Pod, 'kube-system');
  return components.map(({ name, pod, port, path }) => {
    const own = pods.filter(
      ({ metadata, spec }) => spec.containers.some((container) => container.name === pod) && metadata.name.startsWith(`${pod}-`),
    );
    const isReady = own.some(({ status }) => status.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') === true);
    const address = `127.0.0.1:${port}`;
    const condition =
      own.length === 0 || isReady
        ? { type: 'Healthy', status: 'True', message: 'ok' }
        : {
            type: 'Healthy',
            status: 'False',
            message: `Get "https://${address}/${path}": dial tcp ${address}: connect: connection refused`,
          };
    return { apiVersion: 'v1', kind: 'ComponentStatus', metadata: { name }, conditions: [condition] };
  });
}
