/**
 * calico: a veth pair whose host end answers every ARP request, a /32 in the pod, and a route to it on the node; no bridge (calico
 * cni-plugin pkg/{plugin,k8s,dataplane/linux}).
 */
import { fail, ok, type Result } from '#kube/status.ts';
import { bitsOf, cidr, familyOf, ip, type Cidr, type Ip } from '#net/ip.ts';
import { sha1 } from '#net/digest.ts';
import { quote } from '#kube/json.ts';
import { defaultCidr, errno, hostCidr } from '../../kernel-draft.ts';
import { namespaceOf, type Machine } from '../../machine.ts';
import { internal, type Answer, type Call, type CniError, type Environment, type Plugin } from '../../plugin.ts';
import { upTo100 } from '../../versions.ts';
import { execIpamAdd, namespaceProblem, removeInterface } from '../interface-setup.ts';
import { argsOf, loadConf, notReady } from './config.ts';

/** What a pod takes for its router: an address that nothing has, for which the veth's other end answers. */
const gateway = ip('169.254.1.1');

/** VethNameForWorkload: stable over the sandboxes of a pod. */
export function hostVethName(namespace: string, pod: string): string {
  return `cali${sha1(`${namespace}.${pod}`).slice(0, 11)}`;
}

function setUpPair(machine: Machine, call: Call, host: string, mtu: number, addresses: readonly Ip[]): string | undefined {
  const { kernel } = machine;
  const pod = namespaceOf(call.netns);
  kernel.removeLink('', host);
  const failed = kernel.addVethPair(pod, { name: call.ifName }, { name: host, mac: 'ee:ee:ee:ee:ee:ee' }, mtu === 0 ? 1500 : mtu);
  if (failed !== undefined) return failed;
  kernel.setUp(pod, call.ifName);
  const v4 = addresses.some((one) => familyOf(one) === 'IPv4');
  const v6 = addresses.some((one) => familyOf(one) === 'IPv6');
  if (v4) {
    kernel.addRoute(pod, { dst: hostCidr(gateway), dev: call.ifName, scope: 'link' });
    kernel.addRoute(pod, { dst: defaultCidr(gateway), dev: call.ifName, via: gateway });
  }
  configureHost(machine, host, v4, v6);
  kernel.setUp('', host);
  const linkLocal = kernel.link('', host)!.addresses.find((one) => familyOf(one.ip) === 'IPv6');
  if (v6 && linkLocal !== undefined) kernel.addRoute(pod, { dst: cidr('::/0'), dev: call.ifName, via: linkLocal.ip });
  for (const address of addresses) kernel.addAddress(pod, call.ifName, { ip: address, length: bitsOf(familyOf(address)) });
  return routeToPod(machine, host, addresses);
}

/** The veth's host end: proxy ARP and forwarding. */
function configureHost({ kernel }: Machine, host: string, v4: boolean, v6: boolean): void {
  const v4Keys: readonly [string, string][] = [
    [`net.ipv4.conf.${host}.route_localnet`, '1'],
    [`net.ipv4.neigh.${host}.proxy_delay`, '0'],
    [`net.ipv4.conf.${host}.proxy_arp`, '1'],
    [`net.ipv4.conf.${host}.forwarding`, '1'],
  ];
  const v6Keys: readonly [string, string][] = [
    [`net.ipv6.conf.${host}.disable_ipv6`, '0'],
    [`net.ipv6.conf.${host}.proxy_ndp`, '1'],
    [`net.ipv6.conf.${host}.forwarding`, '1'],
  ];
  for (const [key, value] of [...(v4 ? v4Keys : []), ...(v6 ? v6Keys : [])]) kernel.setSysctl('', key, value);
}

function routeToPod({ kernel }: Machine, host: string, addresses: readonly Ip[]): string | undefined {
  for (const dst of addresses.map((one): Cidr => hostCidr(one))) {
    const failed = kernel.addRoute('', { dst, dev: host, scope: 'link' });
    if (failed !== errno.exists) continue;
    const index = kernel.link('', host)!.index;
    const other = kernel.namespace('').routes.find((route) => route.dst === dst && route.dev !== undefined)!;
    const otherIndex = kernel.link('', other.dev!)?.index ?? 0;
    const scope = other.scope === 'global' ? 'universe' : other.scope;
    return `error adding host side routes for interface: ${host}, error: route (Ifindex: ${index}, Dst: ${dst}, Scope: link) already exists for an interface other than '${host}': route (Ifindex: ${otherIndex}, Dst: ${dst}, Scope: ${scope}, Iface: ${other.dev!})`;
  }
  return undefined;
}

/** utils.MTUFromFile */
function mtuFromFile(machine: Machine): number {
  const text = machine.read('/var/lib/calico/mtu')?.trim() ?? '';
  return /^\d+$/.test(text) ? Number(text) : 0;
}

function add(call: Call, environment: Environment): Result<Answer, CniError> {
  const { machine } = environment;
  const loaded = loadConf(call.stdin, environment.version);
  if (!loaded.ok) return fail(internal(loaded.error));
  const config = loaded.value;
  const problem = notReady(machine, config);
  if (problem !== undefined) return fail(internal(problem));
  const args = argsOf(call.args);
  if (!args.ok) return fail(internal(args.error));
  const type = config.ipam?.type ?? '';
  const addressed = execIpamAdd(environment, type, call.stdin);
  if (!addressed.ok) return addressed;
  const refuse = (msg: string) => {
    environment.delegate(type, 'DEL', call.stdin);
    return fail(internal(msg));
  };
  const addresses = addressed.value.ips.map((one) => one.address.ip);
  if (addresses.length === 0) return refuse('IPAM plugin returned no IP addresses in result');
  const closed = namespaceProblem(machine, call.netns);
  if (closed !== undefined) return refuse(`failed to open netns ${quote(call.netns)}: ${closed}`);
  const host = hostVethName(args.value.get('K8S_POD_NAMESPACE') ?? '', args.value.get('K8S_POD_NAME') ?? '');
  const mtu = config.mtu ?? 0;
  const failed = setUpPair(machine, call, host, mtu === 0 ? mtuFromFile(machine) : mtu, addresses);
  if (failed !== undefined) return refuse(failed);
  const { mac } = machine.kernel.link(namespaceOf(call.netns), call.ifName)!;
  const ips = addresses.map((one) => ({ address: { ip: one, length: bitsOf(familyOf(one)) } }));
  const interfaces = [{ name: host, mac, sandbox: call.netns }];
  return ok({ cniVersion: config.cniVersion ?? '0.2.0', result: { interfaces, ips, routes: [], dns: {} } });
}

function del(call: Call, environment: Environment): Result<undefined, CniError> {
  const loaded = loadConf(call.stdin, environment.version);
  if (!loaded.ok) return fail(internal(loaded.error));
  const problem = notReady(environment.machine, loaded.value);
  if (problem !== undefined) return fail(internal(problem));
  removeInterface(environment.machine, call);
  const released = environment.delegate(loaded.value.ipam?.type ?? '', 'DEL', call.stdin);
  return released.ok ? ok(undefined) : released;
}

export const calico: Plugin = { name: 'calico', versions: () => upTo100, add, del };
