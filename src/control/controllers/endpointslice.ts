/** The EndpointSlices of Services with selectors (staging:endpointslice/reconciler.go, utils.go, trafficdist/). */
import { groupBy } from '#kube/group.ts';
import { isEqual } from '#kube/equal.ts';
import { EndpointSlice, type Endpoint, type EndpointPort } from '#kube/kinds/endpoint-slice.ts';
import { Node } from '#kube/kinds/node.ts';
import { Pod } from '#kube/kinds/pod.ts';
import { Service } from '#kube/kinds/service.ts';
import { canonical } from '#kube/equal.ts';
import { rfc3339 } from '#kube/time.ts';
import { familyOf, type Family, type Ip } from '#net/ip.ts';
import type { Controller, ControlPlane } from '../controller.ts';
import { isReady, isTerminating } from '../pods.ts';
import { Settled } from '../settled.ts';
import { controllerReference, deleteObject } from '../write.ts';

export const serviceNameLabel = 'kubernetes.io/service-name';
export const managedByLabel = 'endpointslice.kubernetes.io/managed-by';
const managedBy = 'endpointslice-controller.k8s.io';
export const headlessLabel = 'service.kubernetes.io/headless';
export const triggerAnnotation = 'endpoints.kubernetes.io/last-change-trigger-time';
const perSlice = 100;
const settled = new Settled<Service>();

export const endpointSliceController: Controller = {
  name: 'endpointslice-controller',
  component: 'kube-controller-manager',
  reads: [Service, Pod, Node, EndpointSlice],
  reconcile(plane) {
    const { objects } = plane;
    for (const service of objects.list(Service)) {
      const { name, namespace, deletionTimestamp } = service.metadata;
      if (deletionTimestamp !== undefined || service.spec?.type === 'ExternalName' || service.spec?.selector === undefined) continue;
      const [pods, slices] = [objects.list(Pod, namespace), objects.list(EndpointSlice, namespace)];
      settled.reconcile(plane, service, [pods, slices, objects.list(Node)], () => {
        const existing = slices.filter((slice) => isManaged(slice) && serviceOf(slice) === name);
        reconcileService(plane, service, selectedPods(service, pods), existing);
      });
    }
    // Slices of Services that are gone; the garbage collector would take them by their owner.
    const orphans = objects
      .list(EndpointSlice)
      .filter((slice) => isManaged(slice) && objects.get(Service, slice.metadata.namespace!, serviceOf(slice) ?? '') === undefined);
    for (const slices of groupBy(orphans, (slice) => `${slice.metadata.namespace}/${serviceOf(slice)}`).values())
      for (const slice of slices) deleteObject(plane, EndpointSlice, slice);
  },
};

function isManaged({ metadata }: EndpointSlice): boolean {
  return metadata.labels?.[managedByLabel] === managedBy;
}

function serviceOf({ metadata }: EndpointSlice): string | undefined {
  return metadata.labels?.[serviceNameLabel];
}

/** Pods of the Service that may have an endpoint: selected, not ended. */
export function selectedPods(service: Service, pods: readonly Pod[]): readonly Pod[] {
  const selector = Object.entries(service.spec?.selector ?? {});
  return pods.filter(
    (pod) =>
      selector.every(([key, value]) => pod.metadata.labels?.[key] === value) &&
      pod.status?.phase !== 'Succeeded' &&
      pod.status?.phase !== 'Failed',
  );
}

/** A named port is the first container port of that name and protocol; a number is taken as it is (FindPort, podutil). */
export function targetPortOf(port: NonNullable<NonNullable<Service['spec']>['ports']>[number], pod: Pod): number | undefined {
  if (typeof port.targetPort !== 'string') return port.targetPort ?? port.port;
  const sidecars = (pod.spec.initContainers ?? []).filter((container) => container.restartPolicy === 'Always');
  for (const container of [...pod.spec.containers, ...sidecars]) {
    for (const one of container.ports ?? [])
      if (one.name === port.targetPort && (one.protocol ?? 'TCP') === (port.protocol ?? 'TCP')) return one.containerPort;
  }
  return undefined;
}

/** The address families a Service has slices of: its own, or for a headless one without any, the pods'. */
function familiesOf(service: Service): readonly Family[] {
  return (service.spec?.ipFamilies as readonly Family[] | undefined) ?? ['IPv4'];
}

