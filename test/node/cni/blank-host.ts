/** A host as the bring-up leaves it before any network: eth0, the reference plugins, no CNI configuration. */
import { cidr, ip, type Ip } from '#net/ip.ts';
import { nodeName } from '#kube/names.ts';
import { pluginBinary, referencePlugins } from '#node/cni/invoke.ts';
import { KernelDraft } from '#node/cni/kernel-draft.ts';
import { emptyTree, withFiles, type FileNode } from '#node/files.ts';
import type { Host } from '#node/host.ts';
import type { Kernel } from '#node/kernel.ts';
import { noRules } from '#node/netfilter.ts';

export const modified = '2026-01-01T00:00:00Z';
export const now = Date.parse(modified);

export function blankHost(name = 'node01', address = '172.30.2.2'): Host {
  const lo = { index: 1, name: 'lo', kind: 'loopback', mac: '00:00:00:00:00:00', mtu: 65536, up: false, addresses: [] } as const;
  const own = { name: '', links: [lo], routes: [], neighbours: [], forwarding: [], sysctls: new Map(), netfilter: noRules };
  const kernel: Kernel = {
    release: '6.12.0',
    modules: new Set(['br_netfilter', 'overlay', 'vxlan']),
    namespaces: new Map([['', own]]),
    nextIndex: 2,
  };
  const draft = new KernelDraft(kernel, name);
  draft.setUp('', 'lo');
  draft.addLink('', { name: 'eth0', kind: 'ether' });
  draft.setUp('', 'eth0');
  draft.addAddress('', 'eth0', { ip: address as Ip, length: 24 });
  draft.addRoute('', { dst: cidr('0.0.0.0/0'), dev: 'eth0', via: ip(address.replace(/\d+$/, '1')) });
  draft.setSysctl('', 'net.bridge.bridge-nf-call-iptables', '1');
  draft.setSysctl('', 'net.ipv4.ip_forward', '1');
  const binaries = [...referencePlugins, 'flannel', 'calico', 'calico-ipam', 'weave-net', 'cilium-cni'].map((one): [string, FileNode] => [
    `/opt/cni/bin/${one}`,
    pluginBinary(one, modified),
  ]);
  const parts: Partial<Host> = {
    name: nodeName(name),
    addresses: [ip(address)],
    files: withFiles(emptyTree, binaries, modified),
    kernel: draft.kernel,
    sandboxes: new Map(),
  };
  return parts as Host;
}

/** The host with these files written, or removed. */
export function having(host: Host, files: Readonly<Record<string, string | FileNode | undefined>>): Host {
  return { ...host, files: withFiles(host.files, Object.entries(files), modified) };
}
