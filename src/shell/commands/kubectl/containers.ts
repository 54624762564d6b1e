/** Finding a pod and a container in it, and whether one can go in (kubectl: pkg/cmd/util/podcmd, polymorphichelpers). */
import type { KubeObject } from '#kube/object.ts';
import { requirementsOf, selectorText } from '#kube/selector.ts';
import { closedTo, kubeletUrl, type StreamingSubresource } from '#lab/streaming.ts';
import type { Place } from '../../command.ts';
import { mappingFor, targetsOf, visitTargets } from './builder.ts';
import { pathOf } from './client.ts';
import type { Invocation } from './invocation.ts';
import { nodeName } from '#kube/names.ts';
import { uidOnNode } from '#node/kubelet/static-pods.ts';
import { goSort } from './printers/go-sort.ts';
import { waitUntil } from './wait-until.ts';
import { KubectlError } from './errors.ts';

export interface ContainerShape {
  readonly name: string;
  readonly image?: string;
  readonly tty?: boolean;
  readonly stdin?: boolean;
}

export interface PodShape extends KubeObject {
  readonly spec: {
    readonly nodeName?: string;
    readonly restartPolicy?: string;
    readonly containers: readonly ContainerShape[];
    readonly initContainers?: readonly ContainerShape[];
    readonly ephemeralContainers?: readonly ContainerShape[];
    readonly [field: string]: unknown;
  };
  readonly status?: {
    readonly phase?: string;
    readonly podIP?: string;
    readonly conditions?: readonly { readonly type: string; readonly status: string; readonly lastTransitionTime?: string }[];
    readonly containerStatuses?: readonly ContainerStatus[];
    readonly initContainerStatuses?: readonly ContainerStatus[];
    readonly ephemeralContainerStatuses?: readonly ContainerStatus[];
  };
}

export interface ContainerStatus {
  readonly name: string;
  readonly restartCount?: number;
  readonly ready?: boolean;
  readonly state?: {
    readonly running?: object;
    readonly waiting?: { readonly reason?: string; readonly message?: string };
    readonly terminated?: { readonly exitCode: number; readonly reason?: string; readonly message?: string };
  };
}

interface Selecting extends KubeObject {
  readonly spec?: {
    readonly selector?: { readonly matchLabels?: Record<string, string>; readonly matchExpressions?: never } & Record<string, unknown>;
  };
}

export function getPod(kubectl: Invocation, name: string): PodShape {
  return kubectl.client.get<PodShape>(mappingFor(kubectl, 'pods'), kubectl.namespace.name, name);
}

/** The object an argument names: `web`, `pod/web`, `deploy/web`. */
export function objectNamed(kubectl: Invocation, argument: string, filenames: readonly string[] = []): KubeObject {
  const args = argument === '' ? [] : argument.includes('/') ? [argument] : ['pods', argument];
  const options = { args, filenames, latest: true };
  for (const info of visitTargets(kubectl, targetsOf(kubectl, options), options)) {
    if (info instanceof Error) throw info;
    return info.object!;
  }
  throw new KubectlError('no resources found');
}

/** The labels that lead from an object to its pods; throws for objects that have none (polymorphichelpers.SelectorsForObject). */
export function podSelectorOf(object: KubeObject): string {
  const { kind, spec, metadata } = object as Selecting;
  if (kind === 'Service') {
    const selector = spec?.selector as Record<string, string> | undefined;
    if (selector === undefined || Object.keys(selector).length === 0) {
      throw new KubectlError(`invalid service '${metadata.name}': Service is defined without a selector`);
    }
    return selectorText(requirementsOf({ matchLabels: selector }));
  }
  if (kind === 'ReplicationController')
    return selectorText(requirementsOf({ matchLabels: (spec?.selector ?? {}) as Record<string, string> }));
  if (['Deployment', 'ReplicaSet', 'StatefulSet', 'DaemonSet', 'Job'].includes(kind))
    return selectorText(requirementsOf(spec?.selector ?? {}));
  throw new KubectlError(`selector for ${goType(object)} not implemented`);
}

/** `*v1.Service` */
export function goType({ apiVersion, kind }: KubeObject): string {
  return `*${apiVersion.slice(apiVersion.lastIndexOf('/') + 1)}.${kind}`;
}

type Order = (a: PodShape, b: PodShape) => number;

function condition(pod: PodShape) {
  return pod.status?.conditions?.find(({ type, status }) => type === 'Ready' && status === 'True');
}

const isUnassigned = ({ spec }: PodShape) => Number((spec.nodeName ?? '') === '');
const phaseRank = ({ status }: PodShape) => ['Running', 'Unknown', 'Pending'].indexOf(status?.phase ?? '') & 3;
const isUnready = (pod: PodShape) => Number(condition(pod) === undefined);
const mostRestarts = ({ status }: PodShape) =>
  Math.max(0, ...(status?.containerStatuses ?? []).map(({ restartCount = 0 }) => restartCount));
const earlier = (a = '', b = '') => (a === b ? 0 : a === '' ? 1 : b === '' ? -1 : a < b ? -1 : 1);

