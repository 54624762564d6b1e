/** The recorded cluster as kubectl met it: with last-applied annotations, the roles a server starts with, and time that passes. */
import { parseYaml, splitDocuments } from '#kube/yaml.ts';
import { decodeTrusted } from '#kube/decode.ts';
import type { KubeObject } from '#kube/object.ts';
import { bootstrapRbac } from '#lab/bring-up/rbac.ts';
import { Lab } from '#lab/lab.ts';
import type { Cluster } from '#kube/cluster.ts';
import { controllers } from '#control/controllers/index.ts';
import { Reconciler } from '#control/reconcile.ts';
import { Pod } from '#kube/kinds/pod.ts';
import { rfc3339 } from '#kube/time.ts';
import type { Change } from '#node/change.ts';
import { lastAppliedText, lastApplied } from '#shell/commands/kubectl/last-applied.ts';
import { kindOfObject, market as dump, readRecorded } from '../../../../apiserver/support/market.ts';

/** What was applied to make the cluster. */
function applied(): readonly KubeObject[] {
  return splitDocuments(readRecorded('manifests.yaml'))
    .map((text) => parseYaml(text))
    .flatMap((parsed) => (parsed.ok ? [parsed.value as KubeObject] : []));
}

function marketCluster(): Cluster {
  const draft = dump().snapshot.cluster.edit();
  for (const object of bootstrapRbac) {
    const kind = kindOfObject(object as unknown as KubeObject);
    if (draft.get(kind, '', object.metadata.name) === undefined) draft.keep(kind, decodeTrusted(kind, object as unknown as KubeObject));
  }
  for (const manifest of applied()) {
    const kind = kindOfObject(manifest);
    const { name, namespace = kind.namespaced ? 'default' : '' } = manifest.metadata;
    const object = draft.get(kind, namespace, name);
    if (object === undefined) continue;
    const text = lastAppliedText({ ...manifest, metadata: { ...manifest.metadata, ...(kind.namespaced && { namespace }) } });
    draft.keep(kind, { ...object, metadata: { ...object.metadata, annotations: { ...object.metadata.annotations, [lastApplied]: text } } });
  }
  return draft.publish();
}

const cluster = marketCluster();

export function market(now: number): Lab {
  return new Lab({ cluster, hosts: new Map(), now }, (change, until) => {
    change.now = until ?? change.now;
  });
}

/** The same with its controllers at work, and with kubelets that start and stop what they are told to at once. */
export function livingMarket(now: number): Lab {
  // Nobody renews the nodes' leases here.
  const reconciler = new Reconciler(controllers.filter(({ name }) => name !== 'node-lifecycle-controller'));
  return new Lab({ cluster, hosts: new Map(), now }, (change, until) => {
    change.now = until ?? change.now;
    let before;
    do {
      before = change.objects.counter;
      reconciler.round({ objects: change.objects, now: change.now }, () => 'always');
      syncPods(change);
    } while (change.objects.counter !== before);
  });
}

function syncPods({ objects, now }: Change): void {
  for (const pod of objects.list(Pod)) {
    const { namespace = '', name, deletionTimestamp } = pod.metadata;
    if (pod.spec.nodeName === undefined || pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed') continue;
    if (deletionTimestamp !== undefined) objects.remove(Pod, namespace, name);
    else if (pod.status?.podIP === undefined) objects.put(Pod, started(pod, `10.60.1.${objects.counter % 250}`, rfc3339(now)));
  }
}

function started(pod: Pod, podIP: string, startedAt: string): Pod {
  const condition = (type: string) => ({ type, status: 'True' as const, lastTransitionTime: startedAt });
  return {
    ...pod,
    status: {
      ...pod.status,
      phase: 'Running',
      podIP,
      podIPs: [{ ip: podIP }],
      hostIP: '172.31.77.11',
      startTime: startedAt,
      conditions: ['PodReadyToStartContainers', 'Initialized', 'Ready', 'ContainersReady', 'PodScheduled'].map(condition),
      containerStatuses: pod.spec.containers.map(({ name, image = '' }) => ({
        name,
        image,
        imageID: '',
        ready: true,
        restartCount: 0,
        started: true,
        state: { running: { startedAt } },
        lastState: {},
      })),
    },
  };
}
