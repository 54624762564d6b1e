/** The objects of a kustomization directory (sigs.k8s.io/kustomize: api/internal/target), as far as is simulated; what is not, is refused. */
import { isObject } from '#apiserver/json.ts';
import { quote } from '#kube/json.ts';
import { parseYaml, splitDocuments } from '#kube/yaml.ts';
import { normalize } from '#node/files.ts';
import { KubectlError } from './errors.ts';
import type { Invocation } from './invocation.ts';
import type { Manifest } from './manifests.ts';

type Json = Readonly<Record<string, unknown>>;

const fileNames = ['kustomization.yaml', 'kustomization.yml', 'Kustomization'];

/** What a kustomization may say here. */
interface Kustomization {
  readonly resources?: readonly string[];
  readonly namespace?: string;
  readonly commonLabels?: Readonly<Record<string, string>>;
  readonly commonAnnotations?: Readonly<Record<string, string>>;
  readonly images?: readonly { readonly name: string; readonly newName?: string; readonly newTag?: string; readonly digest?: string }[];
  readonly replicas?: readonly { readonly name: string; readonly count: number }[];
}

const understood = ['apiVersion', 'kind', 'metadata', 'resources', 'namespace', 'commonLabels', 'commonAnnotations', 'images', 'replicas'];

/** The objects, in kustomize's order. Throws what kustomize says is wrong, or that a field is not simulated. */
export function buildKustomization(kubectl: Invocation, directory: string): readonly Manifest[] {
  return objectsOf(kubectl, normalize(directory, kubectl.io.cwd), directory)
    .toSorted((a, b) => rank(a) - rank(b) || (identity(a) < identity(b) ? -1 : 1))
    .map((value) => ({ source: directory, value }));
}

function objectsOf(kubectl: Invocation, root: string, shown: string): readonly Json[] {
  const kustomization = read(kubectl, root, shown);
  if (kustomization.commonLabels !== undefined) {
    kubectl.err(
      "# Warning: 'commonLabels' is deprecated. Please use 'labels' instead. Run 'kustomize edit fix' to update your Kustomization automatically.\n",
    );
  }
  return (kustomization.resources ?? [])
    .flatMap((resource) => resourceObjects(kubectl, root, resource))
    .map((object) => transformed(object, kustomization));
}

function read({ io }: Invocation, root: string, shown: string): Kustomization {
  if (io.files.list(root) === undefined) {
    if (io.files.stat(root) !== undefined) throw new KubectlError(`must build at directory: '${shown}': file is not directory`);
    throw new KubectlError(
      `must build at directory: not a valid directory: evalsymlink failure on '${shown}' : lstat ${root}: no such file or directory`,
    );
  }
  const file = fileNames.map((name) => `${root}/${name}`).find((path) => io.files.stat(path) !== undefined);
  if (file === undefined)
    throw new KubectlError(`unable to find one of 'kustomization.yaml', 'kustomization.yml' or 'Kustomization' in directory '${root}'`);
  const parsed = parseYaml(io.files.read(file) ?? '');
  if (!parsed.ok) throw new KubectlError(`invalid Kustomization: ${parsed.error}`);
  if (!isObject(parsed.value)) throw new KubectlError('kustomization.yaml is empty');
  const strange = Object.keys(parsed.value).find((field) => !understood.includes(field));
  if (strange !== undefined) throw new KubectlError(`the field ${quote(strange)} of a kustomization is not simulated`);
  return parsed.value as Kustomization;
}

function resourceObjects(kubectl: Invocation, root: string, resource: string): readonly Json[] {
  const path = normalize(resource, root);
  const { files } = kubectl.io;
  if (files.list(path) !== undefined) return objectsOf(kubectl, path, resource);
  const text = files.read(path);
  if (text === undefined) {
    throw new KubectlError(
      `accumulating resources: accumulation err='accumulating resources from '${resource}': evalsymlink failure on '${path}' : lstat ${path}: no such file or directory': must build at directory: not a valid directory: evalsymlink failure on '${path}' : lstat ${path}: no such file or directory`,
    );
  }
  return splitDocuments(text.replaceAll('\r\n', '\n')).flatMap((document) => {
    const parsed = parseYaml(document);
    if (!parsed.ok)
      throw new KubectlError(`accumulating resources from '${resource}': MalformedYAMLError: ${parsed.error} in File: ${resource}`);
    return isObject(parsed.value) ? [parsed.value] : [];
  });
}

const clusterScoped = [
  'Namespace',
  'Node',
  'PersistentVolume',
  'StorageClass',
  'ClusterRole',
  'ClusterRoleBinding',
  'CustomResourceDefinition',
  'IngressClass',
  'GatewayClass',
  'PriorityClass',
];

