/** What drives a cluster: the same for one that comes up and for one that was kept. */
import { create } from '#control/admit.ts';
import { withDefaults } from '#control/defaults/index.ts';
import { Pod } from '#kube/kinds/pod.ts';
import type { KubeObject } from '#kube/object.ts';
import { parseIp, type Ip } from '#net/ip.ts';
import { programOf } from '#workloads/index.ts';
import { podNetworking } from '../pod-networking.ts';
import { resolvConfOf } from '../pod-resolv-conf.ts';
import { servicesOf } from '../services.ts';
import type { Engine } from '../settle.ts';
import { minorOf } from './settings.ts';
import type { StartInput } from './start.ts';

/** Reports whether the object was read from a running cluster: the server has given it an identity. */
export function isObserved(object: KubeObject): boolean {
  return object.metadata.uid !== undefined && object.metadata.creationTimestamp !== undefined;
}

export function engineOf({ settings, objects }: Pick<StartInput, 'settings' | 'objects'>): Engine {
  const observed = objects.filter(isObserved);
  const minorVersion = minorOf(settings.kubernetesVersion);
  return {
    kubelet: {
      version: settings.kubernetesVersion,
      minorVersion,
      programs: programOf,
      networking: podNetworking(addressesOf(observed)),
      missingImages: new Set(settings.missingImages),
      resolvConf: resolvConfOf,
      withDefaults: (pod) => withDefaults(Pod, pod, minorVersion) as Pod,
      createMirror: (change, pod) =>
        void create(change.objects, Pod, withDefaults(Pod, pod, minorVersion) as Pod, { now: change.now, minorVersion, mirrorPod: true }),
      createObject: (change, kind, object) =>
        void create(change.objects, kind, withDefaults(kind, object, minorVersion), { now: change.now, minorVersion }),
    },
    services: servicesOf(settings.kubernetesVersion),
    // A dump that has nodes but none of kubeadm's API servers comes from a cluster whose control plane is elsewhere.
    externalControlPlane:
      observed.some((object) => object.kind === 'Node') &&
      !observed.some((object) => object.kind === 'Pod' && object.metadata.name.startsWith('kube-apiserver-')),
  };
}

/** The addresses of pods, by UID. */
function addressesOf(objects: readonly KubeObject[]): ReadonlyMap<string, readonly Ip[]> {
  const pods = objects.filter((object): object is Pod => object.kind === 'Pod');
  return new Map(
    pods.map(({ metadata, status }) => {
      const texts = status?.podIPs?.map((one) => one.ip) ?? [status?.podIP];
      return [metadata.uid!, texts.flatMap((text) => parseIp(text ?? '') ?? [])];
    }),
  );
}
