/** The peers of a Weave network as the nodes of the cluster. */
import { hexOf } from '#kube/chance.ts';
import type { Node } from '#kube/kinds/node.ts';
import { parseIp, type Ip } from '#net/ip.ts';
import { readFile } from '../../../files.ts';
import type { Host } from '../../../host.ts';
import { readDatabase, type Database } from '../../plugins/weave-net/space.ts';
import { weaveRuns } from '../../plugins/weave-net/weave-net.ts';

export interface WeavePeer {
  /** A MAC address that belongs to the machine for good. */
  readonly name: string;
  readonly nickname: string;
  readonly address: Ip;
  /** What it has written down; undefined before it has run. */
  readonly database?: Database;
  readonly runs: boolean;
}

/** The name of a machine's peer: made of its ids, with the bit of locally given addresses. */
export function peerName(seed: string, node: string): string {
  const hex = hexOf(`${seed}/weave-peer/${node}`, 12);
  const first = ((parseInt(hex.slice(0, 2), 16) & 0xfe) | 2).toString(16).padStart(2, '0');
  return (first + hex.slice(2)).replace(/..(?!$)/g, '$&:');
}

/** All nodes as peers, sorted by name. */
export function peersOf(nodes: readonly Node[], hosts: ReadonlyMap<string, Host>, seed: string): readonly WeavePeer[] {
  return nodes
    .flatMap((node): readonly WeavePeer[] => {
      const { name } = node.metadata;
      const internal = node.status?.addresses?.find((one) => one.type === 'InternalIP')?.address;
      const [host, address] = [hosts.get(name), parseIp(internal ?? '')];
      if (address === undefined) return [];
      const database = host === undefined ? undefined : readDatabase({ read: (path) => readFile(host.files, path) });
      const own = { name: database?.peer ?? peerName(seed, name), nickname: name, address };
      return [{ ...own, runs: host !== undefined && weaveRuns(host), ...(database !== undefined && { database }) }];
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** `86:d2:8d:82:da:47(controlplane)` */
export function peerText({ name, nickname }: Pick<WeavePeer, 'name' | 'nickname'>): string {
  return `${name}(${nickname})`;
}