function transformed(object: Json, { namespace, commonLabels, commonAnnotations, images, replicas }: Kustomization): Json {
  const metadata = object['metadata'] as Json;
  const kind = String(object['kind']);
  let result: Json = object;
  if (namespace !== undefined && !clusterScoped.includes(kind)) result = withIn(result, ['metadata', 'namespace'], namespace);
  if (namespace !== undefined && kind === 'Namespace') result = withIn(result, ['metadata', 'name'], namespace);
  for (const path of commonLabels === undefined ? [] : labelPaths(kind, object)) result = mergedIn(result, path, commonLabels!);
  for (const path of commonAnnotations === undefined ? [] : annotationPaths(object)) result = mergedIn(result, path, commonAnnotations!);
  const count = replicas?.find(({ name }) => name === metadata['name'])?.count;
  if (count !== undefined && ['Deployment', 'StatefulSet', 'ReplicaSet', 'ReplicationController'].includes(kind))
    result = withIn(result, ['spec', 'replicas'], count);
  return images === undefined ? result : (withImages(result, images) as Json);
}

function at(object: unknown, path: readonly string[]): unknown {
  return path.reduce((value, field) => (isObject(value) ? value[field] : undefined), object);
}

function withIn(object: Json, [field = '', ...rest]: readonly string[], value: unknown): Json {
  const inner = isObject(object[field]) ? object[field] : {};
  return { ...object, [field]: rest.length === 0 ? value : withIn(inner, rest, value) };
}

function mergedIn(object: Json, path: readonly string[], more: Json): Json {
  return withIn(object, path, { ...(at(object, path) as Json | undefined), ...more });
}

const templates: Readonly<Record<string, readonly string[]>> = { CronJob: ['spec', 'jobTemplate', 'spec', 'template'] };

/** (kustomize: konfig/builtinpluginconsts/commonlabels.go) */
function labelPaths(kind: string, object: Json): readonly (readonly string[])[] {
  const template = templates[kind] ?? ['spec', 'template'];
  const paths: (readonly string[])[] = [['metadata', 'labels']];
  if (at(object, template) !== undefined) paths.push([...template, 'metadata', 'labels']);
  if (kind === 'CronJob') paths.push(['spec', 'jobTemplate', 'metadata', 'labels']);
  if (['Deployment', 'ReplicaSet', 'DaemonSet', 'StatefulSet'].includes(kind)) paths.push(['spec', 'selector', 'matchLabels']);
  if (kind === 'Service' && at(object, ['spec', 'selector']) !== undefined) paths.push(['spec', 'selector']);
  if (kind === 'NetworkPolicy' && at(object, ['spec', 'podSelector', 'matchLabels']) !== undefined)
    paths.push(['spec', 'podSelector', 'matchLabels']);
  return paths;
}

function annotationPaths(object: Json): readonly (readonly string[])[] {
  return [
    ['metadata', 'annotations'],
    ...[['spec', 'template'], templates['CronJob']!]
      .filter((path) => at(object, path) !== undefined)
      .map((path) => [...path, 'metadata', 'annotations']),
  ];
}

function withImages(value: unknown, images: NonNullable<Kustomization['images']>): unknown {
  if (Array.isArray(value)) return value.map((one) => withImages(one, images));
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([field, inner]) => {
      if (field !== 'containers' && field !== 'initContainers') return [field, withImages(inner, images)];
      return [field, Array.isArray(inner) ? inner.map((one) => (isObject(one) ? withImage(one, images) : one)) : inner];
    }),
  );
}

function withImage(container: Json, images: NonNullable<Kustomization['images']>): Json {
  const [, name = '', tag = ''] = /^(.*?)((?::[^:/]*)?(?:@.*)?)$/.exec(String(container['image'] ?? '')) ?? [];
  const change = images.find((one) => one.name === name);
  if (change === undefined) return container;
  const { newName = name, newTag, digest } = change;
  return { ...container, image: newName + (digest !== undefined ? `@${digest}` : newTag !== undefined ? `:${newTag}` : tag) };
}

/** The order in which kinds come (kustomize: api/resource/… legacy order). */
const first = [
  'Namespace',
  'ResourceQuota',
  'StorageClass',
  'CustomResourceDefinition',
  'ServiceAccount',
  'PodSecurityPolicy',
  'Role',
  'ClusterRole',
  'RoleBinding',
  'ClusterRoleBinding',
  'ConfigMap',
  'Secret',
  'Endpoints',
  'Service',
  'LimitRange',
  'PriorityClass',
  'PersistentVolume',
  'PersistentVolumeClaim',
  'Deployment',
  'StatefulSet',
  'CronJob',
  'PodDisruptionBudget',
];
const last = ['MutatingWebhookConfiguration', 'ValidatingWebhookConfiguration'];

function rank(object: Json): number {
  const kind = String(object['kind']);
  if (first.includes(kind)) return first.indexOf(kind);
  return first.length + (last.includes(kind) ? 1 + last.indexOf(kind) : 0);
}

/** Group, version, kind, namespace and name, as kustomize compares them. */
function identity(object: Json): string {
  const { name = '', namespace = '' } = (object['metadata'] ?? {}) as Json;
  return `${String(object['apiVersion'])}|${String(object['kind'])}|${String(namespace)}|${String(name)}`;
}
