import type { EndpointSlice } from '#kube/kinds/endpoint-slice.ts';
import type { Node } from '#kube/kinds/node.ts';
import type { Service } from '#kube/kinds/service.ts';
import { contains, familyOf, parseCidr, type Cidr, type Family, type Ip } from '#net/ip.ts';
import type { KubeProxyConfiguration } from '#node/kube-proxy/configuration.ts';

/** All that the rules of one node follow from. */
export interface ProxyInput {
  readonly services: readonly Service[];
  readonly endpointSlices: readonly EndpointSlice[];
  /** This node's object; undefined while there is none. */
  readonly node: Node | undefined;
  readonly nodeName: string;
  readonly config: KubeProxyConfiguration;
  /** 36 of v1.36.2. */
  readonly minorVersion: number;
  /** The node's own addresses, one a family: its InternalIPs. */
  readonly nodeIps: readonly Ip[];
  /** Every address of the node's interfaces, loopback included; those of kube-ipvs0 are not. */
  readonly addresses: readonly Ip[];
  /** Of the ServiceCIDR objects. */
  readonly serviceCidrs: readonly Cidr[];
  /** The kernel counts with nfacct (module nfnetlink_acct). */
  readonly nfacct: boolean;
}

/** How a node tells its own pods' traffic from other traffic. (pkg/proxy/util/localdetector.go, cmd/kube-proxy/app/server_linux.go) */
export type LocalDetector = { readonly kind: 'cidr'; readonly cidr: Cidr } | { readonly kind: 'interface'; readonly name: string };

/** The detector of one family; undefined when local traffic cannot be told. */
export function localDetectorOf({ config, node }: ProxyInput, family: Family): LocalDetector | undefined {
  switch (config.detectLocalMode) {
    case 'BridgeInterface':
      return { kind: 'interface', name: config.detectLocal.bridgeInterface };
    case 'InterfaceNamePrefix':
      return { kind: 'interface', name: `${config.detectLocal.interfaceNamePrefix}+` };
    case 'NodeCIDR':
      return cidrDetector(node?.spec?.podCIDRs ?? [], family);
    default:
      return cidrDetector(config.clusterCIDR.split(','), family);
  }
}

function cidrDetector(texts: readonly string[], family: Family): LocalDetector | undefined {
  for (const text of texts) {
    const cidr = parseCidr(text.trim());
    if (cidr !== undefined && familyOf(cidr) === family) return { kind: 'cidr', cidr };
  }
  return undefined;
}

/** Where node ports are taken: on every local address, or on these. (pkg/proxy/util/nodeport_addresses.go) */
export type NodePortAddresses =
  | { readonly kind: 'all' }
  | {
      readonly kind: 'some';
      readonly addresses: readonly Ip[];
      /** The setting covers loopback addresses, so that they may be reached there. */
      readonly loopback: boolean;
    };

export function nodePortAddressesOf({ config, nodeIps, addresses }: ProxyInput, family: Family): NodePortAddresses {
  const setting = config.nodePortAddresses ?? [];
  if (setting.length === 1 && setting[0] === 'primary') {
    const primary = nodeIps.filter((ip) => familyOf(ip) === family);
    return primary.length === 0 ? { kind: 'all' } : { kind: 'some', addresses: primary, loopback: false };
  }
  const cidrs = setting.flatMap((text) => {
    const cidr = parseCidr(text);
    return cidr !== undefined && familyOf(cidr) === family ? [cidr] : [];
  });
  if (cidrs.length === 0 || cidrs.some((cidr) => cidr.endsWith('/0'))) return { kind: 'all' };
  const inside = [...new Set(cidrs.flatMap((cidr) => addresses.filter((ip) => contains(cidr, ip))))];
  return { kind: 'some', addresses: inside, loopback: inside.some((ip) => ip.startsWith('127.') || ip === '::1') };
}

/** The node's own address of a family. */
export function nodeIpOf({ nodeIps }: ProxyInput, family: Family): Ip | undefined {
  return nodeIps.find((ip) => familyOf(ip) === family);
}
