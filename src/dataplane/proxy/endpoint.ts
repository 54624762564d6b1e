/** Endpoints as a proxy sees them: gathered from EndpointSlices, by service port. (pkg/proxy/endpointslicecache.go, endpoint.go) */
import type { EndpointSlice } from '#kube/kinds/endpoint-slice.ts';
import { hostPort, parseIp, type Family, type Ip } from '#net/ip.ts';
import { compareText, isForeign, type ServicePort } from './service-port.ts';

export interface Endpoint {
  readonly ip: Ip;
  readonly port: number;
  /** `10.0.0.1:80`, `[fd00::1]:80`. Endpoints are sorted by it, as text. */
  readonly text: string;
  readonly local: boolean;
  readonly ready: boolean;
  readonly serving: boolean;
  readonly terminating: boolean;
  readonly zoneHints: readonly string[];
  readonly nodeHints: readonly string[];
}

const none: readonly string[] = [];
const noEndpoints: readonly Endpoint[] = [];

/** The endpoints of a service port, gathered anew whenever somebody asks. */
export type EndpointsOf = (port: ServicePort) => readonly Endpoint[];

/** The endpoints of one family, as `nodeName` sees them. */
export function endpointsOf(slices: readonly EndpointSlice[], family: Family, nodeName: string): EndpointsOf {
  const byNamespace = new Map<string | undefined, Map<string, EndpointSlice[]>>();
  for (const slice of slices) {
    if (slice.addressType !== family || isForeign(slice)) continue;
    const { namespace, labels } = slice.metadata;
    const service = labels?.['kubernetes.io/service-name'];
    if (service === undefined || service === '') continue;
    let byService = byNamespace.get(namespace);
    if (byService === undefined) byNamespace.set(namespace, (byService = new Map()));
    const known = byService.get(service);
    if (known === undefined) byService.set(service, [slice]);
    else known.push(slice);
  }
  return (port) => {
    const found = byNamespace.get(port.namespace)?.get(port.name);
    return found === undefined ? noEndpoints : settle(found.flatMap((slice) => gather(slice, port, nodeName)));
  };
}

function gather(slice: EndpointSlice, { port: name, protocol }: ServicePort, nodeName: string): Endpoint[] {
  const gathered: Endpoint[] = [];
  for (const port of slice.ports ?? []) {
    if (port.name !== name || port.port === undefined || port.port === 0) continue;
    if ((port.protocol ?? 'TCP').toLowerCase() !== protocol) continue;
    for (const endpoint of slice.endpoints) {
      const address = endpoint.addresses[0];
      const ip = address === undefined ? undefined : parseIp(address);
      if (ip === undefined) continue;
      const { conditions, hints } = endpoint;
      const ready = conditions?.ready ?? true;
      gathered.push({
        ip,
        port: port.port,
        text: hostPort(ip, port.port),
        local: endpoint.nodeName === nodeName,
        ready,
        serving: conditions?.serving ?? ready,
        terminating: conditions?.terminating ?? false,
        zoneHints: hints?.forZones?.map((zone) => zone.name) ?? none,
        nodeHints: hints?.forNodes?.map((node) => node.name) ?? none,
      });
    }
  }
  return gathered;
}

/** Sorted by text; an address that stands in two slices counts once, and rather as one that is not terminating. */
function settle(endpoints: Endpoint[]): readonly Endpoint[] {
  endpoints.sort((a, b) => compareText(a.text, b.text) || Number(a.terminating) - Number(b.terminating));
  return endpoints.filter((endpoint, i) => i === 0 || endpoints[i - 1]!.text !== endpoint.text);
}
