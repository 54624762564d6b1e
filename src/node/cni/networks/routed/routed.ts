/**
 * What stands for a network that is not simulated: the ptp plugin, with the addresses that pods were found with, and a route to every pod of
 * another node. The files are the bridge network's, but for the plugin's configuration.
 */
import { addIp, baseOf, contains, familyOf, lastOf, networkOf, type Cidr, type Family, type Ip } from '#net/ip.ts';
import { podRoutesScript, podRoutesUnit, routesPath, scriptPath, unitPath } from '../bridge/bridge.ts';

export const conflistPath = '/etc/cni/net.d/10-routed.conflist';

/** A node with what was found on it. */
export interface RoutedNode {
  readonly name: string;
  readonly addresses: readonly Ip[];
  /** Its own ranges, where it has any. */
  readonly podCidrs: readonly Cidr[];
  /** The addresses of its pods. */
  readonly pods: readonly Ip[];
}

/** Where a node's pods get their addresses from, in one family. */
interface Pool {
  readonly subnet: Cidr;
  /** Beside these, addresses that lie anywhere. */
  readonly fresh: Cidr | undefined;
  readonly single: readonly Ip[];
}

/** All files of this network for each node, by path. `clusterCidrs` are not to be masqueraded. */
export function routedFiles(
  nodes: readonly RoutedNode[],
  clusterCidrs: readonly string[],
): ReadonlyMap<string, ReadonlyMap<string, string>> {
  const families = (['IPv4', 'IPv6'] as const).filter((family) => nodes.some((node) => hasFamily(node, family)));
  const pools = new Map(nodes.map((node) => [node.name, new Map<Family, Pool>()]));
  for (const family of families) for (const [name, pool] of poolsOf(nodes, family)) pools.get(name)!.set(family, pool);
  return new Map(
    nodes.map((node) => [
      node.name,
      new Map([
        [conflistPath, conflist([...pools.get(node.name)!.values()])],
        [
          routesPath,
          routesTo(
            nodes.filter((other) => other !== node),
            pools,
          ),
        ],
        [scriptPath, podRoutesScript(clusterCidrs)],
        [unitPath, podRoutesUnit],
      ]),
    ]),
  );
}

function hasFamily({ podCidrs, pods }: RoutedNode, family: Family): boolean {
  return [...podCidrs, ...pods].some((one) => familyOf(one) === family);
}

function poolsOf(nodes: readonly RoutedNode[], family: Family): ReadonlyMap<string, Pool> {
  const isOwn = (one: Ip | Cidr) => familyOf(one) === family;
  const ranged = nodes.every(({ podCidrs, pods }) => {
    const own = podCidrs.find(isOwn);
    return own !== undefined && pods.filter(isOwn).every((one) => contains(own, one));
  });
  if (ranged)
    return new Map(nodes.map(({ name, podCidrs }) => [name, { subnet: podCidrs.find(isOwn)!, fresh: podCidrs.find(isOwn)!, single: [] }]));
  const taken = nodes.flatMap(({ addresses, pods }) => [...addresses, ...pods]).filter(isOwn);
  const pods = nodes.flatMap((node) => node.pods).filter(isOwn);
  const lengths = family === 'IPv4' ? [16, 12, 8, 0] : [64, 48, 32, 0];
  const subnet = lengths
    .map((length) => networkOf({ ip: pods[0] ?? taken[0]!, length }))
    .find((range) => pods.every((one) => contains(range, one)))!;
  const blocks = freeBlocks(subnet, taken, nodes.length);
  return new Map(nodes.map((node, i) => [node.name, { subnet, fresh: blocks[i], single: node.pods.filter(isOwn) }]));
}

/** So many blocks in which nobody has an address, from the end of the range on. */
function freeBlocks(range: Cidr, taken: readonly Ip[], count: number): readonly Cidr[] {
  const length = familyOf(range) === 'IPv4' ? 26 : 122;
  const blocks: Cidr[] = [];
  let last = lastOf(range);
  for (let tries = 0; tries < 4096 && blocks.length < count; tries++) {
    const block = networkOf({ ip: last, length });
    if (!contains(range, baseOf(block))) break;
    if (!taken.some((one) => contains(block, one)) && !contains(block, lastOf(range))) blocks.push(block);
    last = addIp(baseOf(block), -1);
  }
  return blocks;
}

function conflist(pools: readonly Pool[]): string {
  const ranges = pools.map(({ subnet, fresh, single }) => {
    if (fresh === subnet) return [{ subnet }];
    // Beyond the blocks: nobody's address, for the node's end of every pair.
    const gateway = addIp(lastOf(subnet), -1);
    const alone = single.map((ip) => ({ subnet, rangeStart: ip, rangeEnd: ip, gateway }));
    return fresh === undefined
      ? alone
      : [...alone, { subnet, rangeStart: addIp(baseOf(fresh), 1), rangeEnd: addIp(lastOf(fresh), -1), gateway }];
  });
  const routes = pools.map(({ subnet }) => ({ dst: familyOf(subnet) === 'IPv6' ? '::/0' : '0.0.0.0/0' }));
  const plugins = [
    { type: 'ptp', ipMasq: false, ipam: { type: 'host-local', ranges: ranges.filter((set) => set.length > 0), routes } },
    { type: 'portmap', capabilities: { portMappings: true } },
  ];
  return `${JSON.stringify({ cniVersion: '1.0.0', name: 'routed', plugins }, null, 2)}\n`;
}

/** The ways to the pods of nodes: to their ranges, and to those that are elsewhere. */
function routesTo(nodes: readonly RoutedNode[], pools: ReadonlyMap<string, ReadonlyMap<Family, Pool>>): string {
  const lines = nodes.flatMap(({ name, addresses }) =>
    [...pools.get(name)!].flatMap(([family, { fresh, single }]) => {
      const via = addresses.find((one) => familyOf(one) === family);
      if (via === undefined) return [];
      const bits = family === 'IPv4' ? 32 : 128;
      return [...(fresh === undefined ? [] : [fresh]), ...single.map((ip) => `${ip}/${bits}`)].map((dst) => `${dst} via ${via}\n`);
    }),
  );
  return lines.join('');
}
