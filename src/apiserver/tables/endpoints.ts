import type { Endpoints } from '#kube/kinds/endpoints.ts';
import { hostPort } from '#net/ip.ts';
import { age, ageColumn, column, definePrinter, nameColumn } from './table.ts';
import { firstThree } from './text.ts';

/** pkg/printers/internalversion/printers.go: printEndpoints, formatEndpoints. Addresses that are not ready are not shown. */
export const endpointsPrinter = definePrinter<Endpoints>(
  [nameColumn, column('Endpoints', 'addresses and ports that are ready'), ageColumn],
  (endpoints, moment) => {
    const subsets = endpoints.subsets ?? [];
    const all = subsets.flatMap(({ ports, addresses }) =>
      (ports ?? []).flatMap(({ port }) => (addresses ?? []).map(({ ip }) => hostPort(ip, port))),
    );
    return [endpoints.metadata.name, subsets.length === 0 ? '<none>' : firstThree(all, ''), age(endpoints, moment)];
  },
);
