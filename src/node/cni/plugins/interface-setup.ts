/** What the plugins that make links share (containernetworking/plugins pkg/{ip,ipam,utils}). */
import { quote } from '#kube/json.ts';
import { hexOf } from '#kube/chance.ts';
import { fail, ok, type Result } from '#kube/status.ts';
import { familyOf, type Ip, type Prefixed } from '#net/ip.ts';
import { sha512 } from '#net/digest.ts';
import { ipNetStruct } from '../go-format.ts';
import { appendUnique, clearChain, comment, deleteChain, deleteRules, ensureChain, from, jump, rule, to } from '../iptables.ts';
import { hostCidr } from '../kernel-draft.ts';
import { namespaceOf, type Machine } from '../machine.ts';
import { internal, type Call, type CniError, type Environment } from '../plugin.ts';
import { parseResult, routeNetwork, type CniResult, type Dns } from '../result.ts';
import { atLeast } from '../versions.ts';

/** utils.FormatChainName: 28 characters, of which the hash has what the prefixes leave. */
export function chainName(network: string, id: string, prefix = ''): string {
  return `CNI-${prefix}${sha512(network + id).slice(0, 28 - 4 - prefix.length)}`;
}

/** utils.FormatComment */
export function chainComment(network: string, id: string): string {
  return `name: ${quote(network)} id: ${quote(id)}`;
}

const sides = (ip: Ip) => (familyOf(ip) === 'IPv4' ? (['ipv4', '224.0.0.0/4'] as const) : (['ipv6', 'ff00::/8'] as const));

/** ip.SetupIPMasq: a chain for the container, reached by its address. */
export function setUpMasquerade(machine: Machine, address: Prefixed, network: string, id: string): void {
  const [family, multicast] = sides(address.ip);
  const chain = chainName(network, id);
  const note = comment(chainComment(network, id));
  const subnet = routeNetwork({ dst: address });
  machine.kernel.changeRules('', family, (tables) => {
    let next = ensureChain(tables, 'nat', chain);
    next = appendUnique(next, 'nat', chain, rule([to(subnet), note], { kind: 'ACCEPT' }));
    next = appendUnique(next, 'nat', chain, rule([to(multicast, true), note], { kind: 'MASQUERADE' }));
    return appendUnique(next, 'nat', 'POSTROUTING', rule([from(hostCidr(address.ip)), note], jump(chain)));
  });
}

/** ip.TeardownIPMasq */
export function tearDownMasquerade(machine: Machine, address: Prefixed, network: string, id: string): void {
  const [family] = sides(address.ip);
  const chain = chainName(network, id);
  const entry = rule([from(hostCidr(address.ip)), comment(chainComment(network, id))], jump(chain));
  machine.kernel.changeRules('', family, (tables) => {
    const without = deleteRules(tables, 'nat', 'POSTROUTING', (other) => JSON.stringify(other) === JSON.stringify(entry));
    return deleteChain(clearChain(without, 'nat', chain), 'nat', chain);
  });
}

/** ns.GetNS: why a namespace's path cannot be opened. */
export function namespaceProblem(machine: Machine, path: string): string | undefined {
  return machine.kernel.has(namespaceOf(path)) ? undefined : `failed to Statfs ${quote(path)}: no such file or directory`;
}

export interface VethPair {
  readonly host: { readonly name: string; readonly mac: string };
  readonly container: { readonly name: string; readonly mac: string };
}

/** net.ParseMAC, of the six octets that a veth may have. */
function macProblem(mac: string): string | undefined {
  const forms = [/^([0-9a-f]{2}:){5}[0-9a-f]{2}$/i, /^([0-9a-f]{2}-){5}[0-9a-f]{2}$/i, /^([0-9a-f]{4}\.){2}[0-9a-f]{4}$/i];
  return forms.some((form) => form.test(mac)) ? undefined : `address ${mac}: invalid MAC address`;
}

const colons = (mac: string) =>
  mac
    .toLowerCase()
    .replace(/[^0-9a-f]/g, '')
    .replace(/..(?!$)/g, '$&:');

