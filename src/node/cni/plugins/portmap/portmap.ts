/** portmap: host ports of pods, by DNAT (containernetworking/plugins plugins/meta/portmap, iptables backend). */
import { fail, ok } from '#kube/status.ts';
import { contains, familyOf, lengthOf, type Ip } from '#net/ip.ts';
import type { Machine } from '../../machine.ts';
import { internal, type Plugin } from '../../plugin.ts';
import { allVersions } from '../../versions.ts';
import { loadPortMapConfig } from './config.ts';
import { withoutPortMappings, withPortMappings } from './rules.ts';

/** The host's link towards an address (getRoutableHostIF). */
function linkTowards({ kernel }: Machine, ip: Ip): string | undefined {
  const routes = kernel.namespace('').routes.filter((route) => route.type === 'unicast' && contains(route.dst, ip));
  return [...routes].sort((a, b) => lengthOf(b.dst) - lengthOf(a.dst))[0]?.dev;
}

export const portmap: Plugin = {
  name: 'portmap',
  versions: allVersions,

  add(call, { machine, version }) {
    const loaded = loadPortMapConfig(call.stdin, call.ifName, version);
    if (!loaded.ok) return fail(internal(`failed to parse config: ${loaded.error}`));
    const config = loaded.value;
    if (config.prevResult === undefined) return fail(internal('must be called as chained plugin'));
    for (const address of config.mappings.length === 0 ? [] : config.addresses) {
      const family = familyOf(address.ip) === 'IPv4' ? 'ipv4' : 'ipv6';
      const dev = linkTowards(machine, address.ip);
      // So that a connection from 127.0.0.1 may leave the loopback.
      if (config.snat && family === 'ipv4' && dev !== undefined) machine.kernel.setSysctl('', `net.ipv4.conf.${dev}.route_localnet`, '1');
      machine.kernel.changeRules('', family, (tables) => withPortMappings(tables, config, call.containerId, address));
    }
    return ok({ cniVersion: config.cniVersion, result: config.prevResult });
  },

  del(call, { machine, version }) {
    const loaded = loadPortMapConfig(call.stdin, call.ifName, version);
    if (!loaded.ok) return fail(internal(`failed to parse config: ${loaded.error}`));
    const { mappings, name } = loaded.value;
    if (mappings.length > 0)
      for (const family of ['ipv4', 'ipv6'] as const)
        machine.kernel.changeRules('', family, (tables) => withoutPortMappings(tables, name, call.containerId));
    return ok(undefined);
  },
};
