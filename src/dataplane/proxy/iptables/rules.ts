/** The rules of iptables mode, for one IP family. (pkg/proxy/iptables/proxier.go, syncProxyRules) */
import { bitsOf, contains, hostPort, type Family, type Ip } from '#net/ip.ts';
import type { Chain, ChainChoice, ChainEnd, Match, Rule, Target } from '#node/netfilter.ts';
import { endpointsOf, type Endpoint } from '../endpoint.ts';
import { localDetectorOf, nodeIpOf, nodePortAddressesOf, type LocalDetector, type ProxyInput } from '../input.ts';
import { servicePortsOf, type ServicePort } from '../service-port.ts';
import { standpointOf, usableEndpoints, type Usable } from '../topology.ts';
import type { Desired, Jump } from './desired.ts';
import {
  accept,
  chancesAmong,
  bare,
  comment,
  destination,
  dport,
  drop,
  isNew,
  jump,
  localDestination,
  localSource,
  markMasquerade,
  oneIn,
  protocol,
  returns,
  rule,
  source,
} from './matches.ts';
import { endpointChain, serviceChains, serviceHash } from './names.ts';

/** Above so many endpoints, rules that lead to endpoints carry no comments. */
const largeCluster = 1000;

const portals = comment('kubernetes service portals');
const externalPortals = comment('kubernetes externally-visible service portals');
const firewall = comment('kubernetes load balancer firewall');
const nodePortsLast = comment('kubernetes service nodeports; NOTE: this must be the last rule in this chain');

/** Writes the chains of one family as they grow: what kube-proxy keeps in four buffers. */
class Ruleset {
  readonly natServices: Rule[] = [];
  readonly natNodePorts: Rule[] = [];
  readonly filterServices: Rule[] = [];
  readonly filterExternal: Rule[] = [];
  readonly filterNodePorts: Rule[] = [];
  readonly filterFirewall: Rule[] = [];
  /** Those of single service ports. */
  readonly natChains: Chain[] = [];
}

/** What is the same for all service ports. */
interface Setting {
  /** Traffic of this node's own pods, and all other; undefined when it cannot be told. */
  readonly local: Match | undefined;
  readonly foreign: Match | undefined;
  readonly masqueradeAll: boolean;
  /** `/32`, `/128`: how a single address is printed. */
  readonly host: string;
  readonly reject: Target;
  readonly comments: boolean;
  readonly nodeIp: Ip | undefined;
  /** Packets to 127.0.0.0/8 may reach node ports. */
  readonly localhost: boolean;
  readonly countLocalhost: boolean;
  /** Traffic that source ranges refuse is dropped in the filter table (1.26), before that marked. */
  readonly firewallChain: boolean;
}

export function iptablesRules(input: ProxyInput, family: Family): Desired {
  const ports = servicePortsOf(input.services, family);
  const endpoints = endpointsOf(input.endpointSlices, family, input.nodeName);
  const addresses = nodePortAddressesOf(input, family);
  const { iptables } = input.config;
  const localhost = family === 'IPv4' && iptables.localhostNodePorts && (addresses.kind === 'all' || addresses.loopback);
  const detector = localDetectorOf(input, family);
  const setting: Setting = {
    local: detector && localTraffic(detector, false),
    foreign: detector && localTraffic(detector, true),
    masqueradeAll: iptables.masqueradeAll,
    host: `/${bitsOf(family)}`,
    reject: { kind: 'REJECT', with: family === 'IPv4' ? 'icmp-port-unreachable' : 'icmp6-port-unreachable' },
    comments: !exceeds(largeCluster, ports, (port) => endpoints(port).length),
    nodeIp: nodeIpOf(input, family),
    localhost,
    countLocalhost: localhost && input.nfacct && input.minorVersion >= 32,
    firewallChain: input.minorVersion >= 26,
  };

  const rules = new Ruleset();
  const standpoint = standpointOf(input);
  for (const port of ports) writePort(rules, port, usableEndpoints(endpoints(port), port, standpoint), setting);

  if (addresses.kind === 'all') {
    const loopback = family === 'IPv6' ? '::1/128' : localhost ? undefined : '127.0.0.0/8';
    const matches: Match[] = loopback === undefined ? [] : [{ kind: 'destination', cidr: loopback, not: true }];
    rules.natServices.push(rule([...matches, nodePortsLast, localDestination], jump('KUBE-NODEPORTS')));
  } else {
    for (const ip of addresses.addresses) {
      rules.natServices.push(rule([destination(ip + setting.host), nodePortsLast], jump('KUBE-NODEPORTS')));
    }
  }
  return {
    canaries: ['mangle', 'nat', 'filter'],
    jumps: jumpsOf(setting.firewallChain),
    chains: new Map([
      ['filter', filterChains(rules, input, setting)],
      ['nat', natChains(rules, iptables.masqueradeBit)],
    ]),
    by: setting,
    owned: serviceChains,
  };
}

