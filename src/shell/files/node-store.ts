/** A host's files: its disk, /proc/sys over the kernel's settings, /sys over its links, and the logs of its containers. */
import type { NodeName } from '#kube/names.ts';
import type { Lab } from '#lab/lab.ts';
import type { Change } from '#node/change.ts';
import { withFiles, emptyTree, type FileNode } from '#node/files.ts';
import type { Host, LogLine } from '#node/host.ts';
import { rfc3339 } from '#kube/time.ts';
import { linkFiles } from './link-files.ts';
import { made, type Store, type VirtualFiles } from './tree.ts';

/** What kubectl keeps for itself, and nobody else reads. */
const discoveryCache = /^(\/root|\/home\/[^/]+)\/\.kube\/cache\//;

export function nodeStore(lab: Lab, node: NodeName): Store {
  const host = () => lab.snapshot.hosts.get(node)!;
  return {
    tree: () => host().files,
    virtual: [sysctlFiles(lab, node, ''), linkFiles(lab, node, () => '', true), podLogFiles(host), containerLogFiles(host)],
    refuses: () => undefined,
    save(changes) {
      const act = (change: Change) => {
        const current = change.hosts.get(node)!;
        change.hosts.set(node, { ...current, files: withFiles(current.files, changes, rfc3339(change.now)) });
      };
      if ([...changes.keys()].every((path) => discoveryCache.test(path))) lab.changeUnnoticed(act);
      else lab.change(act);
    },
  };
}

/** /proc/sys, of one network namespace: reading and writing is what `sysctl` does. */
export function sysctlFiles(lab: Lab, node: NodeName, namespace: string): VirtualFiles {
  const root = '/proc/sys';
  const settings = () => lab.snapshot.hosts.get(node)!.kernel.namespaces.get(namespace)?.sysctls ?? new Map<string, string>();
  return {
    root,
    tree: () => made([...settings()].map(([key, value]) => [`${root}/${key.replaceAll('.', '/')}`, `${value}\n`])),
    write(path, content) {
      const key = path.slice(root.length + 1).replaceAll('/', '.');
      lab.change((change) => {
        const host = change.hosts.get(node)!;
        const found = host.kernel.namespaces.get(namespace)!;
        if (content === '' || !found.sysctls.has(key)) return;
        const next = { ...found, sysctls: new Map(found.sysctls).set(key, content.trim()) };
        change.hosts.set(node, { ...host, kernel: { ...host.kernel, namespaces: new Map(host.kernel.namespaces).set(namespace, next) } });
      });
      return undefined;
    },
  };
}

/** One line of a container's log as containerd writes it: `2026-11-23T10:00:00.000000000Z stdout F text`. */
function logText(lines: readonly LogLine[]): string {
  return lines.map((line) => `${new Date(line.at).toISOString().slice(0, 23)}000000Z ${line.stream} F ${line.text}\n`).join('');
}

function podLogFiles(host: () => Host): VirtualFiles {
  const root = '/var/log/pods';
  return {
    root,
    tree() {
      const files: (readonly [string, string | FileNode])[] = [
        [root, { kind: 'directory', mode: 0o755, modified: '1970-01-01T00:00:00Z' }],
      ];
      for (const sandbox of host().sandboxes.values()) {
        const directory = `${root}/${sandbox.podNamespace}_${sandbox.podName}_${sandbox.podUid}`;
        for (const container of sandbox.containers) {
          for (const run of [container.previous, container.run])
            if (run !== undefined) files.push([`${directory}/${container.name}/${run.attempt}.log`, logText(run.logs)]);
        }
      }
      return withFiles(emptyTree, files, '1970-01-01T00:00:00Z');
    },
  };
}

function containerLogFiles(host: () => Host): VirtualFiles {
  const root = '/var/log/containers';
  return {
    root,
    tree() {
      const files: (readonly [string, FileNode])[] = [[root, { kind: 'directory', mode: 0o755, modified: '1970-01-01T00:00:00Z' }]];
      for (const sandbox of host().sandboxes.values()) {
        for (const container of sandbox.containers) {
          if (container.run === undefined) continue;
          const target = `/var/log/pods/${sandbox.podNamespace}_${sandbox.podName}_${sandbox.podUid}/${container.name}/${container.run.attempt}.log`;
          files.push([
            `${root}/${sandbox.podName}_${sandbox.podNamespace}_${container.name}-${container.run.id}.log`,
            { kind: 'symlink', target, modified: '1970-01-01T00:00:00Z' },
          ]);
        }
      }
      return withFiles(emptyTree, files, '1970-01-01T00:00:00Z');
    },
  };
}
