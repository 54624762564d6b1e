import { describe, expect, it } from '@jest/globals';
import { disruptionController } from '#control/controllers/disruption.ts';
import { decodeTrusted } from '#kube/decode.ts';
import { PodDisruptionBudget } from '#kube/kinds/pod-disruption-budget.ts';
import { Pod } from '#kube/kinds/pod.ts';
import { recordedCluster } from '../../support/write.ts';

const market = recordedCluster('market/cluster.json');
const now = Date.parse('2026-11-23T03:10:00Z');

/** The status of a budget on the recorded cluster, with this specification. */
function statusOf(spec: object, status: object = {}) {
  const objects = market.edit();
  const metadata = { name: 'probe', namespace: 'market', generation: 1, uid: 'probe' };
  objects.put(
    PodDisruptionBudget,
    decodeTrusted(PodDisruptionBudget, { apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', metadata, spec, status }),
  );
  disruptionController.reconcile({ objects, now });
  return objects.get(PodDisruptionBudget, 'market', 'probe')!.status;
}

const stall = { selector: { matchLabels: { app: 'stall' } } };

it('leaves what the real controller made as it is', () => {
  const objects = market.edit();
  const before = objects.get(PodDisruptionBudget, 'market', 'stall');
  disruptionController.reconcile({ objects, now });
  expect(objects.get(PodDisruptionBudget, 'market', 'stall')).toBe(before);
});

// Four pods are wanted, three of them are ready.
describe('budgets of stall', () => {
  it.each([
    [{ minAvailable: 3 }, 0, 3, 4],
    [{ minAvailable: 2 }, 1, 2, 4],
    [{ minAvailable: '50%' }, 1, 2, 4],
    [{ minAvailable: '60%' }, 0, 3, 4],
    [{ maxUnavailable: 1 }, 0, 3, 4],
    [{ maxUnavailable: 2 }, 1, 2, 4],
    [{ maxUnavailable: '100%' }, 3, 0, 4],
  ])('%j', (spec, allowed, desired, expected) => {
    expect(statusOf({ ...stall, ...spec })).toMatchObject({
      disruptionsAllowed: allowed,
      currentHealthy: 3,
      desiredHealthy: desired,
      expectedPods: expected,
      observedGeneration: 1,
      conditions: [
        { type: 'DisruptionAllowed', status: allowed > 0 ? 'True' : 'False', reason: allowed > 0 ? 'SufficientPods' : 'InsufficientPods' },
      ],
    });
  });
});

describe('promised deletions', () => {
  const name = market.list(Pod, 'market').find(({ metadata, spec }) => metadata.name.startsWith('stall-') && spec.nodeName !== undefined)!
    .metadata.name;

  it('count as done for two minutes', () => {
    expect(statusOf({ ...stall, minAvailable: 2 }, { disruptedPods: { [name]: '2026-11-23T03:09:00Z' } })).toMatchObject({
      currentHealthy: 2,
      disruptionsAllowed: 0,
    });
    const late = statusOf({ ...stall, minAvailable: 2 }, { disruptedPods: { [name]: '2026-11-23T03:05:00Z' } });
    expect(late).toMatchObject({ currentHealthy: 3, disruptionsAllowed: 1 });
    expect(late.disruptedPods).toBeUndefined();
  });
});

it('a share of pods without a controller cannot be computed', () => {
  expect(statusOf({ selector: { matchLabels: { app: 'solo' } }, maxUnavailable: 1 })).toMatchObject({
    disruptionsAllowed: 0,
    conditions: [{ status: 'False', reason: 'SyncFailed', message: 'found no controllers for pod "solo"' }],
  });
});
