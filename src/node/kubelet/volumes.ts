/**
 * What a container sees of its volumes. ConfigMaps, Secrets and the projected ones are read from the API each time, as the kubelet keeps
 * them up to date; emptyDir and hostPath are directories of the host. (pkg/volume/{configmap,secret,projected,downwardapi})
 */
import { hexOf } from '#kube/chance.ts';
import type { Objects } from '#kube/cluster.ts';
import { ConfigMap } from '#kube/kinds/config-map.ts';
import type { Container } from '#kube/kinds/container.ts';
import type { Pod } from '#kube/kinds/pod.ts';
import { Secret } from '#kube/kinds/secret.ts';
import type { Volume } from '#kube/kinds/volume.ts';
import { normalize, withFiles, type FileTree } from '../files.ts';
import type { Host, Sandbox } from '../host.ts';
import { kubeletConfiguration } from './config.ts';
import { managedHostsFile, podHostsFile } from './etc-hosts.ts';

/** A volume mounted in a container. */
export type Mount = { readonly path: string; readonly readOnly: boolean } & (MadeVolume | HostPath);

interface MadeVolume {
  readonly kind: 'made';
  readonly files: ReadonlyMap<string, string>;
}

interface HostPath {
  readonly kind: 'host';
  readonly hostPath: string;
}

/** Where an emptyDir lies on the host. */
export function emptyDirPath(pod: Pod, volume: string): string {
  return `/var/lib/kubelet/pods/${pod.metadata.uid}/volumes/kubernetes.io~empty-dir/${volume}`;
}

/** The first thing a volume needs and the API does not have, in the kubelet's words; the pod then waits in ContainerCreating. */
export function missingVolumeSource(objects: Objects, pod: Pod): { readonly volume: string; readonly message: string } | undefined {
  const namespace = pod.metadata.namespace!;
  const check = (kind: typeof ConfigMap | typeof Secret, name: string | undefined, optional: boolean | undefined) =>
    name !== undefined && optional !== true && objects.get(kind as typeof ConfigMap, namespace, name) === undefined
      ? `${kind === ConfigMap ? 'configmap' : 'secret'} "${name}" not found`
      : undefined;
  for (const volume of pod.spec.volumes ?? []) {
    const message =
      check(ConfigMap, volume.configMap?.name, volume.configMap?.optional) ??
      check(Secret, volume.secret?.secretName, volume.secret?.optional) ??
      volume.projected?.sources
        ?.map(
          (source) =>
            check(ConfigMap, source.configMap?.name, source.configMap?.optional) ??
            check(Secret, source.secret?.name, source.secret?.optional),
        )
        .find((text) => text !== undefined) ??
      missingKey(objects, namespace, volume);
    if (message !== undefined) return { volume: volume.name, message };
  }
  return undefined;
}

function missingKey(objects: Objects, namespace: string, volume: Volume): string | undefined {
  const source = volume.configMap;
  if (source?.name === undefined || source.optional === true) return undefined;
  const map = objects.get(ConfigMap, namespace, source.name);
  const missing = (source.items ?? []).find((item) => map?.data?.[item.key] === undefined && map?.binaryData?.[item.key] === undefined);
  return missing === undefined ? undefined : `references non-existent config key: ${missing.key}`;
}

/** Everything mounted in a container, outermost path first. */
export function mountsOf(
  objects: Objects,
  host: Host,
  pod: Pod,
  container: Container,
  sandbox: Sandbox | undefined,
  now: number,
): readonly Mount[] {
  const mounts: Mount[] = [];
  for (const mount of container.volumeMounts ?? []) {
    const volume = (pod.spec.volumes ?? []).find((one) => one.name === mount.name);
    if (volume === undefined) continue;
    const path = normalize(mount.mountPath);
    const sub = mount.subPath === undefined || mount.subPath === '' ? undefined : normalize(mount.subPath);
    const readOnly = mount.readOnly ?? false;
    if (volume.hostPath !== undefined)
      mounts.push({ kind: 'host', path, readOnly, hostPath: normalize(volume.hostPath.path + (sub ?? '')) });
    else if (volume.emptyDir !== undefined)
      mounts.push({ kind: 'host', path, readOnly, hostPath: emptyDirPath(pod, volume.name) + (sub ?? '') });
    else if (sub === undefined) mounts.push(made(path, true, () => madeFiles(objects, pod, volume, now)));
    else {
      const text = madeFiles(objects, pod, volume, now).get(sub.slice(1));
      if (text !== undefined) mounts.push(madeFile(path, true, () => text));
    }
  }
  if (sandbox !== undefined) {
    const { hostname, network, resolvConf, hostsFile } = sandbox;
    const addresses = network.ips.map((one) => one.address.ip);
    const hosts = () =>
      hostsFile ??
      (pod.spec.hostNetwork === true
        ? managedHostsFile(hostsOfNode(host.files), pod)
        : podHostsFile(pod, hostname, addresses, kubeletConfiguration(host).clusterDomain));
    mounts.push(
      madeFile('/etc/hosts', false, hosts),
      madeFile('/etc/hostname', false, () => `${hostname}\n`),
      madeFile('/etc/resolv.conf', false, () => resolvConf),
    );
  }
  return mounts.sort((a, b) => a.path.length - b.path.length);
}

