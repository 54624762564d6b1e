import type { Endpoints, EndpointSubset } from '#kube/kinds/endpoints.ts';
import type { Context } from './context.ts';
import { field, heading, indented, orNone, type Lines } from './lines.ts';
import { namedInNamespace } from './metadata.ts';

/** (kubectl: describeEndpoints) */
export function describeEndpoints(endpoints: Endpoints, context: Context): Lines {
  const { metadata, subsets = [] } = endpoints;
  return [...namedInNamespace(metadata), 'Subsets:', ...subsets.flatMap(subsetLines), ...context.events(endpoints)];
}

function subsetLines({ addresses = [], notReadyAddresses = [], ports = [] }: EndpointSubset): Lines {
  const list = (some: typeof addresses) => orNone(some.map(({ ip }) => ip).join(','));
  const rows = ports.map(({ name = '', port, protocol = '' }) => `${name === '' ? '<unset>' : name}\t${port}\t${protocol}`);
  return [
    ...indented(1, [field('Addresses', list(addresses)), field('NotReadyAddresses', list(notReadyAddresses))]),
    ...(ports.length === 0 ? [] : ['  Ports:', ...indented(2, [...heading('Name', 'Port', 'Protocol'), ...rows])]),
    '',
  ];
}
