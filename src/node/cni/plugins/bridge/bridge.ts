/**
 * bridge: a Linux bridge on the node, and a veth pair from it into the pod (containernetworking/plugins plugins/main/bridge). VLAN tags
 * are refused as by a kernel without VLAN filtering.
 */
import { quote } from '#kube/json.ts';
import { fail, ok, type Result } from '#kube/status.ts';
import { baseOf, contains, familyOf, networkOf, type Cidr, type Prefixed } from '#net/ip.ts';
import { nextIp, prefixedText, maskedOf } from '../../go-format.ts';
import { defaultCidr, errno } from '../../kernel-draft.ts';
import { namespaceOf, type Machine } from '../../machine.ts';
import { internal, type Answer, type Call, type CniError, type Environment, type Plugin } from '../../plugin.ts';
import { routeNetwork, type CniResult, type IpConfig, type ResultRoute } from '../../result.ts';
import { allVersions, atLeast } from '../../versions.ts';
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
import { loadBridgeConfig, type BridgeConfig } from './config.ts';

/** ensureBridge */
function ensureBridge({ kernel }: Machine, { bridge, mtu = 0 }: BridgeConfig): string | undefined {
  kernel.addLink('', { name: bridge, kind: 'bridge', ...(mtu > 0 && { mtu }) });
  if (kernel.link('', bridge)!.kind !== 'bridge')
    return `failed to create bridge ${quote(bridge)}: ${quote(bridge)} already exists but is not a bridge`;
  kernel.setSysctl('', `net.ipv6.conf.${bridge}.accept_ra`, '0');
  kernel.setUp('', bridge);
  return undefined;
}

/** calcGateways: fills in gateways and default routes. */
function withGateways(result: CniResult, config: BridgeConfig, isGateway: boolean): CniResult {
  const routes: ResultRoute[] = [...result.routes];
  const found = new Set<string>();
  const ips = result.ips.map((ip): IpConfig => {
    const gateway = ip.gateway ?? (isGateway ? nextIp(maskedOf(ip.address).ip) : undefined);
    const everything = defaultCidr(ip.address.ip);
    const family = familyOf(ip.address.ip);
    if (config.isDefaultGateway === true) {
      if (routes.some((route) => route.gw !== undefined && routeNetwork(route) === everything)) found.add(family);
      if (!found.has(family) && gateway !== undefined) routes.push({ ...defaultRoute(everything), gw: gateway });
      found.add(family);
    }
    return { ...ip, interface: 2, ...(gateway !== undefined && { gateway }) };
  });
  return { ...result, ips, routes };
}

/** The plugin takes the sixteen bytes of the zero address for the mask too; in print that shows. */
function defaultRoute(everything: Cidr): ResultRoute {
  const ip = baseOf(everything);
  return { dst: { ip, length: 0 }, ...(familyOf(ip) === 'IPv4' && { dstStruct: '{0.0.0.0 00000000000000000000ffff00000000}' }) };
}

/** ensureAddr: the gateway's address on the bridge. Several IPv6 networks may share it, IPv4 ones not. */
function ensureAddress({ kernel }: Machine, { bridge, forceAddress }: BridgeConfig, wanted: Prefixed, mac: string): string | undefined {
  const family = familyOf(wanted.ip);
  for (const address of kernel.link('', bridge)!.addresses.filter((one) => familyOf(one.ip) === family)) {
    if (address.ip === wanted.ip && address.length === wanted.length) return undefined;
    const overlapping = contains(networkOf(address), wanted.ip) || contains(networkOf(wanted), address.ip);
    if (family === 'IPv6' && !overlapping) continue;
    if (forceAddress !== true)
      return `failed to set bridge addr: ${quote(bridge)} already has an IP address different from ${prefixedText(wanted)}`;
    kernel.removeAddress('', bridge, address);
  }
  const failed = kernel.addAddress('', bridge, wanted);
  kernel.setBridgeMac('', bridge, mac);
  return failed === undefined || failed === errno.exists
    ? undefined
    : `failed to set bridge addr: could not add IP address to ${quote(bridge)}: ${failed}`;
}