/** ip.SetupVeth: a pair whose host end has a random name, `veth` and eight hex digits. */
export function setUpVeth(call: Call, { machine, version }: Environment, mtu: number, mac = ''): Result<VethPair, string> {
  const namespace = namespaceOf(call.netns);
  const problem = mac === '' ? undefined : macProblem(mac);
  if (problem !== undefined) return fail(`failed to make veth pair: ${problem}`);
  const name = unusedName(machine, call);
  const inside = { name: call.ifName, ...(mac !== '' && { mac: colons(mac) }) };
  if (machine.kernel.addVethPair(namespace, inside, { name }, mtu === 0 ? undefined : mtu) !== undefined)
    return fail(
      atLeast(version, '1.2.0')
        ? `container veth name (${quote(call.ifName)}) peer provided (${quote(name)}) already exists`
        : `container veth name provided (${call.ifName}) already exists`,
    );
  machine.kernel.setSysctl('', `net.ipv6.conf.${name}.accept_ra`, '0');
  machine.kernel.setUp('', name);
  return ok({
    host: { name, mac: machine.kernel.link('', name)!.mac },
    container: { name: call.ifName, mac: machine.kernel.link(namespace, call.ifName)!.mac },
  });
}

/** ip.RandomVethName, drawn from the container's id. */
function unusedName(machine: Machine, { containerId, ifName }: Call): string {
  for (let attempt = 0; ; attempt++) {
    const name = `veth${hexOf(`${machine.seed}/veth/${containerId}/${ifName}/${attempt}`, 8)}`;
    if (machine.kernel.link('', name) === undefined) return name;
  }
}

/** ipam.ConfigureIface: brings the container's interface up and gives it the result's addresses and routes. */
export function configureInterface(machine: Machine, namespace: string, ifName: string, result: CniResult): string | undefined {
  const { kernel } = machine;
  if (kernel.link(namespace, ifName) === undefined) return `failed to lookup ${quote(ifName)}: Link not found`;
  kernel.setUp(namespace, ifName);
  const gateways: { IPv4?: Ip; IPv6?: Ip } = {};
  for (const config of result.ips) {
    if (config.interface === undefined) continue;
    const named = result.interfaces[config.interface];
    if (named?.name !== ifName) return `failed to add IP addr ${ipConfigText(config)} to ${quote(ifName)}: invalid interface index`;
    const failed = kernel.addAddress(namespace, ifName, config.address);
    if (failed !== undefined) return `failed to add IP addr ${ipConfigText(config)} to ${quote(ifName)}: ${failed}`;
    if (config.gateway !== undefined) gateways[familyOf(config.gateway)] ??= config.gateway;
  }
  for (const route of result.routes) {
    const via = route.gw ?? gateways[familyOf(route.dst.ip)];
    const failed = kernel.addRouteBeside(namespace, { dst: routeNetwork(route), dev: ifName, ...(via !== undefined && { via }) });
    if (failed !== undefined)
      return `failed to add route '${route.dstStruct ?? ipNetStruct(route.dst)} via ${via ?? '<nil>'} dev ${ifName}': ${failed}`;
  }
  return undefined;
}

/** `%v` of an IPConfig: its String method prints the struct, `{Interface:0xc0… Address:{IP:10.0.0.2 Mask:ffffff00} Gateway:10.0.0.1}`. */
function ipConfigText({ address, gateway }: { readonly address: Prefixed; readonly gateway?: Ip }): string {
  const mask = ipNetStruct(address).slice(address.ip.length + 2, -1);
  return `{Interface:0xc000012345 Address:{IP:${address.ip} Mask:${mask}} Gateway:${gateway ?? ''}}`;
}

/** ip.EnableIP4Forward and its sibling. */
export function enableForwarding(machine: Machine, family: 'IPv4' | 'IPv6'): void {
  machine.kernel.setSysctl('', family === 'IPv4' ? 'net.ipv4.ip_forward' : 'net.ipv6.conf.all.forwarding', '1');
}

/** ipam.ExecAdd: the addresses that the ipam plugin gives. */
export function execIpamAdd(environment: Environment, type: string, stdin: string): Result<CniResult, CniError> {
  const answer = environment.delegate(type, 'ADD', stdin);
  if (!answer.ok) return answer;
  const result = parseResult(answer.value);
  return result.ok ? result : fail(internal(result.error));
}

/** Takes the container's interface away, and says which addresses it had that go beyond the link (ip.DelLinkByNameAddr). */
export function removeInterface(machine: Machine, call: Call): readonly Prefixed[] {
  const namespace = namespaceOf(call.netns);
  if (!machine.kernel.has(namespace)) return [];
  const link = machine.kernel.link(namespace, call.ifName);
  if (link === undefined) return [];
  machine.kernel.removeLink(namespace, call.ifName);
  return link.addresses.filter((address) => address.scope === 'global').map(({ ip, length }) => ({ ip, length }));
}

export function isSet(dns: Dns | undefined): dns is Dns {
  return dns !== undefined && Object.keys(dns).length > 0;
}
