/**
 * What the server does to an object before it looks at it: what clients may not say is taken away, and what follows is filled in.
 * (pkg/registry/<group>/<kind>/strategy.go)
 */
import { zeroOf } from '#kube/decode.ts';
import { isEqual } from '#kube/equal.ts';
import type { Container } from '#kube/kinds/container.ts';
import { CustomResourceDefinition } from '#kube/kinds/custom-resource-definition.ts';
import { DaemonSet, templateGenerationKey } from '#kube/kinds/daemon-set.ts';
import { Job } from '#kube/kinds/job.ts';
import { Namespace } from '#kube/kinds/namespace.ts';
import { Node } from '#kube/kinds/node.ts';
import { PersistentVolumeClaim } from '#kube/kinds/persistent-volume-claim.ts';
import { PersistentVolume } from '#kube/kinds/persistent-volume.ts';
import type { PodSpec } from '#kube/kinds/pod-spec.ts';
import { Pod } from '#kube/kinds/pod.ts';
import { Secret } from '#kube/kinds/secret.ts';
import { resourceOf, type Kind } from '#kube/kind.ts';
import type { KubeObject } from '#kube/object.ts';
import { schemaOf } from '#kube/schema.ts';
import { rfc3339 } from '#kube/time.ts';
import { qosClassOf } from './qos.ts';

interface Moment {
  readonly now: number;
  readonly minorVersion: number;
}

interface Strategy<T extends KubeObject = KubeObject> {
  readonly kind: Kind<T>;
  /** The status of a new object, where it is more than empty. */
  status?(object: T, moment: Moment): unknown;
  /** Nodes bring their status with them. */
  readonly keepsStatus?: boolean;
  onCreate?(object: T): T;
  /** On creation and on change: two fields that say the same, one of which may be stale. */
  align?(object: T): T;
  onUpdate?(next: T, old: T): T;
}

function strategy<T extends KubeObject>(rules: Strategy<T>): Strategy {
  return rules as unknown as Strategy;
}

const nameLabel = 'kubernetes.io/metadata.name';

function withNameLabel(namespace: Namespace): Namespace {
  const { metadata } = namespace;
  return { ...namespace, metadata: { ...metadata, labels: { ...metadata.labels, [nameLabel]: metadata.name } } };
}

/**
 * The labels by which a job finds its pods, under their old names and their new ones. A job that was given no labels has taken those of
 * its template, and goes on sharing them.
 */
function withGeneratedSelector(job: Job): Job {
  if (job.spec.manualSelector === true) return job;
  const { uid = '', name, labels: own = {} } = job.metadata;
  const { template, selector } = job.spec;
  const given = template.metadata?.labels ?? {};
  const uidLabel = 'batch.kubernetes.io/controller-uid';
  const labels = { ...given, [uidLabel]: uid, 'batch.kubernetes.io/job-name': name, 'controller-uid': uid, 'job-name': name };
  return {
    ...job,
    metadata: { ...job.metadata, labels: isEqual(own, given) ? labels : own },
    spec: {
      ...job.spec,
      selector: { ...selector, matchLabels: { ...selector?.matchLabels, [uidLabel]: uid } },
      template: { ...template, metadata: { ...template.metadata, labels } },
    },
  };
}

function base64(text: string): string {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)));
}

/** stringData is for writing only. */
function withStringData({ stringData, ...secret }: Secret): Secret {
  if (stringData === undefined) return secret;
  const written = Object.fromEntries(Object.entries(stringData).map(([key, text]) => [key, base64(text)]));
  return { ...secret, data: { ...secret.data, ...written } };
}

/** podCIDR is the first of podCIDRs, and wins. */
function withPodCidrs(node: Node): Node {
  const { podCIDR = '', podCIDRs = [] } = node.spec ?? {};
  if (podCIDR !== '' && podCIDRs[0] !== podCIDR) return { ...node, spec: { ...node.spec, podCIDRs: [podCIDR] } };
  return podCIDR === '' && podCIDRs.length > 0 ? { ...node, spec: { ...node.spec, podCIDR: podCIDRs[0]! } } : node;
}

/** serviceAccount is the old name of serviceAccountName. */
function withAccountNames(pod: Pod): Pod {
  const { serviceAccountName = '', serviceAccount = '' } = pod.spec;
  const name = serviceAccountName === '' ? serviceAccount : serviceAccountName;
  return name === '' || (name === serviceAccountName && name === serviceAccount)
    ? pod
    : { ...pod, spec: { ...pod.spec, serviceAccountName: name, serviceAccount: name } };
}

const gated = {
  type: 'PodScheduled',
  status: 'False',
  reason: 'SchedulingGated',
  message: 'Scheduling is blocked due to non-empty scheduling gates',
};

/** A set whose templates are counted counts another one. */
function countTemplate(next: DaemonSet, old: DaemonSet): DaemonSet {
  const before = old.metadata.annotations?.[templateGenerationKey];
  if (before === undefined) return next;
  const count = isEqual(next.spec.template, old.spec.template) ? before : String(Number(before) + 1);
  return { ...next, metadata: { ...next.metadata, annotations: { ...next.metadata.annotations, [templateGenerationKey]: count } } };
}

