/** The recorded clusters `market` and `market6`, as input of a proxy. */
import { readFileSync } from 'node:fs';
import type { ProxyInput } from '#dataplane/proxy/input.ts';
import type { EndpointSlice } from '#kube/kinds/endpoint-slice.ts';
import type { Node } from '#kube/kinds/node.ts';
import type { ServiceCIDR } from '#kube/kinds/service-cidr.ts';
import type { Service } from '#kube/kinds/service.ts';
import type { KubeObject } from '#kube/object.ts';
import { cidr, familyOf, ip, type Ip } from '#net/ip.ts';
import { readConfiguration } from '#node/kube-proxy/read.ts';

const directory = 'test/recorded/kube-proxy/';

/** A recorded file's text: `iptables/worker-a.iptables-save`. */
export function recorded(file: string): string {
  return readFileSync(directory + file, 'utf8');
}

export interface RecordedCluster {
  readonly services: readonly Service[];
  readonly endpointSlices: readonly EndpointSlice[];
  readonly nodes: readonly Node[];
  readonly serviceCidrs: readonly ServiceCIDR[];
}

function cluster(file: string): RecordedCluster {
  const objects = JSON.parse(recorded(file)) as KubeObject[];
  const of = <T>(kind: string) => objects.filter((object) => object.kind === kind) as unknown as readonly T[];
  return { services: of('Service'), endpointSlices: of('EndpointSlice'), nodes: of('Node'), serviceCidrs: of('ServiceCIDR') };
}

export const market = cluster('market.json');
export const market6 = cluster('market6.json');

/** What kube-proxy on `nodeName` sees, configured by a recorded `config.conf`. */
export function proxyInput(of: RecordedCluster, nodeName: string, configFile: string): ProxyInput {
  const read = readConfiguration(recorded(configFile), configFile, 36);
  if (!read.ok) throw new Error(read.error.message);
  const node = of.nodes.find((one) => one.metadata.name === nodeName);
  const internal = (node?.status?.addresses ?? []).filter((address) => address.type === 'InternalIP').map((address) => ip(address.address));
  const nodeIps: Ip[] = [];
  for (const address of internal) if (!nodeIps.some((one) => familyOf(one) === familyOf(address))) nodeIps.push(address);
  return {
    services: of.services,
    endpointSlices: of.endpointSlices,
    node,
    nodeName,
    config: read.value.config,
    minorVersion: 36,
    nodeIps,
    addresses: [ip('127.0.0.1'), ip('::1'), ...nodeIps],
    serviceCidrs: of.serviceCidrs.flatMap((object) => object.spec.cidrs ?? []).map((text) => cidr(text)),
    nfacct: true,
  };
}
