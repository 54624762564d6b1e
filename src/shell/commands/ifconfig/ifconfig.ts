/** ifconfig(8) of net-tools: links and their addresses. */
import { familyOf, maskOf } from '#net/ip.ts';
import type { Kernel, Link, NetworkNamespace } from '#node/kernel.ts';
import { failure, output, type Command, type Output } from '../../command.ts';
import { isApplet } from '../../network/dialect.ts';
import { networkAt } from '../../network/entered.ts';
import { flagsOf } from '../../network/link-state.ts';
import { ip } from '../ip/ip.ts';

/** Bits of SIOCGIFFLAGS, in the order in which they are named. */
const bits: readonly (readonly [name: string, bit: number, kernel: string])[] = [
  ['UP', 1, 'UP'],
  ['BROADCAST', 2, 'BROADCAST'],
  ['LOOPBACK', 8, 'LOOPBACK'],
  ['RUNNING', 64, 'LOWER_UP'],
  ['NOARP', 128, 'NOARP'],
  ['MULTICAST', 4096, 'MULTICAST'],
];

const scopes = { global: '0x0<global>', link: '0x20<link>', host: '0x10<host>' } as const;

/** One link's block. Counters stand at 0: the simulated wire does not count. */
export function linkBlock(kernel: Kernel, namespace: NetworkNamespace, link: Link): string {
  const flags = flagsOf(kernel, namespace, link);
  const set = bits.filter(([, , name]) => flags.includes(name));
  const sum = set.reduce((total, [, bit]) => total + bit, 0);
  const v4 = link.addresses.find((one) => familyOf(one.ip) === 'IPv4');
  const v6 = link.addresses.filter((one) => familyOf(one.ip) === 'IPv6');
  const hardware =
    link.kind === 'loopback'
      ? 'loop  txqueuelen 1000  (Local Loopback)'
      : link.kind === 'ipip'
        ? 'tunnel   txqueuelen 1000  (IPIP Tunnel)'
        : `ether ${link.mac}  txqueuelen 1000  (Ethernet)`;
  const broadcast = link.kind === 'loopback' || !flags.includes('BROADCAST') ? '' : `  broadcast ${v4?.broadcast ?? '0.0.0.0'}`;
  const lines = [
    ...(v4 === undefined ? [] : [`inet ${v4.ip}  netmask ${maskOf(v4.length)}${broadcast}`]),
    ...v6.map((one) => `inet6 ${one.ip}  prefixlen ${one.length}  scopeid ${scopes[one.scope]}`),
    hardware,
    'RX packets 0  bytes 0 (0.0 B)',
    'RX errors 0  dropped 0  overruns 0  frame 0',
    'TX packets 0  bytes 0 (0.0 B)',
    'TX errors 0  dropped 0 overruns 0  carrier 0  collisions 0',
  ];
  return `${link.name}: flags=${sum}<${set.map(([name]) => name).join(',')}>  mtu ${link.mtu}\n${lines.map((line) => `        ${line}\n`).join('')}\n`;
}

/** The same as busybox prints it. */
function appletBlock(kernel: Kernel, namespace: NetworkNamespace, link: Link): string {
  const flags = flagsOf(kernel, namespace, link);
  const order = ['UP', 'BROADCAST', 'LOOPBACK', 'RUNNING', 'NOARP', 'MULTICAST'];
  const set = order.filter((name) => flags.includes(name === 'RUNNING' ? 'LOWER_UP' : name));
  const v4 = link.addresses.find((one) => familyOf(one.ip) === 'IPv4');
  const hardware = link.kind === 'loopback' ? 'Local Loopback  ' : `Ethernet  HWaddr ${link.mac.toUpperCase()}  `;
  const broadcast = flags.includes('BROADCAST') ? `  Bcast:${v4?.broadcast ?? '0.0.0.0'}` : '';
  const names = { global: 'Global', link: 'Link', host: 'Host' } as const;
  const lines = [
    ...(v4 === undefined ? [] : [`inet addr:${v4.ip}${broadcast}  Mask:${maskOf(v4.length)}`]),
    ...link.addresses
      .filter((one) => familyOf(one.ip) === 'IPv6')
      .map((one) => `inet6 addr: ${one.ip}/${one.length} Scope:${names[one.scope]}`),
    `${set.join(' ')}  MTU:${link.mtu}  Metric:1`,
    'RX packets:0 errors:0 dropped:0 overruns:0 frame:0',
    'TX packets:0 errors:0 dropped:0 overruns:0 carrier:0',
    'collisions:0 txqueuelen:1000 ',
    'RX bytes:0 (0.0 B)  TX bytes:0 (0.0 B)',
  ];
  return `${link.name.padEnd(9)} Link encap:${hardware}\n${lines.map((line) => `          ${line}\n`).join('')}\n`;
}

/** The name's parts, as net-tools orders them: letters, then the number at the end. */
function byName(a: Link, b: Link): number {
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}

export function ordered(namespace: NetworkNamespace): readonly Link[] {
  return [...namespace.links].sort(byName);
}

export const ifconfig: Command = {
  name: 'ifconfig',
  run(args, io, here): Output | Promise<Output> {
    const { kernel, namespace } = networkAt(here);
    const applet = isApplet(here, 'ifconfig');
    const block = applet ? appletBlock : linkBlock;
    const flags = args.filter((arg) => arg.startsWith('-'));
    const [name, ...rest] = args.filter((arg) => !arg.startsWith('-'));
    if (flags.includes('-s')) return failure('cka-net: ifconfig -s is not simulated; use "netstat -i"\n');
    if (name === undefined) {
      const all = flags.includes('-a');
      return output(
        ordered(namespace)
          .filter((link) => all || link.up)
          .map((link) => block(kernel, namespace, link))
          .join(''),
      );
    }
    const link = namespace.links.find((one) => one.name === name);
    if (link === undefined)
      return failure(
        rest.length === 0
          ? `${applet ? 'ifconfig: ' : ''}${name}: error fetching interface information: Device not found\n`
          : `${name}: ERROR while getting interface flags: No such device\n`,
      );
    if (rest.length === 0) return output(block(kernel, namespace, link));
    if (rest.length === 1 && (rest[0] === 'up' || rest[0] === 'down')) return ip.run(['link', 'set', name, rest[0]], io, here);
    if (rest.length === 2 && rest[0] === 'mtu') return ip.run(['link', 'set', name, 'mtu', rest[1]!], io, here);
    return failure('cka-net: ifconfig: addresses are not changed by it; use "ip addr"\n');
  },
};