/** Reports whether a sum is above a limit, without asking for more than it takes. */
function exceeds<T>(limit: number, of: readonly T[], amount: (one: T) => number): boolean {
  let sum = 0;
  return of.some((one) => (sum += amount(one)) > limit);
}

function jumpsOf(firewallChain: boolean): readonly Jump[] {
  const filter = (from: string, to: string, ...matches: Match[]): Jump => ({ table: 'filter', from, to, rule: rule(matches, jump(to)) });
  const nat = (from: string, to: string, text: Match): Jump => ({ table: 'nat', from, to, rule: rule([text], jump(to)) });
  return [
    filter('INPUT', 'KUBE-EXTERNAL-SERVICES', isNew, externalPortals),
    filter('FORWARD', 'KUBE-EXTERNAL-SERVICES', isNew, externalPortals),
    filter('INPUT', 'KUBE-NODEPORTS', comment('kubernetes health check service ports')),
    filter('FORWARD', 'KUBE-SERVICES', isNew, portals),
    filter('OUTPUT', 'KUBE-SERVICES', isNew, portals),
    filter('FORWARD', 'KUBE-FORWARD', comment('kubernetes forwarding rules')),
    ...(firewallChain ? ['INPUT', 'OUTPUT', 'FORWARD'].map((from) => filter(from, 'KUBE-PROXY-FIREWALL', isNew, firewall)) : []),
    nat('OUTPUT', 'KUBE-SERVICES', portals),
    nat('PREROUTING', 'KUBE-SERVICES', portals),
    nat('POSTROUTING', 'KUBE-POSTROUTING', comment('kubernetes postrouting rules')),
    filter('INPUT', 'KUBE-FIREWALL'),
    filter('OUTPUT', 'KUBE-FIREWALL'),
  ];
}

function filterChains(rules: Ruleset, { config, minorVersion, nfacct }: ProxyInput, setting: Setting): readonly Chain[] {
  const { masqueradeBit } = config.iptables;
  const forward: Rule[] = [];
  if (!config.conntrack.tcpBeLiberal) {
    const invalid: Match[] = [{ kind: 'ctstate', states: ['INVALID'], module: 'conntrack' }];
    if (nfacct && minorVersion >= 31) invalid.push({ kind: 'nfacct', name: 'ct_state_invalid_dropped_pkts' });
    forward.push(rule(invalid, drop));
  }
  const mark = (1 << masqueradeBit) >>> 0;
  forward.push(
    rule([comment('kubernetes forwarding rules'), { kind: 'mark', value: mark, mask: mark }], accept),
    rule(
      [comment('kubernetes forwarding conntrack rule'), { kind: 'ctstate', states: ['RELATED', 'ESTABLISHED'], module: 'conntrack' }],
      accept,
    ),
  );
  return [
    { name: 'KUBE-EXTERNAL-SERVICES', rules: rules.filterExternal },
    { name: 'KUBE-NODEPORTS', rules: rules.filterNodePorts },
    { name: 'KUBE-SERVICES', rules: rules.filterServices },
    { name: 'KUBE-FORWARD', rules: forward },
    ...(setting.firewallChain ? [{ name: 'KUBE-PROXY-FIREWALL', rules: rules.filterFirewall }] : []),
    { name: 'KUBE-FIREWALL', rules: setting.localhost ? [blockLocalnet] : [] },
  ];
}

/** Keeps other hosts from reaching what listens on loopback, which route_localnet=1 would allow (CVE-2020-8558). */
const blockLocalnet = rule(
  [
    { kind: 'source', cidr: '127.0.0.0/8', not: true },
    destination('127.0.0.0/8'),
    comment('block incoming localnet connections'),
    { kind: 'ctstate', states: ['RELATED', 'ESTABLISHED', 'DNAT'], not: true, module: 'conntrack' },
  ],
  drop,
);