function reconcileService(plane: ControlPlane, service: Service, pods: readonly Pod[], existing: readonly EndpointSlice[]): void {
  for (const family of familiesOf(service)) {
    const wanted = groupBy(
      pods.flatMap((pod) => {
        const endpoint = endpointOf(plane, service, pod, family);
        return endpoint === undefined ? [] : [{ endpoint, ports: portsOf(service, pod) }];
      }),
      ({ ports }) => canonical(ports),
    );
    const mine = existing.filter((slice) => slice.addressType === family);
    const groups = [...wanted.values()].map((group) => ({
      ports: group[0]!.ports,
      endpoints: withHints(
        plane,
        service,
        group.map((one) => one.endpoint),
      ),
    }));
    if (groups.length === 0) groups.push({ ports: [], endpoints: [] });
    const unused = new Set(mine);
    for (const { ports, endpoints } of groups) {
      const same = mine.filter(
        (slice) =>
          unused.has(slice) && (isEqual(slice.ports ?? [], ports) || (endpoints.length === 0 && (slice.endpoints ?? []).length === 0)),
      );
      // What is in a slice stays in it; what is new fills the slices that have room, then new ones.
      const left = new Map(endpoints.map((endpoint) => [endpoint.targetRef!.uid!, endpoint]));
      const kept = same.map((slice) => {
        const stay = (slice.endpoints ?? []).flatMap((old) => {
          const now = left.get(old.targetRef?.uid ?? '');
          left.delete(old.targetRef?.uid ?? '');
          return now === undefined ? [] : [now];
        });
        return { slice, endpoints: stay };
      });
      const fresh = [...left.values()];
      for (const one of kept) one.endpoints.push(...fresh.splice(0, perSlice - one.endpoints.length));
      for (const one of kept) {
        const superfluous = one.endpoints.length === 0 && (endpoints.length > 0 || one !== kept[0]);
        if (superfluous) continue;
        unused.delete(one.slice);
        write(plane, service, one.slice, ports, one.endpoints);
      }
      while (fresh.length > 0 || (endpoints.length === 0 && kept.length === 0)) {
        const reuse = [...unused].find((slice) => (slice.endpoints ?? []).length === 0);
        if (reuse !== undefined) unused.delete(reuse);
        const chunk = fresh.splice(0, perSlice);
        if (reuse === undefined) create(plane, service, family, ports, chunk);
        else write(plane, service, reuse, ports, chunk);
        if (endpoints.length === 0) break;
      }
    }
    for (const slice of unused) deleteObject(plane, EndpointSlice, slice);
  }
  for (const slice of existing) if (!familiesOf(service).includes(slice.addressType as Family)) deleteObject(plane, EndpointSlice, slice);
}

function portsOf(service: Service, pod: Pod): readonly EndpointPort[] {
  return (service.spec?.ports ?? []).flatMap((port) => {
    const number = targetPortOf(port, pod);
    if (number === undefined) return [];
    return [
      {
        name: port.name ?? '',
        port: number,
        protocol: port.protocol ?? 'TCP',
        ...(port.appProtocol !== undefined && { appProtocol: port.appProtocol }),
      },
    ];
  });
}

function endpointOf(plane: ControlPlane, service: Service, pod: Pod, family: Family): Endpoint | undefined {
  const address = pod.status?.podIPs?.map((one) => one.ip).find((ip): ip is string => ip !== undefined && familyOf(ip as Ip) === family);
  if (address === undefined) return undefined;
  const node = plane.objects.get(Node, '', pod.spec.nodeName ?? '');
  const zone = node?.metadata.labels?.['topology.kubernetes.io/zone'];
  const serving = isReady(pod);
  const terminating = isTerminating(pod);
  const hostname = pod.spec.hostname !== undefined && pod.spec.subdomain === service.metadata.name ? pod.spec.hostname : undefined;
  return {
    addresses: [address],
    conditions: { ready: service.spec?.publishNotReadyAddresses === true || (serving && !terminating), serving, terminating },
    ...(hostname !== undefined && { hostname }),
    ...(pod.spec.nodeName !== undefined && { nodeName: pod.spec.nodeName }),
    ...(zone !== undefined && { zone }),
    targetRef: { kind: 'Pod', namespace: pod.metadata.namespace!, name: pod.metadata.name, uid: pod.metadata.uid! },
  };
}

