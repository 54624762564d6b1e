import type { LimitRange, LimitRangeItem } from '#kube/kinds/limit-range.ts';
import { amountText } from './amount.ts';
import { field, heading, type Lines } from './lines.ts';

/** (kubectl: describeLimitRange) */
export function describeLimitRange(range: LimitRange): Lines {
  const { name, namespace = '' } = range.metadata;
  return [field('Name', name), field('Namespace', namespace), ...limitRows([range])];
}

/** A row for every resource of every item. Go goes through them in no order; here they are sorted. */
export function limitRows(ranges: readonly LimitRange[]): Lines {
  return [
    ...heading('Type', 'Resource', 'Min', 'Max', 'Default Request', 'Default Limit', 'Max Limit/Request Ratio'),
    ...ranges.flatMap(({ spec }) => (spec.limits ?? []).flatMap(itemRows)),
  ];
}

function itemRows(item: LimitRangeItem): Lines {
  const columns = [item.min, item.max, item.defaultRequest, item.default, item.maxLimitRequestRatio];
  const resources = [...new Set(columns.flatMap((amounts) => Object.keys(amounts ?? {})))].sort();
  return resources.map((resource) => {
    const cells = columns.map((amounts) => (amounts?.[resource] === undefined ? '-' : amountText(amounts[resource])));
    return [item.type, resource, ...cells].join('\t');
  });
}
