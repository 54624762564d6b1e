import type { Endpoint, EndpointPort, EndpointSlice } from '#kube/kinds/endpoint-slice.ts';
import type { Context } from './context.ts';
import { field, heading, indented, orNone, type Lines } from './lines.ts';
import { namedInNamespace } from './metadata.ts';

/** (kubectl: describeEndpointSliceV1) */
export function describeEndpointSlice(slice: EndpointSlice, context: Context): Lines {
  const { metadata, addressType } = slice;
  const [ports, endpoints] = [slice.ports ?? [], slice.endpoints ?? []];
  return [
    ...namedInNamespace(metadata),
    field('AddressType', addressType),
    ...(ports.length === 0
      ? ['Ports: <unset>']
      : ['Ports:', ...indented(1, [...heading('Name', 'Port', 'Protocol'), ...ports.map(portRow)])]),
    ...(endpoints.length === 0 ? ['Endpoints: <none>'] : ['Endpoints:', ...endpoints.flatMap(endpointLines)]),
    ...context.events(slice),
  ];
}

function portRow({ name = '', port, protocol = '' }: EndpointPort): string {
  return `${name === '' ? '<unset>' : name}\t${port ?? '<unset>'}\t${protocol}`;
}

function endpointLines({ addresses, conditions, hostname, targetRef, nodeName, zone }: Endpoint): Lines {
  return [
    `  - ${field('Addresses', orNone((addresses ?? []).join(', ')))}`,
    ...indented(2, [
      'Conditions:',
      `  ${field('Ready', conditions.ready ?? '<unset>')}`,
      field('Hostname', hostname ?? '<unset>'),
      ...(targetRef === undefined ? [] : [field('TargetRef', `${targetRef.kind ?? ''}/${targetRef.name ?? ''}`)]),
      field('NodeName', nodeName ?? '<unset>'),
      field('Zone', zone ?? '<unset>'),
    ]),
  ];
}
