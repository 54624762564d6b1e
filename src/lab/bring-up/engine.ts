/** What drives a cluster: the same for one that comes up and for one that was kept. */
import { create } from '#control/admit.ts';
import { withDefaults } from '#control/defaults/index.ts';
import { Pod } from '#kube/kinds/pod.ts';
import type { KubeObject } from '#kube/object.ts';
import { programOf } from '#workloads/index.ts';
import { podNetworking } from '../pod-networking.ts';
import { resolvConfOf } from '../pod-resolv-conf.ts';
import { servicesOf } from '../services.ts';
import type { Engine } from '../settle.ts';
import { dumpOf, nodesOf, podIpsOf, type Dump } from './dump.ts';
import { fillInsOf } from './fill-ins.ts';
import { initialWorkloads } from './initial.ts';
import { minorOf } from './settings.ts';
import type { StartInput } from './start.ts';

export function engineOf({ settings, objects }: Pick<StartInput, 'settings' | 'objects'>): Engine {
  const dump = dumpOf(objects);
  const { pods, externalControlPlane } = dump;
  const filled = new Set(ownersOf(dump, settings).map(({ metadata }) => metadata.uid));
  const minorVersion = minorOf(settings.kubernetesVersion);
  return {
    kubelet: {
      version: settings.kubernetesVersion,
      minorVersion,
      programs: programOf,
      networking: podNetworking(new Map(pods.map((pod) => [pod.metadata.uid!, podIpsOf(pod)]))),
      missingImages: new Set(settings.missingImages),
      resolvConf: resolvConfOf,
      withDefaults: (pod) => withDefaults(Pod, pod, minorVersion) as Pod,
      createMirror: (change, pod) =>
        void create(change.objects, Pod, withDefaults(Pod, pod, minorVersion) as Pod, { now: change.now, minorVersion, mirrorPod: true }),
      createObject: (change, kind, object) =>
        void create(change.objects, kind, withDefaults(kind, object, minorVersion), { now: change.now, minorVersion }),
    },
    services: servicesOf(settings.kubernetesVersion),
    unseen: new Set([...dump.unseen].filter((uid) => !filled.has(uid))),
    externalControlPlane,
  };
}

/** What a dump's pods name as their owners and will be made. */
function ownersOf(dump: Dump, settings: StartInput['settings']): readonly KubeObject[] {
  if (dump.unseen.size === 0) return [];
  return fillInsOf(dump, initialWorkloads({ ...settings, nodes: nodesOf(dump, settings) })).owners;
}