/** A mount whose files are made when somebody looks: most containers are asked for one file of many. */
function made(path: string, readOnly: boolean, make: () => ReadonlyMap<string, string>): Mount {
  let files: ReadonlyMap<string, string> | undefined;
  return {
    kind: 'made',
    path,
    readOnly,
    get files() {
      return (files ??= make());
    },
  };
}

function madeFile(path: string, readOnly: boolean, text: () => string): Mount {
  return made(path, readOnly, () => new Map([['', text()]]));
}

function hostsOfNode(files: FileTree): string {
  const node = files.get('/etc/hosts');
  return node?.kind === 'file' ? node.content : '127.0.0.1 localhost\n';
}

/** The files of a volume whose content comes from the API, by path below the mount. */
function madeFiles(objects: Objects, pod: Pod, volume: Volume, now: number): ReadonlyMap<string, string> {
  const namespace = pod.metadata.namespace!;
  if (volume.configMap !== undefined) return configMapFiles(objects, namespace, volume.configMap.name, volume.configMap.items);
  if (volume.secret !== undefined) return secretFiles(objects, namespace, volume.secret.secretName, volume.secret.items);
  if (volume.downwardAPI !== undefined) return downwardFiles(pod, volume.downwardAPI.items);
  const files = new Map<string, string>();
  for (const source of volume.projected?.sources ?? []) {
    const add = (more: ReadonlyMap<string, string>) => more.forEach((text, path) => files.set(path, text));
    if (source.configMap !== undefined) add(configMapFiles(objects, namespace, source.configMap.name, source.configMap.items));
    if (source.secret !== undefined) add(secretFiles(objects, namespace, source.secret.name, source.secret.items));
    if (source.downwardAPI !== undefined) add(downwardFiles(pod, source.downwardAPI.items));
    if (source.serviceAccountToken !== undefined) files.set(source.serviceAccountToken.path, serviceAccountToken(objects, pod, now));
  }
  return files;
}

type Items = readonly { readonly key: string; readonly path: string }[] | undefined;

function project(data: ReadonlyMap<string, string>, items: Items): ReadonlyMap<string, string> {
  if (items === undefined || items.length === 0) return data;
  return new Map(items.flatMap((item) => (data.has(item.key) ? [[item.path, data.get(item.key)!] as const] : [])));
}

function configMapFiles(objects: Objects, namespace: string, name: string | undefined, items: Items): ReadonlyMap<string, string> {
  const map = name === undefined ? undefined : objects.get(ConfigMap, namespace, name);
  return project(
    new Map([
      ...Object.entries(map?.data ?? {}),
      ...Object.entries(map?.binaryData ?? {}).map(([key, value]) => [key, atob(value)] as const),
    ]),
    items,
  );
}

function secretFiles(objects: Objects, namespace: string, name: string | undefined, items: Items): ReadonlyMap<string, string> {
  const secret = name === undefined ? undefined : objects.get(Secret, namespace, name);
  return project(new Map(Object.entries(secret?.data ?? {}).map(([key, value]) => [key, decodeBase64(value)] as const)), items);
}

export function decodeBase64(text: string): string {
  return new TextDecoder().decode(Uint8Array.from(atob(text), (char) => char.charCodeAt(0)));
}

