/** The older Endpoints object of each Service with a selector (pkg/controller/endpoint/endpoints_controller.go, pkg/api/v1/endpoints/util.go). */
import { canonical, isEqual } from '#kube/equal.ts';
import { Endpoints } from '#kube/kinds/endpoints.ts';
import { Pod } from '#kube/kinds/pod.ts';
import { Service, type ServicePort } from '#kube/kinds/service.ts';
import { rfc3339 } from '#kube/time.ts';
import { familyOf, type Ip } from '#net/ip.ts';
import type { Controller, ControlPlane } from '../controller.ts';
import { isReady, isTerminating } from '../pods.ts';
import { hashOf } from '../pod-template.ts';
import { Settled } from '../settled.ts';
import { deleteObject } from '../write.ts';
import { headlessLabel, selectedPods, targetPortOf, triggerAnnotation } from './endpointslice.ts';

const managedByLabel = 'endpoints.kubernetes.io/managed-by';
const settled = new Settled<Service>();

type Subset = NonNullable<Endpoints['subsets']>[number];
type Address = NonNullable<Subset['addresses']>[number];
type Port = NonNullable<Subset['ports']>[number];

export const endpointsController: Controller = {
  name: 'endpoints-controller',
  component: 'kube-controller-manager',
  reads: [Service, Pod, Endpoints],
  reconcile(plane) {
    const { objects } = plane;
    for (const service of objects.list(Service)) {
      if (service.spec?.type === 'ExternalName' || service.spec?.selector === undefined) continue;
      const { name, namespace } = service.metadata;
      const pods = objects.list(Pod, namespace);
      settled.reconcile(plane, service, [pods, objects.get(Endpoints, namespace!, name)], () =>
        reconcileService(plane, service, selectedPods(service, pods)),
      );
    }
    for (const endpoints of objects.list(Endpoints)) {
      if (endpoints.metadata.labels?.[managedByLabel] === undefined) continue;
      if (objects.get(Service, endpoints.metadata.namespace!, endpoints.metadata.name) === undefined)
        deleteObject(plane, Endpoints, endpoints);
    }
  },
};

function reconcileService(plane: ControlPlane, service: Service, pods: readonly Pod[]): void {
  const { objects, now } = plane;
  const family = service.spec?.ipFamilies?.[0] ?? 'IPv4';
  const entries: { ip: Address; ready: boolean; ports: readonly Port[] }[] = [];
  for (const pod of pods) {
    const tolerate = service.spec?.publishNotReadyAddresses === true;
    if (isTerminating(pod) && !tolerate) continue;
    const ip = pod.status?.podIPs?.map((one) => one.ip).find((one): one is string => one !== undefined && familyOf(one as Ip) === family);
    if (ip === undefined) continue;
    const hostname = pod.spec.hostname !== undefined && pod.spec.subdomain === service.metadata.name ? pod.spec.hostname : undefined;
    const address = {
      ip,
      ...(hostname !== undefined && { hostname }),
      ...(pod.spec.nodeName !== undefined && { nodeName: pod.spec.nodeName }),
      targetRef: { kind: 'Pod', namespace: pod.metadata.namespace!, name: pod.metadata.name, uid: pod.metadata.uid! },
    } as Address;
    const ports = (service.spec?.ports ?? []).flatMap((port): Port[] => {
      const number = targetPortOf(port, pod);
      return number === undefined ? [] : [endpointPort(port, number)];
    });
    const headless = service.spec?.clusterIP === 'None' && (service.spec.ports ?? []).length === 0;
    if (ports.length > 0 || headless) entries.push({ ip: address, ready: tolerate || isReady(pod), ports });
  }
  const subsets = repack(entries);
  const headless = service.spec?.clusterIP === 'None' ? { [headlessLabel]: '' } : {};
  const labels = { ...service.metadata.labels, ...headless, [managedByLabel]: 'endpoint-controller' };
  const old = objects.get(Endpoints, service.metadata.namespace!, service.metadata.name);
  if (old === undefined) {
    objects.put(Endpoints, {
      apiVersion: 'v1',
      kind: 'Endpoints',
      metadata: {
        name: service.metadata.name,
        namespace: service.metadata.namespace!,
        uid: objects.uid(`endpoints/${service.metadata.uid}`),
        creationTimestamp: rfc3339(now),
        labels,
        annotations: { [triggerAnnotation]: rfc3339(now) },
      },
      ...(subsets.length > 0 && { subsets }),
    } as Endpoints);
  } else if (!isEqual(old.subsets ?? [], subsets) || !isEqual(old.metadata.labels, labels)) {
    const { subsets: _, ...rest } = old;
    objects.put(Endpoints, {
      ...rest,
      metadata: { ...old.metadata, labels, annotations: { ...old.metadata.annotations, [triggerAnnotation]: rfc3339(now) } },
      ...(subsets.length > 0 && { subsets }),
    } as Endpoints);
  }
}

/** By the Service's port, and the number it stands for: the same value for the same ones, whose hash is known. */
const endpointPorts = new WeakMap<ServicePort, Map<number, Port>>();

function endpointPort(port: ServicePort, number: number): Port {
  let byNumber = endpointPorts.get(port);
  if (byNumber === undefined) endpointPorts.set(port, (byNumber = new Map()));
  let made = byNumber.get(number);
  if (made === undefined) {
    made = {
      ...(port.name !== undefined && { name: port.name }),
      port: number,
      protocol: port.protocol ?? 'TCP',
      ...(port.appProtocol !== undefined && { appProtocol: port.appProtocol }),
    } as Port;
    byNumber.set(number, made);
  }
  return made;
}

/** Addresses with the same ports make one subset; addresses are sorted as text, ports by a hash. */
function repack(entries: readonly { ip: Address; ready: boolean; ports: readonly Port[] }[]): readonly Subset[] {
  const subsets = new Map<string, { ports: readonly Port[]; addresses: Address[]; notReady: Address[] }>();
  for (const { ip, ready, ports } of entries) {
    const key = canonical(ports);
    let subset = subsets.get(key);
    if (subset === undefined) subsets.set(key, (subset = { ports, addresses: [], notReady: [] }));
    (ready ? subset.addresses : subset.notReady).push(ip);
  }
  const byIp = (a: Address, b: Address) => (a.ip < b.ip ? -1 : a.ip > b.ip ? 1 : 0);
  return [...subsets.values()].map(({ ports, addresses, notReady }) => ({
    ...(addresses.length > 0 && { addresses: addresses.sort(byIp) }),
    ...(notReady.length > 0 && { notReadyAddresses: notReady.sort(byIp) }),
    ...(ports.length > 0 && { ports: [...ports].sort((a, b) => (hashOf(a) < hashOf(b) ? -1 : 1)) }),
  })) as readonly Subset[];
}
