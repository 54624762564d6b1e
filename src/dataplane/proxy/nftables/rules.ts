/** The table of nftables mode, for one IP family. (pkg/proxy/nftables/proxier.go, setupNFTables and syncProxyRules) */
import { baseOf, contains, familyOf, type Cidr, type Family, type Ip } from '#net/ip.ts';
import type { NftBase, NftChain, NftElement, NftExpression, NftRule, NftSet, NftStatement, NftTable, NftVerdict } from '#node/nftables.ts';
import { endpointsOf, type Endpoint } from '../endpoint.ts';
import { localDetectorOf, nodeIpOf, nodePortAddressesOf, type LocalDetector, type ProxyInput } from '../input.ts';
import { servicePortsOf, type RuleProtocol, type ServicePort } from '../service-port.ts';
import { standpointOf, usableEndpoints, type Usable } from '../topology.ts';
import {
  commented,
  concat,
  drop,
  fromLocal,
  goTo,
  hexValue,
  isNew,
  jumpTo,
  l4proto,
  mark,
  masquerade,
  match,
  meta,
  rule,
  set,
  setMark,
  thDport,
  toLocal,
  value,
  verdict,
  vmap,
} from './expressions.ts';
import { endpointName, serviceName } from './names.ts';

const reject: NftVerdict = goTo('reject-chain');

/** What is the same for all service ports. */
interface Setting {
  readonly family: Family;
  readonly saddr: NftExpression;
  readonly daddr: NftExpression;
  readonly detector: LocalDetector | undefined;
  readonly masqueradeAll: boolean;
  readonly masqueradeMark: NftStatement;
  readonly nodeIp: Ip | undefined;
  /**
   * Since 1.35 one rule picks an endpoint and rewrites the address, and sets decide about masquerading; before, every endpoint had its chain
   * and every service its own masquerade rule.
   */
  readonly compact: boolean;
}

/** Sets and chains as they grow. */
class Contents {
  readonly hairpins = new Map<string, NftElement>();
  readonly clusterIps = new Map<string, NftElement>();
  readonly serviceIps: NftElement[] = [];
  readonly serviceNodePorts: NftElement[] = [];
  readonly noEndpointServices: NftElement[] = [];
  readonly noEndpointNodePorts: NftElement[] = [];
  readonly firewallIps: NftElement[] = [];
  readonly affinitySets: NftSet[] = [];
  readonly chains: NftChain[] = [];
}

export function nftablesTable(input: ProxyInput, family: Family): NftTable {
  const header = family === 'IPv4' ? 'ip' : 'ip6';
  const { masqueradeAll, masqueradeBit } = input.config.nftables;
  const markBit = (1 << masqueradeBit) >>> 0;
  const compact = input.minorVersion >= 35;
  const setting: Setting = {
    family,
    saddr: { kind: 'payload', header, field: 'saddr' },
    daddr: { kind: 'payload', header, field: 'daddr' },
    detector: localDetectorOf(input, family),
    masqueradeAll,
    masqueradeMark: compact ? setMark('|', markBit) : jumpTo('mark-for-masquerade'),
    nodeIp: nodeIpOf(input, family),
    compact,
  };
  const contents = new Contents();
  const endpoints = endpointsOf(input.endpointSlices, family, input.nodeName);
  const standpoint = standpointOf(input);
  for (const port of servicePortsOf(input.services, family)) {
    writePort(contents, port, usableEndpoints(endpoints(port), port, standpoint), setting);
  }
  return {
    family: header,
    name: 'kube-proxy',
    comment: 'rules for kube-proxy',
    sets: byName(setsOf(contents, input, setting)),
    chains: byName([...fixedChains(input, setting, markBit), ...contents.chains]),
  };
}

function byName<T extends { readonly name: string }>(objects: readonly T[]): ReadonlyMap<string, T> {
  return new Map(objects.map((object) => [object.name, object]));
}

