/** `ip link`: links as the kernel lists them, and the acts on them (iproute2 ip/ipaddress.c, ip/iplink.c). */
import { ip as toIp, parseIp } from '#net/ip.ts';
import type { Link } from '#node/kernel.ts';
import { failure, output, type Output } from '../../command.ts';
import { flagsOf, linkAddress, linkBroadcast, linkType, lowerOf, namespaceIds, operState, qdiscOf } from '../../network/link-state.ts';
import { act, answers, noDevice } from './act.ts';
import { printJson, type Json } from './json.ts';
import { detailsJson, detailsOf } from './link-details.ts';
import { seesNamed, type Context } from './options.ts';
import { abbreviates, garbage, incomplete, unknownCommand, type Words } from './words.ts';

/** `veth12@if2`: the name, and what the link is stacked on. */
export function fullName({ kernel, namespace }: Context, link: Link): string {
  const lower = lowerOf(kernel, namespace, link);
  if (lower === undefined) return link.name;
  return `${link.name}@${'name' in lower ? lower.name : `if${lower.index}`}`;
}

/** ` link-netns red`, or the number of a namespace without a name here. */
function namespaceText(context: Context, link: Link): string {
  const { peer } = link;
  if (peer === undefined || peer.namespace === context.name) return '';
  if (peer.namespace !== '' && seesNamed(context.here)) return ` link-netns ${peer.namespace}`;
  return ` link-netnsid ${namespaceIds(context.namespace).get(peer.namespace) ?? 0}`;
}

const zeros = (count: number) => Array.from({ length: count }, () => '0'.padStart(8)).join('');

/** Counters: the simulated wire does not count, so they stand at 0. */
function statistics(level: number): string {
  const row = `${'0'.padStart(14)}${zeros(5)} `;
  const errors = `${'0'.padStart(22)}${zeros(4)} `;
  return [
    '    RX:  bytes packets errors dropped  missed   mcast           ',
    row,
    ...(level > 1 ? ['    RX errors:  length    crc   frame    fifo overrun', errors] : []),
    '    TX:  bytes packets errors dropped carrier collsns           ',
    row,
    ...(level > 1 ? ['    TX errors: aborted   fifo  window heartbt transns', errors] : []),
  ].join('\n');
}

/** The length of a link's queue, where it has one (print_queuelen). */
export function queueText({ queueLength = 1000 }: Link): string {
  return queueLength === 0 ? '' : `qlen ${queueLength}`;
}

/** A link's entry, its addresses aside. */
export function linkText(context: Context, link: Link, { mode, hardware }: Told): string {
  const { kernel, namespace, options } = context;
  const state = operState(kernel, namespace, link);
  const head = `${link.index}: ${fullName(context, link)}: <${flagsOf(kernel, namespace, link).join(',')}> mtu ${link.mtu} qdisc ${qdiscOf(link)} ${link.master === undefined ? '' : `master ${link.master} `}state ${state} ${mode ? 'mode DEFAULT ' : ''}group default ${queueText(link)}`;
  const address = hardware ? `\n    link/${linkType(link)} ${linkAddress(link)} brd ${linkBroadcast(link)}` : '';
  const details = options.details ? detailsOf(kernel, namespace, link, state === 'UP', context.here.lab.now) : '';
  const names = (link.altNames ?? []).map((name) => `\n    altname ${name}`).join('');
  const counters = options.statistics > 0 ? `\n${statistics(options.statistics)}` : '';
  return `${head}${address}${namespaceText(context, link)}${details}${counters}${names}\n`;
}

/** What an entry is told with: `mode` by `ip link` alone, the hardware's address unless addresses of one family are asked for. */
export interface Told {
  readonly mode: boolean;
  readonly hardware: boolean;
}

