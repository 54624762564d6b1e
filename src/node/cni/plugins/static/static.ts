/** static: the addresses that the configuration names (containernetworking/plugins plugins/ipam/static). */
import { fail, ok, type Result } from '#kube/status.ts';
import { contains, familyOf, networkOf, parseIp, parsePrefixed, type Ip } from '#net/ip.ts';
import { goSlice, goString, goStruct, unmarshal } from '../../go-json.ts';
import { internal, type Answer, type Plugin } from '../../plugin.ts';
import { goDns, goIp, goRoute, type IpConfig } from '../../result.ts';
import { allVersions, atLeast, hasFullPaths } from '../../versions.ts';
import { anyText, loadArgs } from '../cni-args.ts';

const goNet = goStruct('main.Net', {
  name: goString,
  cniVersion: goString,
  ipam: goStruct('main.IPAMConfig', {
    type: goString,
    routes: goSlice(goRoute, undefined, '[]*types.Route'),
    addresses: goSlice(goStruct('main.Address', { address: goString, gateway: goIp }), {}, '[]main.Address'),
    dns: goDns,
  }),
  runtimeConfig: goStruct('struct { IPs []string "json:\\"ips,omitempty\\"" }', { ips: goSlice(goString) }),
  args: goStruct('struct { A *main.IPAMArgs "json:\\"cni\\"" }', { cni: goStruct('main.IPAMArgs', { ips: goSlice(goString) }) }),
});

function load(stdin: string, args: string, fullPaths: boolean): Result<Answer, string> {
  const decoded = unmarshal(stdin, goNet, fullPaths);
  if (!decoded.ok) return decoded;
  const { ipam, cniVersion = '', runtimeConfig, args: given } = decoded.value ?? {};
  if (ipam === undefined) return fail("IPAM config missing 'ipam' key");
  const env = loadArgs(args, { IP: anyText, GATEWAY: anyText });
  if (!env.ok) return env;
  let ips: IpConfig[] = [];
  for (const { address = '', gateway } of ipam.addresses ?? []) {
    const prefixed = parsePrefixed(address);
    if (prefixed === undefined) return fail(`the 'address' field is expected to be in CIDR notation, got: '${address}'`);
    ips.push({ address: prefixed, ...(gateway !== undefined && { gateway }) });
  }
  const split = (text: string | undefined) => (text === undefined || text === '' ? [] : text.split(',').map((one) => one.trim()));
  for (const text of split(env.value.get('IP'))) {
    const prefixed = parsePrefixed(text);
    if (prefixed === undefined) return fail(`the 'ip' field is expected to be in CIDR notation, got: '${text}'`);
    ips.push({ address: prefixed });
  }
  for (const text of split(env.value.get('GATEWAY'))) {
    const gateway: Ip | undefined = parseIp(text);
    if (gateway === undefined) return fail(`invalid gateway address: ${text}`);
    ips = ips.map((ip) => (contains(networkOf(ip.address), gateway) ? { ...ip, gateway } : ip));
  }
  for (const asked of [given?.cni?.ips, runtimeConfig?.ips]) {
    if (asked === undefined || asked.length === 0) continue;
    ips = [];
    for (const text of asked) {
      const prefixed = parsePrefixed(text);
      if (prefixed === undefined) return fail(`an entry in the 'ips' field is NOT in CIDR notation, got: '${text}'`);
      ips.push({ address: prefixed });
    }
  }
  const count = (family: string) => ips.filter(({ address }) => familyOf(address.ip) === family).length;
  if ((count('IPv4') > 1 || count('IPv6') > 1) && !atLeast(cniVersion, '0.3.0'))
    return fail(`CNI version ${cniVersion} does not support more than 1 address per family`);
  return ok({ cniVersion, result: { interfaces: [], ips, routes: ipam.routes ?? [], dns: ipam.dns ?? {} } });
}

export const staticIpam: Plugin = {
  name: 'static',
  versions: allVersions,
  add(call, { version }) {
    const loaded = load(call.stdin, call.args, hasFullPaths(version));
    return loaded.ok ? loaded : fail(internal(loaded.error));
  },
  del: () => ok(undefined),
};