function downwardFiles(
  pod: Pod,
  items: readonly { readonly path: string; readonly fieldRef?: { readonly fieldPath: string } }[] | undefined,
): ReadonlyMap<string, string> {
  return new Map((items ?? []).map((item) => [item.path, fieldText(pod, item.fieldRef?.fieldPath ?? '')] as const));
}

/** A field of the pod as the downward API writes it (pkg/fieldpath). */
export function fieldText(pod: Pod, path: string): string {
  const lines = (values: Readonly<Record<string, string>> | undefined) =>
    Object.entries(values ?? {})
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, value]) => `${key}=${JSON.stringify(value)}`)
      .join('\n');
  const keyed = /^metadata\.(labels|annotations)\['(.*)'\]$/.exec(path);
  if (keyed) return pod.metadata[keyed[1] as 'labels' | 'annotations']?.[keyed[2]!] ?? '';
  switch (path) {
    case 'metadata.name':
      return pod.metadata.name;
    case 'metadata.namespace':
      return pod.metadata.namespace ?? '';
    case 'metadata.uid':
      return pod.metadata.uid ?? '';
    case 'metadata.labels':
      return lines(pod.metadata.labels);
    case 'metadata.annotations':
      return lines(pod.metadata.annotations);
    case 'spec.nodeName':
      return pod.spec.nodeName ?? '';
    case 'spec.serviceAccountName':
      return pod.spec.serviceAccountName ?? '';
    case 'status.podIP':
      return pod.status?.podIP ?? '';
    case 'status.podIPs':
      return (pod.status?.podIPs ?? []).map((one) => one.ip).join(',');
    case 'status.hostIP':
      return pod.status?.hostIP ?? '';
    case 'status.hostIPs':
      return (pod.status?.hostIPs ?? []).map((one) => one.ip).join(',');
    default:
      return '';
  }
}

/** A token in the form of a real one: a JWT whose claims are true of the simulation and whose signature is nobody's. */
function serviceAccountToken(objects: Objects, pod: Pod, now: number): string {
  const encode = (value: unknown) => btoa(JSON.stringify(value)).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
  const issued = Math.floor(now / 1000);
  const account = pod.spec.serviceAccountName ?? 'default';
  const claims = {
    aud: ['https://kubernetes.default.svc.cluster.local'],
    exp: issued + 31_536_000,
    iat: issued,
    iss: 'https://kubernetes.default.svc.cluster.local',
    'kubernetes.io': {
      namespace: pod.metadata.namespace,
      node: { name: pod.spec.nodeName },
      pod: { name: pod.metadata.name, uid: pod.metadata.uid },
      serviceaccount: { name: account },
    },
    sub: `system:serviceaccount:${pod.metadata.namespace}:${account}`,
  };
  const key = hexOf(`${objects.seed}/sa-key`, 40);
  return `${encode({ alg: 'RS256', kid: key })}.${encode(claims)}.${hexOf(`${objects.seed}/token/${pod.metadata.uid}`, 342)}`;
}

/** Reads a file through a container's mounts; undefined when no mount covers the path, `null` when one does and has no such file. */
export function readMounted(mounts: readonly Mount[], host: Host, path: string): string | null | undefined {
  for (let i = mounts.length - 1; i >= 0; i--) {
    const mount = mounts[i]!;
    if (path !== mount.path && !path.startsWith(mount.path === '/' ? '/' : `${mount.path}/`)) continue;
    const below = path.slice(mount.path.length);
    if (mount.kind === 'made') return mount.files.get(below.replace(/^\//, '')) ?? null;
    const node = host.files.get(normalize(mount.hostPath + below));
    return node?.kind === 'file' ? node.content : null;
  }
  return undefined;
}

/** The directories that the kubelet makes on the host before the containers start. */
export function withVolumeDirectories(host: Host, pod: Pod, now: string): Host {
  const made = (pod.spec.volumes ?? []).flatMap((volume) => {
    const path =
      volume.emptyDir !== undefined
        ? emptyDirPath(pod, volume.name)
        : volume.hostPath?.type === 'DirectoryOrCreate'
          ? normalize(volume.hostPath.path)
          : undefined;
    return path === undefined || host.files.has(path) ? [] : [[path, { kind: 'directory', mode: 0o755, modified: now }] as const];
  });
  return made.length === 0 ? host : { ...host, files: withFiles(host.files, made, now) };
}
