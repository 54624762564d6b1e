/**
 * Userspace mode, which ended with 1.25: packets to services go to ports of kube-proxy itself, and that chooses an endpoint for every connection in
 * turn. (pkg/proxy/userspace/proxier.go)
 */
import { pick } from '#kube/chance.ts';
import { bitsOf, hostPort, type Family } from '#net/ip.ts';
import type { Chain, Match, Rule, TableName } from '#node/netfilter.ts';
import { endpointsOf, type Endpoint } from '../endpoint.ts';
import { nodeIpOf, type ProxyInput } from '../input.ts';
import type { Desired, Jump } from '../iptables/desired.ts';
import { accept, comment, destination, dport, jump, localDestination, protocol, rule } from '../iptables/matches.ts';
import { servicePortsOf, type ServicePort } from '../service-port.ts';

export interface UserspaceRules {
  readonly tables: Desired;
  /** The ports of kube-proxy, and whom it connects to. */
  readonly proxied: readonly { readonly protocol: string; readonly port: number; readonly endpoints: readonly Endpoint[] }[];
}

export function userspaceRules(input: ProxyInput, family: Family): UserspaceRules {
  const ports = servicePortsOf(input.services, family).filter((port) => port.protocol !== 'sctp');
  const endpoints = endpointsOf(input.endpointSlices, family, input.nodeName);
  const taken = new Set<number>();
  const proxied = ports.map((port) => ({
    service: port,
    protocol: port.protocol,
    port: proxyPort(`${input.nodeName}/${port.text}/${port.protocol}`, taken),
    endpoints: endpoints(port.text, port.protocol).filter((endpoint) => endpoint.ready),
  }));
  const hostIp = nodeIpOf(input, family);
  const host = `/${bitsOf(family)}`;
  const container: Rule[] = [];
  const own: Rule[] = [];
  const nodeContainer: Rule[] = [];
  const nodeOwn: Rule[] = [];
  const nonLocal: Rule[] = [];
  for (const { service, port } of proxied) {
    const redirect = { kind: 'REDIRECT', toPorts: String(port) } as const;
    const toHost = hostIp === undefined ? redirect : ({ kind: 'DNAT', to: hostPort(hostIp, port) } as const);
    for (const ip of [service.clusterIp, ...service.externalIps, ...service.loadBalancerVips]) {
      container.push(rule(to(service, ip + host), redirect));
      own.push(rule(to(service, ip + host), toHost));
    }
    if (service.nodePort === 0) continue;
    const matches: Match[] = [protocol(service.protocol), comment(service.text), dport(service.protocol, service.nodePort)];
    nodeContainer.push(rule(matches, redirect));
    nodeOwn.push(rule(matches, toHost));
    nonLocal.push(
      rule(
        [
          protocol(service.protocol),
          comment(service.text),
          dport(service.protocol, service.nodePort),
          { kind: 'ctstate', states: ['NEW'], module: 'state' },
        ],
        accept,
      ),
    );
  }
  const chains = new Map<TableName, readonly Chain[]>([
    [
      'nat',
      [
        { name: 'KUBE-PORTALS-CONTAINER', rules: container },
        { name: 'KUBE-PORTALS-HOST', rules: own },
        { name: 'KUBE-NODEPORT-CONTAINER', rules: nodeContainer },
        { name: 'KUBE-NODEPORT-HOST', rules: nodeOwn },
      ],
    ],
    ['filter', [{ name: 'KUBE-NODEPORT-NON-LOCAL', rules: nonLocal }]],
  ]);
  return { tables: { canaries: ['mangle', 'nat', 'filter'], jumps, chains, owned: /^$/ }, proxied };
}

function to(port: ServicePort, cidr: string): readonly Match[] {
  return [destination(cidr), protocol(port.protocol), comment(port.text), dport(port.protocol, port.number)];
}

/** A port of the kernel's range that no other service port has. */
function proxyPort(purpose: string, taken: Set<number>): number {
  let port = 32768 + pick(purpose, 28232);
  while (taken.has(port)) port = port === 60999 ? 32768 : port + 1;
  taken.add(port);
  return port;
}

const portals = comment('handle ClusterIPs; NOTE: this must be before the NodePort rules');
const nodePorts = comment('handle service NodePorts; NOTE: this must be the last rule in the chain');

const jumps: readonly Jump[] = [
  { table: 'nat', from: 'PREROUTING', to: 'KUBE-PORTALS-CONTAINER', rule: rule([portals], jump('KUBE-PORTALS-CONTAINER')) },
  { table: 'nat', from: 'OUTPUT', to: 'KUBE-PORTALS-HOST', rule: rule([portals], jump('KUBE-PORTALS-HOST')) },
  {
    table: 'nat',
    from: 'PREROUTING',
    to: 'KUBE-NODEPORT-CONTAINER',
    rule: rule([localDestination, nodePorts], jump('KUBE-NODEPORT-CONTAINER')),
    append: true,
  },
  {
    table: 'nat',
    from: 'OUTPUT',
    to: 'KUBE-NODEPORT-HOST',
    rule: rule([localDestination, nodePorts], jump('KUBE-NODEPORT-HOST')),
    append: true,
  },
  {
    table: 'filter',
    from: 'INPUT',
    to: 'KUBE-NODEPORT-NON-LOCAL',
    rule: rule([comment('Ensure that non-local NodePort traffic can flow')], jump('KUBE-NODEPORT-NON-LOCAL')),
  },
];
