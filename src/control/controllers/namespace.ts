/** Namespaces: the built-in ones, what each is given, and how one goes (pkg/controller/namespace, serviceaccount, certificates/rootcacertpublisher). */
import { groupBy } from '#kube/group.ts';
import { ConfigMap } from '#kube/kinds/config-map.ts';
import { builtInKinds } from '#kube/kinds/index.ts';
import { Namespace } from '#kube/kinds/namespace.ts';
import { ServiceAccount } from '#kube/kinds/service-account.ts';
import { resourceOf } from '#kube/kind.ts';
import { rfc3339 } from '#kube/time.ts';
import type { Controller, ControlPlane } from '../controller.ts';
import { createObject, deleteObject } from '../write.ts';

/** The certificate that every namespace's `kube-root-ca.crt` holds: that of the cluster, or nothing to check against. */
const rootCaName = 'kube-root-ca.crt';
const description =
  'Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes clusters.';

export const systemNamespaces: Controller = {
  name: 'system-namespaces-controller',
  component: 'kube-apiserver',
  reads: [Namespace],
  reconcile(plane) {
    for (const name of ['kube-system', 'kube-public', 'kube-node-lease', 'default']) {
      if (plane.objects.get(Namespace, '', name) === undefined)
        createObject(plane, Namespace, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
    }
  },
};

export const namespaceController: Controller = {
  name: 'namespace-controller',
  component: 'kube-controller-manager',
  reads: builtInKinds,
  reconcile(plane) {
    for (const namespace of plane.objects.list(Namespace))
      if (namespace.metadata.deletionTimestamp !== undefined) finalize(plane, namespace);
  },
};

/** Deletes what lives in the namespace, and lets it go when nothing is left (namespaced_resources_deleter.go). */
function finalize(plane: ControlPlane, namespace: Namespace): void {
  const { objects, now } = plane;
  const { name } = namespace.metadata;
  const left: { resource: string; count: number; finalizers: string[] }[] = [];
  const kinds = builtInKinds.filter((kind) => kind.namespaced);
  const builtIn = new Set(kinds.map(resourceOf));
  const custom = objects.resources().filter((resource) => !builtIn.has(resource));
  for (const kind of [
    ...kinds,
    ...custom.map((resource) => ({ ...kinds[0]!, plural: resource.split('.')[0]!, group: resource.split('.').slice(1).join('.') })),
  ]) {
    for (const object of objects.list(kind, name)) if (object.metadata.deletionTimestamp === undefined) deleteObject(plane, kind, object);
    const remaining = objects.list(kind, name);
    if (remaining.length > 0)
      left.push({
        resource: `${kind.plural}.${kind.group}`,
        count: remaining.length,
        finalizers: remaining.flatMap((object) => object.metadata.finalizers ?? []),
      });
  }
  if (left.length === 0) return objects.remove(Namespace, '', name);
  const condition = (type: string, bad: boolean, reason: string, message: string, good: [string, string]) => ({
    type,
    status: bad ? 'True' : 'False',
    lastTransitionTime: namespace.status?.conditions?.find((one) => one.type === type)?.lastTransitionTime ?? rfc3339(now),
    reason: bad ? reason : good[0],
    message: bad ? message : good[1],
  });
  const counts = left.map(({ resource, count }) => `${resource} has ${count} resource instances`).sort();
  const finalizers = groupBy(
    left.flatMap((one) => one.finalizers),
    (one) => one,
  );
  const finalizing = [...finalizers].map(([finalizer, all]) => `${finalizer} in ${all.length} resource instances`).sort();
  const conditions = [
    condition('NamespaceDeletionDiscoveryFailure', false, '', '', ['ResourcesDiscovered', 'All resources successfully discovered']),
    condition('NamespaceDeletionGroupVersionParsingFailure', false, '', '', [
      'ParsedGroupVersions',
      'All legacy kube types successfully parsed',
    ]),
    condition('NamespaceDeletionContentFailure', false, '', '', [
      'ContentDeleted',
      'All content successfully deleted, may be waiting on finalization',
    ]),
    condition('NamespaceContentRemaining', true, 'SomeResourcesRemain', `Some resources are remaining: ${counts.join(', ')}`, ['', '']),
    condition(
      'NamespaceFinalizersRemaining',
      finalizing.length > 0,
      'SomeFinalizersRemain',
      `Some content in the namespace has finalizers remaining: ${finalizing.join(', ')}`,
      ['ContentHasNoFinalizers', 'All content-preserving finalizers finished'],
    ),
  ];
  const status = { phase: 'Terminating', conditions };
  if (JSON.stringify(namespace.status) !== JSON.stringify(status)) objects.put(Namespace, { ...namespace, status });
}

export const serviceAccountController: Controller = {
  name: 'serviceaccount-controller',
  component: 'kube-controller-manager',
  reads: [Namespace, ServiceAccount],
  reconcile(plane) {
    for (const { metadata } of active(plane)) {
      if (plane.objects.get(ServiceAccount, metadata.name, 'default') !== undefined) continue;
      createObject(plane, ServiceAccount, {
        apiVersion: 'v1',
        kind: 'ServiceAccount',
        metadata: { name: 'default', namespace: metadata.name },
      });
    }
  },
};

export const rootCaController: Controller = {
  name: 'root-ca-certificate-publisher-controller',
  component: 'kube-controller-manager',
  reads: [Namespace, ConfigMap],
  reconcile(plane) {
    const bundle = plane.objects.get(ConfigMap, 'kube-public', 'cluster-info')?.data?.['kubeconfig'];
    const encoded = /certificate-authority-data: (\S+)/.exec(bundle ?? '')?.[1];
    const certificate = encoded === undefined ? '' : decodeBase64(encoded);
    if (certificate === '') return;
    for (const { metadata } of active(plane)) {
      if (plane.objects.get(ConfigMap, metadata.name, rootCaName) !== undefined) continue;
      createObject(plane, ConfigMap, {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: rootCaName, namespace: metadata.name, annotations: { 'kubernetes.io/description': description } },
        data: { 'ca.crt': certificate },
      });
    }
  },
};

function active(plane: ControlPlane): readonly Namespace[] {
  return plane.objects.list(Namespace).filter((one) => one.metadata.deletionTimestamp === undefined);
}

function decodeBase64(text: string): string {
  return new TextDecoder().decode(Uint8Array.from(atob(text), (char) => char.charCodeAt(0)));
}