function natChains(rules: Ruleset, masqueradeBit: number): readonly Chain[] {
  const mark = (1 << masqueradeBit) >>> 0;
  return [
    { name: 'KUBE-SERVICES', rules: rules.natServices },
    {
      name: 'KUBE-POSTROUTING',
      rules: [
        rule([{ kind: 'mark', value: mark, mask: mark, not: true }], returns),
        rule([], { kind: 'MARK', value: mark, mask: 0 }),
        rule([comment('kubernetes service traffic requiring SNAT')], { kind: 'MASQUERADE', randomFully: true }),
      ],
    },
    { name: 'KUBE-NODEPORTS', rules: rules.natNodePorts },
    { name: 'KUBE-MARK-MASQ', rules: [rule([], { kind: 'MARK', value: mark, mask: mark })] },
    ...rules.natChains,
  ];
}

function writePort(rules: Ruleset, port: ServicePort, usable: Usable, setting: Setting): void {
  const { text } = port;
  const hash = serviceHash(port);
  const internal = port.internalLocal ? usable.local : usable.cluster;
  const external = port.externalLocal ? usable.local : usable.cluster;
  const clusterChain = `KUBE-SVC-${hash}`;
  const localChain = `KUBE-SVL-${hash}`;
  const externalChain = `KUBE-EXT-${hash}`;
  const exposed = port.nodePort !== 0 || port.externalIps.length > 0 || port.loadBalancerVips.length > 0;
  const firewalled = usable.anywhere && port.loadBalancerVips.length > 0 && port.sourceRanges.length > 0;

  const tcp = protocol(port.protocol);
  const portMatch = dport(port.protocol, port.number);
  const to = (ip: Ip, said: Match): Match[] => [destination(ip + setting.host), tcp, said, portMatch];
  /** Nobody at all: refused. Only elsewhere, and the policy is Local: dropped. */
  const refusal = usable.anywhere ? comment(`${text} has no local endpoints`) : comment(`${text} has no endpoints`);
  const refuse = usable.anywhere ? drop : setting.reject;

  const clusterIp = to(port.clusterIp, comment(`${text} cluster IP`));
  if (internal.length > 0) rules.natServices.push(rule(clusterIp, jump(port.internalLocal ? localChain : clusterChain)));
  else rules.filterServices.push(rule(to(port.clusterIp, refusal), refuse));

  for (const ip of port.externalIps) {
    if (usable.anywhere) rules.natServices.push(rule(to(ip, comment(`${text} external IP`)), jump(externalChain)));
    if (external.length === 0) rules.filterExternal.push(rule(to(ip, refusal), refuse));
  }
  for (const ip of port.loadBalancerVips) {
    if (usable.anywhere) {
      rules.natServices.push(rule(to(ip, comment(`${text} loadbalancer IP`)), jump(firewalled ? `KUBE-FW-${hash}` : externalChain)));
    }
    if (firewalled) {
      rules.filterFirewall.push(rule(to(ip, comment(`${text} traffic not accepted by KUBE-FW-${hash}`)), drop));
    }
  }
  if (external.length === 0) {
    for (const ip of port.loadBalancerVips) rules.filterExternal.push(rule(to(ip, refusal), refuse));
  }
  if (port.nodePort !== 0) {
    const nodePort = dport(port.protocol, port.nodePort);
    if (usable.anywhere) {
      const said = comment(text);
      const target = jump(externalChain);
      if (setting.countLocalhost) rules.natNodePorts.push(rule([toLocalhost, tcp, said, nodePort, countLocalhost], target));
      rules.natNodePorts.push(rule([tcp, said, nodePort], target));
    }
    if (external.length === 0) rules.filterExternal.push(rule([tcp, refusal, localDestination, nodePort], refuse));
  }
  if (port.healthCheckNodePort !== 0) {
    rules.filterNodePorts.push(
      rule([protocol('tcp'), comment(`${text} health check node port`), dport('tcp', port.healthCheckNodePort)], accept),
    );
  }

  const chains = rules.natChains;
  if (exposed && usable.anywhere) {
    chains.push({ name: externalChain, rules: externalRules(port, external.length > 0, clusterChain, localChain, setting) });
  }
  if (firewalled) chains.push({ name: `KUBE-FW-${hash}`, rules: firewallRules(port, externalChain, setting) });

  const ends = endpointChains(port, usable.all, setting);
  const balancing = (name: string, to: readonly Endpoint[], masquerades: boolean) =>
    new BalancingChain(name, masquerades ? clusterIp : undefined, chainsOf(to, usable, ends), port, setting);
  if (usable.cluster.length > 0) chains.push(balancing(clusterChain, usable.cluster, !port.internalLocal));
  if (usable.local.length > 0) chains.push(balancing(localChain, usable.local, port.internalLocal));
  for (const end of ends) chains.push(end);
}

