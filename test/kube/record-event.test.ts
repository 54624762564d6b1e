import { describe, expect, it } from '@jest/globals';
import { Cluster } from '#kube/cluster.ts';
import { Event } from '#kube/kinds/event.ts';
import { recordEvent } from '#kube/record-event.ts';

const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'web', namespace: 'shop', uid: 'u1' } };
const other = { ...pod, metadata: { ...pod.metadata, name: 'till', uid: 'u2' } };

describe('events', () => {
  it('of one moment are listed in the order in which they happened', () => {
    for (const seed of ['0', '1', '2', '3', '4', '5', '6', '7']) {
      const objects = new Cluster(seed).edit();
      const at = (now: number, reason: string, involved = pod) =>
        recordEvent(
          { objects, now: Date.UTC(2026, 10, 23, 10) + now },
          involved,
          { component: 'kubelet' },
          { type: 'Normal', reason, message: reason },
        );
      const reasons = ['Pulling', 'Pulled', 'Created', 'Started', 'Unhealthy', 'Killing', 'BackOff'];
      at(5000, 'Later');
      for (const reason of reasons) at(4000, reason);
      at(4000, 'Pulled', other);
      at(3999, 'Scheduled');
      const listed = objects
        .list(Event, 'shop')
        .map(({ reason, involvedObject, metadata }) => ({ reason, of: involvedObject.name, name: metadata.name }));
      const own = listed.filter(({ of }) => of === 'web').sort((a, b) => (a.name < b.name ? -1 : 1));
      expect(own.map(({ reason }) => reason)).toEqual(['Scheduled', ...reasons, 'Later']);
      for (const { name } of listed) expect(name).toMatch(/^(web|till)\.[\da-f]{16}$/);
    }
  });
});