/** Hints for `trafficDistribution`: the endpoint's own zone, and its node for PreferSameNode; only for ready endpoints. */
function withHints(plane: ControlPlane, service: Service, endpoints: readonly Endpoint[]): readonly Endpoint[] {
  const distribution = service.spec?.trafficDistribution;
  const mode = service.metadata.annotations?.['service.kubernetes.io/topology-mode'];
  if (distribution === undefined && !/^auto$/i.test(mode ?? '')) return endpoints;
  if (distribution === undefined) return topologyAwareHints(plane, endpoints);
  return endpoints.map((endpoint) => {
    if (endpoint.conditions?.ready !== true || endpoint.zone === undefined) return endpoint;
    const forNodes =
      distribution === 'PreferSameNode' && endpoint.nodeName !== undefined ? { forNodes: [{ name: endpoint.nodeName }] } : {};
    return { ...endpoint, hints: { ...forNodes, forZones: [{ name: endpoint.zone }] } };
  });
}

/** topology-mode Auto: each zone gets its share by CPU, when there are enough endpoints (staging:endpointslice/topologycache). */
function topologyAwareHints(plane: ControlPlane, endpoints: readonly Endpoint[]): readonly Endpoint[] {
  const nodes = plane.objects.list(Node);
  const zones = new Map<string, number>();
  for (const node of nodes) {
    const zone = node.metadata.labels?.['topology.kubernetes.io/zone'];
    if (zone === undefined) return endpoints;
    if (node.metadata.labels?.['node-role.kubernetes.io/control-plane'] !== undefined) continue;
    zones.set(zone, (zones.get(zone) ?? 0) + 1);
  }
  const ready = endpoints.filter((endpoint) => endpoint.conditions?.ready === true);
  const all = [...zones.values()].reduce((a, b) => a + b, 0);
  if (zones.size < 2 || ready.length < zones.size || ready.some((endpoint) => endpoint.zone === undefined)) return endpoints;
  const share = new Map([...zones].map(([zone, count]) => [zone, Math.round((count / all) * ready.length)]));
  return endpoints.map((endpoint) => {
    if (endpoint.conditions?.ready !== true) return endpoint;
    const zone = (share.get(endpoint.zone!) ?? 0) > 0 ? endpoint.zone! : [...share].sort((a, b) => b[1] - a[1])[0]![0];
    share.set(zone, (share.get(zone) ?? 0) - 1);
    return { ...endpoint, hints: { forZones: [{ name: zone }] } };
  });
}

function labelsOf(service: Service): Record<string, string> {
  const headless = service.spec?.clusterIP === 'None' ? { [headlessLabel]: '' } : {};
  return { ...service.metadata.labels, [managedByLabel]: managedBy, [serviceNameLabel]: service.metadata.name, ...headless };
}

function create(
  plane: ControlPlane,
  service: Service,
  family: Family,
  ports: readonly EndpointPort[],
  endpoints: readonly Endpoint[],
): void {
  const { objects, now } = plane;
  const name = `${service.metadata.name}-${objects.suffix(`endpointslice/${service.metadata.uid}`)}`;
  objects.put(EndpointSlice, {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      name,
      generateName: `${service.metadata.name}-`,
      namespace: service.metadata.namespace!,
      uid: objects.uid(`endpointslice/${name}`),
      generation: 1,
      creationTimestamp: rfc3339(now),
      labels: labelsOf(service),
      annotations: { [triggerAnnotation]: rfc3339(now) },
      ownerReferences: [controllerReference(Service, service)],
    },
    addressType: family,
    endpoints,
    ports,
  } as EndpointSlice);
}

function write(
  plane: ControlPlane,
  service: Service,
  slice: EndpointSlice,
  ports: readonly EndpointPort[],
  endpoints: readonly Endpoint[],
): void {
  const labels = labelsOf(service);
  if (isEqual(slice.endpoints ?? [], endpoints) && isEqual(slice.ports ?? [], ports) && isEqual(slice.metadata.labels, labels)) return;
  plane.objects.put(EndpointSlice, {
    ...slice,
    metadata: {
      ...slice.metadata,
      labels,
      annotations: { ...slice.metadata.annotations, [triggerAnnotation]: rfc3339(plane.now) },
      generation: (slice.metadata.generation ?? 1) + 1,
    },
    endpoints,
    ports,
  });
}
