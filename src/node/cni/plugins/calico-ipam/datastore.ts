/**
 * Calico's address management: pools cut into blocks, blocks that belong to hosts, addresses of blocks that belong to handles
 * (libcalico-go lib/ipam). A value: an act makes a new one.
 */
import { pick } from '#kube/chance.ts';
import {
  addIp,
  baseOf,
  cidr,
  compareIps,
  contains,
  familyOf,
  lengthOf,
  sizeOf,
  toNumber,
  type Cidr,
  type Family,
  type Ip,
} from '#net/ip.ts';

export type TunnelMode = 'Never' | 'Always' | 'CrossSubnet';

export interface IpPool {
  readonly name: string;
  readonly cidr: Cidr;
  /** Prefix length of its blocks: 26 or 122 unless told otherwise. */
  readonly blockSize: number;
  readonly ipipMode: TunnelMode;
  readonly vxlanMode: TunnelMode;
  readonly natOutgoing: boolean;
  readonly disabled?: boolean;
}

/** Whose an address of a block is. */
export interface Allocation {
  readonly handle: string;
  /** `node`, `namespace`, `pod`, `timestamp`; of tunnel addresses `node` and `type`. */
  readonly attributes: Readonly<Record<string, string>>;
}

export interface Block {
  readonly cidr: Cidr;
  /** The host that it belongs to; undefined when that has let go of it. */
  readonly host?: string;
  /** By the address's place in the block. */
  readonly allocations: ReadonlyMap<number, Allocation>;
  /** Free places, the one to be given next first: a released one goes to the end. */
  readonly unallocated: readonly number[];
}

export interface CalicoDatastore {
  readonly pools: readonly IpPool[];
  readonly blocks: readonly Block[];
  /** No host takes addresses of another's block. */
  readonly strictAffinity?: boolean;
}

export interface AssignRequest {
  readonly host: string;
  readonly family: Family;
  readonly allocation: Allocation;
  /** Pools to choose from, by name or range; all that are enabled when empty. */
  readonly pools?: readonly string[];
  /** Addresses to give rather than others, if they are free. */
  readonly wished?: readonly Ip[];
}

/** What came of a request: an address in the datastore as it is now, or why there is none. */
export type Assignment = { readonly datastore: CalicoDatastore; readonly ip: Ip } | { readonly problem: string };

/** How many blocks a host may have before it is told off (ipam.go, autoAssign). */
const maxBlocksPerHost = 20;

export function defaultBlockSize(range: Cidr): number {
  return familyOf(range) === 'IPv4' ? 26 : 122;
}

function newBlock(range: Cidr, host: string): Block {
  return { cidr: range, host, allocations: new Map(), unallocated: Array.from({ length: Number(sizeOf(range)) }, (_, i) => i) };
}

/** The block of a pool that an address lies in. */
function blockRange(pool: IpPool, ip: Ip): Cidr {
  const size = 1n << BigInt((familyOf(pool.cidr) === 'IPv4' ? 32 : 128) - pool.blockSize);
  const within = toNumber(ip) - toNumber(baseOf(pool.cidr));
  return cidr(`${addIp(baseOf(pool.cidr), (within / size) * size)}/${pool.blockSize}`);
}

/** All blocks of a pool, from one that the host's name decides on, round to the one before it. */
function* blockRanges(pool: IpPool, host: string): Generator<Cidr> {
  const count = 2 ** (pool.blockSize - lengthOf(pool.cidr));
  const first = pick(`calico/${host}/${pool.cidr}`, count);
  const size = 1n << BigInt((familyOf(pool.cidr) === 'IPv4' ? 32 : 128) - pool.blockSize);
  for (let i = 0; i < count; i++) yield cidr(`${addIp(baseOf(pool.cidr), BigInt((first + i) % count) * size)}/${pool.blockSize}`);
}

function withBlock(datastore: CalicoDatastore, block: Block): CalicoDatastore {
  const others = datastore.blocks.filter((other) => other.cidr !== block.cidr);
  return { ...datastore, blocks: [...others, block].sort((a, b) => compareIps(baseOf(a.cidr), baseOf(b.cidr))) };
}

function blockOf(datastore: CalicoDatastore, range: Cidr): Block | undefined {
  return datastore.blocks.find((block) => block.cidr === range);
}

/** A block with one of its free places given away. */
function assign(datastore: CalicoDatastore, block: Block, place: number, allocation: Allocation): Assignment {
  const allocations = new Map(block.allocations).set(place, allocation);
  const unallocated = block.unallocated.filter((other) => other !== place);
  return { datastore: withBlock(datastore, { ...block, allocations, unallocated }), ip: addIp(baseOf(block.cidr), place) };
}

function usablePools(datastore: CalicoDatastore, { family, pools = [] }: AssignRequest): readonly IpPool[] {
  const enabled = datastore.pools.filter((pool) => pool.disabled !== true && familyOf(pool.cidr) === family);
  return pools.length === 0 ? enabled : enabled.filter((pool) => pools.includes(pool.name) || pools.includes(pool.cidr));
}