export function linkJson(context: Context, link: Link, { mode, hardware }: Told): Readonly<Record<string, Json>> {
  const { kernel, namespace, options } = context;
  const lower = lowerOf(kernel, namespace, link);
  const { peer } = link;
  const none = { bytes: 0, packets: 0, errors: 0, dropped: 0 };
  return {
    ifindex: link.index,
    ...(lower !== undefined && ('name' in lower ? { link: lower.name === 'NONE' ? null : lower.name } : { link_index: lower.index })),
    ifname: link.name,
    flags: flagsOf(kernel, namespace, link),
    mtu: link.mtu,
    qdisc: qdiscOf(link),
    ...(link.master !== undefined && { master: link.master }),
    operstate: operState(kernel, namespace, link),
    ...(mode && { linkmode: 'DEFAULT' }),
    group: 'default',
    ...(link.queueLength !== 0 && { txqlen: link.queueLength ?? 1000 }),
    ...(hardware && { link_type: linkType(link), address: linkAddress(link), broadcast: linkBroadcast(link) }),
    ...(peer !== undefined && peer.namespace !== context.name && { link_netnsid: namespaceIds(namespace).get(peer.namespace) ?? 0 }),
    ...(options.details && (detailsJson(link) as Readonly<Record<string, Json>>)),
    ...(options.statistics > 0 && {
      stats64: { rx: { ...none, over_errors: 0, multicast: 0 }, tx: { ...none, carrier_errors: 0, collisions: 0 } },
    }),
    ...(link.altNames !== undefined && link.altNames.length > 0 && { altnames: link.altNames }),
  };
}

export function brief(context: Context, link: Link, rest: string): string {
  return `${fullName(context, link).padEnd(16)} ${operState(context.kernel, context.namespace, link).padEnd(14)} ${rest}\n`;
}

export function oneline(text: string): string {
  return `${text.replace(/\n$/, '').replaceAll('\n', '\\')}\n`;
}

export function findLink(context: Context, name: string): Link | undefined {
  return context.namespace.links.find((link) => link.name === name || link.altNames?.includes(name) === true);
}

export interface LinkFilter {
  readonly dev?: Link;
  readonly up: boolean;
  readonly master?: string;
  readonly kind?: string;
}

/** Reads one word of a filter that links and addresses share; undefined when it is none of these. */
export function linkFilterWord(
  context: Context,
  word: string,
  words: Words,
  filter: { -readonly [K in keyof LinkFilter]: LinkFilter[K] },
): Output | true | undefined {
  if (word === 'up') {
    filter.up = true;
    return true;
  }
  if (word === 'master') {
    const name = words.next();
    if (name === undefined) return incomplete();
    if (findLink(context, name) === undefined) return failure('Error: argument "' + name + '" is wrong: Device does not exist\n\n', 255);
    filter.master = name;
    return true;
  }
  if (word === 'type') {
    const kind = words.next();
    if (kind === undefined) return incomplete();
    filter.kind = kind;
    return true;
  }
  return undefined;
}

export function passes(filter: LinkFilter, link: Link): boolean {
  if (filter.dev !== undefined && filter.dev.index !== link.index) return false;
  if (filter.up && !link.up) return false;
  if (filter.master !== undefined && filter.master !== link.master) return false;
  // A card of the machine is of no kind that software made.
  return filter.kind === undefined || (link.kind !== 'loopback' && link.kind !== 'ether' && filter.kind === link.kind);
}

function show(context: Context, words: Words): Output {
  const filter: { -readonly [K in keyof LinkFilter]: LinkFilter[K] } = { up: false };
  for (let word = words.next(); word !== undefined; word = words.next()) {
    const done = linkFilterWord(context, word, words, filter);
    if (done === true) continue;
    if (done !== undefined) return done;
    const name = word === 'dev' ? words.next() : word;
    if (name === undefined) return incomplete();
    const dev = findLink(context, name);
    if (dev === undefined) return failure(`Device "${name}" does not exist.\n`);
    filter.dev = dev;
  }
  const links = context.namespace.links.filter((link) => passes(filter, link));
  const { options } = context;
  if (options.json) {
    return output(
      printJson(
        links.map((link) => {
          const all = linkJson(context, link, { mode: true, hardware: true });
          if (!options.brief) return all;
          const keep = ['link_index', 'link', 'ifname', 'operstate', 'address', 'flags'];
          return Object.fromEntries(keep.filter((key) => key in all).map((key) => [key, all[key]!]));
        }),
        options.pretty,
      ),
    );
  }
  return output(
    links
      .map((link) => {
        if (options.brief)
          return brief(context, link, `${linkAddress(link)} <${flagsOf(context.kernel, context.namespace, link).join(',')}> `);
        const text = linkText(context, link, { mode: true, hardware: true });
        return options.oneline ? oneline(text) : text;
      })
      .join(''),
  );
}

