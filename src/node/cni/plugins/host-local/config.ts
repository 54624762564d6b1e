/** host-local's configuration: ranges, defaults, and what is wrong with them (backend/allocator/{config,range,range_set}.go). */
import { fail, ok, type Result } from '#kube/status.ts';
import {
  baseOf,
  bitsOf,
  compareIps,
  contains,
  familyOf,
  lastOf,
  networkOf,
  addIp,
  parseIp,
  parsePrefixed,
  type Cidr,
  type Ip,
  type Prefixed,
} from '#net/ip.ts';
import { nextIp } from '../../go-format.ts';
import { goSlice, goString, goStruct, goText, unmarshal, type GoInfer } from '../../go-json.ts';
import { goIp, goIpNet, goRoute, type ResultRoute } from '../../result.ts';
import { atLeast } from '../../versions.ts';
import { loadArgs } from '../cni-args.ts';

/** pkg/ip.IP: an address, with or without a length, of which only the address counts. */
const goAddress = goText<Ip>('ip.IP', (text) => {
  const ip = addressOf(text);
  return ip === undefined ? fail(`invalid IP address ${text}`) : ok(ip);
});

function addressOf(text: string): Ip | undefined {
  return parseIp(text) ?? parsePrefixed(text)?.ip;
}

const rangeFields = { rangeStart: goIp, rangeEnd: goIp, subnet: goIpNet, gateway: goIp } as const;
const goRange = goStruct('allocator.Range', rangeFields);
const goRangeSet = goSlice(goRange, {}, 'allocator.RangeSet');

const goNet = goStruct('allocator.Net', {
  name: goString,
  cniVersion: goString,
  ipam: goStruct(
    'allocator.IPAMConfig',
    {
      ...rangeFields,
      type: goString,
      routes: goSlice(goRoute, undefined, '[]*types.Route'),
      dataDir: goString,
      resolvConf: goString,
      ranges: goSlice(goRangeSet, [], '[]allocator.RangeSet'),
    },
    { rangeStart: 'Range', rangeEnd: 'Range', subnet: 'Range', gateway: 'Range' },
  ),
  runtimeConfig: goStruct(
    'struct { IPRanges []allocator.RangeSet "json:\\"ipRanges,omitempty\\""; IPs []*ip.IP "json:\\"ips,omitempty\\"" }',
    { ipRanges: goSlice(goRangeSet, [], '[]allocator.RangeSet'), ips: goSlice(goAddress) },
  ),
  args: goStruct('struct { A *allocator.IPAMArgs "json:\\"cni\\"" }', { cni: goStruct('allocator.IPAMArgs', { ips: goSlice(goAddress) }) }),
});

type RangeConfig = GoInfer<typeof goRange>;

/** A range with everything filled in. */
export interface Range {
  readonly subnet: Cidr;
  readonly length: number;
  readonly start: Ip;
  readonly end: Ip;
  readonly gateway: Ip;
}

export type RangeSet = readonly Range[];

export interface IpamConfig {
  readonly network: string;
  readonly cniVersion: string;
  readonly rangeSets: readonly RangeSet[];
  readonly routes: readonly ResultRoute[];
  readonly dataDir: string;
  readonly resolvConf: string;
  /** Addresses that were asked for. */
  readonly requested: readonly Ip[];
}

export function inRange(range: Pick<Range, 'subnet'> & Partial<Range>, ip: Ip): boolean {
  if (familyOf(ip) !== familyOf(range.subnet) || !contains(range.subnet, ip)) return false;
  if (range.start !== undefined && compareIps(ip, range.start) < 0) return false;
  return range.end === undefined || compareIps(ip, range.end) <= 0;
}

/** `10.0.0.1-10.0.0.254,10.0.1.1-10.0.1.254` */
export function rangeSetText(set: RangeSet): string {
  return set.map(rangeText).join(',');
}

function rangeText({ start, end }: Range): string {
  return `${start}-${end}`;
}

