/** Addresses of Services: out of the ServiceCIDRs, one each, recorded as IPAddress objects. (pkg/registry/core/service/ipallocator) */
import type { Draft, Objects } from '#kube/cluster.ts';
import { IPAddress } from '#kube/kinds/ip-address.ts';
import { Service } from '#kube/kinds/service.ts';
import { ServiceCIDR } from '#kube/kinds/service-cidr.ts';
import type { NamespacedName } from '#kube/names.ts';
import { fail, ok, type Result } from '#kube/status.ts';
import { addIp, baseOf, contains, familyOf, lengthOf, parseCidr, parseIp, sizeOf, type Cidr, type Family, type Ip } from '#net/ip.ts';
import { chooseFree, staticBand } from './band.ts';

/** Ranges larger than this are not searched beyond it: the allocator counts in 64 bits, we in 53. */
const largest = 2 ** 48;

/** What addresses Services can have, and which they have. */
export class ClusterIps {
  /** The ranges of each family, in the order they are tried. */
  readonly #ranges: Readonly<Record<Family, readonly Cidr[]>>;
  readonly #objects: Draft;
  /** What Services hold, and what has been taken since: dumps may lack the IPAddress objects. */
  #known: Set<string> | undefined;
  readonly #minorVersion: number;
  /** The family of Services that do not choose one. */
  readonly defaultFamily: Family;

  /** `configured`: the apiserver's `--service-cluster-ip-range`, whose first range is the default family. */
  constructor(objects: Draft, configured: readonly Cidr[], minorVersion: number) {
    const ranges = [...new Set([...configured, ...declaredRanges(objects, minorVersion)])];
    this.#ranges = {
      IPv4: ranges.filter((range) => familyOf(range) === 'IPv4'),
      IPv6: ranges.filter((range) => familyOf(range) === 'IPv6'),
    };
    this.#objects = objects;
    this.#minorVersion = minorVersion;
    this.defaultFamily = familyOf(configured[0]!);
  }

  /** Reports whether Services of this family are possible. */
  serves(family: Family): boolean {
    return this.#ranges[family].length > 0;
  }

  /**
   * Takes the named address, or says why not. A dry run looks only whether the address lies in the range, as the real one does.
   */
  take(address: Ip, dryRun: boolean): Result<Ip, string> {
    const family = familyOf(address);
    const within = this.#ranges[family].some((range) => isUsable(range, address));
    if (!within) {
      return fail(
        dryRun || this.#minorVersion < 33
          ? `the provided IP (${address}) is not in the valid range. The range of valid IPs is ${this.#ranges[family][0]}`
          : 'the provided network does not match the current range',
      );
    }
    if (!dryRun && this.#isUsed(address)) return fail('provided IP is already allocated');
    this.#held.add(address);
    return ok(address);
  }

  /** Takes any free address; asked again for the same purpose, it draws anew. A dry run answers with the network address, which no Service ever has. */
  takeAny(family: Family, dryRun: boolean, purpose: string): Result<Ip, string> {
    const ranges = this.#ranges[family];
    if (dryRun) return ok(baseOf(ranges[0]!));
    for (const range of ranges) {
      const count = usableCount(range);
      const band = staticBand(Math.min(Number(sizeOf(range)), largest), 16, 256);
      const at = (offset: number) => addIp(baseOf(range), offset + 1);
      const offset = chooseFree(
        count,
        Math.min(band, count),
        (one) => !this.#isUsed(at(one)),
        this.#objects.draw(`clusterip/${range}/${purpose}`),
      );
      if (offset === undefined) continue;
      const address = at(offset);
      this.#held.add(address);
      return ok(address);
    }
    return fail('range is full');
  }

  get #held(): Set<string> {
    return (this.#known ??= heldBy(this.#objects.list(Service)));
  }

  #isUsed(address: Ip): boolean {
    return this.#held.has(address) || this.#objects.get(IPAddress, '', address) !== undefined;
  }
}

/** The ranges that ServiceCIDR objects add; one that is being deleted gives no more addresses. They exist since 1.31, and count since 1.33. */
function declaredRanges(objects: Objects, minorVersion: number): Cidr[] {
  if (minorVersion < 33) return [];
  return objects
    .list(ServiceCIDR)
    .filter((one) => one.metadata.deletionTimestamp === undefined)
    .flatMap((one) => one.spec?.cidrs ?? [])
    .map(parseCidr)
    .filter((range) => range !== undefined);
}

/** The addresses of Services, in their canonical form; what is no address does no harm. */
function heldBy(services: readonly Service[]): Set<string> {
  const held = new Set<string>();
  for (const { spec } of services) {
    for (const text of spec.clusterIPs ?? [spec.clusterIP ?? '']) held.add(text.includes(':') ? (parseIp(text) ?? text) : text);
  }
  return held;
}

/** The network address is nobody's, nor is the broadcast address of an IPv4 range. */
function usableCount(range: Cidr): number {
  const size = Number(sizeOf(range));
  const usable = familyOf(range) === 'IPv4' ? size - 2 : size - 1;
  return Math.max(0, Math.min(usable, largest));
}

/** Reports whether a Service may have this address of a range. */
export function isUsable(range: Cidr, address: Ip): boolean {
  if (!contains(range, address) || address === baseOf(range)) return false;
  return familyOf(range) === 'IPv6' || lengthOf(range) > 30 || address !== addIp(baseOf(range), sizeOf(range) - 1n);
}

/** The object that records whose address it is. */
export function ipAddressFor(address: Ip, service: NamespacedName): IPAddress {
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'IPAddress',
    metadata: {
      name: address,
      labels: {
        'ipaddress.kubernetes.io/ip-family': familyOf(address),
        'ipaddress.kubernetes.io/managed-by': 'ipallocator.k8s.io',
      },
    },
    spec: { parentRef: { resource: 'services', namespace: service.namespace, name: service.name } },
  };
}
