/** Which speaker answers for an address: all come to the same conclusion by themselves. (metallb: speaker/layer2_controller.go, ShouldAnnounce) */
import { sha256 } from '#net/digest.ts';
import type { Objects } from '#kube/cluster.ts';
import { EndpointSlice } from '#kube/kinds/endpoint-slice.ts';
import { Node } from '#kube/kinds/node.ts';
import { Pod } from '#kube/kinds/pod.ts';
import type { Service } from '#kube/kinds/service.ts';
import type { Ip } from '#net/ip.ts';
import { advertisersOf, holds, poolsOf } from './pools.ts';

export const speakerImage = /(^|\/)metallb\/speaker(:|@|$)/;

/** The first of some nodes by the hash of its name and the address. */
export function firstByHash(nodes: readonly string[], address: string): string | undefined {
  const [first] = nodes.map((name) => ({ hash: sha256(`${name}#${address}`), name })).sort((a, b) => (a.hash < b.hash ? -1 : 1));
  return first?.name;
}

/** Nodes of which load balancers keep away. */
export function isExcluded({ metadata }: Node): boolean {
  return metadata.labels?.['node.kubernetes.io/exclude-from-external-load-balancers'] !== undefined;
}

/** The nodes that have ready endpoints of a Service. */
export function nodesWithEndpoints({ metadata }: Service, objects: Objects): ReadonlySet<string> {
  const own = objects
    .list(EndpointSlice, metadata.namespace)
    .filter((slice) => slice.metadata.labels?.['kubernetes.io/service-name'] === metadata.name);
  const ready = own.flatMap((slice) => slice.endpoints).filter((endpoint) => endpoint.conditions.ready ?? true);
  return new Set(ready.flatMap((endpoint) => endpoint.nodeName ?? []));
}

function hasSpeaker(objects: Objects, node: string): boolean {
  return objects
    .list(Pod)
    .some(
      ({ spec, status }) =>
        spec.nodeName === node &&
        spec.containers.some((container) => speakerImage.test(container.image ?? '')) &&
        status?.conditions?.some((one) => one.type === 'Ready' && one.status === 'True') === true,
    );
}

/** The node whose speaker announces an address of one of MetalLB's pools; null: none does; undefined: the address is none of MetalLB's. */
export function announcerOf(objects: Objects, service: Service, address: Ip): string | null | undefined {
  const pool = poolsOf(objects).find((one) => holds(one, address));
  if (pool === undefined) return undefined;
  const mayAnnounce = advertisersOf(objects, pool);
  if (mayAnnounce === undefined) return null;
  const withEndpoints = nodesWithEndpoints(service, objects);
  if (withEndpoints.size === 0) return null;
  const nodes = objects
    .list(Node)
    .filter((node) => !isExcluded(node) && mayAnnounce(node.metadata.labels ?? {}) && hasSpeaker(objects, node.metadata.name))
    .map((node) => node.metadata.name)
    .filter((name) => service.spec.externalTrafficPolicy !== 'Local' || withEndpoints.has(name));
  return firstByHash(nodes, address) ?? null;
}
