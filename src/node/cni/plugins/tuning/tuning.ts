/** tuning: sysctls, MAC address and MTU of the pod's interface (containernetworking/plugins plugins/meta/tuning). */
import { fail, ok, type Result } from '#kube/status.ts';
import { quote } from '#kube/json.ts';
import { goBool, goInt, goMap, goString, goStruct, marshalIndent, unmarshal, type GoInfer } from '../../go-json.ts';
import { namespaceOf, type Machine } from '../../machine.ts';
import { internal, type Call, type Plugin } from '../../plugin.ts';
import { allVersions, atLeast, hasFullPaths } from '../../versions.ts';
import { anyText, loadArgs } from '../cni-args.ts';
import { namespaceProblem } from '../interface-setup.ts';
import { netConf } from '../net-conf.ts';
import { prevResultOf } from '../prev-result.ts';

const tunings = { sysctl: goMap(goString), mac: goString, promisc: goBool, mtu: goInt(), allmulti: goBool } as const;

const goTuningConf = netConf(
  {
    ...tunings,
    dataDir: goString,
    runtimeConfig: goStruct('struct { Mac string "json:\\"mac,omitempty\\"" }', { mac: goString }),
    args: goStruct('struct { A *main.IPAMArgs "json:\\"cni\\"" }', { cni: goStruct('main.IPAMArgs', tunings) }),
  },
  'main.TuningConf',
);

type TuningConf = GoInfer<typeof goTuningConf>;

function load(call: Call, version: string): Result<TuningConf, string> {
  const decoded = unmarshal(call.stdin, goTuningConf, hasFullPaths(version));
  if (!decoded.ok) return fail(`failed to load netconf: ${decoded.error}`);
  const config = decoded.value ?? {};
  const env = loadArgs(call.args, { MAC: anyText });
  if (!env.ok) return env;
  const own = config.args?.cni ?? {};
  const mac = own.mac ?? config.runtimeConfig?.mac ?? env.value.get('MAC') ?? config.mac;
  const sysctl = new Map([...(config.sysctl ?? []), ...(own.sysctl ?? [])]);
  return ok({ ...config, ...own, sysctl, ...(mac !== undefined && { mac }) });
}

/** The groups of /proc/sys/net that every kernel has. */
const groups = /^net\.(core|ipv4|ipv6|netfilter|unix|mptcp|bridge)\./;

/** Sets the sysctls; the error is that of opening the file under /proc/sys. */
function setSysctls({ kernel }: Machine, call: Call, sysctl: ReadonlyMap<string, string>, version: string): string | undefined {
  for (const [given, value] of sysctl) {
    const path = given.replaceAll('.', '/').replace('IFNAME', call.ifName);
    if (!`/proc/sys/${path}`.startsWith('/proc/sys/net/'))
      return `invalid net sysctl key: ${quote(atLeast(version, '1.2.0') ? path : given)}`;
    const key = path.replaceAll('/', '.');
    if (!groups.test(key)) return `open /proc/sys/${path}: no such file or directory`;
    kernel.setSysctl(namespaceOf(call.netns), key, value);
  }
  return undefined;
}

const backupPath = (call: Call, { dataDir = '/run/cni/tuning' }: TuningConf) => `${dataDir}/${call.containerId}_${call.ifName}.json`;

export const tuning: Plugin = {
  name: 'tuning',
  versions: allVersions,

  add(call, { machine, version }) {
    const loaded = load(call, version);
    if (!loaded.ok) return fail(internal(loaded.error));
    const config = loaded.value;
    const prevResult = prevResultOf(config.prevResult);
    if (!prevResult.ok) return fail(internal(prevResult.error));
    if (prevResult.value === undefined) return fail(internal('Required prevResult missing'));
    const closed = namespaceProblem(machine, call.netns);
    if (closed !== undefined) return fail(internal(closed));
    const failed = setSysctls(machine, call, config.sysctl!, version);
    if (failed !== undefined) return fail(internal(failed));
    const namespace = namespaceOf(call.netns);
    const { mac = '', mtu = 0 } = config;
    if (mac === '' && mtu === 0) return ok({ cniVersion: config.cniVersion ?? '', result: prevResult.value });

    const link = machine.kernel.link(namespace, call.ifName);
    if (link === undefined) return fail(internal(`failed to get ${quote(call.ifName)}: Link not found`));
    const before = { ...(mac !== '' && { mac: link.mac }), ...(mtu !== 0 && { mtu: link.mtu }) };
    machine.write(backupPath(call, config), marshalIndent(before, 1), 0o600);
    if (mac !== '' && !/^([0-9a-f]{2}[:-]){5}[0-9a-f]{2}$/i.test(mac))
      return fail(internal(`invalid args ${mac} for MAC addr: address ${mac}: invalid MAC address`));
    if (mac !== '') machine.kernel.setMac(namespace, call.ifName, mac.toLowerCase().replaceAll('-', ':'));
    if (mtu !== 0) machine.kernel.setMtu(namespace, call.ifName, mtu);
    const interfaces = prevResult.value.interfaces.map((one) => (mac !== '' && one.name === call.ifName ? { ...one, mac } : one));
    return ok({ cniVersion: config.cniVersion ?? '', result: { ...prevResult.value, interfaces } });
  },

  del(call, { machine, version }) {
    const loaded = load(call, version);
    if (!loaded.ok) return fail(internal(loaded.error));
    // The interface itself goes with its namespace: only the note is left to be removed.
    machine.remove(backupPath(call, loaded.value));
    return ok(undefined);
  },
};
