import type { LimitRange } from '#kube/kinds/limit-range.ts';
import type { Namespace } from '#kube/kinds/namespace.ts';
import type { ResourceQuota } from '#kube/kinds/resource-quota.ts';
import { conditionTable } from './conditions.ts';
import type { Context } from './context.ts';
import { limitRows } from './limit-range.ts';
import { field, indented, type Lines } from './lines.ts';
import { named } from './metadata.ts';
import { scopeLines, usageRows } from './resource-quota.ts';

/** (kubectl: describeNamespace) */
export function describeNamespace({ metadata, status }: Namespace, context: Context): Lines {
  const quotas = context.list<ResourceQuota>('v1', 'ResourceQuota', metadata.name);
  const limitRanges = context.list<LimitRange>('v1', 'LimitRange', metadata.name);
  return [
    ...named(metadata),
    field('Status', status.phase ?? ''),
    ...conditionTable(status.conditions ?? []),
    '',
    ...quotaLines(quotas),
    '',
    ...limitLines(limitRanges),
  ];
}

function quotaLines(quotas: readonly ResourceQuota[]): Lines {
  if (quotas.length === 0) return ['No resource quota.'];
  return [
    'Resource Quotas',
    ...quotas.flatMap((quota) =>
      indented(1, [
        field('Name', quota.metadata.name),
        ...scopeLines(quota, '* '),
        'Resource\tUsed\tHard',
        '--------\t---\t---',
        ...usageRows(quota, false),
      ]),
    ),
  ];
}

function limitLines(limitRanges: readonly LimitRange[]): Lines {
  if (limitRanges.length === 0) return ['No LimitRange resource.'];
  return ['Resource Limits', ...limitRows(limitRanges).map((row) => ` ${row}`)];
}