const toLocalhost = destination('127.0.0.0/8');
const countLocalhost: Match = { kind: 'nfacct', name: 'localhost_nps_accepted_pkts' };

function localTraffic(detector: LocalDetector, not: boolean): Match {
  const inverted = not ? { not: true } : {};
  return detector.kind === 'cidr'
    ? { kind: 'source', cidr: detector.cidr, ...inverted }
    : { kind: 'in', interface: detector.name, ...inverted };
}

/** Puts a match where iptables prints it: source, destination, interface, then the rest. */
function withLocal(local: Match, matches: readonly Match[]): readonly Match[] {
  return local.kind === 'source' || matches[0]?.kind !== 'destination' ? [local, ...matches] : [matches[0], local, ...matches.slice(1)];
}

/** Traffic to the cluster IP that does not come from this node's pods must come back this way. */
function masqueradeRule(clusterIp: readonly Match[], { masqueradeAll, foreign }: Setting): Rule | undefined {
  if (masqueradeAll) return { matches: clusterIp, target: markMasquerade };
  return foreign && { matches: withLocal(foreign, clusterIp), target: markMasquerade };
}

function externalRules(
  port: ServicePort,
  reachable: boolean,
  clusterChain: string,
  localChain: string,
  { local }: Setting,
): readonly Rule[] {
  const destinations = `${port.text} external destinations`;
  if (!port.externalLocal) {
    const masquerade = rule([comment(`masquerade traffic for ${destinations}`)], markMasquerade);
    return reachable ? [masquerade, rule([], jump(clusterChain))] : [masquerade];
  }
  return [
    ...(local ? [rule([local, comment(`pod traffic for ${destinations}`)], jump(clusterChain))] : []),
    rule([comment(`masquerade LOCAL traffic for ${destinations}`), localSource], markMasquerade),
    rule([comment(`route LOCAL traffic for ${destinations}`), localSource], jump(clusterChain)),
    ...(reachable ? [rule([], jump(localChain))] : []),
  ];
}

function firewallRules(port: ServicePort, externalChain: string, { nodeIp, host, firewallChain }: Setting): readonly Rule[] {
  const said = comment(`${port.text} loadbalancer IP`);
  const target = jump(externalChain);
  const rules = port.sourceRanges.map((range) => rule([source(range), said], target));
  // A node that reaches the VIP has the VIP as its source address: it stands for the node's own.
  if (nodeIp !== undefined && port.sourceRanges.some((range) => contains(range, nodeIp))) {
    for (const ip of port.loadBalancerVips) rules.push(rule([source(ip + host), said], target));
  }
  rules.push(
    firewallChain
      ? rule([comment(`other traffic to ${port.text} will be dropped by KUBE-PROXY-FIREWALL`)])
      : rule([said], jump('KUBE-MARK-DROP')),
  );
  return rules;
}

function endpointChains(port: ServicePort, endpoints: readonly Endpoint[], setting: Setting): readonly EndpointChain[] {
  return endpoints.map((endpoint) => new EndpointChain(port, endpoint, setting));
}

/** Of the chains of all endpoints of a port, those of some, in the order of these. */
function chainsOf(endpoints: readonly Endpoint[], { all }: Usable, chains: readonly EndpointChain[]): readonly EndpointChain[] {
  if (endpoints === all) return chains;
  const byEndpoint = new Map(all.map((endpoint, i) => [endpoint, chains[i]!]));
  return endpoints.map((endpoint) => byEndpoint.get(endpoint)!);
}

