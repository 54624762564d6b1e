/**
 * What ipvs mode makes of one family: virtual servers, the addresses bound to kube-ipvs0, IP sets, and iptables rules that match the sets.
 * (pkg/proxy/ipvs/proxier.go, syncProxyRules and writeIptablesRules)
 */
import { bitsOf, contains, familyOf, type Family, type Ip, type Protocol } from '#net/ip.ts';
import type { IpSet, RealServer, VirtualServer } from '#node/ipvs.ts';
import type { Chain, Match, Rule, TableName, Target } from '#node/netfilter.ts';
import { makeSet } from '../../netfilter/ipset/set.ts';
import { endpointsOf, type Endpoint } from '../endpoint.ts';
import { localDetectorOf, nodeIpOf, nodePortAddressesOf, type ProxyInput } from '../input.ts';
import type { Desired, Jump } from '../iptables/desired.ts';
import {
  accept,
  comment,
  drop,
  isNew,
  jump,
  localDestination,
  markMasquerade,
  protocol,
  returns,
  rule,
  source,
} from '../iptables/matches.ts';
import { servicePortsOf, type RuleProtocol, type ServicePort } from '../service-port.ts';
import { standpointOf, usableEndpoints, type Usable } from '../topology.ts';
import { setName, sets, type SetName } from './sets.ts';

export interface IpvsRules {
  readonly servers: readonly VirtualServer[];
  /** Addresses of kube-ipvs0. */
  readonly bound: readonly Ip[];
  readonly sets: readonly IpSet[];
  readonly tables: Desired;
}

/** An address whose client ranges do not hold the node: the node itself may not use it (1.29). */
interface Refused {
  readonly ip: Ip;
  readonly port: number;
  readonly protocol: RuleProtocol;
}

/** What grows service port by service port. */
class Contents {
  readonly servers: VirtualServer[] = [];
  readonly bound = new Set<Ip>();
  readonly members = new Map<SetName, Set<string>>();
  readonly refused: Refused[] = [];

  add(set: SetName, member: string): void {
    let members = this.members.get(set);
    if (members === undefined) this.members.set(set, (members = new Set()));
    members.add(member);
  }

  isEmpty(set: SetName): boolean {
    return !this.members.has(set);
  }
}

interface Setting {
  readonly scheduler: string;
  readonly nodeIp: Ip | undefined;
  /** Addresses of the node's interfaces: they are not bound a second time. */
  readonly addresses: ReadonlySet<Ip>;
  readonly nodePortIps: readonly Ip[];
}

export function ipvsRules(input: ProxyInput, family: Family): IpvsRules {
  const contents = new Contents();
  const endpoints = endpointsOf(input.endpointSlices, family, input.nodeName);
  const standpoint = standpointOf(input);
  const setting: Setting = {
    scheduler: input.config.ipvs.scheduler === '' ? 'rr' : input.config.ipvs.scheduler,
    nodeIp: nodeIpOf(input, family),
    addresses: new Set(input.addresses),
    nodePortIps: nodePortIps(input, family),
  };
  for (const port of servicePortsOf(input.services, family)) {
    const all = endpoints(port);
    writePort(contents, port, all, usableEndpoints(all, port, standpoint), setting);
  }
  for (const ip of contents.bound) contents.add('ipvsIps', ip);
  const inet = family === 'IPv4' ? 'inet' : 'inet6';
  return {
    servers: contents.servers,
    bound: [...contents.bound],
    sets: (Object.keys(sets) as SetName[]).map((name) =>
      // Ports have no family; kube-proxy makes such sets for both all the same.
      makeSet(setName(name, family), sets[name].type, inet, sortedMembers(name, contents.members.get(name))),
    ),
    tables: { canaries: [], jumps, chains: chainsOf(contents, input, family), owned: /^$/ },
  };
}

/** A bitmap lists its ports in order. */
function sortedMembers(name: SetName, members: ReadonlySet<string> | undefined): readonly string[] {
  const list = [...(members ?? [])];
  return sets[name].type === 'bitmap:port' ? list.sort((a, b) => Number(a) - Number(b)) : list;
}

