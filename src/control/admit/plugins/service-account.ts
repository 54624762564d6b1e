/** Every pod has a ServiceAccount, and usually its token. (plugin/pkg/admission/serviceaccount/admission.go) */
import type { Container } from '#kube/kinds/container.ts';
import type { PodSpec } from '#kube/kinds/pod-spec.ts';
import { Pod } from '#kube/kinds/pod.ts';
import { ServiceAccount } from '#kube/kinds/service-account.ts';
import { fail, forbidden, ok } from '#kube/status.ts';
import type { Plugin } from '../plugin.ts';
import { isMirrorPod, isPod } from './pods.ts';

const mountPath = '/var/run/secrets/kubernetes.io/serviceaccount';

export const serviceAccount: Plugin = {
  name: 'ServiceAccount',
  mutate(review) {
    const { object, objects, operation } = review;
    if (operation !== 'CREATE' || !isPod(review)) return ok(object);
    const pod = object as Pod;
    const { name, namespace = '' } = pod.metadata;
    if (isMirrorPod(review)) {
      const own = pod.spec.serviceAccountName ?? '';
      return own === '' ? ok(pod) : fail(forbidden(Pod, name, 'a mirror pod may not reference service accounts'));
    }
    const accountName = (pod.spec.serviceAccountName ?? '') === '' ? 'default' : pod.spec.serviceAccountName!;
    const account = objects.get(ServiceAccount, namespace, accountName);
    if (account === undefined) {
      const looked = `error looking up service account ${namespace}/${accountName}: serviceaccount "${accountName}" not found`;
      return fail(forbidden(Pod, name, looked));
    }
    const spec: PodSpec = {
      ...pod.spec,
      serviceAccountName: accountName,
      serviceAccount: accountName,
      ...((pod.spec.imagePullSecrets ?? []).length === 0 &&
        (account.imagePullSecrets ?? []).length > 0 && { imagePullSecrets: account.imagePullSecrets! }),
    };
    const mounts = pod.spec.automountServiceAccountToken ?? account.automountServiceAccountToken ?? true;
    return ok({ ...pod, spec: mounts ? withToken(spec, () => objects.suffix(`kube-api-access/${namespace}/${name}`)) : spec });
  },
};

/** Adds the volume with token, certificate and namespace, and mounts it where nothing is mounted yet. */
function withToken(spec: PodSpec, suffix: () => string): PodSpec {
  const lacks = (container: Container) => !(container.volumeMounts ?? []).some((mount) => mount.mountPath === mountPath);
  const all = [...spec.containers, ...(spec.initContainers ?? [])];
  if (!all.some(lacks)) return spec;
  const existing = (spec.volumes ?? []).find((volume) => volume.name.startsWith('kube-api-access-') && volume.projected !== undefined);
  const volume = existing?.name ?? `kube-api-access-${suffix()}`;
  const mount = { name: volume, readOnly: true, mountPath };
  const mounted = (containers: readonly Container[]) =>
    containers.map((one): Container => (lacks(one) ? { ...one, volumeMounts: [...(one.volumeMounts ?? []), mount] } : one));
  return {
    ...spec,
    containers: mounted(spec.containers),
    ...(spec.initContainers !== undefined && { initContainers: mounted(spec.initContainers) }),
    ...(existing === undefined && { volumes: [...(spec.volumes ?? []), tokenVolume(volume)] }),
  };
}

function tokenVolume(name: string): NonNullable<PodSpec['volumes']>[number] {
  return {
    name,
    projected: {
      sources: [
        // An hour, and what clients are behind when they renew late.
        { serviceAccountToken: { expirationSeconds: 3607, path: 'token' } },
        { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
        { downwardAPI: { items: [{ path: 'namespace', fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' } }] } },
      ],
      defaultMode: 0o644,
    },
  };
}