/** `oneIn` alone, by its argument: what rules of large clusters match by. */
const aloneIn: (readonly Match[])[] = [];

/**
 * Its rules are made when somebody looks, and kept when somebody looks again: what is written out once is forgotten at once, what packets pass
 * stays.
 */
class BalancingChain implements Chain {
  readonly name: string;
  /** What leads to the cluster IP, where such traffic may have to be masqueraded. */
  readonly #clusterIp: readonly Match[] | undefined;
  readonly #ends: readonly EndpointChain[];
  readonly #port: ServicePort;
  readonly #setting: Setting;
  #looked = false;
  #rules: readonly Rule[] | undefined;
  #choice: ChainChoice | undefined;

  constructor(name: string, clusterIp: readonly Match[] | undefined, ends: readonly EndpointChain[], port: ServicePort, setting: Setting) {
    this.name = name;
    this.#clusterIp = clusterIp;
    this.#ends = ends;
    this.#port = port;
    this.#setting = setting;
  }

  get rules(): readonly Rule[] {
    if (this.#rules !== undefined) return this.#rules;
    const rules = this.#make();
    if (this.#looked) this.#rules = rules;
    this.#looked = true;
    return rules;
  }

  get choice(): ChainChoice | undefined {
    return this.#choice ?? this.#choose();
  }

  #choose(): ChainChoice | undefined {
    const { protocol, affinitySeconds } = this.#port;
    const to = this.#ends;
    if (affinitySeconds > 0 || to.length < 2) return undefined;
    return (this.#choice = { before: this.#before, to, madeBy: this.#setting, protocol, chances: chancesAmong(to.length) });
  }

  get #before(): readonly Rule[] {
    const masquerade = this.#clusterIp && masqueradeRule(this.#clusterIp, this.#setting);
    return masquerade === undefined ? noRules : [masquerade];
  }

  #make(): readonly Rule[] {
    const rules = [...this.#before];
    const seconds = this.#port.affinitySeconds;
    if (seconds > 0) {
      for (const { name, said } of this.#ends) {
        rules.push({
          matches: [...said, { kind: 'recent', action: 'rcheck', seconds, reap: true, name }],
          target: { kind: 'jump', chain: name },
        });
      }
    }
    let left = this.#ends.length;
    for (const { name, said } of this.#ends) {
      const matches = left === 1 ? said : said.length === 0 ? (aloneIn[left] ??= [oneIn(left)]) : [...said, oneIn(left)];
      rules.push({ matches, target: { kind: 'jump', chain: name } });
      left--;
    }
    return rules;
  }
}

const nothing: readonly Match[] = [];
const noRules: readonly Rule[] = [];

/**
 * Its rules are made whenever somebody looks: in a large cluster most rules are those of endpoints, and a packet sees one of them. Nor does it
 * keep more than they follow from. What makes them is spelt out here: V8 gives what is made at a place the lifetime of what was made there
 * before, and other rules stay.
 */
class EndpointChain implements ChainEnd {
  readonly name: string;
  readonly ip: Ip;
  readonly port: number;
  readonly #port: ServicePort;
  readonly #setting: Setting;

  constructor(port: ServicePort, endpoint: Endpoint, setting: Setting) {
    this.name = endpointChain(port, endpoint);
    this.ip = endpoint.ip;
    this.port = endpoint.port;
    this.#port = port;
    this.#setting = setting;
  }

  /** What the chains that lead here say of it: nothing in large clusters. */
  get said(): readonly Match[] {
    return this.#setting.comments ? [comment(`${this.#port.text} -> ${hostPort(this.ip, this.port)}`)] : nothing;
  }

  get rules(): readonly Rule[] {
    const { text, protocol: name, affinitySeconds } = this.#port;
    const { host, comments } = this.#setting;
    const own: Match[] = [{ kind: 'source', cidr: this.ip + host }];
    const all: Match[] = [protocol(name)];
    if (comments) for (const matches of [own, all]) matches.push(comment(text));
    if (affinitySeconds > 0) all.push({ kind: 'recent', action: 'set', name: this.name });
    all.push(bare(name));
    return [
      { matches: own, target: markMasquerade },
      { matches: all, target: { kind: 'DNAT', to: hostPort(this.ip, this.port) } },
    ];
  }
}
