import type { IPAddress } from '#kube/kinds/ip-address.ts';
import type { Context } from './context.ts';
import { field, indented, type Lines } from './lines.ts';
import { named } from './metadata.ts';

/** (kubectl: describeIPAddressV1) */
export function describeIPAddress(address: IPAddress, context: Context): Lines {
  const { metadata, spec } = address;
  const { group = '', resource, namespace = '', name } = spec.parentRef;
  return [
    ...named(metadata),
    'Parent Reference:',
    ...indented(1, [field('Group', group), field('Resource', resource), field('Namespace', namespace), field('Name', name)]),
    ...context.events(address),
  ];
}
