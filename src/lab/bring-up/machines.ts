/** The machines of a cluster: as they are installed, and how they boot. */
import { Node } from '#kube/kinds/node.ts';
import { nodeName } from '#kube/names.ts';
import { rfc3339 } from '#kube/time.ts';
import { ip } from '#net/ip.ts';
import type { Change } from '#node/change.ts';
import { readFile, withFiles } from '#node/files.ts';
import type { FoundMachine, Host } from '#node/host.ts';
import { startUnit, type Services } from '#node/systemd/systemd.ts';
import { hostFiles } from './host-files.ts';
import { firstKernel, machineNetwork } from './kernel.ts';
import { componentsOf, corednsImage, registryOf, type ClusterSettings, type NodeSettings } from './settings.ts';

export interface NodeFile {
  /** Every node when absent. */
  readonly node?: string;
  readonly path: string;
  readonly content: string;
}

/** A machine before it boots; `found`: what a dump tells of it. */
export function newHost(settings: ClusterSettings, node: NodeSettings, seed: string, now: number, found?: FoundMachine): Host {
  const addresses = node.addresses.map(ip);
  const all = settings.nodes.flatMap((one) => one.addresses.map(ip));
  const networks = (['IPv4', 'IPv6'] as const).flatMap((family) => machineNetwork(all, family) ?? []);
  const files = hostFiles({ settings, node, seed, now });
  const kernel = firstKernel(seed, node.name, addresses, networks);
  const release = found?.status?.nodeInfo?.kernelVersion ?? kernel.release;
  return {
    name: nodeName(node.name),
    controlPlane: node.controlPlane,
    addresses,
    bootedAt: now,
    files: found === undefined ? files : withFound(files, found, now),
    units: new Map(),
    journal: [],
    kernel: { ...kernel, release },
    sandboxes: new Map(),
    attempts: new Map(),
    images: preloaded(settings, node),
    ...(settings.outsideNames !== undefined && { outsideNames: settings.outsideNames }),
    ...(found !== undefined && { found }),
  };
}

const manifestDirectory = '/etc/kubernetes/manifests/';

/** The files of a machine with what is known of them: its manifests are those of the static pods that were found, and no others. */
function withFound(files: Host['files'], { status, manifests }: FoundMachine, now: number): Host['files'] {
  const { machineID, osImage } = status?.nodeInfo ?? {};
  const release = readFile(files, '/etc/os-release') ?? '';
  const own: (readonly [string, string])[] = [...manifests].map(([path, { content }]) => [path, content]);
  if (machineID !== undefined && machineID !== '') own.push(['/etc/machine-id', `${machineID}\n`]);
  if (osImage !== undefined && osImage !== '')
    own.push(['/etc/os-release', release.replace(/^PRETTY_NAME=.*$/m, `PRETTY_NAME="${osImage}"`)]);
  const kept = manifests.size === 0 ? files : new Map([...files].filter(([path]) => !path.startsWith(manifestDirectory)));
  return withFiles(kept, own, rfc3339(now));
}

/** What kubeadm has pulled before anything runs. */
function preloaded(settings: ClusterSettings, node: NodeSettings): ReadonlySet<string> {
  const { kubernetesVersion: version } = settings;
  const registry = registryOf(version);
  const { etcd, pause } = componentsOf(version);
  const control = ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler'].map((name) => `${registry}/${name}:${version}`);
  return new Set([
    `${registry}/pause:${pause}`,
    `${registry}/kube-proxy:${version}`,
    corednsImage(version),
    ...(node.controlPlane ? [...control, `${registry}/etcd:${etcd}`] : []),
  ]);
}

/** The machine with files of the scenario laid over its own. */
export function lay(host: Host, files: readonly NodeFile[], now: number): Host {
  const own = files
    .filter((file) => (file.node === undefined || file.node === host.name) && readFile(host.files, file.path) !== file.content)
    .map((file) => [file.path, file.content] as const);
  return own.length === 0 ? host : { ...host, files: withFiles(host.files, own, rfc3339(now)) };
}

/** Ranges and labels that the scenario gives a node. */
export function presetNode(change: Change, node: NodeSettings): void {
  const object = change.objects.get(Node, '', node.name);
  if (object === undefined) return;
  const labels = { ...object.metadata.labels, ...node.labels };
  const spec = node.podCIDRs === undefined ? object.spec : { ...object.spec, podCIDR: node.podCIDRs[0]!, podCIDRs: node.podCIDRs };
  if (node.podCIDRs !== undefined || node.labels !== undefined)
    change.objects.put(Node, { ...object, metadata: { ...object.metadata, labels }, ...(spec !== undefined && { spec }) });
}

/** Starts what every machine starts, on those that are meant. */
export function boot(change: Change, services: Services, which: (host: Host) => boolean): void {
  for (const [name, host] of change.hosts) {
    if (!which(host)) continue;
    let booted = host;
    for (const unit of ['systemd-networkd', 'systemd-resolved', 'ssh', 'containerd', 'kubelet'])
      booted = startUnit(booted, unit, change.now, services);
    change.hosts.set(name, booted);
  }
}
