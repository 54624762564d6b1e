/** ptp: a veth pair between node and pod without a bridge, and routes to either side (containernetworking/plugins plugins/main/ptp). */
import { fail, ok, type Result } from '#kube/status.ts';
import { familyOf, networkOf } from '#net/ip.ts';
import { quote } from '#kube/json.ts';
import { goBool, goInt, unmarshal } from '../../go-json.ts';
import { errno, hostCidr } from '../../kernel-draft.ts';
import { namespaceOf } from '../../machine.ts';
import { internal, type Answer, type Call, type CniError, type Environment, type Plugin } from '../../plugin.ts';
import type { CniResult } from '../../result.ts';
import { allVersions, hasFullPaths } from '../../versions.ts';
import {
  configureInterface,
  enableForwarding,
  execIpamAdd,
  isSet,
  namespaceProblem,
  removeInterface,
  setUpMasquerade,
  setUpVeth,
  tearDownMasquerade,
} from '../interface-setup.ts';
import { netConf } from '../net-conf.ts';

const goNetConf = netConf({ ipMasq: goBool, mtu: goInt() });

/**
 * The pod's side. Its interface has the subnet's length, but no route to the subnet as a whole: everything goes by way of the gateway,
 * which alone is reached directly.
 */
function setUpContainer(call: Call, environment: Environment, result: CniResult): string | undefined {
  const { kernel } = environment.machine;
  const namespace = namespaceOf(call.netns);
  const failed = configureInterface(environment.machine, namespace, call.ifName, result);
  if (failed !== undefined) return failed;
  for (const { address, gateway } of result.ips) {
    const subnet = networkOf(address);
    kernel.removeRoute(namespace, (route) => route.dst === subnet && route.dev === call.ifName && route.proto === 'kernel');
    if (gateway === undefined) continue;
    const src = address.ip;
    kernel.addRoute(namespace, { dst: hostCidr(gateway), dev: call.ifName, scope: 'link', src });
    kernel.addRoute(namespace, { dst: subnet, dev: call.ifName, via: gateway, src });
  }
  return undefined;
}

/** The node's side: the gateway's address on the veth's end, and a route to the pod. */
function setUpHost({ machine }: Environment, veth: string, result: CniResult): string | undefined {
  for (const { address, gateway } of result.ips) {
    const length = familyOf(address.ip) === 'IPv4' ? 32 : 128;
    if (gateway !== undefined) machine.kernel.addAddress('', veth, { ip: gateway, length });
    const failed = machine.kernel.addRoute('', { dst: hostCidr(address.ip), dev: veth, scope: 'host' });
    if (failed !== undefined && failed !== errno.exists) return `failed to add route on host: ${failed}`;
  }
  return undefined;
}

function add(call: Call, environment: Environment): Result<Answer, CniError> {
  const { machine } = environment;
  const decoded = unmarshal(call.stdin, goNetConf, hasFullPaths(environment.version));
  if (!decoded.ok) return fail(internal(`failed to load netconf: ${decoded.error}`));
  const config = decoded.value ?? {};
  const type = config.ipam?.type ?? '';
  const ipamResult = execIpamAdd(environment, type, call.stdin);
  if (!ipamResult.ok) return ipamResult;
  const refuse = (msg: string) => {
    environment.delegate(type, 'DEL', call.stdin);
    return fail(internal(msg));
  };
  if (ipamResult.value.ips.length === 0) return refuse('IPAM plugin returned missing IP config');
  for (const { address } of ipamResult.value.ips) enableForwarding(machine, familyOf(address.ip));
  const closed = namespaceProblem(machine, call.netns);
  if (closed !== undefined) return refuse(`failed to open netns ${quote(call.netns)}: ${closed}`);
  const pair = setUpVeth(call, environment, config.mtu ?? 0);
  if (!pair.ok) return refuse(pair.error);
  const { host, container } = pair.value;
  const result: CniResult = {
    ...ipamResult.value,
    interfaces: [host, { ...container, sandbox: call.netns }],
    ips: ipamResult.value.ips.map((ip) => ({ ...ip, interface: 1 })),
  };
  const failed = setUpContainer(call, environment, result) ?? setUpHost(environment, host.name, result);
  if (failed !== undefined) return refuse(failed);
  if (config.ipMasq === true) for (const { address } of result.ips) setUpMasquerade(machine, address, config.name ?? '', call.containerId);
  return ok({ cniVersion: config.cniVersion ?? '', result: { ...result, dns: isSet(config.dns) ? config.dns : result.dns } });
}

function del(call: Call, environment: Environment): Result<undefined, CniError> {
  const decoded = unmarshal(call.stdin, goNetConf, hasFullPaths(environment.version));
  if (!decoded.ok) return fail(internal(`failed to load netconf: ${decoded.error}`));
  const { name = '', ipam, ipMasq } = decoded.value ?? {};
  const released = environment.delegate(ipam?.type ?? '', 'DEL', call.stdin);
  if (!released.ok) return released;
  const addresses = call.netns === '' ? [] : removeInterface(environment.machine, call);
  if (ipMasq === true) for (const address of addresses) tearDownMasquerade(environment.machine, address, name, call.containerId);
  return ok(undefined);
}

export const ptp: Plugin = { name: 'ptp', versions: allVersions, add, del };
