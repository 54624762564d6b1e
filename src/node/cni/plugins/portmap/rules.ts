/**
 * portmap's chains in the nat table (plugins/meta/portmap/{portmap,chain}.go):
 *
 *     PREROUTING, OUTPUT ──dst-type LOCAL──▶ CNI-HOSTPORT-DNAT ──dports──▶ CNI-DN-<id> ──▶ CNI-HOSTPORT-SETMARK, DNAT
 *     POSTROUTING (first) ──▶ CNI-HOSTPORT-MASQ ──mark──▶ MASQUERADE
 */
import { familyOf, hostPort, networkOf, parseIp, type Prefixed } from '#net/ip.ts';
import type { Match, Rule, Tables } from '../../../netfilter.ts';
import { quote } from '#kube/json.ts';
import {
  appendUnique,
  clearChain,
  comment,
  deleteChain,
  deleteRules,
  ensureChain,
  from,
  insertUnique,
  jump,
  jumpsTo,
  mark,
  rule,
  to,
} from '../../iptables.ts';
import { hostCidr } from '../../kernel-draft.ts';
import { chainName } from '../interface-setup.ts';
import type { PortMapConfig, PortMapping } from './config.ts';

const dnatChain = 'CNI-HOSTPORT-DNAT';
const setMarkChain = 'CNI-HOSTPORT-SETMARK';
const masqueradeChain = 'CNI-HOSTPORT-MASQ';

export const containerChain = (network: string, id: string) => chainName(network, id, 'DN-');

/** forwardPorts: the tables with the container's mappings for one of its addresses. */
export function withPortMappings(tables: Tables, config: PortMapConfig, id: string, address: Prefixed): Tables {
  let next = tables;
  if (config.snat && config.setMarkChain === undefined) {
    next = ensureChain(next, 'nat', setMarkChain);
    const bit = 2 ** config.markBit;
    next = appendUnique(next, 'nat', setMarkChain, rule([comment('CNI portfwd masquerade mark')], { kind: 'MARK', value: bit, mask: bit }));
    next = ensureChain(next, 'nat', masqueradeChain);
    next = appendUnique(next, 'nat', masqueradeChain, rule([mark(config.markBit)], { kind: 'MASQUERADE' }));
    // First, or the masquerading of bridge and ptp would be there before it.
    next = insertUnique(next, 'nat', 'POSTROUTING', rule([comment('CNI portfwd requiring masquerade')], jump(masqueradeChain)));
  }
  next = ensureChain(next, 'nat', dnatChain);
  const local: Match = { kind: 'addrtype', dst: 'LOCAL' };
  for (const hook of ['PREROUTING', 'OUTPUT']) next = appendUnique(next, 'nat', hook, rule([local], jump(dnatChain)));
  const own = containerChain(config.name, id);
  next = ensureChain(next, 'nat', own);
  for (const one of containerRules(config, address)) next = appendUnique(next, 'nat', own, one);
  for (const one of entryRules(config, id, address)) next = appendUnique(next, 'nat', dnatChain, one);
  return next;
}

/** unforwardPorts */
export function withoutPortMappings(tables: Tables, network: string, id: string): Tables {
  const own = containerChain(network, id);
  const without = deleteRules(tables, 'nat', dnatChain, (one) => jumpsTo(one, own));
  return deleteChain(clearChain(without, 'nat', own), 'nat', own);
}

/** One rule a protocol and fifteen ports, as multiport takes no more. */
function entryRules(config: PortMapConfig, id: string, address: Prefixed): readonly Rule[] {
  const note = comment(`dnat name: ${quote(config.name)} id: ${quote(id)}`.slice(0, 255));
  const conditions = familyOf(address.ip) === 'IPv4' ? config.conditions.ipv4 : config.conditions.ipv6;
  const more: readonly Match[] = conditions.length === 0 ? [] : [{ kind: 'opaque', text: conditions.join(' ') }];
  const protocols = [...new Set(config.mappings.map((mapping) => mapping.protocol))].sort();
  const portsOf = (protocol: string) =>
    config.mappings.filter((mapping) => mapping.protocol === protocol).map((mapping) => mapping.hostPort);
  return protocols.flatMap((protocol) =>
    chunks(portsOf(protocol)).map((ports) =>
      rule(
        [{ kind: 'protocol', protocol }, note, { kind: 'multiport', which: 'dports', ports: ports.join(',') }, ...more],
        jump(containerChain(config.name, id)),
      ),
    ),
  );
}

function chunks(ports: readonly number[]): readonly (readonly number[])[] {
  return Array.from({ length: Math.ceil(ports.length / 15) }, (_, i) => ports.slice(15 * i, 15 * i + 15));
}

/** For every mapping: mark what comes from the pod's own subnet and from localhost for masquerading, then change the destination. */
function containerRules(config: PortMapConfig, address: Prefixed): readonly Rule[] {
  const v4 = familyOf(address.ip) === 'IPv4';
  return config.mappings.flatMap((mapping) => {
    const hostIp = mapping.hostIP === '' ? undefined : parseIp(mapping.hostIP);
    if (mapping.hostIP !== '' && (hostIp === undefined || (familyOf(hostIp) === 'IPv4') !== v4)) return [];
    const destination = hostIp === undefined || hostIp === '0.0.0.0' || hostIp === '::' ? [] : [to(hostCidr(hostIp))];
    const port = portMatches(mapping);
    const marked = jump(config.setMarkChain ?? setMarkChain);
    const sources = config.masqAll ? [[]] : [[from(networkOf(address))], ...(v4 ? [[from('127.0.0.1/32')]] : [])];
    return [
      ...(config.snat ? sources.map((source) => rule([...source, ...destination, ...port], marked)) : []),
      rule([...destination, ...port], { kind: 'DNAT', to: hostPort(address.ip, mapping.containerPort) }),
    ];
  });
}

function portMatches({ protocol, hostPort: port }: PortMapping): readonly Match[] {
  const module = protocol as 'tcp' | 'udp' | 'sctp';
  return [
    { kind: 'protocol', protocol },
    { kind: 'ports', protocol: module, dport: String(port) },
  ];
}
