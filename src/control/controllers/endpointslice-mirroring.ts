/** Endpoints made by hand become slices (pkg/controller/endpointslicemirroring). */
import { groupBy } from '#kube/group.ts';
import { isEqual } from '#kube/equal.ts';
import { EndpointSlice } from '#kube/kinds/endpoint-slice.ts';
import { Endpoints } from '#kube/kinds/endpoints.ts';
import { Service } from '#kube/kinds/service.ts';
import { rfc3339 } from '#kube/time.ts';
import { familyOf, type Family, type Ip } from '#net/ip.ts';
import type { Controller, ControlPlane } from '../controller.ts';
import { controllerReference, deleteObject } from '../write.ts';
import { managedByLabel, serviceNameLabel } from './endpointslice.ts';

const managedBy = 'endpointslicemirroring-controller.k8s.io';

export const endpointSliceMirroringController: Controller = {
  name: 'endpointslice-mirroring-controller',
  component: 'kube-controller-manager',
  reads: [Service, Endpoints, EndpointSlice],
  reconcile(plane) {
    const { objects } = plane;
    const mirrored = groupBy(
      objects.list(EndpointSlice).filter((slice) => slice.metadata.labels?.[managedByLabel] === managedBy),
      (slice) => `${slice.metadata.namespace}/${slice.metadata.labels?.[serviceNameLabel]}`,
    );
    for (const endpoints of objects.list(Endpoints)) {
      const key = `${endpoints.metadata.namespace}/${endpoints.metadata.name}`;
      if (!isMirrored(plane, endpoints)) continue;
      const existing = mirrored.get(key) ?? [];
      mirrored.delete(key);
      mirror(plane, endpoints, existing);
    }
    for (const orphans of mirrored.values()) for (const slice of orphans) deleteObject(plane, EndpointSlice, slice);
  },
};

function isMirrored(plane: ControlPlane, endpoints: Endpoints): boolean {
  if (endpoints.metadata.labels?.['endpointslice.kubernetes.io/skip-mirror'] === 'true') return false;
  if (endpoints.metadata.annotations?.['control-plane.alpha.kubernetes.io/leader'] !== undefined) return false;
  const service = plane.objects.get(Service, endpoints.metadata.namespace!, endpoints.metadata.name);
  return service !== undefined && service.spec?.selector === undefined;
}

function mirror(plane: ControlPlane, endpoints: Endpoints, existing: readonly EndpointSlice[]): void {
  const { objects, now } = plane;
  const wanted = (endpoints.subsets ?? []).flatMap((subset) =>
    (['IPv4', 'IPv6'] as Family[]).flatMap((family) => {
      const of = (addresses: typeof subset.addresses, ready: boolean) =>
        (addresses ?? [])
          .filter((address) => familyOf(address.ip as Ip) === family)
          .map((address) => ({
            addresses: [address.ip],
            conditions: { ready },
            ...(address.hostname !== undefined && { hostname: address.hostname }),
            ...(address.nodeName !== undefined && { nodeName: address.nodeName }),
            ...(address.targetRef !== undefined && { targetRef: address.targetRef }),
          }));
      const members = [...of(subset.addresses, true), ...of(subset.notReadyAddresses, false)];
      const ports = (subset.ports ?? []).map((port) => ({ name: port.name ?? '', port: port.port, protocol: port.protocol ?? 'TCP' }));
      return members.length === 0 ? [] : [{ family, members, ports }];
    }),
  );
  const left = [...existing];
  for (const { family, members, ports } of wanted) {
    const index = left.findIndex((slice) => slice.addressType === family && isEqual(slice.ports, ports));
    const old = index < 0 ? undefined : left.splice(index, 1)[0];
    const { 'kubectl.kubernetes.io/last-applied-configuration': _, ...annotations } = endpoints.metadata.annotations ?? {};
    if (old !== undefined) {
      if (!isEqual(old.endpoints, members))
        objects.put(EndpointSlice, {
          ...old,
          endpoints: members,
          metadata: { ...old.metadata, generation: (old.metadata.generation ?? 1) + 1 },
        } as EndpointSlice);
      continue;
    }
    const name = `${endpoints.metadata.name}-${objects.suffix(`mirror/${endpoints.metadata.uid}`)}`;
    objects.put(EndpointSlice, {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: {
        name,
        generateName: `${endpoints.metadata.name}-`,
        namespace: endpoints.metadata.namespace!,
        uid: objects.uid(`endpointslice/${name}`),
        generation: 1,
        creationTimestamp: rfc3339(now),
        labels: { ...endpoints.metadata.labels, [managedByLabel]: managedBy, [serviceNameLabel]: endpoints.metadata.name },
        ...(Object.keys(annotations).length > 0 && { annotations }),
        ownerReferences: [controllerReference(Endpoints, endpoints)],
      },
      addressType: family,
      endpoints: members,
      ports,
    } as EndpointSlice);
  }
  for (const slice of left) deleteObject(plane, EndpointSlice, slice);
}
