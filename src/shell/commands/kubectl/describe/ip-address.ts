import type { IPAddress } from '#kube/kinds/ip-address.ts';
import type { Context } from './context.ts';
import { field, indented, type Lines } from './lines.ts';
import { annotationLines, labelLines } from './metadata.ts';

/** (kubectl: describeIPAddressV1) */
export function describeIPAddress(address: IPAddress, context: Context): Lines {
  const { metadata, spec } = address;
  const { group = '', resource, namespace = '', name } = spec.parentRef;
  return [
    field('Name', metadata.name),
    ...labelLines('Labels', metadata.labels),
    ...annotationLines('Annotations', metadata.annotations),
    'Parent Reference:',
    ...indented(1, [field('Group', group), field('Resource', resource), field('Namespace', namespace), field('Name', name)]),
    ...context.events(address),
  ];
}
