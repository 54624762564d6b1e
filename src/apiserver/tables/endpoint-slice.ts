import type { EndpointSlice } from '#kube/kinds/endpoint-slice.ts';
import { age, ageColumn, column, definePrinter, nameColumn } from './table.ts';
import { firstThree } from './text.ts';

/** pkg/printers/internalversion/printers.go: printEndpointSlice. Addresses are shown whether ready or not. */
export const endpointSlicePrinter = definePrinter<EndpointSlice>(
  [
    nameColumn,
    column('AddressType', 'the kind of its addresses'),
    column('Ports', 'the ports of every address'),
    column('Endpoints', 'the addresses'),
    ageColumn,
  ],
  (slice, moment) => [
    slice.metadata.name,
    slice.addressType,
    firstThree(
      (slice.ports ?? []).map(({ port, name }) => (port !== undefined ? String(port) : (name ?? '*'))),
      '<unset>',
    ),
    firstThree(
      (slice.endpoints ?? []).flatMap(({ addresses }) => addresses ?? []),
      '<unset>',
    ),
    age(slice, moment),
  ],
);
