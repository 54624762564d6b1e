import type { ServiceCIDR } from '#kube/kinds/service-cidr.ts';
import { conditionTable } from './conditions.ts';
import type { Context } from './context.ts';
import { field, type Lines } from './lines.ts';
import { named } from './metadata.ts';

/** (kubectl: describeServiceCIDRV1) */
export function describeServiceCIDR(range: ServiceCIDR, context: Context): Lines {
  const { metadata, spec, status } = range;
  const conditions = status.conditions ?? [];
  return [
    ...named(metadata),
    field('CIDRs', (spec.cidrs ?? []).join(', ')),
    ...(conditions.length === 0 ? [] : ['Status:', ...conditionTable(conditions)]),
    ...context.events(range),
  ];
}
