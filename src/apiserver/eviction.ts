/** `pods/eviction`: a deletion that disruption budgets may refuse. (pkg/registry/core/pod/storage/eviction.go) */
import { remove as admitRemoval } from '#control/admit.ts';
import { PodDisruptionBudget } from '#kube/kinds/pod-disruption-budget.ts';
import { Pod } from '#kube/kinds/pod.ts';
import { matchesLabels } from '#kube/selector.ts';
import { badRequest, fail, notFound, ok, type Result, type Status } from '#kube/status.ts';
import { rfc3339 } from '#kube/time.ts';
import { readBody } from './body.ts';
import { objectsOf, refuse, type Call } from './call.ts';
import { readDeleteOptions } from './delete.ts';
import { isObject } from './json.ts';
import type { ApiResponse } from './request.ts';
import { internalError, json } from './response.ts';
import { attempt, contextOf } from './write.ts';

/** Evicts the pod that the route names. */
export function evict(call: Call): ApiResponse {
  const { request, resource, route } = call;
  const body = readBody(request);
  if (!body.ok) return refuse(call, body.error);
  if (!isObject(body.value)) return refuse(call, badRequest('no Eviction in the body'));
  const metadata = isObject(body.value['metadata']) ? body.value['metadata'] : {};
  if ((metadata['name'] ?? route.name) !== route.name)
    return refuse(call, badRequest('name in URL does not match name in Eviction object'));
  const options = readDeleteOptions(body.value['deleteOptions'] ?? {}, request.query);
  if (!options.ok) return refuse(call, options.error);
  const pod = objectsOf(call).get(Pod, route.namespace, route.name);
  if (pod === undefined) return refuse(call, notFound(resource.kind, route.name));
  const budget = isBoundByBudget(pod) ? budgetFor(call, pod) : ok(undefined);
  if (!budget.ok) return refuse(call, budget.error);
  const { dryRun, ...context } = options.value;
  const removed = attempt(call, dryRun, ({ objects, now }) => {
    if (budget.value !== undefined) objects.put(PodDisruptionBudget, spent(budget.value, pod, now));
    return admitRemoval(objects, Pod, route.namespace, route.name, { ...contextOf(call, now, { dryRun }), ...context });
  });
  if (!removed.ok) return refuse(call, removed.error, removed.warnings);
  return json(201, { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success' }, removed.value.warnings);
}

/** Pods that do not run, or are on their way out already, disturb nobody (canIgnorePDB). */
function isBoundByBudget({ status, metadata }: Pod): boolean {
  return !['Succeeded', 'Failed', 'Pending'].includes(status.phase ?? '') && metadata.deletionTimestamp === undefined;
}

/** The budget that an eviction spends from; none where no budget is about the pod. */
function budgetFor(call: Call, pod: Pod): Result<PodDisruptionBudget | undefined, Status> {
  const { namespace = '', labels } = pod.metadata;
  const budgets = objectsOf(call)
    .list(PodDisruptionBudget, namespace)
    .filter(({ spec }) => matchesLabels(spec.selector, labels));
  const [budget, second] = budgets;
  if (budget === undefined) return ok(undefined);
  if (second !== undefined) {
    const message = 'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.';
    return fail(internalError(message));
  }
  const refusal = refusalOf(budget, pod);
  return refusal === undefined ? ok(budget) : fail(refusal);
}

function refusalOf(budget: PodDisruptionBudget, pod: Pod): Status | undefined {
  const { name, generation = 0 } = budget.metadata;
  const { status, spec } = budget;
  const isReady = pod.status.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') === true;
  // A pod that is not healthy may go as long as enough others are, or always if the budget says so.
  const mayGo =
    spec.unhealthyPodEvictionPolicy === 'AlwaysAllow' || (status.currentHealthy >= status.desiredHealthy && status.desiredHealthy > 0);
  if (!isReady && mayGo) return undefined;
  if ((status.observedGeneration ?? 0) < generation) {
    return tooMany(`The disruption budget ${name} is still being processed by the server.`, 10);
  }
  if (status.disruptionsAllowed > 0) return undefined;
  const condition = status.conditions?.find(({ type }) => type === 'DisruptionAllowed');
  const why =
    status.currentHealthy <= status.desiredHealthy
      ? `needs ${status.desiredHealthy} healthy pods and has ${status.currentHealthy} currently`
      : condition?.status === 'False' && condition.reason === 'SyncFailed'
        ? `does not allow evicting pods currently because it failed sync: ${condition.message ?? ''}`
        : 'does not allow evicting pods currently';
  return tooMany("Cannot evict pod as it would violate the pod's disruption budget.", 0, `The disruption budget ${name} ${why}`);
}

function tooMany(message: string, retryAfterSeconds: number, cause?: string): Status {
  return {
    code: 429,
    reason: 'TooManyRequests',
    message,
    details: {
      ...(cause !== undefined && { causes: [{ reason: 'DisruptionBudget', message: cause }] }),
      ...(retryAfterSeconds > 0 && { retryAfterSeconds }),
    },
  };
}

/** One disruption fewer until the controller has counted anew. */
function spent(budget: PodDisruptionBudget, pod: Pod, now: number): PodDisruptionBudget {
  const { status } = budget;
  const disruptedPods = { ...status.disruptedPods, [pod.metadata.name]: rfc3339(now) };
  return { ...budget, status: { ...status, disruptionsAllowed: Math.max(0, status.disruptionsAllowed - 1), disruptedPods } };
}
