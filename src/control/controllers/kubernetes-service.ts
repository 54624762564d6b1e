/** The API server's own Service, its endpoints, and the ServiceCIDR (pkg/controlplane/controller/kubernetesservice, defaultservicecidr). */
import { EndpointSlice } from '#kube/kinds/endpoint-slice.ts';
import { Endpoints } from '#kube/kinds/endpoints.ts';
import { Pod } from '#kube/kinds/pod.ts';
import { Service } from '#kube/kinds/service.ts';
import { ServiceCIDR } from '#kube/kinds/service-cidr.ts';
import { apiServersOf, serviceCidrsOf } from '#kube/settings.ts';
import { minorVersionOf } from '#kube/settings.ts';
import { isEqual } from '#kube/equal.ts';
import { rfc3339 } from '#kube/time.ts';
import { addIp, baseOf, familyOf } from '#net/ip.ts';
import type { Controller, ControlPlane } from '../controller.ts';
import { createObject } from '../write.ts';

export const kubernetesServiceController: Controller = {
  name: 'kubernetes-service-cidr-controller',
  component: 'kube-apiserver',
  reads: [Service, Endpoints, EndpointSlice, ServiceCIDR, Pod],
  reconcile(plane) {
    // What range it was started with is known from its own pod, which the kubelet reports a moment later.
    if (plane.objects.list(Pod).length === 0) return;
    keepServiceCidr(plane);
    keepService(plane);
    keepEndpoints(plane);
  },
};

function keepServiceCidr(plane: ControlPlane): void {
  const { objects, now } = plane;
  if (minorVersionOf(objects) < 33 || objects.get(ServiceCIDR, '', 'kubernetes') !== undefined) return;
  objects.put(ServiceCIDR, {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'ServiceCIDR',
    metadata: {
      name: 'kubernetes',
      uid: objects.uid('servicecidr'),
      creationTimestamp: rfc3339(now),
      finalizers: ['networking.k8s.io/service-cidr-finalizer'],
    },
    spec: { cidrs: serviceCidrsOf(objects) },
    status: {
      conditions: [
        { type: 'Ready', status: 'True', reason: '', message: 'Kubernetes Service CIDR is ready', lastTransitionTime: rfc3339(now) },
      ],
    },
  } as ServiceCIDR);
}

function keepService(plane: ControlPlane): void {
  const { objects } = plane;
  if (objects.get(Service, 'default', 'kubernetes') !== undefined) return;
  const range = serviceCidrsOf(objects)[0]!;
  createObject(plane, Service, {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'kubernetes', namespace: 'default', labels: { component: 'apiserver', provider: 'kubernetes' } },
    spec: {
      type: 'ClusterIP',
      clusterIP: addIp(baseOf(range), 1),
      ipFamilies: [familyOf(range)],
      ipFamilyPolicy: 'SingleStack',
      ports: [{ name: 'https', port: 443, protocol: 'TCP', targetPort: apiServersOf(objects).port }],
      sessionAffinity: 'None',
    },
  });
}

function keepEndpoints(plane: ControlPlane): void {
  const { objects, now } = plane;
  const { addresses, port } = apiServersOf(objects);
  if (addresses.length === 0) return;
  const subsets = [{ addresses: addresses.map((ip) => ({ ip })), ports: [{ name: 'https', port, protocol: 'TCP' }] }];
  const old = objects.get(Endpoints, 'default', 'kubernetes');
  if (old === undefined || !isEqual(old.subsets, subsets)) {
    objects.put(Endpoints, {
      apiVersion: 'v1',
      kind: 'Endpoints',
      metadata: old?.metadata ?? {
        name: 'kubernetes',
        namespace: 'default',
        uid: objects.uid('endpoints/kubernetes'),
        creationTimestamp: rfc3339(now),
        labels: { 'endpointslice.kubernetes.io/skip-mirror': 'true' },
      },
      subsets,
    } as Endpoints);
  }
  const slice = objects.get(EndpointSlice, 'default', 'kubernetes');
  const endpoints = addresses.map((ip) => ({ addresses: [ip], conditions: { ready: true } }));
  if (slice === undefined || !isEqual(slice.endpoints, endpoints)) {
    objects.put(EndpointSlice, {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: slice?.metadata ?? {
        name: 'kubernetes',
        namespace: 'default',
        uid: objects.uid('endpointslice/kubernetes'),
        generation: 1,
        creationTimestamp: rfc3339(now),
        labels: { 'kubernetes.io/service-name': 'kubernetes' },
      },
      addressType: familyOf(addresses[0]!),
      endpoints,
      ports: [{ name: 'https', port, protocol: 'TCP' }],
    } as EndpointSlice);
  }
}
