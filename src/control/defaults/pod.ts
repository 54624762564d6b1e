/** (pkg/apis/core/v1/defaults.go: SetDefaults_Pod) */
import type { Container } from '#kube/kinds/container.ts';
import type { PodSpec } from '#kube/kinds/pod-spec.ts';
import { Pod } from '#kube/kinds/pod.ts';
import type { ResourceRequirements } from '#kube/kinds/resources.ts';
import { addQuantities, parseQuantity, quantityText } from '#kube/quantity.ts';
import { defaulter } from './defaulter.ts';
import { change, fill } from './fill.ts';
import { hostPortsOf, podSpecWithDefaults } from './pod-spec.ts';

export const podDefaulter = defaulter(Pod, (pod) => change(pod, 'spec', specWithDefaults));

function specWithDefaults(spec: PodSpec): PodSpec {
  let filled = fill(hostPortsOf(podSpecWithDefaults(spec)), { enableServiceLinks: true });
  filled = change(filled, 'containers', (containers) => containers.map(withRequests));
  filled = change(filled, 'initContainers', (containers) => containers.map(withRequests));
  return change(filled, 'resources', (resources) => podResources(resources, filled.containers));
}

/** A limit without a request is a request, too. */
function withRequests(container: Container): Container {
  const { limits, requests } = container.resources ?? {};
  if (limits === undefined || Object.keys(limits).every((name) => requests?.[name] !== undefined)) return container;
  return { ...container, resources: { ...container.resources, requests: { ...limits, ...requests } } };
}

/** The requests of the whole pod are those of its containers together, or else its limits. */
function podResources(resources: ResourceRequirements, containers: readonly Container[]): ResourceRequirements {
  if (resources.limits === undefined) return resources;
  const requests: Record<string, string | number> = { ...resources.requests };
  for (const [name, limit] of Object.entries(resources.limits)) requests[name] ??= sumOf(containers, name) ?? limit;
  return { ...resources, requests };
}

function sumOf(containers: readonly Container[], name: string): string | undefined {
  const amounts = containers.flatMap(({ resources }) => parseQuantity(String(resources?.requests?.[name] ?? '')) ?? []);
  return amounts.length === 0 ? undefined : quantityText(amounts.reduce(addQuantities));
}