/** The addresses that take node ports; undefined when all local ones do. Loopback never does. */
function nodePortIps(input: ProxyInput, family: Family): readonly Ip[] | undefined {
  const addresses = nodePortAddressesOf(input, family);
  return addresses.kind === 'all' ? undefined : addresses.addresses.filter((ip) => !ip.startsWith('127.') && ip !== '::1');
}

function setsOf(contents: Contents, input: ProxyInput, { family, compact }: Setting): readonly NftSet[] {
  const address = family === 'IPv4' ? 'ipv4_addr' : 'ipv6_addr';
  const ips = nodePortIps(input, family);
  const plain = (name: string, type: readonly string[], comment: string, elements: readonly NftElement[]): NftSet => ({
    name,
    kind: 'set',
    type,
    comment,
    elements,
  });
  const verdicts = (name: string, type: readonly string[], comment: string, elements: readonly NftElement[]): NftSet => ({
    name,
    kind: 'map',
    type,
    data: ['verdict'],
    comment,
    elements,
  });
  const service = [address, 'inet_proto', 'inet_service'];
  const nodePort = ['inet_proto', 'inet_service'];
  return [
    ...(compact
      ? [
          plain('hairpin-connections', [address, address, 'inet_proto', 'inet_service'], 'service hairpin connections', [
            ...contents.hairpins.values(),
          ]),
        ]
      : []),
    plain('cluster-ips', [address], 'Active ClusterIPs', [...contents.clusterIps.values()]),
    ...(ips === undefined
      ? []
      : [
          plain(
            'nodeport-ips',
            [address],
            'IPs that accept NodePort traffic',
            ips.map((ip) => ({ key: [ip] })),
          ),
        ]),
    verdicts('no-endpoint-services', service, 'vmap to drop or reject packets to services with no endpoints', contents.noEndpointServices),
    verdicts(
      'no-endpoint-nodeports',
      nodePort,
      'vmap to drop or reject packets to service nodeports with no endpoints',
      contents.noEndpointNodePorts,
    ),
    verdicts('firewall-ips', service, 'destinations that are subject to LoadBalancerSourceRanges', contents.firewallIps),
    verdicts('service-ips', service, 'ClusterIP, ExternalIP and LoadBalancer IP traffic', contents.serviceIps),
    verdicts('service-nodeports', nodePort, 'NodePort traffic', contents.serviceNodePorts),
    ...contents.affinitySets,
  ];
}

const baseChains: readonly (readonly [name: string, base: Omit<NftBase, 'policy'>, rules: readonly NftRule[]])[] = [
  ['filter-prerouting-pre-dnat', { type: 'filter', hook: 'prerouting', priority: -110 }, [rule(isNew, jumpTo('firewall-check'))]],
  ['filter-output-pre-dnat', { type: 'filter', hook: 'output', priority: -110 }, [rule(isNew, jumpTo('firewall-check'))]],
  [
    'filter-input',
    { type: 'filter', hook: 'input', priority: 0 },
    [rule(isNew, jumpTo('nodeport-endpoints-check')), rule(isNew, jumpTo('service-endpoints-check'))],
  ],
  [
    'filter-forward',
    { type: 'filter', hook: 'forward', priority: 0 },
    [rule(isNew, jumpTo('service-endpoints-check')), rule(isNew, jumpTo('cluster-ips-check'))],
  ],
  [
    'filter-output',
    { type: 'filter', hook: 'output', priority: 0 },
    [rule(isNew, jumpTo('service-endpoints-check')), rule(isNew, jumpTo('cluster-ips-check'))],
  ],
  ['nat-prerouting', { type: 'nat', hook: 'prerouting', priority: -100 }, [rule(jumpTo('services'))]],
  ['nat-output', { type: 'nat', hook: 'output', priority: -100 }, [rule(jumpTo('services'))]],
  ['nat-postrouting', { type: 'nat', hook: 'postrouting', priority: 100 }, [rule(jumpTo('masquerading'))]],
];

