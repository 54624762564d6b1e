/**
 * /sys of one network namespace, as far as it is about links (net/core/net-sysfs.c, net/bridge/br_sysfs_if.c): a directory for each below
 * /sys/devices, and a symbolic link to it in /sys/class/net. What the kernel will not say of a link that is down has no file.
 */
import { KernelDraft } from '#node/cni/kernel-draft.ts';
import type { FileNode } from '#node/files.ts';
import type { Kernel, Link, NetworkNamespace } from '#node/kernel.ts';
import type { NodeName } from '#kube/names.ts';
import type { Lab } from '#lab/lab.ts';
import { flagsOf, hasCarrier, linkAddress, linkBroadcast, lowerOf, operState } from '../network/link-state.ts';
import { made, type VirtualFiles } from './tree.ts';

const root = '/sys';
const modified = '1970-01-01T00:00:00Z';

/** include/uapi/linux/if.h */
const flagBits: Readonly<Record<string, number>> = { UP: 0x1, BROADCAST: 0x2, LOOPBACK: 0x8, NOARP: 0x80, MULTICAST: 0x1000 };
/** IFF_PROMISC and IFF_ALLMULTI: a bridge wants all frames of its ports. */
const portBits = 0x300;

/** include/uapi/linux/if_arp.h */
const types: Partial<Record<Link['kind'], number>> = { loopback: 772, ipip: 768 };

/** `writable`: somebody who may change the machine's network sees it, and it is not mounted to be read only. */
export function linkFiles(lab: Lab, node: NodeName, namespaceName: () => string, writable: boolean): VirtualFiles {
  const kernel = () => lab.snapshot.hosts.get(node)!.kernel;
  const namespace = () => kernel().namespaces.get(namespaceName());
  return {
    root,
    tree() {
      const here = namespace();
      return made(here === undefined ? [] : here.links.flatMap((link) => filesOf(kernel(), here, link)));
    },
    ...(writable && {
      write(path, content) {
        const port = namespace()?.links.find((link) => `${directoryOf(link)}/brport/hairpin_mode` === path);
        if (port?.master === undefined) return 'EACCES';
        // A shell opens the file before it writes to it.
        if (content === '') return undefined;
        if (!/^\s*\d+\s*$/.test(content)) return 'EINVAL';
        lab.change(({ hosts, now }) => {
          const host = hosts.get(node)!;
          const draft = new KernelDraft(host.kernel, `sysfs/${now}/${host.name}`);
          draft.setHairpin(namespaceName(), port.name, Number(content) !== 0);
          hosts.set(node, { ...host, kernel: draft.kernel });
        });
        return undefined;
      },
    }),
  };
}

/** Reports whether all that is in a directory are symbolic links to others. */
export function isOfLinks(directory: string): boolean {
  return directory === `${root}/class/net` || (directory.startsWith(`${root}/`) && directory.endsWith('/brif'));
}

/** Cards are on the machine's bus, in the order of their numbers; all others are made by software. */
function directoryOf({ kind, name, index }: Link): string {
  const bus = kind === 'ether' ? `pci0000:00/0000:00:${(index + 1).toString(16).padStart(2, '0')}.0/virtio${index - 2}` : 'virtual';
  return `${root}/devices/${bus}/net/${name}`;
}

function filesOf(kernel: Kernel, namespace: NetworkNamespace, link: Link): readonly (readonly [path: string, file: string | FileNode])[] {
  const directory = directoryOf(link);
  const symlink = (path: string, target: string) => [path, { kind: 'symlink', target, modified } as const] as const;
  const file = (name: string, value: string | number) => [`${directory}/${name}`, `${value}\n`] as const;
  const isPort = link.master !== undefined;
  const up = link.up ? [file('carrier', hasCarrier(kernel, namespace, link) ? 1 : 0), file('dormant', 0), file('testing', 0)] : [];
  const ports = namespace.links.filter(({ master }) => master === link.name);
  const kinds: readonly Link['kind'][] = ['bridge', 'vxlan'];
  const kind = kinds.includes(link.kind) ? `DEVTYPE=${link.kind}\n` : '';
  return [
    symlink(`${root}/class/net/${link.name}`, `../..${directory.slice(root.length)}`),
    file('addr_len', link.kind === 'ipip' ? 4 : 6),
    file('address', linkAddress(link)),
    file('broadcast', linkBroadcast(link)),
    file('dev_id', '0x0'),
    file('dev_port', 0),
    file('flags', `0x${flagsIn(kernel, namespace, link).toString(16)}`),
    [`${directory}/ifalias`, ''],
    file('ifindex', link.index),
    file('iflink', lowerIndex(kernel, namespace, link)),
    file('link_mode', 0),
    file('mtu', link.mtu),
    file('netdev_group', 0),
    file('operstate', operState(kernel, namespace, link).toLowerCase()),
    file('proto_down', 0),
    symlink(`${directory}/subsystem`, `${'../'.repeat(directory.split('/').length - 2)}class/net`),
    file('tx_queue_len', link.queueLength ?? 1000),
    file('type', types[link.kind] ?? 1),
    file('uevent', `${kind}INTERFACE=${link.name}\nIFINDEX=${link.index}`),
    ...up,
    ...(isPort
      ? [
          symlink(`${directory}/master`, `../${link.master}`),
          symlink(`${directory}/upper_${link.master}`, `../${link.master}`),
          symlink(`${directory}/brport/bridge`, `../../${link.master}`),
          file('brport/hairpin_mode', link.hairpin === true ? 1 : 0),
        ]
      : []),
    ...(link.kind === 'bridge' ? [[`${directory}/brif`, { kind: 'directory', mode: 0o755, modified }] as const] : []),
    ...ports.flatMap(({ name }) => [
      symlink(`${directory}/lower_${name}`, `../${name}`),
      ...(link.kind === 'bridge' ? [symlink(`${directory}/brif/${name}`, `../../${name}/brport`)] : []),
    ]),
  ];
}

function flagsIn(kernel: Kernel, namespace: NetworkNamespace, link: Link): number {
  const bits = flagsOf(kernel, namespace, link).reduce((sum, flag) => sum | (flagBits[flag] ?? 0), 0);
  return link.master === undefined ? bits : bits | portBits;
}

/** The number of what it is stacked on: its own where that is nothing, 0 of a tunnel that is for all. */
function lowerIndex(kernel: Kernel, namespace: NetworkNamespace, link: Link): number {
  const lower = lowerOf(kernel, namespace, link);
  if (lower === undefined) return link.index;
  return 'index' in lower ? lower.index : (namespace.links.find(({ name }) => name === lower.name)?.index ?? 0);
}
