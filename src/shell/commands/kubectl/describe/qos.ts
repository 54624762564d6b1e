import type { Container } from '#kube/kinds/container.ts';
import type { Pod } from '#kube/kinds/pod.ts';
import { compareQuantities } from '#kube/quantity.ts';
import { amountOf, type ResourceList } from './amount.ts';

const counted = ['cpu', 'memory'] as const;

/** The quality of service that the pod's status names, or that follows from its requests and limits (kubectl: qos.GetPodQOS). */
export function qosOf({ spec, status }: Pod): string {
  const { qosClass = '' } = status;
  if (qosClass !== '') return qosClass;
  const containers = [...(spec.containers ?? []), ...(spec.initContainers ?? [])];
  const hasAny = containers.some(({ resources }) =>
    counted.some((name) => isSet(resources.requests, name) || isSet(resources.limits, name)),
  );
  if (!hasAny) return 'BestEffort';
  return containers.every(isGuaranteed) ? 'Guaranteed' : 'Burstable';
}

function isGuaranteed({ resources: { limits, requests } }: Container): boolean {
  return counted.every((name) => {
    if (!isSet(limits, name)) return false;
    return !isSet(requests, name) || compareQuantities(amountOf(limits![name]), amountOf(requests![name])) === 0;
  });
}

function isSet(resources: ResourceList | undefined, name: string): boolean {
  return amountOf(resources?.[name]).nanos !== 0n;
}
