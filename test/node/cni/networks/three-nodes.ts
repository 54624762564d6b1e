/** Three nodes of a fresh cluster, as objects and as machines. */
import type { Node } from '#kube/kinds/node.ts';
import type { Host } from '#node/host.ts';
import type { Route } from '#node/kernel.ts';
import { blankHost } from '../blank-host.ts';

const machines: readonly [name: string, address: string, podCidr: string][] = [
  ['controlplane', '172.30.1.2', '10.244.0.0/24'],
  ['node01', '172.30.1.3', '10.244.1.0/24'],
  ['node02', '172.30.1.4', '10.244.2.0/24'],
];

export function nodeObject(name: string, address: string, podCidr: string | undefined): Node {
  const node = {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, annotations: { 'node.alpha.kubernetes.io/ttl': '0' } },
    spec: podCidr === undefined ? {} : { podCIDR: podCidr, podCIDRs: [podCidr] },
    status: { addresses: [{ type: 'InternalIP', address }] },
  };
  return node as unknown as Node;
}

export interface Machines {
  readonly hosts: Map<string, Host>;
  readonly nodes: Map<string, Node>;
}

export function threeNodes(): Machines {
  return {
    hosts: new Map(machines.map(([name, address]) => [name, blankHost(name, address)])),
    nodes: new Map(machines.map(([name, address, podCidr]) => [name, nodeObject(name, address, podCidr)])),
  };
}

/** `ip route`, without the link-local ones. */
export function routes(host: Host, namespace = ''): readonly string[] {
  return host.kernel.namespaces
    .get(namespace)!
    .routes.filter((route) => !route.dst.startsWith('fe80'))
    .map(routeLine);
}

function routeLine({ dst, type, via, dev, proto, scope, src, onlink }: Route): string {
  const words = [
    type === 'unicast' ? '' : type,
    dst.endsWith('/0') ? 'default' : dst.replace(/\/32$/, ''),
    via === undefined ? '' : `via ${via}`,
    dev === undefined ? '' : `dev ${dev}`,
    proto === 'boot' ? '' : `proto ${proto}`,
    scope === 'global' ? '' : `scope ${scope}`,
    src === undefined ? '' : `src ${src}`,
    onlink === true ? 'onlink' : '',
  ];
  return words.filter((word) => word !== '').join(' ');
}

/** `ip -br link` with addresses, without the link-local ones. */
export function links(host: Host, namespace = ''): readonly string[] {
  return host.kernel.namespaces.get(namespace)!.links.map((link) => {
    const addresses = link.addresses.filter((one) => one.scope === 'global').map((one) => `${one.ip}/${one.length}`);
    return [link.name, link.kind, link.up ? 'up' : 'down', String(link.mtu), ...addresses].join(' ');
  });
}