/** Every address of the node but loopback ones, or those the setting covers. */
function nodePortIps(input: ProxyInput, family: Family): readonly Ip[] {
  const addresses = nodePortAddressesOf(input, family);
  const ips = addresses.kind === 'all' ? input.addresses : addresses.addresses;
  return ips.filter((ip) => familyOf(ip) === family && !ip.startsWith('127.') && ip !== '::1' && !/^fe[89ab]/.test(ip));
}

const upper: Readonly<Record<RuleProtocol, Protocol>> = { tcp: 'TCP', udp: 'UDP', sctp: 'SCTP' };

const nodePortSets: Readonly<Record<RuleProtocol, readonly [cluster: SetName, local: SetName]>> = {
  tcp: ['nodePortTcp', 'nodePortLocalTcp'],
  udp: ['nodePortUdp', 'nodePortLocalUdp'],
  sctp: ['nodePortSctp', 'nodePortLocalSctp'],
};

function writePort(contents: Contents, port: ServicePort, endpoints: readonly Endpoint[], usable: Usable, setting: Setting): void {
  const entry = (ip: Ip, number = port.number) => `${ip},${port.protocol}:${number}`;
  for (const endpoint of endpoints) {
    if (endpoint.local) contents.add('loopBack', `${endpoint.ip},${port.protocol}:${endpoint.port},${endpoint.ip}`);
  }
  const serve = (ip: Ip, number: number, local: boolean) =>
    contents.servers.push({
      protocol: upper[port.protocol],
      ip,
      port: number,
      scheduler: setting.scheduler,
      ...(port.affinitySeconds > 0 && { persistent: port.affinitySeconds }),
      ...(setting.scheduler === 'mh' && { flags: ['mh-fallback', 'mh-port'] }),
      // A Local address without an endpoint here takes any: its own pods may use it, and replies to others are lost.
      realServers: (local && usable.local.length > 0 ? usable.local : usable.cluster).map(realServer),
    });

  contents.add('clusterIp', entry(port.clusterIp));
  serve(port.clusterIp, port.number, port.internalLocal);
  contents.bound.add(port.clusterIp);

  for (const ip of port.externalIps) {
    contents.add(port.externalLocal ? 'externalIpLocal' : 'externalIp', entry(ip));
    serve(ip, port.number, port.externalLocal);
    if (!setting.addresses.has(ip)) contents.bound.add(ip);
  }
  for (const ip of port.loadBalancerVips) {
    contents.add('loadBalancer', entry(ip));
    if (port.externalLocal) contents.add('loadBalancerLocal', entry(ip));
    if (port.sourceRanges.length > 0) writeSourceRanges(contents, port, ip, setting.nodeIp);
    serve(ip, port.number, port.externalLocal);
    if (!setting.addresses.has(ip)) contents.bound.add(ip);
  }
  if (port.nodePort !== 0 && setting.nodePortIps.length > 0) {
    const [cluster, local] = nodePortSets[port.protocol];
    for (const set of port.externalLocal ? [cluster, local] : [cluster]) {
      if (port.protocol === 'sctp') for (const ip of setting.nodePortIps) contents.add(set, entry(ip, port.nodePort));
      else contents.add(set, String(port.nodePort));
    }
    for (const ip of setting.nodePortIps) serve(ip, port.nodePort, port.externalLocal);
  }
  if (port.healthCheckNodePort !== 0) contents.add('healthCheckNodePort', String(port.healthCheckNodePort));
}

function realServer({ ip, port }: Endpoint): RealServer {
  return { ip, port, forward: 'Masq', weight: 1 };
}

function writeSourceRanges(contents: Contents, port: ServicePort, ip: Ip, nodeIp: Ip | undefined): void {
  const entry = `${ip},${port.protocol}:${port.number}`;
  contents.add('loadBalancerFw', entry);
  for (const range of port.sourceRanges)
    contents.add('loadBalancerSourceCidr', `${entry},${range.replace(/\/(32|128)$/, hostOnly(range))}`);
  if (nodeIp !== undefined && port.sourceRanges.some((range) => contains(range, nodeIp)))
    contents.add('loadBalancerSourceIp', `${entry},${ip}`);
  else contents.refused.push({ ip, port: port.number, protocol: port.protocol });
}

