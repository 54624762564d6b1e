/**
 * What a pod asks for and may use, all its containers together (kubectl until 1.35: util/resource PodRequestsAndLimits; since:
 * staging:component-helpers/resource PodRequests, PodLimits).
 */
import type { Container } from '#kube/kinds/container.ts';
import type { ContainerStatus, Pod } from '#kube/kinds/pod.ts';
import { addQuantities, compareQuantities, type Quantity } from '#kube/quantity.ts';
import { amountOf, type ResourceList } from './amount.ts';

export type Amounts = ReadonlyMap<string, Quantity>;

export interface PodResourcesOptions {
  /** While a container is being resized, the larger of what it has and what it is to have counts. */
  readonly fromStatus: boolean;
  /** Init containers that go on running count beside the others. */
  readonly sidecars: boolean;
  /** Requests and limits of the pod as a whole stand in place of those of its containers. */
  readonly podLevel: boolean;
}

type Which = 'requests' | 'limits';

export function podRequests(pod: Pod, options: PodResourcesOptions): Amounts {
  return plus(amountsOf(pod, 'requests', options), listOf(pod.spec.overhead));
}

/** The overhead counts only where there is a limit. */
export function podLimits(pod: Pod, options: PodResourcesOptions): Amounts {
  const limits = amountsOf(pod, 'limits', options);
  return plus(limits, new Map([...listOf(pod.spec.overhead)].filter(([name]) => limits.has(name))));
}

function amountsOf({ spec, status }: Pod, which: Which, { fromStatus, sidecars: hasSidecars, podLevel }: PodResourcesOptions): Amounts {
  const of = (container: Container, statuses: readonly ContainerStatus[] = []) =>
    containerAmounts(
      container,
      fromStatus ? statuses.find(({ name }) => name === container.name) : undefined,
      which,
      status.resize === 'Infeasible',
    );
  let running: Amounts = new Map();
  for (const container of spec.containers ?? []) running = plus(running, of(container, status.containerStatuses));
  // Init containers run one after the other; those that go on running add to all that come later.
  let sidecars: Amounts = new Map();
  let starting: Amounts = new Map();
  for (const container of spec.initContainers ?? []) {
    const amounts = of(container, status.initContainerStatuses);
    if (hasSidecars && container.restartPolicy === 'Always') {
      running = plus(running, amounts);
      sidecars = plus(sidecars, amounts);
      starting = greatest(starting, sidecars);
    } else starting = greatest(starting, plus(amounts, sidecars));
  }
  const total = greatest(running, starting);
  return podLevel ? new Map([...total, ...[...listOf(spec.resources?.[which])].filter(([name]) => isPodLevel(name))]) : total;
}

function isPodLevel(name: string): boolean {
  return name === 'cpu' || name === 'memory' || name.startsWith('hugepages-');
}

function containerAmounts({ resources }: Container, status: ContainerStatus | undefined, which: Which, infeasible: boolean): Amounts {
  const wanted = listOf(resources[which]);
  if (status?.resources === undefined) return wanted;
  const actual = listOf(status.resources[which]);
  return infeasible ? actual : greatest(wanted, actual);
}

function listOf(resources: ResourceList = {}): Amounts {
  return new Map(Object.entries(resources).map(([name, amount]) => [name, amountOf(amount)]));
}

function plus(a: Amounts, b: Amounts): Amounts {
  return merged(a, b, addQuantities);
}

function greatest(a: Amounts, b: Amounts): Amounts {
  return merged(a, b, (one, other) => (compareQuantities(other, one) > 0 ? other : one));
}

function merged(a: Amounts, b: Amounts, combine: (one: Quantity, other: Quantity) => Quantity): Amounts {
  const result = new Map(a);
  for (const [name, amount] of b) {
    const there = result.get(name);
    result.set(name, there === undefined ? amount : combine(there, amount));
  }
  return result;
}
