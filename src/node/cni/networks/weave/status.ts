/** `weave --local status` and its kin (weave prog/weaver/http.go), on the node whose host is given. */
import { pick } from '#kube/chance.ts';
import { rangeText, sizeOfPeer, type Database } from '../../plugins/weave-net/space.ts';
import { sizeOf } from '#net/ip.ts';
import { peerText, type WeavePeer } from './peers.ts';
import { weaveVersion } from './weave.ts';

export interface StatusInput {
  /** The name of the node. */
  readonly node: string;
  /** Of networks/weave/peers.ts. */
  readonly peers: readonly WeavePeer[];
}

interface Connection {
  readonly outbound: boolean;
  readonly address: string;
  readonly peer: WeavePeer;
}

/** Of two peers the one with the lower name has called the other. */
function connectionTo(own: WeavePeer, peer: WeavePeer): Connection {
  const outbound = own.name < peer.name;
  const port = outbound ? 6783 : 32768 + pick(`weave-port/${own.name}/${peer.name}`, 28232);
  return { outbound, address: `${peer.address}:${port}`, peer };
}

const arrow = (outbound: boolean) => (outbound ? '->' : '<-');

function ownOf({
  node,
  peers,
}: StatusInput): { readonly own: WeavePeer; readonly others: readonly WeavePeer[]; readonly database: Database } | undefined {
  const own = peers.find((peer) => peer.nickname === node);
  if (own?.database === undefined) return undefined;
  return { own, others: peers.filter((peer) => peer !== own), database: own.database };
}

const labelled = (label: string, text: string) => `${label.padStart(15)}: ${text}\n`;

/** `weave status`; undefined where the daemon has never run. */
export function statusText(input: StatusInput): string | undefined {
  const found = ownOf(input);
  if (found === undefined) return undefined;
  const { own, others, database } = found;
  const up = others.filter((peer) => peer.runs);
  const down = others.length - up.length;
  const states = [...(up.length > 0 ? [`${up.length} established`] : []), ...(down > 0 ? [`${down} retrying`] : [])];
  const pairs = (up.length + 1) * up.length;
  return [
    labelled('Version', weaveVersion),
    '\n',
    labelled('Service', 'router'),
    labelled('Protocol', 'weave 1..2'),
    labelled('Name', peerText(own)),
    labelled('Encryption', 'disabled'),
    labelled('PeerDiscovery', 'enabled'),
    labelled('Targets', String(others.length)),
    labelled('Connections', others.length === 0 ? '0' : `${others.length} (${states.join(', ')})`),
    labelled('Peers', pairs === 0 ? '1' : `${up.length + 1} (with ${pairs} established connections)`),
    labelled('TrustedSubnets', 'none'),
    '\n',
    labelled('Service', 'ipam'),
    labelled('Status', 'ready'),
    labelled('Range', rangeText(database.universe)),
    labelled('DefaultSubnet', database.universe),
  ].join('');
}

/** `weave status targets`: whom the daemon was told to call. */
export function targetsText(input: StatusInput): string | undefined {
  return ownOf(input)
    ?.others.map((peer) => `${peer.address}\n`)
    .join('');
}

/** `weave status connections` */
export function connectionsText(input: StatusInput): string | undefined {
  const found = ownOf(input);
  if (found === undefined) return undefined;
  const { own, others } = found;
  const lines = others.map((peer) => {
    const { outbound, address } = connectionTo(own, peer);
    return peer.runs
      ? `${arrow(outbound)} ${address.padEnd(21)} ${'established'.padEnd(11)} unencrypted fastdp ${peerText(peer)} mtu=1376\n`
      : `-> ${`${peer.address}:6783`.padEnd(21)} ${'retrying'.padEnd(11)} dial tcp :0->${peer.address}:6783: connect: connection refused\n`;
  });
  return lines.join('');
}

/** `weave status peers`: every peer that can be reached, with its connections. */
export function peersText(input: StatusInput): string | undefined {
  const found = ownOf(input);
  if (found === undefined) return undefined;
  const reachable = [found.own, ...found.others.filter((peer) => peer.runs)];
  return reachable
    .map((peer) => {
      const connections = reachable.filter((other) => other !== peer).map((other) => connectionTo(peer, other));
      const lines = connections.map(
        ({ outbound, address, peer: other }) => `   ${arrow(outbound)} ${address.padEnd(21)} ${peerText(other).padEnd(37)} established\n`,
      );
      return `${peerText(peer)}\n${lines.join('')}`;
    })
    .join('');
}

/** `weave status ipam`: how much of the range is whose. */
export function ipamText(input: StatusInput): string | undefined {
  const found = ownOf(input);
  if (found === undefined) return undefined;
  const { own, database } = found;
  const total = Number(sizeOf(database.universe));
  const owners = new Set(database.ring.tokens.map((token) => token.peer));
  const nameOf = (name: string) => input.peers.find((peer) => peer.name === name);
  const others = [...owners].filter((peer) => peer !== own.name).sort();
  return [own.name, ...others]
    .map((name) => {
      const [count, peer] = [sizeOfPeer(database, name), nameOf(name)];
      const percent = ((count * 100) / total).toFixed(1).padStart(4, '0');
      const info = name === own.name ? ` (${Object.keys(database.owned).length} active)` : peer?.runs === true ? '' : ' - unreachable!';
      return `${peerText({ name, nickname: peer?.nickname ?? '' }).padEnd(37)} ${String(count).padStart(8)} IPs (${percent}% of total)${info}\n`;
    })
    .join('');
}