function fixedChains(input: ProxyInput, setting: Setting, markBit: number): readonly NftChain[] {
  const { family, daddr, compact } = setting;
  const notLoopback = match(daddr, value(family === 'IPv4' ? '127.0.0.0/8' : '::1'), '!=');
  const toNodePort = nodePortIps(input, family) === undefined ? [notLoopback] : [match(daddr, set('nodeport-ips'))];
  const service = concat(daddr, l4proto, thDport);
  const nodePort = concat(l4proto, thDport);
  const cidrs = input.serviceCidrs.filter((cidr) => familyOf(cidr) === family);
  return [
    ...baseChains.map(([name, base, rules]): NftChain => ({ name, base: { ...base, policy: 'accept' }, rules })),
    { name: 'nodeport-endpoints-check', rules: [rule(...toNodePort, vmap(nodePort, set('no-endpoint-nodeports')))] },
    { name: 'service-endpoints-check', rules: [rule(vmap(service, set('no-endpoint-services')))] },
    { name: 'firewall-check', rules: [rule(vmap(service, set('firewall-ips')))] },
    {
      name: 'services',
      rules: [
        ...(compact ? masqueradeClusterIps(setting) : []),
        rule(vmap(service, set('service-ips'))),
        rule(...(nodePortIps(input, family) === undefined ? [toLocal, notLoopback] : toNodePort), vmap(nodePort, set('service-nodeports'))),
      ],
    },
    { name: 'masquerading', rules: compact ? compactMasquerading(setting, markBit) : plainMasquerading(markBit) },
    {
      name: 'cluster-ips-check',
      rules: [
        commented('Reject traffic to invalid ports of ClusterIPs', match(daddr, set('cluster-ips')), { kind: 'reject' }),
        ...(cidrs.length === 0 ? [] : [commented('Drop traffic to unallocated ClusterIPs', match(daddr, oneOrMore(cidrs)), verdict(drop))]),
      ],
    },
    ...(compact ? [] : [{ name: 'mark-for-masquerade', rules: [rule(setMark('|', markBit))] }]),
    {
      name: 'reject-chain',
      comment: 'helper for @no-endpoint-services / @no-endpoint-nodeports',
      rules: [rule({ kind: 'reject' })],
    },
  ];
}

/** nft shows a set of one as that one. */
function oneOrMore(values: readonly string[]): NftExpression {
  return values.length === 1 ? value(values[0]!) : { kind: 'anonymous', elements: values.map((one) => ({ key: [one] })) };
}

function masqueradeClusterIps({ daddr, detector, masqueradeAll, masqueradeMark, saddr }: Setting): readonly NftRule[] {
  const toClusterIp = match(daddr, set('cluster-ips'));
  if (masqueradeAll) return [commented('masquerade all clusterIP traffic', toClusterIp, masqueradeMark)];
  if (detector === undefined) return [];
  return [commented('masquerade clusterIP traffic from outside cluster', toClusterIp, local(detector, saddr, '!='), masqueradeMark)];
}

/** Traffic of this node's own pods, or all other. */
function local(detector: LocalDetector, saddr: NftExpression, operator: '==' | '!='): NftStatement {
  return detector.kind === 'cidr'
    ? match(saddr, value(detector.cidr), operator)
    : match(meta('iifname'), value(`"${detector.name.replace(/\+$/, '*')}"`), operator);
}

function compactMasquerading({ saddr, daddr }: Setting, markBit: number): readonly NftRule[] {
  const marked = match({ kind: 'binary', operator: '&', left: mark, right: hexValue(markBit) }, hexValue(0), '!=');
  const dnatted = match({ kind: 'ct', key: 'status' }, value('dnat'));
  return [
    rule(marked, setMark('^', markBit), masquerade),
    rule(dnatted, match(concat(saddr, daddr, l4proto, thDport), set('hairpin-connections')), masquerade),
  ];
}

function plainMasquerading(markBit: number): readonly NftRule[] {
  const unmarked = match({ kind: 'binary', operator: '&', left: mark, right: hexValue(markBit) }, hexValue(0));
  return [rule(unmarked, verdict({ kind: 'return' })), rule(setMark('^', markBit)), rule(masquerade)];
}