/** The pod whose logs tell most: running, ready for long, restarted often, old (podutils.ByLogging). */
const byLogging: Order = (a, b) =>
  isUnassigned(a) - isUnassigned(b) ||
  phaseRank(a) - phaseRank(b) ||
  isUnready(a) - isUnready(b) ||
  (condition(a) && condition(b) ? earlier(condition(a)!.lastTransitionTime, condition(b)!.lastTransitionTime) : 0) ||
  mostRestarts(b) - mostRestarts(a) ||
  earlier(a.metadata.creationTimestamp, b.metadata.creationTimestamp);

/** The pod that works best: as above, but seldom restarted, and not on its way out (podutils.ActivePods, reversed). */
const byActivity: Order = (a, b) =>
  isUnassigned(a) - isUnassigned(b) ||
  phaseRank(a) - phaseRank(b) ||
  isUnready(a) - isUnready(b) ||
  Number(a.metadata.deletionTimestamp !== undefined) - Number(b.metadata.deletionTimestamp !== undefined) ||
  (condition(a) && condition(b) ? earlier(condition(a)!.lastTransitionTime, condition(b)!.lastTransitionTime) : 0) ||
  mostRestarts(a) - mostRestarts(b) ||
  earlier(a.metadata.creationTimestamp, b.metadata.creationTimestamp);

/** The pods a selector finds. */
export function podsOf(kubectl: Invocation, selector: string): readonly PodShape[] {
  return kubectl.client.list<PodShape>(mappingFor(kubectl, 'pods'), kubectl.namespace.name, { labelSelector: selector }).items;
}

/** The pod behind an object; waits for one to exist (polymorphichelpers.GetFirstPod). */
export async function firstPodOf(
  kubectl: Invocation,
  object: KubeObject,
  timeout: number,
  purpose: 'logs' | 'connection' = 'connection',
): Promise<{ readonly pod: PodShape; readonly count: number }> {
  if (object.kind === 'Pod') return { pod: object as PodShape, count: 1 };
  const selector = podSelectorOf(object);
  let pods = podsOf(kubectl, selector);
  if (pods.length === 0 && !(await waitUntil(kubectl, () => (pods = podsOf(kubectl, selector)).length > 0, timeout)))
    throw new KubectlError('timed out waiting for the condition');
  const order = purpose === 'logs' ? byLogging : byActivity;
  return { pod: goSort(pods, (a, b) => order(a, b) < 0)[0]!, count: pods.length };
}

const defaultContainer = 'kubectl.kubernetes.io/default-container';

/** The container meant; without a name the annotated one or the first, which is said when there are several (podcmd.FindOrDefaultContainerByName). */
export function containerNamed(kubectl: Invocation, pod: PodShape, name: string, quiet: boolean): ContainerShape {
  const { containers, initContainers = [], ephemeralContainers = [] } = pod.spec;
  const all = [...containers, ...initContainers, ...ephemeralContainers];
  if (name !== '') {
    const found = all.find((one) => one.name === name);
    if (found === undefined) throw new KubectlError(`container ${name} not found in pod ${pod.metadata.name}`);
    return found;
  }
  const annotated = pod.metadata.annotations?.[defaultContainer];
  const marked = annotated === undefined ? undefined : all.find((one) => one.name === annotated);
  if (marked !== undefined) return marked;
  const [first] = containers;
  if (all.length > 1 && !quiet) kubectl.err(`Defaulted container "${first!.name}" out of: ${containerNames(pod)}\n`);
  return first!;
}

/** `a, b, logger (init)` */
export function containerNames({ spec }: PodShape): string {
  return [
    ...spec.containers.map(({ name }) => name),
    ...(spec.ephemeralContainers ?? []).map(({ name }) => `${name} (ephem)`),
    ...(spec.initContainers ?? []).map(({ name }) => `${name} (init)`),
  ].join(', ');
}

/** Where a container's programs run. */
export function placeOfContainer(pod: PodShape, container: string): Place & { readonly kind: 'pod' } {
  const { namespace = '', name } = pod.metadata;
  return { kind: 'pod', node: nodeName(pod.spec.nodeName ?? ''), podUid: uidOnNode(pod), namespace, pod: name, container };
}

/** Asks the API server for the way to a container, and its kubelet whether it is open; throws what they say. */
export function openContainer(
  kubectl: Invocation,
  pod: PodShape,
  container: string,
  subresource: StreamingSubresource,
  query: Readonly<Record<string, string>>,
): void {
  const path = pathOf(mappingFor(kubectl, 'pods'), pod.metadata.namespace, pod.metadata.name, subresource);
  kubectl.client.connect(path, { ...(container !== '' && { container }), ...query });
  const place = placeOfContainer(pod, container);
  const closed = closedTo(kubectl.here.lab.snapshot, place, subresource);
  if (closed === undefined) return;
  if (closed.kind === 'no-container')
    throw new KubectlError(kubectl.atLeast(31) ? `Internal error occurred: ${closed.message}` : closed.message);
  if (subresource === 'portforward') throw new KubectlError(`error upgrading connection: error dialing backend: ${closed.message}`);
  const url = kubeletUrl(closed.address, place, subresource, Object.entries(query));
  throw new KubectlError(`Internal error occurred: error sending request: Post ${JSON.stringify(url)}: ${closed.message}`);
}