/** ipset shows a network of one address without its length. */
function hostOnly(range: string): string {
  const host = range.includes(':') ? '/128' : '/32';
  return range.endsWith(host) ? '' : range.slice(range.indexOf('/'));
}

function jumpRule(table: TableName, from: string, to: string, text: string): Jump {
  return { table, from, to, rule: rule([comment(text)], jump(to)) };
}

const jumps: readonly Jump[] = [
  jumpRule('nat', 'OUTPUT', 'KUBE-SERVICES', 'kubernetes service portals'),
  jumpRule('nat', 'PREROUTING', 'KUBE-SERVICES', 'kubernetes service portals'),
  jumpRule('nat', 'POSTROUTING', 'KUBE-POSTROUTING', 'kubernetes postrouting rules'),
  jumpRule('filter', 'FORWARD', 'KUBE-FORWARD', 'kubernetes forwarding rules'),
  jumpRule('filter', 'INPUT', 'KUBE-NODE-PORT', 'kubernetes health check rules'),
  jumpRule('filter', 'INPUT', 'KUBE-PROXY-FIREWALL', 'kube-proxy firewall rules'),
  jumpRule('filter', 'FORWARD', 'KUBE-PROXY-FIREWALL', 'kube-proxy firewall rules'),
  jumpRule('filter', 'INPUT', 'KUBE-IPVS-FILTER', 'kubernetes ipvs access filter'),
  jumpRule('filter', 'OUTPUT', 'KUBE-IPVS-OUT-FILTER', 'kubernetes ipvs access filter'),
];

function chainsOf(contents: Contents, input: ProxyInput, family: Family): ReadonlyMap<TableName, readonly Chain[]> {
  const matchSet = (of: SetName, flags: string): Match => ({ kind: 'set', set: setName(of, family), flags });
  const said = (of: SetName): Match => comment(sets[of].comment);
  /** A rule for a set that has members. */
  const whenFilled = (of: SetName, flags: string, target: Target, ...before: Match[]): readonly Rule[] =>
    contents.isEmpty(of) ? [] : [rule([...before, said(of), matchSet(of, flags)], target)];

  const mark = (1 << input.config.iptables.masqueradeBit) >>> 0;
  const masquerade: Target = { kind: 'MASQUERADE' };
  const nat: readonly Chain[] = [
    { name: 'KUBE-SERVICES', rules: servicesRules(contents, input, family, matchSet, said) },
    {
      name: 'KUBE-POSTROUTING',
      rules: [
        ...whenFilled('loopBack', 'dst,dst,src', masquerade),
        rule([{ kind: 'mark', value: mark, mask: mark, not: true }], returns),
        rule([], { kind: 'MARK', value: mark, mask: 0 }),
        rule([comment('kubernetes service traffic requiring SNAT')], { kind: 'MASQUERADE', randomFully: true }),
      ],
    },
    {
      name: 'KUBE-NODE-PORT',
      rules: (['tcp', 'udp', 'sctp'] as const).flatMap((name) => {
        const [cluster, local] = nodePortSets[name];
        const flags = name === 'sctp' ? 'dst,dst' : 'dst';
        return [...whenFilled(local, flags, returns, protocol(name)), ...whenFilled(cluster, flags, markMasquerade, protocol(name))];
      }),
    },
    { name: 'KUBE-LOAD-BALANCER', rules: [...whenFilled('loadBalancerLocal', 'dst,dst', returns), rule([], markMasquerade)] },
    { name: 'KUBE-MARK-MASQ', rules: [rule([], { kind: 'MARK', value: mark, mask: mark })] },
  ];
  const filter: readonly Chain[] = [
    {
      name: 'KUBE-FORWARD',
      rules: [
        rule([comment('kubernetes forwarding rules'), { kind: 'mark', value: mark, mask: mark }], accept),
        rule(
          [comment('kubernetes forwarding conntrack rule'), { kind: 'ctstate', states: ['RELATED', 'ESTABLISHED'], module: 'conntrack' }],
          accept,
        ),
      ],
    },
    { name: 'KUBE-NODE-PORT', rules: [rule([said('healthCheckNodePort'), matchSet('healthCheckNodePort', 'dst')], accept)] },
    { name: 'KUBE-PROXY-FIREWALL', rules: whenFilled('loadBalancerFw', 'dst,dst', jump('KUBE-SOURCE-RANGES-FIREWALL')) },
    {
      name: 'KUBE-SOURCE-RANGES-FIREWALL',
      rules: [
        ...whenFilled('loadBalancerSourceCidr', 'dst,dst,src', returns),
        ...whenFilled('loadBalancerSourceIp', 'dst,dst,src', returns),
        rule([], drop),
      ],
    },
    { name: 'KUBE-IPVS-FILTER', rules: accessRules(matchSet, family) },
    { name: 'KUBE-IPVS-OUT-FILTER', rules: input.minorVersion >= 29 ? refusedRules(contents, family) : [] },
  ];
  return new Map([
    ['nat', nat],
    ['filter', filter],
  ]);
}

