/** What flanneld does once it has a lease: masquerading and forwarding rules, subnet.env, and its log of them (flannel main.go, pkg/trafficmngr). */
import { lengthOf, type Cidr, type Family } from '#net/ip.ts';
import { firstOf } from '../../kernel-draft.ts';
import type { Machine } from '../../machine.ts';
import { parseSubnetEnv } from '../../plugins/flannel/subnet-env.ts';
import type { KlogLog } from '../daemon.ts';
import type { ExternalInterface } from './external-interface.ts';
import { subnetFile, type Flags } from './flags.ts';
import { ensureRules, followOthers } from './follow-leases.ts';
import { bothFamilies, eventText, type Lease } from './lease.ts';
import { networkOf, type NetConf } from './net-conf.ts';

const prefixes = { IPv4: 'FLANNEL', IPv6: 'FLANNEL_IPV6' } as const;

function subnetEnvText(config: NetConf, lease: Lease, mtu: number, ipMasq: boolean): string {
  const ranges = bothFamilies.map((family) => {
    const [network, part, prefix] = [networkOf(config, family), lease[family], prefixes[family]];
    if (network === undefined || part === undefined) return '';
    return `${prefix}_NETWORK=${network}\n${prefix}_SUBNET=${firstOf(part.subnet)}/${lengthOf(part.subnet)}\n`;
  });
  return `${ranges.join('')}FLANNEL_MTU=${mtu}\nFLANNEL_IPMASQ=${ipMasq}\n`;
}

/** What subnet.env said before: of a family the network and the subnet. */
function previousRanges(machine: Machine, log: KlogLog): Partial<Record<Family, readonly [network: Cidr, subnet: Cidr]>> {
  const text = machine.read(subnetFile);
  const parsed = text === undefined ? undefined : parseSubnetEnv(subnetFile, text);
  const old = parsed?.ok === true ? parsed.value : undefined;
  const found = {
    IPv4: [old?.networks[0], old?.subnet],
    IPv6: [old?.ipv6Networks[0], old?.ipv6Subnet],
  } as const;
  const sources = { IPv4: 'main.go:573', IPv6: 'main.go:608' } as const;
  const previous: Partial<Record<Family, readonly [network: Cidr, subnet: Cidr]>> = {};
  for (const family of bothFamilies) {
    const [network, subnet] = found[family];
    const missing = (key: string) =>
      log.write('W', sources[family], `no subnet found for key: ${prefixes[family]}_${key} in file: ${subnetFile}`);
    if (network === undefined) missing('NETWORK');
    if (subnet === undefined) missing('SUBNET');
    if (network !== undefined && subnet !== undefined) previous[family] = [network, subnet];
  }
  return previous;
}

/** In the daemon's source, where it speaks of a family's rules. */
const ruleSources = {
  IPv4: { recycle: 'iptables.go:100', masquerade: 'iptables.go:110', forward: 'iptables.go:211', label: '', prefix: '', none: '0.0.0.0/0' },
  IPv6: {
    recycle: 'iptables.go:118',
    masquerade: 'iptables.go:128',
    forward: 'iptables.go:216',
    label: ' for IPv6',
    prefix: 'IPv6: ',
    none: '::/0',
  },
} as const;

export function setUpTraffic(
  machine: Machine,
  config: NetConf,
  flags: Flags,
  own: Lease,
  others: readonly Lease[],
  external: ExternalInterface,
  log: KlogLog,
): void {
  log.write('I', 'main.go:375', 'Cleaning-up unused traffic manager rules');
  log.write('I', 'nftables.go:278', 'Cleaning-up nftables rules...');
  log.wait(40);
  log.write('I', 'iptables.go:50', 'Starting flannel in iptables mode...');
  const previous = previousRanges(machine, log);
  const ranges = bothFamilies.flatMap((family) => {
    const [network, part] = [networkOf(config, family), own[family]];
    return network === undefined || part === undefined ? [] : [{ family, network, subnet: part.subnet }];
  });
  if (flags.ipMasq)
    for (const { family, network, subnet } of ranges) {
      const { recycle, masquerade, label, none } = ruleSources[family];
      const [oldNetwork, oldSubnet] = previous[family] ?? [none, none];
      if (oldNetwork !== network || oldSubnet !== subnet)
        log.write(
          'I',
          recycle,
          `Current network or subnet (${network}, ${subnet}) is not equal to previous one (${oldNetwork}, ${oldSubnet}), trying to recycle old iptables rules`,
        );
      log.write('I', masquerade, `Setting up masking rules${label}`);
    }
  for (const { family, network, subnet } of ranges) {
    log.write('I', ruleSources[family].forward, `${ruleSources[family].prefix}Changing default FORWARD chain policy to ACCEPT`);
    ensureRules(machine, network, subnet, flags.ipMasq);
  }
  const mtu = own.backendType === 'vxlan' ? external.link.mtu - 50 : external.link.mtu;
  machine.write(subnetFile, subnetEnvText(config, own, mtu, flags.ipMasq));
  log.write('I', 'main.go:463', `Wrote subnet file to ${subnetFile}`);
  log.write('I', 'main.go:467', 'Running backend.');
  log.write('I', own.backendType === 'vxlan' ? 'vxlan_network.go:65' : 'route_network.go:55', watching[own.backendType]!);
  for (const lease of others) logEvent(log, own, lease);
  followOthers(machine, config, own, others, external.link);
  log.write('I', 'main.go:488', 'Waiting for all goroutines to exit');
  log.wait(8);
  for (let i = 0; i < ranges.length * (flags.ipMasq ? 2 : 1); i++) log.write('I', 'iptables.go:357', 'bootstrap done');
}

const watching: Readonly<Record<string, string>> = { vxlan: 'watching for new subnet leases', 'host-gw': 'Watching for new subnet leases' };

export function logEvent(log: KlogLog, own: Lease, lease: Lease): void {
  const { backendType, IPv4, IPv6 } = lease;
  log.write('I', 'subnet.go:152', `Batch elem [0] is ${eventText(lease)}`);
  if (own.backendType === 'vxlan') {
    const attrs = `BackendType: ${backendType}, PublicIP: ${IPv4?.publicIp ?? '0.0.0.0'}, PublicIPv6: ${IPv6?.publicIp ?? '(nil)'}, BackendData: ${IPv4?.backendData ?? '(nil)'}, BackendV6Data: ${IPv6?.backendData ?? '(nil)'}`;
    log.write('I', 'vxlan_network.go:100', `Received Subnet Event with VxLan: ${attrs}`);
    if (backendType !== 'vxlan')
      log.write(
        'W',
        'vxlan_network.go:102',
        `ignoring non-vxlan v4Subnet(${IPv4?.subnet ?? '0.0.0.0/0'}) v6Subnet(${IPv6?.subnet ?? '::/0'}): type=${backendType}`,
      );
  } else if (backendType === own.backendType) {
    if (IPv4 !== undefined) log.write('I', 'route_network.go:92', `Subnet added: ${IPv4.subnet} via ${IPv4.publicIp}`);
    if (IPv6 !== undefined) log.write('I', 'route_network.go:116', `Subnet added: ${IPv6.subnet} via ${IPv6.publicIp}`);
  } else log.write('W', 'route_network.go:87', `Ignoring non-${own.backendType} subnet: type=${backendType}`);
}
