/** (pkg/apis/core/v1/defaults.go: SetDefaults_PodSpec) */
import type { PodSpec } from '#kube/kinds/pod-spec.ts';
import type { PodTemplateSpec } from '#kube/kinds/pod-template.ts';
import { containerWithDefaults, withHostPorts } from './container.ts';
import { change, fill } from './fill.ts';
import { volumeWithDefaults } from './volume.ts';

/** What the specs of pods and of pod templates get alike. */
export function podSpecWithDefaults(spec: PodSpec): PodSpec {
  let filled = fill(spec, {
    dnsPolicy: 'ClusterFirst',
    restartPolicy: 'Always',
    terminationGracePeriodSeconds: 30,
    schedulerName: 'default-scheduler',
    securityContext: {},
    // The old name of the field and the new one always say the same.
    serviceAccountName: spec.serviceAccount,
    serviceAccount: spec.serviceAccountName,
  } as Partial<PodSpec>);
  if (filled.serviceAccount !== filled.serviceAccountName) filled = { ...filled, serviceAccount: filled.serviceAccountName! };
  filled = change(filled, 'volumes', (volumes) => volumes.map(volumeWithDefaults));
  filled = change(filled, 'initContainers', (containers) => containers.map(containerWithDefaults));
  filled = change(filled, 'containers', (containers) => containers.map(containerWithDefaults));
  return change(filled, 'ephemeralContainers', (containers) => containers.map(containerWithDefaults));
}

/** The ports of the node for the containers of a pod that uses its network. */
export function hostPortsOf(spec: PodSpec): PodSpec {
  if (spec.hostNetwork !== true) return spec;
  const initContainers = withHostPorts(spec.initContainers);
  return { ...spec, ...(initContainers !== undefined && { initContainers }), containers: withHostPorts(spec.containers) ?? [] };
}

/** Up to 1.27 templates got host ports, too (feature gate DefaultHostNetworkHostPortsInPodTemplates). */
export function templateWithDefaults<T extends PodTemplateSpec>(template: T, minorVersion: number): T {
  return change(template as PodTemplateSpec, 'spec', (spec) => {
    const filled = podSpecWithDefaults(spec);
    return minorVersion < 28 ? hostPortsOf(filled) : filled;
  }) as T;
}