function servicesRules(
  contents: Contents,
  input: ProxyInput,
  family: Family,
  matchSet: (of: SetName, flags: string) => Match,
  said: (of: SetName) => Match,
): readonly Rule[] {
  const rules: Rule[] = [rule([source(family === 'IPv4' ? '127.0.0.0/8' : '::1/128')], returns)];
  if (!contents.isEmpty('loadBalancer')) {
    rules.push(rule([said('loadBalancer'), matchSet('loadBalancer', 'dst,dst')], jump('KUBE-LOAD-BALANCER')));
  }
  if (!contents.isEmpty('clusterIp')) {
    const detector = localDetectorOf(input, family);
    const toClusterIp = [said('clusterIp'), matchSet('clusterIp', 'dst,dst')];
    if (input.config.iptables.masqueradeAll) rules.push(rule(toClusterIp, markMasquerade));
    else if (detector === undefined) rules.push(rule([said('clusterIp'), matchSet('clusterIp', 'src,dst')], markMasquerade));
    else {
      const notLocal: Match =
        detector.kind === 'cidr' ? { kind: 'source', cidr: detector.cidr, not: true } : { kind: 'in', interface: detector.name, not: true };
      rules.push(rule([notLocal, ...toClusterIp], markMasquerade));
    }
  }
  for (const set of ['externalIp', 'externalIpLocal'] as const) {
    if (contents.isEmpty(set)) continue;
    const toExternalIp = [said(set), matchSet(set, 'dst,dst')];
    if (set === 'externalIp') rules.push(rule(toExternalIp, markMasquerade));
    const notFromHere: Match[] = [
      { kind: 'physdev', text: '! --physdev-is-in' },
      { kind: 'addrtype', src: 'LOCAL', notSrc: true },
    ];
    rules.push(rule([...toExternalIp, ...notFromHere], accept), rule([...toExternalIp, localDestination], accept));
  }
  rules.push(rule([localDestination], jump('KUBE-NODE-PORT')));
  for (const set of ['clusterIp', 'loadBalancer'] as const) {
    if (!contents.isEmpty(set)) rules.push(rule([matchSet(set, 'dst,dst')], accept));
  }
  return rules;
}

/** Virtual addresses lead to their services, and to nothing else that listens on the node. */
function accessRules(matchSet: (of: SetName, flags: string) => Match, family: Family): readonly Rule[] {
  const port = family === 'IPv4' ? 'icmp-port-unreachable' : 'icmp6-port-unreachable';
  return [
    ...(['loadBalancer', 'clusterIp', 'externalIp', 'externalIpLocal'] as const).map((set) => rule([matchSet(set, 'dst,dst')], returns)),
    rule([matchSet('healthCheckNodePort', 'dst')], returns),
    rule([isNew, matchSet('ipvsIps', 'dst')], { kind: 'REJECT', with: port }),
  ];
}

function refusedRules({ refused }: Contents, family: Family): readonly Rule[] {
  return refused.map(({ ip, port, protocol: name }) => {
    const host = `${ip}/${bitsOf(family)}`;
    const options = `vproto ${protocolNumbers[name]} --vaddr ${ip} --vport ${port}`;
    const text = `-m ipvs --${options}`;
    const listed = options.replaceAll('--', '');
    return rule([source(host), { kind: 'opaque', text, listed }], drop);
  });
}

const protocolNumbers: Readonly<Record<RuleProtocol, number>> = { tcp: 6, udp: 17, sctp: 132 };
