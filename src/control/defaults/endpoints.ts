/** (pkg/apis/core/v1/defaults.go: SetDefaults_Endpoints; pkg/apis/discovery/v1/defaults.go) */
import { EndpointSlice } from '#kube/kinds/endpoint-slice.ts';
import { Endpoints } from '#kube/kinds/endpoints.ts';
import { defaulter } from './defaulter.ts';
import { change, fill } from './fill.ts';

export const endpointsDefaulter = defaulter(Endpoints, (endpoints) =>
  change(endpoints, 'subsets', (subsets) =>
    subsets.map((subset) => change(subset, 'ports', (ports) => ports.map((port) => fill(port, { protocol: 'TCP' })))),
  ),
);

/** The name of a port is a text even when it is empty. */
export const endpointSliceDefaulter = defaulter(EndpointSlice, (slice) =>
  change(slice, 'ports', (ports) => ports.map((port) => fill({ ...port, name: port.name ?? '' }, { protocol: 'TCP' }))),
);
