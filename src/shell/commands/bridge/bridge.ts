/** bridge(8) of iproute2: ports, forwarding tables, VLANs of ports. */
import { familyOf, toNumber } from '#net/ip.ts';
import type { Link, NetworkNamespace } from '#node/kernel.ts';
import { failure, output, type Command, type Here, type Output } from '../../command.ts';
import { networkAt } from '../../network/entered.ts';
import { flagsOf, linkAddress, operState } from '../../network/link-state.ts';
import { printJson, type Json } from '../ip/json.ts';

interface Options {
  readonly json: boolean;
  readonly pretty: boolean;
  readonly details: boolean;
}

interface Entry {
  readonly mac: string;
  readonly dev: string;
  readonly dst?: string;
  readonly master?: string;
  readonly self: boolean;
}

/** Groups that a device which is up has joined: all nodes of both families, and the solicited-node group of each IPv6 address (RFC 4291, 2.7.1). */
function groups(link: Link): readonly string[] {
  if (!link.up || link.kind === 'loopback' || link.kind === 'ipip' || link.kind === 'vxlan' || link.kind === 'dummy') return [];
  const solicited = new Set(
    link.addresses
      .filter((one) => familyOf(one.ip) === 'IPv6')
      .map((one) => {
        const low = (toNumber(one.ip) & 0xffffffn).toString(16).padStart(6, '0');
        return `33:33:ff:${low.match(/../g)!.join(':')}`;
      }),
  );
  const snooping = link.kind === 'bridge' ? ['01:00:5e:00:00:6a', '33:33:00:00:00:6a'] : [];
  return ['33:33:00:00:00:01', ...snooping, '01:00:5e:00:00:01', ...solicited];
}

/** The bridge that a link is a port of; datapaths of Open vSwitch are none. */
function bridgeOf({ links }: NetworkNamespace, port: Link): string | undefined {
  return links.find((link) => link.kind === 'bridge' && link.name === port.master)?.name;
}

/** Entries of one device, in the order of the kernel's dump. What a bridge has learned from frames is not kept. */
function entriesOf(here: Here, link: Link): readonly Entry[] {
  const { namespace } = networkAt(here);
  const told = namespace.forwarding
    .filter((one) => one.dev === link.name && link.vxlan?.external !== true)
    .map((one): Entry => ({ mac: one.mac, dev: one.dev, ...(one.dst !== undefined && { dst: one.dst }), self: true }));
  const own = groups(link).map((mac): Entry => ({ mac, dev: link.name, self: true }));
  if (link.kind === 'bridge') return [...own, { mac: linkAddress(link), dev: link.name, master: link.name, self: false }];
  const master = bridgeOf(namespace, link);
  const port: readonly Entry[] = master === undefined ? [] : [{ mac: linkAddress(link), dev: link.name, master, self: false }];
  return [...told, ...port, ...own];
}

function fdb(here: Here, words: readonly string[], { json, pretty }: Options): Output {
  const { namespace } = networkAt(here);
  const rest = ['show', 'list', 'lst'].includes(words[0] ?? '') ? words.slice(1) : words;
  if (['add', 'append', 'replace', 'del', 'delete', 'flush', 'get'].includes(words[0] ?? ''))
    return failure(`cka-net: bridge fdb ${words[0]!} is not simulated\n`);
  let dev: string | undefined;
  let br: string | undefined;
  for (let i = 0; i < rest.length; i++) {
    const word = rest[i]!;
    if (word === 'br' || word === 'brport' || word === 'dev' || word === 'master') {
      const name = rest[++i];
      if (name === undefined) return failure('Command line is not complete. Try option "help"\n', 255);
      if (!namespace.links.some((link) => link.name === name))
        return failure(word === 'br' ? `Cannot find bridge device "${name}"\n` : `Cannot find device "${name}"\n`, 255);
      if (word === 'br' || word === 'master') br = name;
      else dev = name;
    } else if (['dynamic', 'state', 'vlan'].includes(word)) {
      return failure(`cka-net: bridge fdb show: "${word}" is not simulated\n`);
    } else return failure(`Command "${word}" is unknown, try "bridge fdb help".\n`, 255);
  }
  const links = namespace.links.filter(
    (link) => (dev === undefined || link.name === dev) && (br === undefined || link.name === br || link.master === br),
  );
  const entries = links.flatMap((link) => entriesOf(here, link));
  if (json)
    return output(
      printJson(
        entries.map((one): Json => ({
          mac: one.mac,
          ...(dev === undefined && { ifname: one.dev }),
          ...(one.dst !== undefined && { dst: one.dst }),
          flags: one.self ? ['self'] : [],
          ...(one.master !== undefined && { master: one.master }),
          state: 'permanent',
        })),
        pretty,
      ),
    );
  return output(
    entries
      .map((one) => {
        const where = dev === undefined ? ` dev ${one.dev}` : '';
        const dst = one.dst === undefined ? '' : ` dst ${one.dst}`;
        return `${one.mac}${where}${dst}${one.self ? ' self' : ''}${one.master === undefined ? '' : ` master ${one.master}`} permanent\n`;
      })
      .join(''),
  );
}

