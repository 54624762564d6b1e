/** Endpoints as a proxy sees them: gathered from EndpointSlices, by service port. (pkg/proxy/endpointslicecache.go, endpoint.go) */
import type { EndpointSlice } from '#kube/kinds/endpoint-slice.ts';
import { hostPort, parseIp, type Family, type Ip } from '#net/ip.ts';
import { compareText, isForeign } from './service-port.ts';

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

/** The endpoints of every service port: `endpointsOf(slices, …)('shop/web:http', 'tcp')`. */
export type EndpointsOf = (servicePort: string, protocol: string) => readonly Endpoint[];

/** Gathers the endpoints of one family, as `nodeName` sees them. */
export function endpointsOf(slices: readonly EndpointSlice[], family: Family, nodeName: string): EndpointsOf {
  const byPort = new Map<string, Endpoint[]>();
  for (const slice of slices) {
    if (slice.addressType !== family || isForeign(slice)) continue;
    const service = slice.metadata.labels?.['kubernetes.io/service-name'];
    if (service === undefined || service === '') continue;
    gather(slice, `${slice.metadata.namespace}/${service}`, nodeName, byPort);
  }
  const settled = new Map<string, readonly Endpoint[]>();
  return (servicePort, protocol) => {
    const key = `${servicePort} ${protocol}`;
    let endpoints = settled.get(key);
    if (endpoints === undefined) settled.set(key, (endpoints = settle(byPort.get(key))));
    return endpoints;
  };
}

function gather(slice: EndpointSlice, service: string, nodeName: string, byPort: Map<string, Endpoint[]>): void {
  for (const port of slice.ports ?? []) {
    if (port.name === undefined || port.port === undefined || port.port === 0) continue;
    const key = `${port.name === '' ? service : `${service}:${port.name}`} ${(port.protocol ?? 'TCP').toLowerCase()}`;
    let list = byPort.get(key);
    if (list === undefined) byPort.set(key, (list = []));
    for (const endpoint of slice.endpoints) {
      const address = endpoint.addresses[0];
      const ip = address === undefined ? undefined : parseIp(address);
      if (ip === undefined) continue;
      const { conditions, hints } = endpoint;
      const ready = conditions?.ready ?? true;
      list.push({
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
}

/** Sorted by text; an address that stands in two slices counts once, and rather as one that is not terminating. */
function settle(endpoints: Endpoint[] | undefined): readonly Endpoint[] {
  if (endpoints === undefined) return noEndpoints;
  endpoints.sort((a, b) => compareText(a.text, b.text) || Number(a.terminating) - Number(b.terminating));
  return endpoints.filter((endpoint, i) => i === 0 || endpoints[i - 1]!.text !== endpoint.text);
}
