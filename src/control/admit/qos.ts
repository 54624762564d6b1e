/** How well a pod is protected when its node runs out of memory. (pkg/apis/core/helper/qos/qos.go) */
import type { PodSpec } from '#kube/kinds/pod-spec.ts';
import { compareAmounts, type ResourceList } from '../validate/resources.ts';

const counted = ['cpu', 'memory'] as const;

/** Guaranteed when every container asks for exactly what it is limited to, BestEffort when none asks for anything. */
export function qosClassOf({ containers, initContainers = [] }: PodSpec): 'BestEffort' | 'Burstable' | 'Guaranteed' {
  const all = [...containers, ...initContainers];
  const said = (list: ResourceList | undefined) =>
    counted.filter((name) => list?.[name] !== undefined && compareAmounts(list[name], 0) > 0);
  if (all.every(({ resources }) => said(resources.requests).length === 0 && said(resources.limits).length === 0)) return 'BestEffort';
  const isExact = all.every(({ resources: { requests, limits } }) =>
    counted.every((name) => {
      const limit = limits?.[name];
      return limit !== undefined && compareAmounts(limit, 0) > 0 && compareAmounts(requests?.[name] ?? limit, limit) === 0;
    }),
  );
  return isExact ? 'Guaranteed' : 'Burstable';
}
