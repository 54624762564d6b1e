/** (pkg/apis/core/v1/defaults.go, conversion.go) */
import { LimitRange, type LimitRangeItem } from '#kube/kinds/limit-range.ts';
import { Namespace } from '#kube/kinds/namespace.ts';
import { Node } from '#kube/kinds/node.ts';
import { PriorityClass } from '#kube/kinds/priority-class.ts';
import { Secret } from '#kube/kinds/secret.ts';
import { defaulter } from './defaulter.ts';
import { change, fill } from './fill.ts';

/** `stringData` is only a way of writing `data`. */
export const secretDefaulter = defaulter(Secret, ({ stringData, ...secret }) => {
  const encoded = Object.entries(stringData ?? {}).map(([key, text]) => [key, base64(text)] as const);
  const typed = fill<Secret>(secret, { type: 'Opaque' });
  return encoded.length === 0 ? typed : { ...typed, data: { ...typed.data, ...Object.fromEntries(encoded) } };
});

function base64(text: string): string {
  let bytes = '';
  for (const byte of new TextEncoder().encode(text)) bytes += String.fromCharCode(byte);
  return btoa(bytes);
}

/** Since 1.21 a namespace has its name as a label, so that selectors can name it. */
export const namespaceDefaulter = defaulter(Namespace, (namespace, minorVersion) => {
  const { metadata } = namespace;
  const labels = { ...metadata.labels, 'kubernetes.io/metadata.name': metadata.name };
  const named = minorVersion < 21 || (metadata.name ?? '') === '' ? namespace : { ...namespace, metadata: { ...metadata, labels } };
  return { ...named, status: fill(named.status ?? {}, { phase: 'Active' }) };
});

/** What a node has pods may use, until its kubelet says otherwise. */
export const nodeDefaulter = defaulter(Node, (node) =>
  change(node, 'status', (status) => (status.capacity === undefined ? status : fill(status, { allocatable: status.capacity }))),
);

export const limitRangeDefaulter = defaulter(LimitRange, (range) =>
  change(range, 'spec', (spec) => change(spec, 'limits', (limits) => limits.map(itemWithDefaults))),
);

/** Containers get the greatest as their limit, and their limit or the least as their request. */
function itemWithDefaults(item: LimitRangeItem): LimitRangeItem {
  if (item.type !== 'Container') return item;
  const limits = { ...item.max, ...item.default };
  const requests = { ...item.min, ...limits, ...item.defaultRequest };
  return {
    ...item,
    ...(Object.keys(limits).length > 0 && { default: limits }),
    ...(Object.keys(requests).length > 0 && { defaultRequest: requests }),
  };
}

export const priorityClassDefaulter = defaulter(PriorityClass, (priorityClass) =>
  fill(priorityClass, { preemptionPolicy: 'PreemptLowerPriority' }),
);
