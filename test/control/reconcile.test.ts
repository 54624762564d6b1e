/** When controllers look: after a change of what they read, when time passes if they are told to, and whenever their process has started anew. */
import { expect, it } from '@jest/globals';
import type { Controller } from '#control/controller.ts';
import { Reconciler } from '#control/reconcile.ts';
import { createObject } from '#control/write.ts';
import { Cluster } from '#kube/cluster.ts';
import { Namespace } from '#kube/kinds/namespace.ts';

it('looks when there is a reason to', () => {
  const looks: string[] = [];
  const controller = (name: string, more: Partial<Controller> = {}): Controller => ({
    name,
    component: 'kube-controller-manager',
    reads: [Namespace],
    reconcile: () => void looks.push(name),
    ...more,
  });
  const reconciler = new Reconciler([
    controller('manager'),
    controller('timed', { timed: () => true }),
    controller('waits for nothing', { reads: [], timed: () => false }),
    controller('scheduler', { component: 'kube-scheduler' }),
  ]);
  const objects = new Cluster('0').edit();
  const lives: Record<string, string | undefined> = { 'kube-controller-manager': 'first', 'kube-scheduler': undefined };
  const round = (now: number) => {
    looks.length = 0;
    const looked = reconciler.round({ objects, now }, (component) => lives[component]);
    expect(looked).toBe(looks.length > 0);
    return [...looks];
  };
  expect(round(1)).toEqual(['manager', 'timed', 'waits for nothing']);
  expect(round(1)).toEqual([]);
  expect(round(2)).toEqual(['timed']);
  createObject({ objects, now: 2 }, Namespace, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } });
  expect(round(2)).toEqual(['manager', 'timed']);
  lives['kube-scheduler'] = 'first';
  expect(round(2)).toEqual(['scheduler']);
  lives['kube-controller-manager'] = 'second';
  expect(round(2)).toEqual(['manager', 'timed', 'waits for nothing']);
  lives['kube-controller-manager'] = undefined;
  expect(round(3)).toEqual([]);
});
