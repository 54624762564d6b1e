import { describe, expect, it } from '@jest/globals';
import { create, remove, update, type Removal, type RemoveContext } from '#control/admit.ts';
import { withDefaults } from '#control/defaults/index.ts';
import { Endpoints } from '#kube/kinds/endpoints.ts';
import { IPAddress } from '#kube/kinds/ip-address.ts';
import { Job } from '#kube/kinds/job.ts';
import { Namespace } from '#kube/kinds/namespace.ts';
import { Pod } from '#kube/kinds/pod.ts';
import { Service } from '#kube/kinds/service.ts';
import { recordedCluster } from '../../support/write.ts';

const market = recordedCluster('market/cluster.json');
const context = { now: Date.parse('2026-11-23T04:00:00Z'), minorVersion: 36 };

function outcome(removal: Removal): string {
  if (!removal.ok) return `${removal.error.reason}: ${removal.error.message}`;
  const { metadata } = removal.value.object;
  if (removal.value.deleted) return 'gone';
  return `until ${metadata.deletionTimestamp!.slice(11, 19)}${(metadata.finalizers ?? []).map((one) => `, ${one}`).join('')}`;
}

describe('pods', () => {
  const rows: [pod: string, options: Partial<RemoveContext>, outcome: string][] = [
    ['market/solo', {}, 'until 04:00:30'],
    ['market/solo', { gracePeriodSeconds: 5 }, 'until 04:00:05'],
    ['market/solo', { gracePeriodSeconds: 0 }, 'gone'],
    ['market/solo', { gracePeriodSeconds: 0, propagationPolicy: 'Foreground' }, 'until 04:00:00, foregroundDeletion'],
    ['ledger/nowhere', {}, 'gone'], // no node, nobody to end it
    ['market/nosuch', {}, 'NotFound: pods "nosuch" not found'],
  ];
  it.each(rows)('%s %j: %s', (pod, options, expected) => {
    const [namespace = '', name = ''] = pod.split('/');
    expect(outcome(remove(market.edit(), Pod, namespace, name, { ...context, ...options }))).toBe(expected);
  });

  it('can be given less time, but not more', () => {
    const objects = market.edit();
    remove(objects, Pod, 'market', 'solo', { ...context, gracePeriodSeconds: 20 });
    expect(outcome(remove(objects, Pod, 'market', 'solo', { ...context, gracePeriodSeconds: 60 }))).toBe('until 04:00:20');
    expect(outcome(remove(objects, Pod, 'market', 'solo', { ...context, gracePeriodSeconds: 2 }))).toBe('until 04:00:02');
  });

  it('go when the last finalizer does', () => {
    const objects = market.edit();
    const held = {
      ...objects.get(Pod, 'ledger', 'nowhere')!,
      metadata: { ...objects.get(Pod, 'ledger', 'nowhere')!.metadata, finalizers: ['example.com/hold'] },
    };
    objects.put(Pod, held);
    expect(outcome(remove(objects, Pod, 'ledger', 'nowhere', context))).toBe('until 04:00:00, example.com/hold');
    const marked = objects.get(Pod, 'ledger', 'nowhere')!;
    update(objects, Pod, marked, { ...marked, metadata: { ...marked.metadata, finalizers: [] } }, context);
    expect(objects.get(Pod, 'ledger', 'nowhere')).toBeUndefined();
  });

  it('are not deleted when they are others than meant', () => {
    const preconditions = { uid: '0' };
    const { uid } = market.get(Pod, 'market', 'solo')!.metadata;
    expect(outcome(remove(market.edit(), Pod, 'market', 'solo', { ...context, preconditions }))).toBe(
      `Conflict: Operation cannot be fulfilled on pods "solo": Precondition failed: UID in precondition: 0, UID in object meta: ${uid}`,
    );
  });
});

describe('Services', () => {
  it('give their addresses back, and take their Endpoints along', () => {
    const objects = market.edit();
    const { clusterIP } = objects.get(Service, 'market', 'stall')!.spec;
    expect(objects.get(IPAddress, '', clusterIP!)).toBeDefined();
    remove(objects, Service, 'market', 'stall', context);
    expect([objects.get(IPAddress, '', clusterIP!), objects.get(Endpoints, 'market', 'stall')]).toEqual([undefined, undefined]);
  });

  it('give a node port back for the next one', () => {
    const objects = market.edit();
    const { nodePort } = objects.get(Service, 'market', 'stall-np')!.spec.ports![0]!;
    const next = withDefaults(
      Service,
      {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name: 'next', namespace: 'market' },
        spec: { type: 'NodePort', ports: [{ port: 80, nodePort: nodePort! }] },
        status: { loadBalancer: {} },
      } as Service,
      36,
    );
    expect(create(objects, Service, next, context).ok).toBe(false);
    remove(objects, Service, 'market', 'stall-np', context);
    expect(create(objects, Service, next, context).ok).toBe(true);
  });
});

describe('namespaces', () => {
  it('are marked first, and refuse new objects from then on', () => {
    const objects = market.edit();
    expect(outcome(remove(objects, Namespace, '', 'market', context))).toBe('until 04:00:00');
    expect(objects.get(Namespace, '', 'market')!.status!.phase).toBe('Terminating');
    expect(outcome(remove(objects, Namespace, '', 'market', context))).toBe(
      'Conflict: Operation cannot be fulfilled on namespaces "market": The system is ensuring all content is removed from this namespace.  ' +
        'Upon completion, this namespace will automatically be purged by the system.',
    );
  });

  it.each(['default', 'kube-system', 'kube-public'])('%s stays', (name) => {
    expect(outcome(remove(market.edit(), Namespace, '', name, context))).toBe(
      `Forbidden: namespaces "${name}" is forbidden: this namespace may not be deleted`,
    );
  });
});

describe('jobs', () => {
  it('leave their pods behind unless told otherwise', () => {
    expect(outcome(remove(market.edit(), Job, 'ledger', 'restock', context))).toBe('until 04:00:00, orphan');
    expect(outcome(remove(market.edit(), Job, 'ledger', 'restock', { ...context, propagationPolicy: 'Background' }))).toBe('gone');
  });
});