function writePort(contents: Contents, port: ServicePort, usable: Usable, setting: Setting): void {
  const name = serviceName(port);
  const internal = port.internalLocal ? usable.local : usable.cluster;
  const external = port.externalLocal ? usable.local : usable.cluster;
  const clusterChain = `service-${name}`;
  const localChain = `local-${name}`;
  const externalChain = `external-${name}`;
  const firewallChain = `firewall-${name}`;
  const number = String(port.number);
  const nodePort = [port.protocol, String(port.nodePort)];
  const missing = usable.anywhere ? drop : reject;

  contents.clusterIps.set(port.clusterIp, { key: [port.clusterIp] });
  const clusterKey = [port.clusterIp, port.protocol, number];
  if (internal.length > 0) contents.serviceIps.push({ key: clusterKey, verdict: goTo(port.internalLocal ? localChain : clusterChain) });
  else contents.noEndpointServices.push({ key: clusterKey, verdict: missing, comment: port.text });

  const externals = [...port.externalIps, ...port.loadBalancerVips];
  for (const ip of externals) {
    const key = [ip, port.protocol, number];
    if (usable.anywhere) contents.serviceIps.push({ key, verdict: goTo(externalChain) });
    if (external.length === 0) contents.noEndpointServices.push({ key, verdict: missing, comment: port.text });
  }
  const firewalled = port.loadBalancerVips.length > 0 && port.sourceRanges.length > 0;
  if (firewalled) {
    for (const ip of port.loadBalancerVips) contents.firewallIps.push({ key: [ip, port.protocol, number], verdict: goTo(firewallChain) });
  }
  if (port.nodePort !== 0) {
    if (usable.anywhere) contents.serviceNodePorts.push({ key: nodePort, verdict: goTo(externalChain) });
    if (external.length === 0) contents.noEndpointNodePorts.push({ key: nodePort, verdict: missing, comment: port.text });
  }

  const names = writeEndpoints(contents, port, usable.all, setting);
  if (usable.cluster.length > 0) {
    const first = port.internalLocal ? [] : masqueradeService(port, setting);
    contents.chains.push({ name: clusterChain, rules: [...first, ...balancing(port, usable.cluster, names, setting)] });
  }
  if (usable.local.length > 0) {
    const first = port.internalLocal ? masqueradeService(port, setting) : [];
    contents.chains.push({ name: localChain, rules: [...first, ...balancing(port, usable.local, names, setting)] });
  }
  if (usable.anywhere && (externals.length > 0 || port.nodePort !== 0)) {
    contents.chains.push({ name: externalChain, rules: externalRules(port, external.length > 0, clusterChain, localChain, setting) });
  }
  if (firewalled) contents.chains.push({ name: firewallChain, rules: [firewallRule(port, setting)] });
}

/** Before sets did it: each service's own rule for traffic that must come back this way. */
function masqueradeService(
  port: ServicePort,
  { compact, daddr, saddr, detector, masqueradeAll, masqueradeMark }: Setting,
): readonly NftRule[] {
  if (compact) return [];
  const to = [
    match(daddr, value(port.clusterIp)),
    match({ kind: 'payload', header: port.protocol, field: 'dport' }, value(String(port.number))),
  ];
  if (masqueradeAll) return [rule(...to, masqueradeMark)];
  return detector === undefined ? [] : [rule(...to, local(detector, saddr, '!='), masqueradeMark)];
}

