/** The bridge network set up on the machines, as an administrator would once all of them have joined: files, and a unit that is enabled and started. */
import { Node } from '#kube/kinds/node.ts';
import { rfc3339 } from '#kube/time.ts';
import type { Change } from '#node/change.ts';
import { bridgeFiles, scriptPath, unitPath } from '#node/cni/networks/bridge/bridge.ts';
import { install } from '#node/cni/networks/install.ts';
import { withFiles, type FileNode } from '#node/files.ts';
import { startUnit, type Services } from '#node/systemd/systemd.ts';

/** `clusterCidrs`: the ranges of all pods. */
export function setUpBridge(change: Change, clusterCidrs: readonly string[], services: Services): void {
  const nodes = change.objects.list(Node);
  const unit = unitPath.slice(unitPath.lastIndexOf('/') + 1);
  const enabled: FileNode = { kind: 'symlink', target: unitPath, modified: rfc3339(change.now) };
  for (const [name, host] of change.hosts) {
    const files = [...bridgeFiles(name, nodes, clusterCidrs)].map(
      ([path, content]) => [path, { content, mode: path === scriptPath ? 0o755 : 0o644 }] as const,
    );
    const laid = install(host, { binaries: [], files: Object.fromEntries(files) }, change.now);
    const linked = withFiles(laid.files, [[`/etc/systemd/system/multi-user.target.wants/${unit}`, enabled]], rfc3339(change.now));
    change.hosts.set(name, startUnit({ ...laid, files: linked }, unit, change.now, services));
  }
}
