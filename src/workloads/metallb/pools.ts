/** MetalLB's configuration: IPAddressPools, and L2Advertisements that make speakers answer for their addresses. (metallb: api/v1beta1) */
import type { Objects } from '#kube/cluster.ts';
import type { LabelSelector } from '#kube/kinds/label-selector.ts';
import { matchesLabels } from '#kube/selector.ts';
import { addIp, baseOf, compareIps, familyOf, lastOf, parseCidr, parseIp, type Ip } from '#net/ip.ts';
import { customKind, type CustomObject } from '#node/cni/networks/custom-objects.ts';

const apiVersion = 'metallb.io/v1beta1';

export interface Pool {
  readonly name: string;
  readonly ranges: readonly { readonly first: Ip; readonly last: Ip }[];
  readonly autoAssign: boolean;
  readonly avoidBuggyIps: boolean;
  /** Only for Services of these namespaces, and before pools for everybody. */
  readonly namespaces: readonly string[];
  /** The lower the sooner. */
  readonly priority: number;
  readonly labels: Readonly<Record<string, string>>;
}

interface PoolSpec {
  readonly addresses?: readonly string[];
  readonly autoAssign?: boolean;
  readonly avoidBuggyIPs?: boolean;
  readonly serviceAllocation?: { readonly namespaces?: readonly string[]; readonly priority?: number };
}

interface AdvertisementSpec {
  readonly ipAddressPools?: readonly string[];
  readonly ipAddressPoolSelectors?: readonly LabelSelector[];
  readonly nodeSelectors?: readonly LabelSelector[];
}

function objectsOf(objects: Objects, kind: string): readonly CustomObject[] {
  const of = customKind(objects, apiVersion, kind);
  return of === undefined ? [] : objects.list(of);
}

/** Values that change whenever the configuration may have. */
export function configurationRevisions(objects: Objects): readonly unknown[] {
  return ['IPAddressPool', 'L2Advertisement'].map((kind) => {
    const of = customKind(objects, apiVersion, kind);
    return of === undefined ? undefined : objects.revision(of);
  });
}

export function poolsOf(objects: Objects): readonly Pool[] {
  return objectsOf(objects, 'IPAddressPool').map(({ metadata, spec = {} }) => {
    const { addresses = [], autoAssign = true, avoidBuggyIPs = false, serviceAllocation } = spec as PoolSpec;
    return {
      name: metadata.name,
      ranges: addresses.flatMap(rangeOf),
      autoAssign,
      avoidBuggyIps: avoidBuggyIPs,
      namespaces: serviceAllocation?.namespaces ?? [],
      priority: serviceAllocation?.priority ?? Number.MAX_SAFE_INTEGER,
      labels: metadata.labels ?? {},
    };
  });
}

/** `198.51.100.0/24`, `198.51.100.10-198.51.100.20`. */
function rangeOf(text: string): Pool['ranges'] {
  const cidr = parseCidr(text.trim());
  if (cidr !== undefined) return [{ first: baseOf(cidr), last: lastOf(cidr) }];
  const [first, last] = text.split('-').map((one) => parseIp(one.trim()));
  return first === undefined || last === undefined ? [] : [{ first, last }];
}

function isBuggy(address: Ip): boolean {
  return /\.(0|255)$/.test(address);
}

export function holds({ ranges, avoidBuggyIps }: Pool, address: Ip): boolean {
  if (avoidBuggyIps && isBuggy(address)) return false;
  return ranges.some(
    ({ first, last }) => familyOf(first) === familyOf(address) && compareIps(first, address) <= 0 && compareIps(address, last) <= 0,
  );
}

/** The first address of a family that nobody has. */
export function firstFree(pool: Pool, family: 'IPv4' | 'IPv6', taken: ReadonlySet<string>): Ip | undefined {
  for (const { first, last } of pool.ranges) {
    if (familyOf(first) !== family) continue;
    for (let address = first; compareIps(address, last) <= 0; address = addIp(address, 1)) {
      if (!taken.has(address) && holds(pool, address)) return address;
    }
  }
  return undefined;
}

/** Which nodes may announce addresses of a pool; undefined when no advertisement is for it. */
export function advertisersOf(objects: Objects, pool: Pool): ((labels: Readonly<Record<string, string>>) => boolean) | undefined {
  const specs = objectsOf(objects, 'L2Advertisement').map(({ spec = {} }) => spec as AdvertisementSpec);
  const own = specs.filter(({ ipAddressPools = [], ipAddressPoolSelectors = [] }) => {
    if (ipAddressPools.length === 0 && ipAddressPoolSelectors.length === 0) return true;
    return ipAddressPools.includes(pool.name) || ipAddressPoolSelectors.some((one) => matchesLabels(one, pool.labels));
  });
  if (own.length === 0) return undefined;
  return (labels) =>
    own.some(({ nodeSelectors = [] }) => nodeSelectors.length === 0 || nodeSelectors.some((one) => matchesLabels(one, labels)));
}