const strategies: readonly Strategy[] = [
  strategy<DaemonSet>({ kind: DaemonSet, onUpdate: countTemplate }),
  strategy<Pod>({
    kind: Pod,
    align: withAccountNames,
    status: ({ spec }) => ({
      phase: 'Pending',
      ...((spec.schedulingGates ?? []).length > 0 && { conditions: [gated] }),
      qosClass: qosClassOf(spec),
    }),
  }),
  strategy<Namespace>({
    kind: Namespace,
    align: withNameLabel,
    onCreate: (namespace) => {
      const finalizers = namespace.spec?.finalizers ?? [];
      return {
        ...namespace,
        spec: { ...namespace.spec, finalizers: finalizers.includes('kubernetes') ? finalizers : [...finalizers, 'kubernetes'] },
      };
    },
    onUpdate: (next, old) => ({
      ...next,
      spec: { ...next.spec, ...(old.spec?.finalizers !== undefined && { finalizers: old.spec.finalizers }) },
    }),
    status: () => ({ phase: 'Active' }),
  }),
  strategy<Node>({ kind: Node, keepsStatus: true, align: withPodCidrs }),
  strategy<Job>({ kind: Job, onCreate: withGeneratedSelector }),
  strategy<Secret>({ kind: Secret, align: withStringData }),
  strategy<PersistentVolume>({
    kind: PersistentVolume,
    status: (_volume, { now, minorVersion }) => ({
      phase: 'Pending',
      ...(minorVersion >= 31 && { lastPhaseTransitionTime: rfc3339(now) }),
    }),
  }),
  strategy<PersistentVolumeClaim>({ kind: PersistentVolumeClaim, status: () => ({ phase: 'Pending' }) }),
  strategy<CustomResourceDefinition>({
    kind: CustomResourceDefinition,
    // The controllers that accept names and establish the resource are part of the API server, and do so at once.
    status: ({ spec }, { now }) => ({
      acceptedNames: spec.names,
      conditions: [
        { type: 'NamesAccepted', status: 'True', lastTransitionTime: rfc3339(now), reason: 'NoConflicts', message: 'no conflicts found' },
        {
          type: 'Established',
          status: 'True',
          lastTransitionTime: rfc3339(now),
          reason: 'InitialNamesAccepted',
          message: 'the initial names have been accepted',
        },
      ],
      storedVersions: spec.versions.filter((version) => version.storage).map((version) => version.name),
    }),
  }),
];

const byResource = new Map(strategies.map((one) => [resourceOf(one.kind), one]));

function strategyOf(kind: Kind): Strategy | undefined {
  return byResource.get(resourceOf(kind));
}

type WithStatus = KubeObject & { readonly status?: unknown; readonly spec?: unknown };

function hasStatus(kind: Kind): boolean {
  return kind.subresources.includes('status');
}

function withStatus(object: WithStatus, status: unknown): WithStatus {
  const { status: _status, ...rest } = object;
  return status === undefined ? rest : { ...rest, status };
}

/** A new object, without what only the cluster says of it. */
export function prepareForCreate(kind: Kind, object: KubeObject, moment: Moment): KubeObject {
  const rules = strategyOf(kind);
  const aligned = rules?.align?.(object) ?? object;
  const prepared = rules?.onCreate?.(aligned) ?? aligned;
  if (!hasStatus(kind) || rules?.keepsStatus === true) return prepared;
  const status = rules?.status?.(prepared, moment) ?? emptyStatus(kind);
  return withStatus(prepared, status);
}

/** A changed object: its status is the old one, or, through the subresource, it is all that has changed. */
export function prepareForUpdate(kind: Kind, next: KubeObject, old: KubeObject, subresource: string | undefined): KubeObject {
  const rules = strategyOf(kind);
  const aligned = rules?.align?.(next) ?? next;
  if (subresource === 'status') return { ...old, metadata: aligned.metadata, ...pick(aligned as WithStatus) } as KubeObject;
  if (subresource === 'finalize') return withStatus({ ...aligned, metadata: old.metadata }, (old as WithStatus).status);
  if (subresource === 'ephemeralcontainers')
    return withOnly(old as Pod, { ephemeralContainers: (aligned as Pod).spec.ephemeralContainers ?? [] });
  if (subresource === 'resize')
    return withOnly(old as Pod, { containers: resized((old as Pod).spec.containers, (aligned as Pod).spec.containers) });
  const kept = hasStatus(kind) ? withStatus(aligned, (old as WithStatus).status) : aligned;
  return rules?.onUpdate?.(kept, old) ?? kept;
}

function withOnly(pod: Pod, part: Partial<PodSpec>): Pod {
  return { ...pod, spec: { ...pod.spec, ...part } };
}

/** The same containers with other resources. */
function resized(old: readonly Container[], next: readonly Container[]): readonly Container[] {
  return old.map((container) => ({
    ...container,
    resources: next.find((one) => one.name === container.name)?.resources ?? container.resources,
  }));
}

function pick({ status }: WithStatus): { readonly status?: unknown } {
  return status === undefined ? {} : { status };
}

/** The generation after a change: one more when what is wanted has changed; annotations count for Deployments. */
export function generationOf(kind: Kind, next: KubeObject, old: KubeObject): number | undefined {
  const before = old.metadata.generation;
  if (!kind.hasGeneration) return before;
  const wanted = ({ metadata: _metadata, ...rest }: KubeObject) => withStatus(rest as WithStatus, undefined);
  const isDeployment = resourceOf(kind) === 'deployments.apps';
  const changed =
    !isEqual(wanted(next), wanted(old)) || (isDeployment && !isEqual(next.metadata.annotations ?? {}, old.metadata.annotations ?? {}));
  return changed ? (before ?? 0) + 1 : before;
}

/** What Go prints of a status in which nothing is set; of a custom resource, what the schema of its definition says of an absent one. */
function emptyStatus(kind: Kind): unknown {
  const field = kind.schema.fields['status'];
  if (kind.custom === true) return field && schemaOf(field).default;
  if (field === undefined || !('required' in field)) return undefined;
  return zeroOf(field.schema);
}
