/** weave-net: asks the weave daemon of the node for an address, and joins the pod to its bridge (weave plugin/{net,ipam}). */
import { fail, ok, type Result } from '#kube/status.ts';
import type { Ip } from '#net/ip.ts';
import type { Host } from '../../../host.ts';
import { goBool, goInt, goMap, goAny, goString, unmarshal } from '../../go-json.ts';
import { defaultCidr } from '../../kernel-draft.ts';
import { namespaceOf, type Machine } from '../../machine.ts';
import { internal, type Answer, type Call, type CniError, type Environment, type Plugin } from '../../plugin.ts';
import { hasFullPaths } from '../../versions.ts';
import { namespaceProblem, removeInterface } from '../interface-setup.ts';
import { netConf } from '../net-conf.ts';
import { allocate, prefixedIn, readDatabase, release, writeDatabase } from './space.ts';

const goNetConf = netConf(
  { ipam: goMap(goAny, 'map[string]interface {}'), bridge: goString, isGateway: goBool, ipMasq: goBool, mtu: goInt(), hairpinMode: goBool },
  'plugin.NetConf',
);

/** Reports whether the daemon runs: the container `weave` of some pod of this node. */
export function weaveRuns(host: Host): boolean {
  return [...host.sandboxes.values()].some((sandbox) =>
    sandbox.containers.some((one) => one.name === 'weave' && one.run !== undefined && one.run.finishedAt === undefined),
  );
}

const url = (id: string) => `http://127.0.0.1:6784/ip/${id}`;
const refused = 'dial tcp 127.0.0.1:6784: connect: connection refused';

function requestAddress(machine: Machine, id: string): Result<Ip, string> {
  const database = weaveRuns(machine.host) ? readDatabase(machine) : undefined;
  if (database === undefined) return fail(`Post "${url(id)}": ${refused}`);
  const given = allocate(database, id, machine.keep);
  if (given === undefined) return fail(`Post "${url(id)}": context deadline exceeded (Client.Timeout exceeded while awaiting headers)`);
  writeDatabase(machine, given.database);
  return ok(given.ip);
}

/** The name of a pod's veth on the host. */
export function vethName(containerId: string): string {
  return `vethwepl${containerId.slice(0, 7)}`;
}

function add(call: Call, { machine, version }: Environment): Result<Answer, CniError> {
  const decoded = unmarshal(call.stdin, goNetConf, hasFullPaths(version));
  if (!decoded.ok) return fail(internal(`failed to load netconf: ${decoded.error}`));
  const config = decoded.value ?? {};
  if (config.isGateway === true) return fail(internal('Gateway functionality not supported'));
  if (config.ipMasq === true) return fail(internal('IP Masquerading functionality not supported'));
  const address = requestAddress(machine, call.containerId);
  if (!address.ok) return fail(internal(`unable to allocate IP address: ${address.error}`));
  const { kernel } = machine;
  const bridge = config.bridge ?? 'weave';
  const own = kernel.link('', bridge);
  if (own === undefined) return fail(internal(`Failed to get netdev for "${bridge}" bridge: Link not found`));
  const gateway = own.addresses.find((one) => !one.ip.includes(':'))?.ip;
  if (gateway === undefined) return fail(internal(`Bridge has no IP address`));
  const closed = namespaceProblem(machine, call.netns);
  if (closed !== undefined) return fail(internal(closed));
  const mtu = config.mtu ?? 0;
  const [pod, host] = [namespaceOf(call.netns), vethName(call.containerId)];
  const failed = kernel.addVethPair(pod, { name: call.ifName }, { name: host }, mtu === 0 ? own.mtu : mtu);
  if (failed !== undefined) return fail(internal(`could not create veth pair ${host}-vethwepg${call.containerId.slice(0, 7)}: ${failed}`));
  kernel.setMaster('', host, bridge);
  if (config.hairpinMode === true) kernel.setHairpin('', host, true);
  kernel.setUp('', host);
  const prefixed = prefixedIn(readDatabase(machine)!.universe, address.value);
  kernel.setUp(pod, call.ifName);
  kernel.addAddress(pod, call.ifName, prefixed);
  kernel.addRoute(pod, { dst: defaultCidr(gateway), dev: call.ifName, via: gateway });
  return ok({
    cniVersion: config.cniVersion ?? '',
    result: { interfaces: [], ips: [{ address: prefixed, gateway }], routes: [], dns: config.dns ?? {} },
  });
}

function del(call: Call, { machine, version }: Environment): Result<undefined, CniError> {
  const decoded = unmarshal(call.stdin, goNetConf, hasFullPaths(version));
  if (!decoded.ok) return fail(internal(`failed to load netconf: ${decoded.error}`));
  removeInterface(machine, call);
  const database = weaveRuns(machine.host) ? readDatabase(machine) : undefined;
  if (database === undefined) return fail(internal(`unable to release IP address: Delete "${url(call.containerId)}": ${refused}`));
  const without = release(database, call.containerId);
  if (without === undefined)
    return fail(internal(`unable to release IP address: 400 Bad Request: Delete: no addresses for ${call.containerId}`));
  writeDatabase(machine, without);
  return ok(undefined);
}

/** Those that its vendored library knows. */
const versions = ['0.1.0', '0.2.0', '0.3.0', '0.3.1', '0.4.0'];

export const weaveNet: Plugin = { name: 'weave-net', versions: () => versions, add, del };