function set(context: Context, words: Words): Output {
  let name: string | undefined;
  const acts: ((draft: Parameters<Parameters<typeof act>[1]>[0], dev: string) => string | undefined)[] = [];
  const target = context.name;
  for (let word = words.next(); word !== undefined; word = words.next()) {
    switch (word) {
      case 'up':
        acts.push((draft, dev) => draft.setUp(target, dev));
        continue;
      case 'down':
        acts.push((draft, dev) => draft.setDown(target, dev));
        continue;
      case 'nomaster':
        acts.push((draft, dev) => draft.removeMaster(target, dev));
        continue;
      case 'arp':
      case 'promisc':
      case 'multicast':
      case 'allmulticast':
      case 'txqueuelen':
      case 'group':
      case 'alias':
        return failure(`cka-net: ip link set: "${word}" is not simulated\n`);
    }
    const valued = ['dev', 'mtu', 'master', 'address', 'name', 'netns'].includes(word);
    const value = valued ? words.next() : word;
    if (value === undefined) return incomplete();
    if (!valued || word === 'dev') {
      if (name !== undefined) return garbage('dev', value);
      name = value;
    } else if (word === 'mtu') {
      if (!/^\d+$/.test(value)) return failure(`Error: argument "${value}" is wrong: Invalid "mtu" value\n\n`, 255);
      const mtu = Number(value);
      acts.push((draft, dev) => {
        if (mtu < 68) return 'Error: mtu less than device minimum.';
        if (mtu > 65535) return 'Error: mtu greater than device maximum.';
        return draft.setMtu(target, dev, mtu);
      });
    } else if (word === 'master') {
      const master = findLink(context, value);
      if (master === undefined) return failure(`Error: argument "${value}" is wrong: Device does not exist\n\n`, 255);
      acts.push((draft, dev) => (master.kind === 'bridge' ? draft.setMaster(target, dev, master.name) : 'operation not supported'));
    } else if (word === 'address') {
      if (!/^([0-9a-f]{1,2}:){5}[0-9a-f]{1,2}$/i.test(value)) return failure(`"${value}" is invalid lladdr.\n`, 255);
      acts.push((draft, dev) => draft.setMac(target, dev, value.toLowerCase()));
    } else if (word === 'name') {
      acts.push((draft, dev) => draft.renameLink(target, dev, value));
    } else {
      const [there, known] = value === '1' ? ['', true] : [value, context.kernel.namespaces.has(value)];
      if (!known || !seesNamed(context.here)) return failure(`Error: argument "${value}" is wrong: Invalid "netns" value\n\n`, 255);
      acts.push((draft, dev) => draft.moveLink(target, dev, there));
    }
  }
  if (name === undefined) return failure('Not enough information: "dev" argument is required.\n', 255);
  const link = findLink(context, name);
  if (link === undefined) return noDevice(name);
  return act(context, (draft) => {
    for (const one of acts) {
      const failed = one(draft, link.name);
      if (failed !== undefined) return failed;
    }
    return undefined;
  });
}

