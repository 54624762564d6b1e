/** Pods that a host runs from manifest files, and their mirrors in the API (pkg/kubelet/config/{file,common}.go, pkg/kubelet/pod/mirror_client.go). */
import { hexOf } from '#kube/chance.ts';
import { type Pod } from '#kube/kinds/pod.ts';
import { readDocuments } from '#kube/yaml.ts';
import { rfc3339 } from '#kube/time.ts';
import { listDirectory, readFile, type FileNode, type FileTree } from '../files.ts';
import type { Host } from '../host.ts';

export const configHashKey = 'kubernetes.io/config.hash';
const mirrorKey = 'kubernetes.io/config.mirror';

export interface StaticPods {
  readonly pods: readonly Pod[];
  /** What the kubelet logs about files it cannot use. */
  readonly problems: readonly string[];
}

/** What was found in a tree of files, and in each file of it: files are many, and seldom change. */
const knownTrees = new WeakMap<FileTree, { readonly directory: string; readonly found: StaticPods }>();
const knownFiles = new WeakMap<FileNode, { readonly path: string; readonly found: StaticPods }>();

/** The pods of the manifest directory. A file that is no pod is passed over, and complained of. */
export function staticPodsOf(host: Host, directory: string, withDefaults: (pod: Pod) => Pod): StaticPods {
  const kept = knownTrees.get(host.files);
  if (kept?.directory === directory) return kept.found;
  const found = readStaticPods(host, directory, withDefaults);
  knownTrees.set(host.files, { directory, found });
  return found;
}

function readStaticPods(host: Host, directory: string, withDefaults: (pod: Pod) => Pod): StaticPods {
  const pods: Pod[] = [];
  const problems: string[] = [];
  if (directory === '') return { pods, problems };
  for (const file of listDirectory(host.files, directory) ?? []) {
    // Hidden files are ignored; everything else is read, whatever it is called (file_linux.go).
    if (file.startsWith('.')) continue;
    const path = `${directory.replace(/\/$/, '')}/${file}`;
    const node = host.files.get(path);
    const kept = node === undefined ? undefined : knownFiles.get(node);
    const found = kept?.path === path ? kept.found : readManifest(host, path, withDefaults);
    if (node !== undefined) knownFiles.set(node, { path, found });
    pods.push(...found.pods);
    problems.push(...found.problems);
  }
  return { pods, problems };
}

function readManifest(host: Host, path: string, withDefaults: (pod: Pod) => Pod): StaticPods {
  const text = readFile(host.files, path);
  if (text === undefined) return { pods: [], problems: [] };
  const refuse = (why: string): StaticPods => ({
    pods: [],
    problems: [`"Could not process manifest file" err="${path}: couldn't parse as pod(${why}), please check config file" path="${path}"`],
  });
  const documents = readDocuments(text);
  if (!documents.ok) return refuse(documents.error);
  const [first] = documents.value;
  const object = first as Pod | null | undefined;
  if (object?.kind !== 'Pod' || typeof object.metadata?.name !== 'string' || !Array.isArray(object.spec?.containers))
    return refuse(`Object 'Kind' is missing in '${JSON.stringify(object ?? null).slice(0, 60)}'`);
  const known = host.found?.manifests.get(path);
  const hash = known?.content === text ? known.hash : hexOf(`static/${host.name}/${text}`, 32);
  return { pods: [asStatic(host, withDefaults(object), hash)], problems: [] };
}

/** The pod under the name `<name>-<node>`, its UID made from the file. */
function asStatic(host: Host, pod: Pod, hash: string): Pod {
  const { labels, annotations } = pod.metadata;
  return {
    ...pod,
    metadata: {
      name: `${pod.metadata.name}-${host.name}`,
      namespace: pod.metadata.namespace ?? 'default',
      uid: hash,
      ...(labels !== undefined && { labels }),
      annotations: { ...annotations, [configHashKey]: hash, 'kubernetes.io/config.source': 'file' },
      creationTimestamp: undefined as unknown as string,
    },
    spec: {
      ...pod.spec,
      nodeName: host.name,
      tolerations: [{ effect: 'NoExecute', operator: 'Exists' }, ...(pod.spec.tolerations ?? [])],
    },
  };
}

/** The object by which the API shows a static pod: it is owned by the node, and deleting it changes nothing. */
export function mirrorOf(pod: Pod, nodeUid: string | undefined, now: number): Pod {
  const { creationTimestamp: _, ...metadata } = pod.metadata;
  return {
    ...pod,
    metadata: {
      ...metadata,
      annotations: {
        ...metadata.annotations,
        [mirrorKey]: metadata.uid!,
        'kubernetes.io/config.seen': `${rfc3339(now).slice(0, -1)}.000000000Z`,
      },
      ...(nodeUid !== undefined && {
        ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name: pod.spec.nodeName!, uid: nodeUid, controller: true }],
      }),
    },
  };
}

export function isMirror(pod: Pod): boolean {
  return mirroredHash(pod) !== undefined;
}

interface Named {
  readonly metadata: { readonly uid?: string; readonly annotations?: Readonly<Record<string, string>> };
}

/** The configuration hash of the file a mirror stands for, which is the UID of the pod that the file describes. */
export function mirroredHash({ metadata }: Named): string | undefined {
  return metadata.annotations?.[mirrorKey];
}

/** The UID under which the node runs a pod (pkg/kubelet/pod, TranslatePodUID). */
export function uidOnNode(pod: Named): string {
  return mirroredHash(pod) ?? pod.metadata.uid ?? '';
}
