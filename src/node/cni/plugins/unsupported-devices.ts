/**
 * Plugins whose devices the simulated kernel lacks. They are there, check their configuration as far as the master device, and then fail as
 * on a kernel without that driver (containernetworking/plugins plugins/main/{macvlan,ipvlan,vlan,dummy,tap,host-device}, plugins/meta/{vrf,sbr}).
 */
import { fail, ok } from '#kube/status.ts';
import { lengthOf } from '#net/ip.ts';
import { goString, unmarshal } from '../go-json.ts';
import { errno } from '../kernel-draft.ts';
import type { Machine } from '../machine.ts';
import { internal, type Plugin } from '../plugin.ts';
import { allVersions, hasFullPaths } from '../versions.ts';
import { netConf } from './net-conf.ts';

const goNetConf = netConf({ master: goString, device: goString });

function hasDefaultRoute({ kernel }: Machine): boolean {
  return kernel.namespace('').routes.some((route) => lengthOf(route.dst) === 0);
}

function device(name: string, refusal: string, needs: { readonly master?: boolean; readonly versions?: readonly string[] } = {}): Plugin {
  return {
    name,
    versions: (release) => needs.versions ?? allVersions(release),
    add(call, { machine, version }) {
      const decoded = unmarshal(call.stdin, goNetConf, hasFullPaths(version));
      if (!decoded.ok) return fail(internal(`failed to load netconf: ${decoded.error}`));
      const { master = '' } = decoded.value ?? {};
      if (needs.master === true && master === '' && !hasDefaultRoute(machine)) return fail(internal('no default route interface found'));
      if (needs.master === true && master !== '' && machine.kernel.link('', master) === undefined) return fail(internal('Link not found'));
      return fail(internal(refusal));
    },
    del: () => ok(undefined),
  };
}

export const unsupportedDevices: readonly Plugin[] = [
  device('macvlan', `failed to create macvlan: ${errno.unsupported}`, { master: true }),
  device('ipvlan', `failed to create ipvlan: ${errno.unsupported}`, { master: true }),
  device('vlan', `failed to create vlan: ${errno.unsupported}`),
  device('dummy', `failed to create dummy: ${errno.unsupported}`),
  device('tap', `failed to create tap: ${errno.unsupported}`),
  device('host-device', 'failed to find host device: Link not found'),
  device('vrf', errno.unsupported),
  device('sbr', errno.unsupported),
];