/** What bridge takes the port to be stacked on: it looks for the peer's index in its own namespace, whoever has it there. */
function portName(here: Here, link: Link): string {
  if (link.peer === undefined) return link.name;
  const { namespace } = networkAt(here);
  const lower = namespace.links.find((one) => one.index === link.peer!.index);
  return `${link.name}@${lower?.name ?? `if${link.peer.index}`}`;
}

function links(here: Here, words: readonly string[], { json, pretty, details }: Options): Output {
  const { kernel, namespace } = networkAt(here);
  const rest = ['show', 'list', 'lst'].includes(words[0] ?? '') ? words.slice(1) : words;
  if (words[0] === 'set') return failure('cka-net: bridge link set is not simulated\n');
  const name = rest[0] === 'dev' ? rest[1] : rest[0];
  if (name !== undefined && !namespace.links.some((link) => link.name === name)) return failure(`Cannot find device "${name}"\n`, 255);
  const ports = namespace.links.filter((link) => bridgeOf(namespace, link) !== undefined && (name === undefined || link.name === name));
  const stateOf = (link: Link) => (operState(kernel, namespace, link) === 'UP' ? 'forwarding' : 'disabled');
  if (json)
    return output(
      printJson(
        ports.map((link): Json => ({
          ifindex: link.index,
          ...(link.peer !== undefined && { link: portName(here, link).split('@')[1]! }),
          ifname: link.name,
          flags: flagsOf(kernel, namespace, link),
          mtu: link.mtu,
          master: link.master!,
          state: stateOf(link),
          priority: 32,
          cost: 2,
        })),
        pretty,
      ),
    );
  return output(
    ports
      .map((link) => {
        const flags = flagsOf(kernel, namespace, link).join(',');
        const more = details
          ? `\n    hairpin ${link.hairpin === true ? 'on' : 'off'} guard off root_block off fastleave off learning on flood on mcast_flood on bcast_flood on mcast_to_unicast off neigh_suppress off vlan_tunnel off isolated off locked off `
          : '';
        return `${link.index}: ${portName(here, link)}: <${flags}> mtu ${link.mtu} master ${link.master!} state ${stateOf(link)} priority 32 cost 2 ${more}\n`;
      })
      .join(''),
  );
}

/** VLAN filtering is a thing that bridges here are built without. */
function vlan({ json }: Options): Output {
  return output(json ? '[]\n' : 'port              vlan-id  \n');
}

const objects = ['link', 'fdb', 'mdb', 'vlan', 'monitor'];

export const bridge: Command = {
  name: 'bridge',
  run(args, _io, here): Output {
    const flags = args.slice(
      0,
      args.findIndex((arg) => !arg.startsWith('-')) < 0 ? args.length : args.findIndex((arg) => !arg.startsWith('-')),
    );
    const [object, ...words] = args.slice(flags.length);
    if (flags.some((flag) => /^-V/.test(flag))) return output('bridge utility, 6.1.0\n');
    const has = (pattern: RegExp) => flags.some((flag) => pattern.test(flag));
    const unknown = flags.find((flag) => !/^-(j|json|p|pretty|d|details?|s|statistics|o|oneline|c|color|4|6|h)/.test(flag));
    if (unknown !== undefined) return failure(`Option "${unknown}" is unknown, try "bridge help".\n`, 255);
    const options: Options = { json: has(/^-j/), pretty: has(/^-p/), details: has(/^-d/) };
    if (object === undefined) return failure('cka-net: bridge: the long usage text is not simulated\n', 255);
    switch (objects.find((one) => one.startsWith(object))) {
      case 'link':
        return links(here, words, options);
      case 'fdb':
        return fdb(here, words, options);
      case 'vlan':
        return vlan(options);
      case undefined:
        return failure(`Object "${object}" is unknown, try "bridge help".\n`, 255);
      default:
        return failure(`cka-net: bridge ${object} is not simulated\n`);
    }
  },
};
