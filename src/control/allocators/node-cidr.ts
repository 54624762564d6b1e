/**
 * Pod ranges of nodes: the cluster's range, cut into blocks of one size, each given to one node.
 * (pkg/controller/nodeipam/ipam/cidrset/cidr_set.go)
 */
import type { Objects } from '#kube/cluster.ts';
import { Node } from '#kube/kinds/node.ts';
import { serviceCidrsOf, type NodeIpam } from '#kube/settings.ts';
import { fail, ok, type Result } from '#kube/status.ts';
import { baseOf, bitsOf, familyOf, lengthOf, overlaps, parseCidr, toIp, toNumber, type Cidr } from '#net/ip.ts';

export interface NodeCidrs {
  readonly clusterCidr: Cidr;
  /** The length of a block: 24 for IPv4 and 64 for IPv6 unless set. */
  readonly maskSize: number;
  /** Where the search begins: one past the block given last. */
  readonly cursor: number;
}

/** How many blocks there are. The mask may be at most 16 bits longer than that of the range (cidrset.NewCIDRSet). */
export function blockCount({ clusterCidr, maskSize }: NodeCidrs): number {
  return 2 ** (maskSize - lengthOf(clusterCidr));
}

/** The block of a number. */
export function blockAt({ clusterCidr, maskSize }: NodeCidrs, index: number): Cidr {
  const family = familyOf(clusterCidr);
  const host = BigInt(bitsOf(family) - maskSize);
  return `${toIp(toNumber(baseOf(clusterCidr)) + (BigInt(index) << host), family)}/${maskSize}` as Cidr;
}

/** The number of the block that holds the beginning of `range`; undefined outside the cluster's range. */
export function indexOf(cidrs: NodeCidrs, range: Cidr): number | undefined {
  const { clusterCidr, maskSize } = cidrs;
  if (!overlaps(clusterCidr, range)) return undefined;
  const host = BigInt(bitsOf(familyOf(clusterCidr)) - maskSize);
  const index = Number((toNumber(baseOf(range)) - toNumber(baseOf(clusterCidr))) >> host);
  return index < 0 ? 0 : index;
}

/**
 * The next free block at or after the cursor, and the cursor behind it; undefined when no block is free. `occupied`: the ranges of
 * nodes, and the Service ranges where they lie in the cluster's. A freed block is not given again until the cursor comes round.
 */
export function nextNodeCidr(cidrs: NodeCidrs, occupied: readonly Cidr[]): { readonly cidr: Cidr; readonly cursor: number } | undefined {
  const count = blockCount(cidrs);
  const taken = new Set<number>();
  for (const range of occupied) {
    const first = indexOf(cidrs, range);
    if (first === undefined) continue;
    const wide = lengthOf(range) < cidrs.maskSize ? 2 ** (cidrs.maskSize - Math.max(lengthOf(range), lengthOf(cidrs.clusterCidr))) : 1;
    for (let i = 0; i < wide && first + i < count; i++) taken.add(first + i);
  }
  for (let i = 0; i < count; i++) {
    const index = (cidrs.cursor + i) % count;
    if (!taken.has(index)) return { cidr: blockAt(cidrs, index), cursor: (index + 1) % count };
  }
  return undefined;
}

/**
 * A range of each family for one more node, or why there is none. The controller keeps its cursor in memory; here the youngest node
 * that has a range tells where it stands, as it does after the controller has handed out that range.
 */
export function allocateNodeCidrs(objects: Objects, ipam: NodeIpam): Result<readonly Cidr[], string> {
  const given = objects.list(Node).map((node) => (node.spec?.podCIDRs ?? []).map(parseCidr).filter((one) => one !== undefined));
  const occupied = [...given.flat(), ...serviceCidrsOf(objects)];
  const chosen: Cidr[] = [];
  for (const [i, clusterCidr] of ipam.clusterCidrs.entries()) {
    const cidrs = { clusterCidr, maskSize: ipam.maskSizes[familyOf(clusterCidr)], cursor: 0 };
    const last = given.findLast((ranges) => ranges.some((one) => overlaps(clusterCidr, one)));
    const lastIndex =
      last &&
      indexOf(
        cidrs,
        last.find((one) => overlaps(clusterCidr, one))!,
      );
    const cursor = lastIndex === undefined ? 0 : (lastIndex + 1) % blockCount(cidrs);
    const next = nextNodeCidr({ ...cidrs, cursor }, occupied);
    if (next === undefined) {
      return fail(
        `failed to allocate cidr from cluster cidr at idx:${i}: CIDR allocation failed; there are no remaining CIDRs left to allocate in the accepted range`,
      );
    }
    chosen.push(next.cidr);
  }
  return ok(chosen);
}