/** Range.Canonicalize */
function canonical(config: RangeConfig): Result<Range, string> {
  const given: Prefixed | undefined = config.subnet;
  if (given === undefined) return fail('IP <nil> not v4 nor v6');
  const family = familyOf(given.ip);
  const subnet = networkOf(given);
  if (given.length > bitsOf(family) - 2) return fail(`Network ${given.ip}/${given.length} too small to allocate from`);
  if (given.ip !== baseOf(subnet))
    return fail(`Network has host bits set. For a subnet mask of length ${given.length} the network address is ${baseOf(subnet)}`);
  const gateway = config.gateway ?? nextIp(given.ip);
  const { rangeStart, rangeEnd } = config;
  const bounds = { ...(rangeStart !== undefined && { start: rangeStart }), ...(rangeEnd !== undefined && { end: rangeEnd }) };
  if (rangeStart !== undefined && !inRange({ subnet, ...bounds }, rangeStart))
    return fail(`RangeStart ${rangeStart} not in network ${subnet}`);
  const start = rangeStart ?? nextIp(given.ip);
  if (rangeEnd !== undefined && !inRange({ subnet, start, end: rangeEnd }, rangeEnd))
    return fail(`RangeEnd ${rangeEnd} not in network ${subnet}`);
  // The broadcast address is kept from pods; IPv6 has none.
  const end = rangeEnd ?? (family === 'IPv4' ? addIp(lastOf(subnet), -1) : lastOf(subnet));
  return ok({ subnet, length: given.length, start, end, gateway });
}

function overlap(a: Range, b: Range): boolean {
  return inRange(a, b.start) || inRange(a, b.end) || inRange(b, a.start) || inRange(b, a.end);
}

/** RangeSet.Canonicalize */
function canonicalSet(configs: readonly RangeConfig[]): Result<RangeSet, string> {
  if (configs.length === 0) return fail('empty range set');
  const ranges: Range[] = [];
  for (const config of configs) {
    const range = canonical(config);
    if (!range.ok) return range;
    if (ranges.length > 0 && familyOf(range.value.subnet) !== familyOf(ranges[0]!.subnet)) return fail('mixed address families');
    ranges.push(range.value);
  }
  for (const [i, one] of ranges.entries())
    for (const other of ranges.slice(i + 1))
      if (overlap(one, other)) return fail(`subnets ${rangeText(one)} and ${rangeText(other)} overlap`);
  return ok(ranges);
}

/** allocator.LoadIPAMConfig */
export function loadIpamConfig(stdin: string, args: string, fullPaths: boolean): Result<IpamConfig, string> {
  const decoded = unmarshal(stdin, goNet, fullPaths);
  if (!decoded.ok) return decoded;
  const net = decoded.value ?? {};
  const { ipam } = net;
  if (ipam === undefined) return fail("IPAM config missing 'ipam' key");

  const env = loadArgs(args, { IP: (text) => (addressOf(text) === undefined ? `invalid IP address ${text}` : undefined) });
  if (!env.ok) return env;
  const asked = env.value.get('IP');
  const requested = [...(asked === undefined ? [] : [addressOf(asked)!]), ...(net.args?.cni?.ips ?? []), ...(net.runtimeConfig?.ips ?? [])];

  const own: RangeConfig[][] = ipam.subnet === undefined ? [] : [[ipam]];
  const configs = [...(net.runtimeConfig?.ipRanges ?? []), ...own, ...(ipam.ranges ?? [])];
  if (configs.length === 0) return fail('no IP ranges specified');
  const rangeSets: RangeSet[] = [];
  for (const [i, config] of configs.entries()) {
    const set = canonicalSet(config);
    if (!set.ok) return fail(`invalid range set ${i}: ${set.error}`);
    rangeSets.push(set.value);
  }
  const cniVersion = net.cniVersion ?? '';
  const count = (family: string) => rangeSets.filter((set) => familyOf(set[0]!.subnet) === family).length;
  if ((count('IPv4') > 1 || count('IPv6') > 1) && !atLeast(cniVersion, '0.3.0'))
    return fail(`CNI version ${cniVersion} does not support more than 1 address per family`);
  for (const [i, one] of rangeSets.entries())
    for (const [j, other] of rangeSets.entries())
      if (j > i && one.some((a) => other.some((b) => overlap(a, b)))) return fail(`range set ${i} overlaps with ${j}`);

  return ok({
    network: net.name ?? '',
    cniVersion,
    rangeSets,
    routes: ipam.routes ?? [],
    dataDir: ipam.dataDir ?? '',
    resolvConf: ipam.resolvConf ?? '',
    requested,
  });
}
