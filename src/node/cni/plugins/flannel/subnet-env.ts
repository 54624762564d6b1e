/** /run/flannel/subnet.env, which flanneld writes and the flannel plugin reads (flannel-io/cni-plugin flannel.go, loadFlannelSubnetEnv). */
import { fail, ok, type Result } from '#kube/status.ts';
import { parseCidr, type Cidr } from '#net/ip.ts';
import { quote } from '#kube/json.ts';

export interface SubnetEnv {
  readonly networks: readonly Cidr[];
  readonly ipv6Networks: readonly Cidr[];
  readonly subnet?: Cidr;
  readonly ipv6Subnet?: Cidr;
  readonly mtu: number;
  readonly ipMasq: boolean;
}

function networks(text: string): Result<readonly Cidr[], string> {
  const found: Cidr[] = [];
  for (const one of text.split(',')) {
    const network = parseCidr(one);
    if (network === undefined) return fail(`invalid CIDR address: ${one}`);
    found.push(network);
  }
  return ok(found);
}

/** Reads the file's text; `path` is for its errors. */
export function parseSubnetEnv(path: string, text: string): Result<SubnetEnv, string> {
  const values = new Map<string, string>();
  for (const line of text.split('\n')) {
    const equals = line.indexOf('=');
    if (equals > 0) values.set(line.slice(0, equals), line.slice(equals + 1));
  }
  const read = new Map<string, readonly Cidr[]>();
  for (const key of ['FLANNEL_NETWORK', 'FLANNEL_SUBNET', 'FLANNEL_IPV6_NETWORK', 'FLANNEL_IPV6_SUBNET']) {
    const value = values.get(key);
    if (value === undefined) continue;
    const parsed = networks(value);
    if (!parsed.ok) return parsed;
    read.set(key, parsed.value);
  }
  const mtu = values.get('FLANNEL_MTU');
  if (mtu !== undefined && !/^\d+$/.test(mtu)) return fail(`strconv.ParseUint: parsing ${quote(mtu)}: invalid syntax`);
  const absent = (...keys: string[]) => (keys.some((key) => values.has(key)) ? [] : keys);
  const missing = [
    ...absent('FLANNEL_NETWORK', 'FLANNEL_IPV6_NETWORK'),
    ...absent('FLANNEL_SUBNET', 'FLANNEL_IPV6_SUBNET'),
    ...absent('FLANNEL_MTU'),
    ...absent('FLANNEL_IPMASQ'),
  ];
  if (missing.length > 0) return fail(`${path} is missing ${missing.join(', ')}`);
  const [subnet] = read.get('FLANNEL_SUBNET') ?? [];
  const [ipv6Subnet] = read.get('FLANNEL_IPV6_SUBNET') ?? [];
  return ok({
    networks: read.get('FLANNEL_NETWORK') ?? [],
    ipv6Networks: read.get('FLANNEL_IPV6_NETWORK') ?? [],
    ...(subnet !== undefined && { subnet }),
    ...(ipv6Subnet !== undefined && { ipv6Subnet }),
    mtu: Number(mtu),
    ipMasq: values.get('FLANNEL_IPMASQ') === 'true',
  });
}
