import { describe, expect, it } from '@jest/globals';
import { remove } from '#control/admit.ts';
import { garbageCollector } from '#control/controllers/garbage-collector.ts';
import { Deployment } from '#kube/kinds/deployment.ts';
import { Pod } from '#kube/kinds/pod.ts';
import { ReplicaSet } from '#kube/kinds/replica-set.ts';
import { recordedCluster } from '../../support/write.ts';

const market = recordedCluster('market/cluster.json');
const now = Date.parse('2026-11-23T03:10:00Z');

/** What is left of Deployment `stall`, its ReplicaSet and pods once it was deleted in this way; pods stop at once. */
function leftAfter(propagationPolicy: 'Orphan' | 'Foreground' | 'Background') {
  const objects = market.edit();
  remove(objects, Deployment, 'market', 'stall', { now, minorVersion: 36, propagationPolicy });
  let before;
  do {
    before = objects.counter;
    garbageCollector.reconcile({ objects, now });
    for (const pod of objects.list(Pod, 'market'))
      if (pod.metadata.deletionTimestamp !== undefined && (pod.metadata.finalizers ?? []).length === 0)
        objects.remove(Pod, 'market', pod.metadata.name);
  } while (objects.counter !== before);
  const sets = objects.list(ReplicaSet, 'market').filter(({ metadata }) => metadata.name.startsWith('stall-'));
  return {
    deployment: objects.get(Deployment, 'market', 'stall') !== undefined,
    sets: sets.length,
    owned: sets.filter(({ metadata }) => (metadata.ownerReferences ?? []).length > 0).length,
    pods: objects.list(Pod, 'market').filter(({ metadata }) => metadata.labels?.app === 'stall').length,
  };
}

describe('deleting a Deployment with its ReplicaSet and pods', () => {
  it.each([
    ['Background', { deployment: false, sets: 0, owned: 0, pods: 0 }],
    ['Foreground', { deployment: false, sets: 0, owned: 0, pods: 0 }],
    ['Orphan', { deployment: false, sets: 1, owned: 0, pods: 4 }],
  ] as const)('%s', (policy, left) => {
    expect(leftAfter(policy)).toEqual(left);
  });
});
