/** Networks without daemons set up on the machines, as an administrator would once all of them have joined: files, and a unit that is enabled and started. */
import { Node } from '#kube/kinds/node.ts';
import type { Pod } from '#kube/kinds/pod.ts';
import { rfc3339 } from '#kube/time.ts';
import { parseCidr } from '#net/ip.ts';
import type { Change } from '#node/change.ts';
import { bridgeFiles, scriptPath, unitPath } from '#node/cni/networks/bridge/bridge.ts';
import { podCidrsOf } from '#node/cni/networks/daemon.ts';
import { install } from '#node/cni/networks/install.ts';
import { routedFiles } from '#node/cni/networks/routed/routed.ts';
import { withFiles, type FileNode } from '#node/files.ts';
import type { Host } from '#node/host.ts';
import { startUnit, type Services } from '#node/systemd/systemd.ts';
import { podIpsOf } from './dump.ts';

/** `clusterCidrs`: the ranges of all pods. */
export function setUpBridge(change: Change, clusterCidrs: readonly string[], services: Services): void {
  const nodes = change.objects.list(Node);
  for (const host of change.hosts.values()) layOut(change, host, bridgeFiles(host.name, nodes, clusterCidrs), services);
}

/** Plain routes to pods that were found, with the addresses they were found with. */
export function setUpRoutes(change: Change, pods: readonly Pod[], clusterCidrs: readonly string[], services: Services): void {
  const nodes = [...change.hosts.values()].map(({ name, addresses }) => {
    const node = change.objects.get(Node, '', name);
    const podCidrs = (node === undefined ? [] : podCidrsOf(node)).flatMap((text) => parseCidr(text) ?? []);
    return { name, addresses, podCidrs, pods: pods.filter(({ spec }) => spec.nodeName === name).flatMap(podIpsOf) };
  });
  const files = routedFiles(nodes, clusterCidrs);
  for (const host of change.hosts.values()) layOut(change, host, files.get(host.name)!, services);
}

function layOut(change: Change, host: Host, files: ReadonlyMap<string, string>, services: Services): void {
  const unit = unitPath.slice(unitPath.lastIndexOf('/') + 1);
  const enabled: FileNode = { kind: 'symlink', target: unitPath, modified: rfc3339(change.now) };
  const modes = [...files].map(([path, content]) => [path, { content, mode: path === scriptPath ? 0o755 : 0o644 }] as const);
  const laid = install(host, { binaries: [], files: Object.fromEntries(modes) }, change.now);
  const linked = withFiles(laid.files, [[`/etc/systemd/system/multi-user.target.wants/${unit}`, enabled]], rfc3339(change.now));
  change.hosts.set(host.name, startUnit({ ...laid, files: linked }, unit, change.now, services));
}
