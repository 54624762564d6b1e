/**
 * Userspace mode, which ended with 1.25: packets to services go to ports of kube-proxy itself, and that chooses an endpoint for every connection in
 * turn. (pkg/proxy/userspace/proxier.go)
 */
import { pick } from '#kube/chance.ts';
import { bitsOf, hostPort, type Family, type Port } from '#net/ip.ts';
import type { Relay } from '#node/host.ts';
import type { Chain, Match, Rule, TableName } from '#node/netfilter.ts';
import { endpointsOf } from '../endpoint.ts';
import { nodeIpOf, type ProxyInput } from '../input.ts';
import type { Desired, Jump } from '../iptables/desired.ts';
import { accept, comment, destination, dport, jump, localDestination, protocol, rule } from '../iptables/matches.ts';
import { servicePortsOf, type ServicePort } from '../service-port.ts';

/** A port of kube-proxy itself, which stands for one of a Service. */
export interface ProxiedPort {
  readonly service: ServicePort;
  readonly port: Port;
}

/** Every Service port has one of kube-proxy's own. It proxies neither SCTP nor a second family. */
export function proxiedPorts({ services, nodeName }: ProxyInput, family: Family): readonly ProxiedPort[] {
  const taken = new Set<number>();
  return servicePortsOf(services, family)
    .filter(({ protocol }) => protocol !== 'sctp')
    .map((service) => ({ service, port: proxyPort(`${nodeName}/${service.text}/${service.protocol}`, taken) }));
}

/** The only family that is proxied: that of the address which kube-proxy binds to (cmd/kube-proxy/app/server_others.go). */
export function proxiedFamily({ config }: Pick<ProxyInput, 'config'>): Family {
  return config.bindAddress.includes(':') ? 'IPv6' : 'IPv4';
}

/** Whom kube-proxy connects to for the clients of a proxied port, and how long it sends one of them to the same. */
export function relaysOf(input: ProxyInput): readonly (Relay & { readonly protocol: ServicePort['protocol']; readonly port: Port })[] {
  const family = proxiedFamily(input);
  const endpoints = endpointsOf(input.endpointSlices, family, input.nodeName);
  return proxiedPorts(input, family).map(({ service, port }) => ({
    name: service.text,
    protocol: service.protocol,
    port,
    backends: endpoints(service)
      .filter(({ ready }) => ready)
      .map((endpoint) => ({ ip: endpoint.ip, port: endpoint.port as Port })),
    ...(service.affinitySeconds > 0 && { stickySeconds: service.affinitySeconds }),
  }));
}

export function userspaceRules(input: ProxyInput, family: Family): Desired {
  const proxied = proxiedPorts(input, family);
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
  return { canaries: ['mangle', 'nat', 'filter'], jumps, chains, owned: /^$/ };
}

function to(port: ServicePort, cidr: string): readonly Match[] {
  return [destination(cidr), protocol(port.protocol), comment(port.text), dport(port.protocol, port.number)];
}

/** A port of the kernel's range that no other service port has. */
function proxyPort(purpose: string, taken: Set<number>): Port {
  let port = 32768 + pick(purpose, 28232);
  while (taken.has(port)) port = port === 60999 ? 32768 : port + 1;
  taken.add(port);
  return port as Port;
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