/** The part of ADD that has addresses to set up: the ipam plugin's. */
function addAddresses(
  call: Call,
  environment: Environment,
  config: BridgeConfig,
  links: CniResult,
  mac: string,
): Result<CniResult, CniError> {
  const { machine } = environment;
  const namespace = namespaceOf(call.netns);
  const isGateway = config.isGateway === true || config.isDefaultGateway === true;
  const ipamResult = execIpamAdd(environment, config.ipam!.type!, call.stdin);
  if (!ipamResult.ok) return ipamResult;
  const refuse = (msg: string) => {
    environment.delegate(config.ipam!.type!, 'DEL', call.stdin);
    return fail(internal(msg));
  };
  if (ipamResult.value.ips.length === 0) return refuse('IPAM plugin returned missing IP config');
  const result = withGateways({ ...ipamResult.value, interfaces: links.interfaces }, config, isGateway);
  machine.kernel.setSysctl(namespace, `net.ipv4.conf.${call.ifName}.arp_notify`, '1');
  const failed = configureInterface(machine, namespace, call.ifName, result);
  if (failed !== undefined) return refuse(failed);
  if (isGateway)
    for (const family of ['IPv4', 'IPv6'] as const) {
      const own = result.ips.filter(({ address }) => familyOf(address.ip) === family);
      for (const { gateway, address } of own) {
        const problem = ensureAddress(machine, config, { ip: gateway!, length: address.length }, mac);
        if (problem !== undefined) return refuse(problem);
      }
      if (own.length > 0) enableForwarding(machine, family);
    }
  if (config.ipMasq === true) for (const { address } of result.ips) setUpMasquerade(machine, address, config.name ?? '', call.containerId);
  return ok(result);
}

function add(call: Call, environment: Environment): Result<Answer, CniError> {
  const { machine } = environment;
  const loaded = loadBridgeConfig(call.stdin, call.args, environment.version);
  if (!loaded.ok) return fail(internal(loaded.error));
  const config = loaded.value;
  if (config.hairpinMode === true && config.promiscMode === true)
    return fail(
      internal(`cannot set hairpin mode and promiscuous mode at the same time${atLeast(environment.version, '1.3.0') ? '' : '.'}`),
    );
  const unmade = ensureBridge(machine, config);
  if (unmade !== undefined) return fail(internal(unmade));
  const { mac } = machine.kernel.link('', config.bridge)!;
  const closed = namespaceProblem(machine, call.netns);
  if (closed !== undefined) return fail(internal(`failed to open netns ${quote(call.netns)}: ${closed}`));
  const pair = setUpVeth(call, environment, config.mtu ?? 0, config.mac);
  if (!pair.ok) return fail(internal(pair.error));
  const { host, container } = pair.value;
  machine.kernel.setMaster('', host.name, config.bridge);
  machine.kernel.setHairpin('', host.name, config.hairpinMode === true);
  if (config.tagged) return fail(internal(`failed to setup vlan tag on interface ${quote(host.name)}: ${errno.unsupported}`));

  let result: CniResult = {
    interfaces: [{ name: config.bridge }, host, { ...container, sandbox: call.netns }],
    ips: [],
    routes: [],
    dns: {},
  };
  if ((config.ipam?.type ?? '') !== '') {
    const withAddresses = addAddresses(call, environment, config, result, mac);
    if (!withAddresses.ok) return withAddresses;
    result = withAddresses.value;
  } else machine.kernel.setUp(namespaceOf(call.netns), call.ifName);

  // The bridge's MAC may have changed when the port came, or was fixed when it got its address.
  const [, ...others] = result.interfaces;
  const interfaces = [{ name: config.bridge, mac: machine.kernel.link('', config.bridge)!.mac }, ...others];
  const dns = isSet(config.dns) ? config.dns : result.dns;
  return ok({ cniVersion: config.cniVersion ?? '', result: { ...result, interfaces, dns } });
}

function del(call: Call, environment: Environment): Result<undefined, CniError> {
  const loaded = loadBridgeConfig(call.stdin, call.args, environment.version);
  if (!loaded.ok) return fail(internal(loaded.error));
  const { ipam, ipMasq, name = '' } = loaded.value;
  const addresses = call.netns === '' ? [] : removeInterface(environment.machine, call);
  const type = ipam?.type ?? '';
  if (type !== '') {
    const released = environment.delegate(type, 'DEL', call.stdin);
    if (!released.ok) return released;
    if (ipMasq === true) for (const address of addresses) tearDownMasquerade(environment.machine, address, name, call.containerId);
  }
  return ok(undefined);
}

export const bridge: Plugin = { name: 'bridge', versions: allVersions, add, del };
