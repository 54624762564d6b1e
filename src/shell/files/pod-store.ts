/** A container's files: its image, what it wrote, and over them its volumes and what the kubelet gives every pod. */
import { rfc3339 } from '#kube/time.ts';
import type { Lab } from '#lab/lab.ts';
import { emptyTree, withFiles, type FileNode, type FileTree } from '#node/files.ts';
import type { Sandbox } from '#node/host.ts';
import { mountsOf, type Mount } from '#node/kubelet/volumes.ts';
import type { Place } from '../command.ts';
import { specAt } from '../place.ts';
import { imageTree } from './image-tree.ts';
import { linkFiles } from './link-files.ts';
import { sysctlFiles } from './node-store.ts';
import type { Store } from './tree.ts';

/** What the kubelet makes for a pod, and its containers share and may write to: where the sandbox has it. */
const kept = { '/etc/resolv.conf': 'resolvConf', '/etc/hosts': 'hostsFile' } as const satisfies Readonly<Record<string, keyof Sandbox>>;

type PodPlace = Extract<Place, { kind: 'pod' }>;

/** `takes`: how long saving takes, in milliseconds; a person's moment when absent. */
export function podStore(lab: Lab, place: PodPlace, takes?: number): Store {
  const host = () => lab.snapshot.hosts.get(place.node)!;
  const sandbox = () => host().sandboxes.get(place.podUid);
  const container = () => specAt(lab, place)?.container;
  const mounts = (): readonly Mount[] => {
    const found = specAt(lab, place);
    return found === undefined ? [] : mountsOf(lab.snapshot.cluster, host(), found.pod, found.container, sandbox(), lab.now);
  };
  return {
    tree() {
      const state = sandbox()?.containers.find((one) => one.name === place.container);
      const own = state?.run === undefined ? undefined : lab.programs(container()?.image ?? '').files?.(state.run);
      const written = withFiles(state?.written ?? emptyTree, own ?? [], rfc3339(state?.run?.startedAt ?? lab.now));
      const files: (readonly [string, FileNode | string | undefined])[] = [];
      for (const mount of mounts()) {
        if (mount.kind === 'made')
          for (const [below, text] of mount.files) files.push([below === '' ? mount.path : `${mount.path}/${below}`, text]);
        else files.push(...belowHostPath(host().files, mount));
      }
      const base = withFiles(imageTree(container()?.image ?? ''), written, rfc3339(lab.now));
      return withFiles(base, files, rfc3339(lab.now));
    },
    virtual: [
      sysctlFiles(lab, place.node, sandbox()?.network.namespace ?? ''),
      linkFiles(lab, place.node, () => sandbox()?.network.namespace ?? '', container()?.securityContext?.privileged === true),
    ],
    refuses(path) {
      const covering = mounts().filter((mount) => path === mount.path || path.startsWith(`${mount.path}/`));
      if (covering.at(-1)?.readOnly === true) return 'EROFS';
      return container()?.securityContext?.readOnlyRootFilesystem === true && covering.length === 0 ? 'EROFS' : undefined;
    },
    save(changes) {
      const here = mounts();
      lab.change((change) => {
        const current = change.hosts.get(place.node)!;
        const box = current.sandboxes.get(place.podUid);
        if (box === undefined) return;
        const own = new Map<string, FileNode | undefined>();
        const onHost = new Map<string, FileNode | undefined>();
        let ofPod: Partial<Sandbox> = {};
        for (const [path, node] of changes) {
          const mount = here.filter((one) => path === one.path || path.startsWith(`${one.path}/`)).at(-1);
          if (mount?.kind === 'host') onHost.set(mount.hostPath + path.slice(mount.path.length), node);
          else if (mount?.kind === 'made' && node?.kind === 'file' && path in kept)
            ofPod = { ...ofPod, [kept[path as keyof typeof kept]]: node.content };
          else own.set(path, node);
        }
        const modified = rfc3339(change.now);
        const containers = box.containers.map((one) =>
          one.name === place.container ? { ...one, written: withFiles(one.written, own, modified) } : one,
        );
        change.hosts.set(place.node, {
          ...current,
          files: withFiles(current.files, onHost, modified),
          sandboxes: new Map(current.sandboxes).set(place.podUid, { ...box, ...ofPod, containers }),
        });
      }, takes);
    },
  };
}

function belowHostPath(files: FileTree, mount: Extract<Mount, { kind: 'host' }>): (readonly [string, FileNode])[] {
  const found: (readonly [string, FileNode])[] = [];
  for (const [path, node] of files) {
    if (path === mount.hostPath) found.push([mount.path, node]);
    else if (path.startsWith(mount.hostPath === '/' ? '/' : `${mount.hostPath}/`))
      found.push([`${mount.path}${path.slice(mount.hostPath === '/' ? 0 : mount.hostPath.length)}`, node]);
  }
  return found;
}
