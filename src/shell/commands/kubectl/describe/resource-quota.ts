import type { ResourceQuota } from '#kube/kinds/resource-quota.ts';
import { quantityText, wholeUnits } from '#kube/quantity.ts';
import { amountOf } from './amount.ts';
import { field, heading, type Lines } from './lines.ts';

/** (kubectl: describeQuota) */
export function describeResourceQuota(quota: ResourceQuota): Lines {
  const { name, namespace = '' } = quota.metadata;
  return [
    field('Name', name),
    field('Namespace', namespace),
    ...scopeLines(quota, ' * '),
    ...heading('Resource', 'Used', 'Hard'),
    ...usageRows(quota, true),
  ];
}

const meanings: Readonly<Record<string, string>> = {
  Terminating:
    'Matches all pods that have an active deadline. These pods have a limited lifespan on a node before being actively terminated by the system.',
  NotTerminating:
    'Matches all pods that do not have an active deadline. These pods usually include long running pods whose container command is not expected to terminate.',
  BestEffort: 'Matches all pods that do not have resource requirements set. These pods have a best effort quality of service.',
  NotBestEffort:
    'Matches all pods that have at least one resource requirement set. These pods have a burstable or guaranteed quality of service.',
};

/** The scopes, and below them what each means. */
export function scopeLines({ spec }: ResourceQuota, bullet: string): Lines {
  const scopes = [...(spec.scopes ?? [])].sort();
  if (scopes.length === 0) return [];
  const known = scopes.flatMap((scope) => (meanings[scope] === undefined ? [] : [bullet + meanings[scope]]));
  return [field('Scopes', scopes.join(', ')), ...known];
}

/** What is used and what may be used. `alike`: what is used is written with the kind of unit of the limit. */
export function usageRows({ status: { hard = {}, used = {} } }: ResourceQuota, alike: boolean): Lines {
  return Object.keys(hard)
    .sort()
    .map((name) => {
      const [limit, use] = [amountOf(hard[name]), amountOf(used[name])];
      const isOther = alike && use.format !== limit.format;
      const shown = isOther ? { nanos: BigInt(wholeUnits(use)) * 1_000_000_000n, format: limit.format } : use;
      return [name, quantityText(shown), quantityText(limit)].join('\t');
    });
}
