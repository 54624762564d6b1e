/**
 * What a plugin's ADD returns, and its spellings in the versions of the specification (cni pkg/types/{020,040,100}): up to 0.2.0 one
 * address a family, then lists, since 1.0.0 without the addresses' `version`.
 */
import { familyOf, networkOf, parseIp, parsePrefixed, type Ip, type Prefixed } from '#net/ip.ts';
import { fail, ok, type Result } from '#kube/status.ts';
import { prefixedText } from './go-format.ts';
import { goCustom, goInt, goSlice, goString, goStruct, goText, unmarshal, type GoType } from './go-json.ts';
import { atLeast } from './versions.ts';

export interface Interface {
  readonly name: string;
  readonly mac?: string;
  /** The path of the network namespace; absent for links of the host. */
  readonly sandbox?: string;
}

export interface IpConfig {
  readonly address: Prefixed;
  readonly gateway?: Ip;
  /** Index into `interfaces`. */
  readonly interface?: number;
}

export interface ResultRoute {
  /** Unlike a kernel's route, it may have host bits. */
  readonly dst: Prefixed;
  /** How `%v` prints `dst` where the plugin made it in an odd form. */
  readonly dstStruct?: string;
  readonly gw?: Ip;
  readonly mtu?: number;
  readonly advmss?: number;
  readonly priority?: number;
}

export interface Dns {
  readonly nameservers?: readonly string[];
  readonly domain?: string;
  readonly search?: readonly string[];
  readonly options?: readonly string[];
}

export interface CniResult {
  readonly interfaces: readonly Interface[];
  readonly ips: readonly IpConfig[];
  readonly routes: readonly ResultRoute[];
  readonly dns: Dns;
}

export const emptyResult: CniResult = { interfaces: [], ips: [], routes: [], dns: {} };

// --- Go's types of the parts ---

/** net.IP: an empty text is no address. */
export const goIp = goText<Ip>('net.IP', (text) => {
  const ip = text === '' ? undefined : parseIp(text);
  return text !== '' && ip === undefined ? fail(`invalid IP address: ${text}`) : ok(ip);
});

/** types.IPNet: an address with its mask. */
export const goIpNet: GoType<Prefixed> = goCustom(goString, (text = '') => {
  const prefixed = parsePrefixed(text);
  return prefixed === undefined ? fail(`invalid CIDR address: ${text}`) : ok(prefixed);
});

const route = goStruct('types.route', {
  dst: goIpNet,
  gw: goIp,
  mtu: goInt(),
  advmss: goInt(),
  priority: goInt(),
});

/** The zero net.IPNet, which prints as `<nil>`; nobody can read that back. */
const noNetwork: Prefixed = { ip: '<nil>' as Ip, length: 0 };

/** types.Route, which decodes itself. */
export const goRoute: GoType<ResultRoute> = goCustom(route, (decoded = {}) => ok({ ...decoded, dst: decoded.dst ?? noNetwork }));

export const goDns = goStruct('types.DNS', {
  nameservers: goSlice(goString),
  domain: goString,
  search: goSlice(goString),
  options: goSlice(goString),
});

const ip020 = goStruct('types020.IPConfig', { ip: goIpNet, gateway: goIp, routes: goSlice(goRoute) });

const wire = goStruct('types100.Result', {
  cniVersion: goString,
  interfaces: goSlice(goStruct('types100.Interface', { name: goString, mac: goString, sandbox: goString })),
  ips: goSlice(goStruct('types100.ipConfig', { version: goString, interface: goInt(), address: goIpNet, gateway: goIp })),
  ip4: ip020,
  ip6: ip020,
  routes: goSlice(goRoute),
  dns: goDns,
});

/** Reads a result of any version. */
export function parseResult(text: string): Result<CniResult, string> {
  const decoded = unmarshal(text, wire);
  if (!decoded.ok) return decoded;
  const value = decoded.value ?? {};
  const old = [value.ip4, value.ip6].filter((config) => config !== undefined);
  const ips: IpConfig[] = [];
  for (const { ip, gateway } of old) if (ip !== undefined) ips.push({ address: ip, ...(gateway !== undefined && { gateway }) });
  for (const { address, gateway, interface: index } of value.ips ?? [])
    if (address !== undefined)
      ips.push({ address, ...(gateway !== undefined && { gateway }), ...(index !== undefined && { interface: index }) });
  return ok({
    interfaces: (value.interfaces ?? []).map((one) => ({ ...one, name: one.name ?? '' })),
    ips,
    routes: [...(value.routes ?? []), ...old.flatMap((config) => config.routes ?? [])],
    dns: value.dns ?? {},
  });
}

const isV4 = (address: Prefixed) => familyOf(address.ip) === 'IPv4';

function routeJson({ dst, dstStruct: _, gw, ...rest }: ResultRoute) {
  return { dst: dst === noNetwork ? dst.ip : prefixedText(dst), ...(gw !== undefined && { gw }), ...rest };
}

/**
 * `types.PrintResult`: the result's JSON in a version of the specification. `implemented`: the newest version the plugin's library knows;
 * since 1.1.0 an empty `dns` is left out. The error is that of a conversion that does not exist.
 */
export function resultJson(result: CniResult, version: string, implemented: string): Result<Record<string, unknown>, string> {
  const cniVersion = version === '' ? '0.1.0' : version;
  if (!atLeast(cniVersion, '0.3.0')) return json020(result, cniVersion);
  const withFamily = !atLeast(cniVersion, '1.0.0');
  const dnsLeftOut = !withFamily && atLeast(implemented, '1.1.0') && Object.keys(result.dns).length === 0;
  return ok({
    cniVersion,
    ...(result.interfaces.length > 0 && { interfaces: result.interfaces }),
    ...(result.ips.length > 0 && {
      ips: result.ips.map(({ address, gateway, interface: index }) => ({
        ...(withFamily && { version: isV4(address) ? '4' : '6' }),
        ...(index !== undefined && { interface: index }),
        address: prefixedText(address),
        ...(gateway !== undefined && { gateway }),
      })),
    }),
    ...(result.routes.length > 0 && { routes: result.routes.map(routeJson) }),
    ...(!dnsLeftOut && { dns: result.dns }),
  });
}

function json020(result: CniResult, cniVersion: string): Result<Record<string, unknown>, string> {
  const config = (family: 'IPv4' | 'IPv6') => {
    const found = result.ips.find(({ address }) => familyOf(address.ip) === family);
    if (found === undefined) return undefined;
    const routes = result.routes.filter(({ dst }) => familyOf(dst.ip) === family).map(routeJson);
    return {
      ip: prefixedText(found.address),
      ...(found.gateway !== undefined && { gateway: found.gateway }),
      ...(routes.length > 0 && { routes }),
    };
  };
  const [ip4, ip6] = [config('IPv4'), config('IPv6')];
  if (ip4 === undefined && ip6 === undefined) return fail('cannot convert: no valid IP addresses');
  return ok({ cniVersion, ...(ip4 !== undefined && { ip4 }), ...(ip6 !== undefined && { ip6 }), dns: result.dns });
}

/** The kernel's destination of a result's route. */
export function routeNetwork(one: ResultRoute) {
  return networkOf(one.dst);
}