/** The same pod's, of a sandbox that it had before. */
function isFormer(allocation: Allocation | undefined, { attributes }: Allocation): boolean {
  return (
    allocation !== undefined &&
    attributes['pod'] !== undefined &&
    ['namespace', 'pod', 'node'].every((key) => allocation.attributes[key] === attributes[key])
  );
}

/** Gives one of the wished-for addresses, of whatever block; that is claimed if nobody has it. */
function assignWished(datastore: CalicoDatastore, request: AssignRequest, pools: readonly IpPool[]): Assignment | undefined {
  for (const ip of request.wished ?? []) {
    const pool = pools.find((one) => familyOf(one.cidr) === familyOf(ip) && contains(one.cidr, ip));
    if (pool === undefined) continue;
    const range = blockRange(pool, ip);
    const block = blockOf(datastore, range) ?? newBlock(range, request.host);
    const place = Number(toNumber(ip) - toNumber(baseOf(range)));
    if (block.unallocated.includes(place) || isFormer(block.allocations.get(place), request.allocation))
      return assign(datastore, block, place, request.allocation);
  }
  return undefined;
}

/** An address by itself (AutoAssign): of the host's own blocks, or of one newly claimed, or borrowed from another host's. */
export function autoAssign(datastore: CalicoDatastore, request: AssignRequest): Assignment {
  const { host, allocation, family } = request;
  const pools = usablePools(datastore, request);
  if (pools.length === 0) return { problem: `no configured Calico pools for node ${host}` };
  const wished = assignWished(datastore, request, pools);
  if (wished !== undefined) return wished;

  const inPools = (block: Block) =>
    pools.some((pool) => familyOf(pool.cidr) === familyOf(block.cidr) && contains(pool.cidr, baseOf(block.cidr)));
  const own = datastore.blocks.filter((block) => block.host === host && inPools(block));
  const roomy = own.find((block) => block.unallocated.length > 0);
  if (roomy !== undefined) return assign(datastore, roomy, roomy.unallocated[0]!, allocation);
  const refuse = (...messages: readonly string[]) => ({
    problem: ['Assigned 0 out of 1 requested IP' + (family === 'IPv4' ? 'v4' : 'v6') + ' addresses', ...messages].join('; '),
  });
  if (own.length >= maxBlocksPerHost)
    return refuse(`Need to allocate an IPAM block but could not - limit of ${maxBlocksPerHost} blocks reached for this node`);
  for (const pool of pools)
    for (const range of blockRanges(pool, host))
      if (blockOf(datastore, range) === undefined) return assign(datastore, newBlock(range, host), 0, allocation);
  if (datastore.strictAffinity === true) return refuse('No more free affine blocks and strict affinity enabled');
  for (const pool of pools)
    for (const range of blockRanges(pool, host)) {
      const block = blockOf(datastore, range);
      if (block !== undefined && block.unallocated.length > 0) return assign(datastore, block, block.unallocated[0]!, allocation);
    }
  return refuse(`No IPs available in pools: [${pools.map((pool) => pool.cidr).join(' ')}]`);
}

/** A certain address (AssignIP). */
export function assignIp(datastore: CalicoDatastore, request: AssignRequest, ip: Ip): Assignment {
  const pool = usablePools(datastore, { ...request, family: familyOf(ip), pools: [] }).find((one) => contains(one.cidr, ip));
  if (pool === undefined) return { problem: 'the provided IP address is not in a configured pool\n' };
  const range = blockRange(pool, ip);
  const block = blockOf(datastore, range) ?? newBlock(range, request.host);
  if (datastore.strictAffinity === true && block.host !== request.host) return { problem: 'Block host affinity does not match' };
  const place = Number(toNumber(ip) - toNumber(baseOf(range)));
  if (!block.unallocated.includes(place)) return { problem: `resource already exists: ${ip}` };
  return assign(datastore, block, place, request.allocation);
}

/** Gives back everything that a handle has; a block without a host goes when its last address does. */
export function releaseByHandle(datastore: CalicoDatastore, handle: string): CalicoDatastore {
  let next = datastore;
  for (const block of datastore.blocks) {
    const places = [...block.allocations].filter(([, allocation]) => allocation.handle === handle).map(([place]) => place);
    if (places.length === 0) continue;
    const allocations = new Map([...block.allocations].filter(([place]) => !places.includes(place)));
    const freed = { ...block, allocations, unallocated: [...block.unallocated, ...places.sort((a, b) => a - b)] };
    next =
      allocations.size === 0 && block.host === undefined
        ? { ...next, blocks: next.blocks.filter((other) => other.cidr !== block.cidr) }
        : withBlock(next, freed);
  }
  return next;
}

/** The addresses that a handle has. */
export function addressesOf(datastore: CalicoDatastore, handle: string): readonly Ip[] {
  return datastore.blocks.flatMap((block) =>
    [...block.allocations].filter(([, allocation]) => allocation.handle === handle).map(([place]) => addIp(baseOf(block.cidr), place)),
  );
}
