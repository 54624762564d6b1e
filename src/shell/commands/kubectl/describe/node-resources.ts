/** What the pods of a node ask for, one by one and together (kubectl: describeNodeResource). */
import type { Node } from '#kube/kinds/node.ts';
import type { Pod } from '#kube/kinds/pod.ts';
import { addQuantities, milliUnits, quantityText, wholeUnits, type Quantity } from '#kube/quantity.ts';
import { amountOf, type ResourceList } from './amount.ts';
import type { Context } from './context.ts';
import { field, heading, indented, type Lines } from './lines.ts';
import { podLimits, podRequests, type Amounts, type PodResourcesOptions } from './pod-resources.ts';

export function nodeResourceLines({ status }: Node, pods: readonly Pod[], context: Context): Lines {
  const allocatable: ResourceList = Object.keys(status.allocatable ?? {}).length > 0 ? status.allocatable! : (status.capacity ?? {});
  return [...podLines(pods, allocatable, context), ...totalLines(pods, allocatable, context)];
}

/** Since 1.36 requests and limits are counted by other rules (component-helpers), and in the total by what is wanted alone. */
function optionsFor(which: 'requests' | 'limits', context: Context, isRow: boolean): PodResourcesOptions {
  const podLevel = context.has('resources of pods on nodes');
  const fromStatus = podLevel ? isRow : which === 'requests' && context.has('resizes');
  return { fromStatus, sidecars: context.has('sidecars'), podLevel };
}

const none = amountOf(undefined);

/** `250m (25%)`. In Go a share of nothing is no number, and becomes the smallest integer. */
function share(amount: Quantity = none, whole: number, units: (amount: Quantity) => number): string {
  const part = units(amount) / whole;
  return `${quantityText(amount)} (${Number.isFinite(part) ? Math.trunc(part * 100) : '-9223372036854775808'}%)`;
}

/** The same, but a share of nothing is 0. */
function shareOrZero(amount: Quantity | undefined, whole: number, units: (amount: Quantity) => number): string {
  return whole === 0 ? `${quantityText(amount ?? none)} (0%)` : share(amount, whole, units);
}

function podLines(pods: readonly Pod[], allocatable: ResourceList, context: Context): Lines {
  const cpu = milliUnits(amountOf(allocatable['cpu']));
  const memory = wholeUnits(amountOf(allocatable['memory']));
  const [requested, limited] = [optionsFor('requests', context, true), optionsFor('limits', context, true)];
  const rows = pods.map((pod) => {
    const [requests, limits] = [podRequests(pod, requested), podLimits(pod, limited)];
    return [
      pod.metadata.namespace ?? '',
      pod.metadata.name,
      '',
      share(requests.get('cpu'), cpu, milliUnits),
      share(limits.get('cpu'), cpu, milliUnits),
      share(requests.get('memory'), memory, wholeUnits),
      share(limits.get('memory'), memory, wholeUnits),
      context.age(pod.metadata.creationTimestamp),
    ].join('\t');
  });
  return [
    field('Non-terminated Pods', `(${pods.length} in total)`),
    ...indented(1, [...heading('Namespace', 'Name', '', 'CPU Requests', 'CPU Limits', 'Memory Requests', 'Memory Limits', 'Age'), ...rows]),
  ];
}

function totalLines(pods: readonly Pod[], allocatable: ResourceList, context: Context): Lines {
  const requests = sum(pods.map((pod) => podRequests(pod, optionsFor('requests', context, false))));
  const limits = sum(pods.map((pod) => podLimits(pod, optionsFor('limits', context, false))));
  const row = (name: string, units: (amount: Quantity) => number) => {
    const whole = units(amountOf(allocatable[name]));
    return [name, shareOrZero(requests.get(name), whole, units), shareOrZero(limits.get(name), whole, units)].join('\t');
  };
  const names = Object.keys(allocatable).sort();
  const hugePages = names.filter((name) => name.startsWith('hugepages-'));
  const extended = names.filter((name) => !name.startsWith('hugepages-') && !['cpu', 'memory', 'ephemeral-storage', 'pods'].includes(name));
  return [
    'Allocated resources:',
    ...indented(1, [
      '(Total limits may be over 100 percent, i.e., overcommitted.)',
      ...heading('Resource', 'Requests', 'Limits'),
      row('cpu', milliUnits),
      row('memory', wholeUnits),
      row('ephemeral-storage', wholeUnits),
      ...hugePages.map((name) => row(name, wholeUnits)),
      ...extended.map((name) => [name, quantityText(requests.get(name) ?? none), quantityText(limits.get(name) ?? none)].join('\t')),
    ]),
  ];
}

function sum(lists: readonly Amounts[]): Amounts {
  const total = new Map<string, Quantity>();
  for (const list of lists) for (const [name, amount] of list) total.set(name, addQuantities(total.get(name) ?? none, amount));
  return total;
}
