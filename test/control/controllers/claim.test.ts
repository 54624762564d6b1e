import { describe, expect, it } from '@jest/globals';
import type { Controller } from '#control/controller.ts';
import { daemonSetController } from '#control/controllers/daemonset.ts';
import { deploymentController } from '#control/controllers/deployment.ts';
import { replicaSetController } from '#control/controllers/replicaset.ts';
import { statefulSetController } from '#control/controllers/statefulset.ts';
import type { Kind } from '#kube/kind.ts';
import { DaemonSet } from '#kube/kinds/daemon-set.ts';
import { Pod } from '#kube/kinds/pod.ts';
import { ReplicaSet } from '#kube/kinds/replica-set.ts';
import { StatefulSet } from '#kube/kinds/stateful-set.ts';
import { controllerOf, type KubeObject } from '#kube/object.ts';
import { recordedCluster } from '../../support/write.ts';

const market = recordedCluster('market/cluster.json');
const now = Date.parse('2026-11-23T03:10:00Z');
const rows: readonly (readonly [string, Controller, Kind<KubeObject>])[] = [
  ['ReplicaSet', replicaSetController, ReplicaSet as never],
  ['DaemonSet', daemonSetController, DaemonSet as never],
  ['StatefulSet', statefulSetController, StatefulSet as never],
];

describe.each(rows)('a pod of a %s', (kind, controller, { kind: ownerKind }) => {
  const owned = () => {
    const objects = market.edit();
    const pod = objects.list(Pod).find((one) => controllerOf(one)?.kind === ownerKind)!;
    const { name, namespace } = pod.metadata;
    const siblings = () => objects.list(Pod, namespace).filter((one) => controllerOf(one)?.uid === controllerOf(pod)!.uid);
    return {
      objects,
      pod,
      siblings,
      again: () => objects.get(Pod, namespace!, name)!,
      reconcile: () => controller.reconcile({ objects, now }),
    };
  };

  it('is let go when its labels do not fit any more, and replaced where its name does not stand in the way', () => {
    const { objects, pod, siblings, again, reconcile } = owned();
    const before = siblings().length;
    objects.put(Pod, { ...pod, metadata: { ...pod.metadata, labels: { app: 'quarantine' } } });
    reconcile();
    reconcile();
    expect(controllerOf(again())).toBeUndefined();
    expect(again().metadata.ownerReferences).toBeUndefined();
    expect(siblings()).toHaveLength(kind === 'StatefulSet' ? before - 1 : before);
  });

  it('is taken over again when they do', () => {
    const { objects, pod, siblings, again, reconcile } = owned();
    const { ownerReferences, ...metadata } = pod.metadata;
    const before = siblings().length;
    objects.put(Pod, { ...pod, metadata });
    reconcile();
    expect(again().metadata.ownerReferences).toEqual(ownerReferences);
    expect(siblings()).toHaveLength(before);
  });

  it('stays whose it is when another controls it', () => {
    const { objects, pod, again, reconcile } = owned();
    const other = { ...pod.metadata.ownerReferences![0]!, uid: '00000000-0000-0000-0000-000000000000' };
    objects.put(Pod, { ...pod, metadata: { ...pod.metadata, ownerReferences: [other] } });
    reconcile();
    expect(again().metadata.ownerReferences).toEqual([other]);
  });
});

it('a Deployment takes over the ReplicaSet that another of its kind left behind, and makes no second one', () => {
  const objects = market.edit();
  const set = objects.list(ReplicaSet, 'market').find((one) => controllerOf(one)?.name === 'stall')!;
  const { ownerReferences, ...metadata } = set.metadata;
  const before = objects.list(ReplicaSet, 'market').length;
  objects.put(ReplicaSet, { ...set, metadata });
  deploymentController.reconcile({ objects, now });
  expect(objects.get(ReplicaSet, 'market', set.metadata.name)!.metadata.ownerReferences).toEqual(ownerReferences);
  expect(objects.list(ReplicaSet, 'market')).toHaveLength(before);
});