/** Hairpin entries, and where endpoints have chains of their own, those with their affinity sets. The names are those of the chains. */
function writeEndpoints(
  contents: Contents,
  port: ServicePort,
  endpoints: readonly Endpoint[],
  setting: Setting,
): ReadonlyMap<Endpoint, string> {
  const names = new Map<Endpoint, string>();
  const { saddr, family, compact, masqueradeMark } = setting;
  for (const endpoint of endpoints) {
    if (compact && endpoint.local) {
      const key = [endpoint.ip, endpoint.ip, port.protocol, String(endpoint.port)];
      contents.hairpins.set(key.join(), { key });
    }
    if (compact && port.affinitySeconds === 0) continue;
    const name = endpointName(port, endpoint);
    names.set(endpoint, name);
    const rules: NftRule[] = compact ? [] : [rule(match(saddr, value(endpoint.ip)), masqueradeMark)];
    if (port.affinitySeconds > 0) {
      rules.push(rule({ kind: 'update', operation: 'update', set: `affinity-${name}`, key: saddr }));
      contents.affinitySets.push({
        name: `affinity-${name}`,
        kind: 'set',
        type: [family === 'IPv4' ? 'ipv4_addr' : 'ipv6_addr'],
        size: 65535,
        flags: ['dynamic', 'timeout'],
        timeout: port.affinitySeconds,
        elements: [],
      });
    }
    rules.push(rule(isProtocol(port.protocol), { kind: 'nat', type: 'dnat', to: value(endpoint.ip), port: endpoint.port }));
    contents.chains.push({ name: `endpoint-${name}`, rules });
  }
  return names;
}

function isProtocol(protocol: RuleProtocol): NftStatement {
  return match(l4proto, value(protocol));
}

function balancing(
  port: ServicePort,
  endpoints: readonly Endpoint[],
  names: ReadonlyMap<Endpoint, string>,
  { saddr, family, compact }: Setting,
): readonly NftRule[] {
  const random: NftExpression = { kind: 'numgen', mode: 'random', modulus: endpoints.length };
  if (compact && port.affinitySeconds === 0) {
    const elements = endpoints.map((endpoint, i) => ({ key: [String(i)], value: [endpoint.ip, String(endpoint.port)] }));
    const to: NftExpression = { kind: 'map', key: random, map: { kind: 'anonymous', elements } };
    return [rule(isProtocol(port.protocol), { kind: 'nat', type: 'dnat', family: family === 'IPv4' ? 'ip' : 'ip6', to })];
  }
  const chainOf = (endpoint: Endpoint) => goTo(`endpoint-${names.get(endpoint)!}`);
  const sticky =
    port.affinitySeconds === 0
      ? []
      : endpoints.map((endpoint) => rule(match(saddr, set(`affinity-${names.get(endpoint)!}`)), verdict(chainOf(endpoint))));
  const elements = endpoints.map((endpoint, i) => ({ key: [String(i)], verdict: chainOf(endpoint) }));
  return [...sticky, rule(vmap(random, { kind: 'anonymous', elements }))];
}

function externalRules(
  port: ServicePort,
  reachable: boolean,
  clusterChain: string,
  localChain: string,
  { detector, saddr, masqueradeMark, compact }: Setting,
): readonly NftRule[] {
  if (!port.externalLocal) {
    return [
      compact ? commented('masquerade', masqueradeMark) : rule(masqueradeMark),
      ...(reachable ? [rule(verdict(goTo(clusterChain)))] : []),
    ];
  }
  const cluster = verdict(goTo(clusterChain));
  return [
    ...(detector === undefined ? [] : [commented('short-circuit pod traffic', local(detector, saddr, '=='), cluster)]),
    commented('masquerade local traffic', fromLocal, masqueradeMark),
    commented('short-circuit local traffic', fromLocal, cluster),
    ...(reachable ? [rule(verdict(goTo(localChain)))] : []),
  ];
}

/** A node that reaches the VIP has the VIP as its source address: it stands for the node's own. */
function firewallRule(port: ServicePort, { saddr, nodeIp }: Setting): NftRule {
  const ofNode = nodeIp !== undefined && port.sourceRanges.some((range) => contains(range, nodeIp));
  const allowed = [...port.sourceRanges.map(withoutHostLength), ...(ofNode ? port.loadBalancerVips : [])];
  return rule(match(saddr, oneOrMore(allowed), '!='), verdict(drop));
}

/** A range of one address is shown as that address. */
function withoutHostLength(range: Cidr): string {
  return /\/(32|128)$/.test(range) && (range.includes(':') ? range.endsWith('/128') : range.endsWith('/32')) ? baseOf(range) : range;
}
