/** host-local: addresses out of ranges, remembered on the node (containernetworking/plugins plugins/ipam/host-local). */
import { fail, ok } from '#kube/status.ts';
import { internal, type Plugin } from '../../plugin.ts';
import type { Dns, IpConfig } from '../../result.ts';
import { allVersions, hasFullPaths } from '../../versions.ts';
import { allocate } from './allocate.ts';
import { inRange, loadIpamConfig } from './config.ts';
import { readResolvConf } from './resolv-conf.ts';
import { Store } from './store.ts';

export const hostLocal: Plugin = {
  name: 'host-local',
  versions: allVersions,

  add(call, { machine, version }) {
    const loaded = loadIpamConfig(call.stdin, call.args, hasFullPaths(version));
    if (!loaded.ok) return fail(internal(loaded.error));
    const config = loaded.value;
    let dns: Dns = {};
    if (config.resolvConf !== '') {
      const read = readResolvConf(machine, config.resolvConf);
      if (!read.ok) return fail(internal(read.error));
      dns = read.value;
    }
    const store = new Store(machine, config.network, config.dataDir);
    const container = { id: call.containerId, ifName: call.ifName };
    const open = new Set(config.requested);
    const ips: IpConfig[] = [];
    for (const [i, set] of config.rangeSets.entries()) {
      const requested = [...open].find((ip) => set.some((range) => inRange(range, ip)));
      if (requested !== undefined) open.delete(requested);
      const given = allocate(set, store, i, container, requested, machine.keep);
      if (!given.ok) {
        // What earlier sets gave goes back; the release walks the store once for each of them.
        if (i > 0) store.release(container.id, container.ifName);
        return fail(internal(`failed to allocate for range ${i}: ${given.error}`));
      }
      ips.push(given.value);
    }
    if (open.size > 0) {
      store.release(container.id, container.ifName);
      return fail(internal(`failed to allocate all requested IPs: ${[...open].join(' ')}`));
    }
    return ok({ cniVersion: config.cniVersion, result: { interfaces: [], ips, routes: config.routes, dns } });
  },

  del(call, { machine, version }) {
    const loaded = loadIpamConfig(call.stdin, call.args, hasFullPaths(version));
    if (!loaded.ok) return fail(internal(loaded.error));
    new Store(machine, loaded.value.network, loaded.value.dataDir).release(call.containerId, call.ifName);
    return ok(undefined);
  },
};
