/**
 * Kernels of the recorded machines. Links and addresses are read from `ip addr`, routes, neighbours and forwarding entries from their own
 * lists; what every other recorded command prints has to follow from that.
 */
import { readFileSync } from 'node:fs';
import { cidr, ip, parsePrefixed } from '#net/ip.ts';
import type { Host, Listener } from '#node/host.ts';
import type { Address, ForwardingEntry, Kernel, Link, Neighbour, NetworkNamespace, Route } from '#node/kernel.ts';
import { noRules } from '#node/netfilter.ts';
import type { Here } from '#shell/command.ts';

export interface Recorded {
  readonly where: string;
  readonly command: string;
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number;
  readonly at: string;
}

export const recordedTools: readonly Recorded[] = readFileSync(new URL('../recorded/node-tools/node-tools.jsonl', import.meta.url), 'utf8')
  .trimEnd()
  .split('\n')
  .map((line) => JSON.parse(line) as Recorded);

function said(where: string, command: string): string {
  return recordedTools.find((one) => one.where === where && one.command === command)?.stdout ?? '';
}

function kindOf(name: string): Link['kind'] {
  if (name === 'lo') return 'loopback';
  if (name.startsWith('flannel')) return 'vxlan';
  return name === 'cni0' ? 'bridge' : 'veth';
}

/** Links as `ip addr` lists them; the namespaces that hold their other ends are made up as far as is needed. */
function linksOf(where: string): { readonly links: readonly Link[]; readonly far: ReadonlyMap<string, Link> } {
  const far = new Map<string, Link>();
  const links = said(where, 'ip addr')
    .split(/\n(?=\d+: )/)
    .map((block): Link => {
      const [, index, name, peerIndex, flags, mtu] = /^(\d+): ([^:@]+)(?:@if(\d+))?: <(\S+)> mtu (\d+)/.exec(block)!;
      const [, mac] = /link\/\S+ (\S+)/.exec(block)!;
      const namespace = /link-netns (\S+)/.exec(block)?.[1];
      const master = /master (\S+)/.exec(block)?.[1];
      const addresses = [...block.matchAll(/inet6? (\S+)(?: brd (\S+))? scope (\S+)/g)].map(([, prefixed, brd, scope]): Address => ({
        ...parsePrefixed(prefixed!)!,
        scope: scope as Address['scope'],
        ...(brd !== undefined && { broadcast: ip(brd) }),
      }));
      const kind = kindOf(name!);
      if (namespace !== undefined)
        far.set(namespace, {
          index: Number(peerIndex),
          name: 'eth0',
          kind: 'veth',
          mac: '00:00:00:00:00:01',
          mtu: 1450,
          up: true,
          addresses: [],
        });
      const local = /inet (\S+)\/24/.exec(/eth0@[^]*/.exec(said(where, 'ip addr'))![0])![1]!;
      return {
        index: Number(index),
        name: name!,
        kind,
        mac: mac!,
        mtu: Number(mtu),
        up: flags!.split(',').includes('UP'),
        addresses,
        ...(master !== undefined && { master, hairpin: true }),
        ...(namespace !== undefined && { peer: { namespace, index: Number(peerIndex) } }),
        ...(kind === 'vxlan' && { vxlan: { id: 1, port: 8472, local: ip(local), dev: 'eth0' } }),
      };
    });
  return { links, far };
}

function routesOf(where: string): readonly Route[] {
  const lines = `${said(where, 'ip route')}${said(where, 'ip -6 route')}`.trimEnd().split('\n');
  return lines.map((line): Route => {
    const word = (key: string) => new RegExp(` ${key} (\\S+)`).exec(line)?.[1];
    const [first] = line.split(' ');
    const dst = first === 'default' ? '0.0.0.0/0' : first!.includes('/') ? first! : `${first!}/32`;
    const [via, dev, src, metric] = ['via', 'dev', 'src', 'metric'].map(word);
    return {
      dst: cidr(dst),
      type: 'unicast',
      scope: (word('scope') ?? 'global') as Route['scope'],
      proto: (word('proto') ?? 'boot') as Route['proto'],
      ...(dev !== undefined && { dev }),
      ...(via !== undefined && { via: ip(via) }),
      ...(src !== undefined && { src: ip(src) }),
      ...(metric !== undefined && { metric: Number(metric) }),
      ...(line.includes('onlink') && { onlink: true }),
    };
  });
}

function neighboursOf(where: string): readonly Neighbour[] {
  return said(where, 'ip neigh')
    .trimEnd()
    .split('\n')
    .map((line): Neighbour => {
      const [address, , dev, , mac, state] = line.split(' ');
      return { ip: ip(address!), dev: dev!, mac: mac!, state: state as Neighbour['state'] };
    });
}

function forwardingOf(where: string): readonly ForwardingEntry[] {
  return [...said(where, 'bridge fdb show dev flannel.1').matchAll(/(\S+) dst (\S+) self permanent/g)].map(([, mac, dst]) => ({
    mac: mac!,
    dst: ip(dst!),
    dev: 'flannel.1',
    permanent: true,
  }));
}

export function recordedKernel(where: string): Kernel {
  const { links, far } = linksOf(where);
  const bare = { routes: [], neighbours: [], forwarding: [], sysctls: new Map<string, string>(), netfilter: noRules };
  const own: NetworkNamespace = {
    ...bare,
    name: '',
    links,
    routes: routesOf(where),
    neighbours: neighboursOf(where),
    forwarding: forwardingOf(where),
  };
  const others = [...far].map(([name, link]): [string, NetworkNamespace] => [name, { ...bare, name, links: [link] }]);
  return { release: '6.12.48', modules: new Set(), namespaces: new Map([['', own], ...others]), nextIndex: 100 };
}

/** A terminal on a recorded machine (a pod's namespace is taken for a machine's: what `ip` prints there is the same). */
export function recordedPlace(where: string, listeners: readonly Listener[] = []): Here {
  const host = {
    name: where,
    controlPlane: false,
    addresses: [],
    bootedAt: 0,
    files: new Map(),
    units: new Map(),
    journal: [],
    kernel: recordedKernel(where),
    sandboxes: new Map(
      listeners.length === 0
        ? []
        : [['uid', { podUid: 'uid', network: { namespace: '', ips: [], networkName: '' }, containers: [{ name: 'c', listeners }] }]],
    ),
    attempts: new Map(),
    images: new Set(),
  } as unknown as Host;
  const snapshot = { hosts: new Map([[where, host]]), now: 0 };
  return { lab: { snapshot, now: 0 }, place: { kind: 'node', node: where } } as unknown as Here;
}