function add(context: Context, words: Words): Output {
  const target = context.name;
  let name: string | undefined;
  let type: string | undefined;
  let mtu: number | undefined;
  const own: Record<string, string> = {};
  let peer: string | undefined;
  let peerNamespace = target;
  for (let word = words.next(); word !== undefined; word = words.next()) {
    if (word === 'peer') {
      const next = words.next();
      const named = next === 'name' || next === 'dev' ? words.next() : next;
      if (named === undefined) return incomplete();
      peer = named;
      if (words.peek() === 'netns') {
        words.next();
        peerNamespace = words.next() ?? '';
        if (!context.kernel.namespaces.has(peerNamespace))
          return failure(`Error: argument "${peerNamespace}" is wrong: Invalid "netns" value\n\n`, 255);
      }
      continue;
    }
    if (['nolearning', 'learning', 'proxy', 'external'].includes(word)) continue;
    const valued =
      ['name', 'type', 'mtu', 'address', 'id', 'vni', 'local', 'dstport', 'remote', 'group', 'link', 'ttl'].includes(word) ||
      (word === 'dev' && type !== undefined);
    const value = valued ? words.next() : word === 'dev' ? words.next() : word;
    if (value === undefined) return incomplete();
    if (word === 'type') type = value;
    else if (word === 'mtu') mtu = Number(value);
    else if (valued && word !== 'name') own[word === 'vni' ? 'id' : word] = value;
    else if (name === undefined) name = value;
    else return garbage('name', value);
  }
  if (type === undefined) return failure('Not enough information: "type" argument is required\n', 255);
  const made = { ...(mtu !== undefined && { mtu }), ...(own['address'] !== undefined && { mac: own['address'] }) };
  if (name === undefined && type !== 'veth') return failure('Not enough information: "name" argument is required\n', 255);
  switch (type) {
    case 'bridge':
    case 'dummy':
      return act(context, (draft) => draft.addLink(target, { name: name!, kind: type, ...made }));
    case 'veth':
      return act(context, (draft) => {
        const free = (taken: readonly (string | undefined)[]) => {
          for (let i = 0; ; i++) if (draft.link(target, `veth${i}`) === undefined && !taken.includes(`veth${i}`)) return `veth${i}`;
        };
        const outer = name ?? free([peer]);
        // The peer is registered first, and so has the lower index.
        return draft.addVethPair(
          peerNamespace,
          { name: peer ?? free([outer]) },
          { name: outer, namespace: target, ...(made.mac !== undefined && { mac: made.mac }) },
          mtu,
        );
      });
    case 'vxlan': {
      if (own['id'] === undefined) return failure('Error: argument "vxlan" is wrong: missing virtual network identifier\n\n', 255);
      const dev = own['dev'] ?? '';
      if (own['dev'] !== undefined && findLink(context, dev) === undefined) return failure(`Cannot find device "${dev}"\n`, 255);
      const local = parseIp(own['local'] ?? '') ?? toIp('0.0.0.0');
      const vxlan = { id: Number(own['id']), port: Number(own['dstport'] ?? 8472), local, dev };
      const lower = findLink(context, dev);
      return act(context, (draft) => draft.addLink(target, { name: name!, kind: 'vxlan', vxlan, mtu: (lower?.mtu ?? 1550) - 50, ...made }));
    }
    case 'ipvlan':
    case 'macvlan':
    case 'vlan':
    case 'bond':
    case 'tun':
    case 'ipip':
    case 'gre':
    case 'wireguard':
    case 'vrf':
      return failure(`cka-net: ip link add: links of type ${type} are not simulated\n`);
    default:
      return failure('Error: Unknown device type.\n', 2);
  }
}

function remove(context: Context, words: Words): Output {
  let name: string | undefined;
  for (let word = words.next(); word !== undefined; word = words.next()) {
    if (word === 'type') words.next();
    else name = word === 'dev' || word === 'name' ? words.next() : word;
  }
  if (name === undefined) return failure('Not enough information: "dev" argument is required.\n', 255);
  const link = findLink(context, name);
  if (link === undefined) return noDevice(name);
  if (link.kind === 'loopback' || link.kind === 'ether') return failure(answers('operation not supported'), 2);
  return act(context, (draft) => draft.removeLink(context.name, link.name));
}

/** `ip link`, after the object's name. */
export function link(context: Context, words: Words): Output {
  const command = words.next();
  if (command === undefined || abbreviates(command, ['show', 'lst', 'list'])) return show(context, words);
  if (abbreviates(command, ['add'])) return add(context, words);
  if (abbreviates(command, ['set', 'change'])) return set(context, words);
  if (abbreviates(command, ['delete'])) return remove(context, words);
  return unknownCommand(command, 'link');
}
