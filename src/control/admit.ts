/**
 * What the API server does to a write between decoding and storing: it fills in, asks its admission plugins, allocates, validates and
 * remarks. (staging:apiserver/pkg/registry/generic/registry/store.go, pkg/registry/rest/create.go and update.go)
 */
import { suffixOf } from '#kube/chance.ts';
import type { Draft } from '#kube/cluster.ts';
import { isEqual } from '#kube/equal.ts';
import { IPAddress } from '#kube/kinds/ip-address.ts';
import { Namespace } from '#kube/kinds/namespace.ts';
import { Pod } from '#kube/kinds/pod.ts';
import { Service } from '#kube/kinds/service.ts';
import { resourceOf, type Kind } from '#kube/kind.ts';
import type { KubeObject, ObjectMeta } from '#kube/object.ts';
import { nodePortRangeOf, serviceCidrsOf } from '#kube/settings.ts';
import { alreadyExists, conflict, invalid, ok, type FieldError, type Result, type Status } from '#kube/status.ts';
import { rfc3339 } from '#kube/time.ts';
import { ClusterIps, ipAddressFor } from './allocators/clusterip.ts';
import { NodePorts } from './allocators/nodeport.ts';
import { refuse, type Admission, type AdmissionContext, type Review, type UpdateContext } from './admit/context.ts';
import { plugins } from './admit/plugins/index.ts';
import { resourceQuota } from './admit/plugins/resource-quota.ts';
import { erase } from './admit/remove.ts';
import { addressesOf, allocateForCreate, allocateForUpdate, type Allocators } from './admit/services.ts';
import { generationOf, prepareForCreate, prepareForUpdate } from './admit/strategy.ts';
import { webhookRefusal } from './admit/webhooks.ts';
import { invalid as invalidField } from './validate/field.ts';
import { validatorOf } from './validate/index.ts';
import { validateMetadata, validateMetadataUpdate } from './validate/metadata.ts';

export type {
  Admission,
  AdmissionContext,
  Admitted,
  Removal,
  Removed,
  RemoveContext,
  Review,
  UpdateContext,
  Webhook,
} from './admit/context.ts';
export { remove } from './admit/remove.ts';

/** Creates an object that has been decoded and defaulted. Nothing is written when it is refused, or in a dry run. */
export function create(objects: Draft, kind: Kind, object: KubeObject, context: AdmissionContext): Admission {
  const warnings: string[] = [];
  const named = withSystemMetadata(objects, kind, object, context);
  if (named.metadata.resourceVersion !== undefined && named.metadata.resourceVersion !== '') {
    return refuse({ code: 500, reason: '', message: 'resourceVersion should not be set on objects to be created' });
  }
  const admitted = mutate({ operation: 'CREATE', kind, object: named, objects, context });
  if (!admitted.ok) return refuse(admitted.error);
  const allocated = isService(kind) ? allocateForCreate(admitted.value as Service, allocatorsOf(objects, context)) : admitted;
  if (!allocated.ok) return refuse(allocated.error);

  const prepared = prepareForCreate(kind, allocated.value, context);
  const validator = validatorOf(kind, objects);
  const errors = [
    ...validateMetadata(prepared.metadata, kind.namespaced, validator.name, context),
    ...validator.validate(prepared, context),
  ];
  if (errors.length > 0) return refuse(invalid(kind, prepared.metadata.name, errors));
  warnings.push(...(validator.warnings?.(prepared, undefined, context) ?? []));

  const refusal = review({ operation: 'CREATE', kind, object: prepared, objects, context }, warnings);
  if (refusal !== undefined) return refuse(refusal, warnings);
  const { namespace = '', name } = prepared.metadata;
  const existing = objects.get(kind, namespace, name);
  if (existing !== undefined) return refuse(existsAlready(kind, existing), warnings);
  if (context.dryRun === true) return { ok: true, value: { object: prepared, warnings } };
  if (isService(kind)) recordAddresses(objects, undefined, prepared as Service, context);
  return { ok: true, value: { object: objects.put(kind, prepared), warnings } };
}

/** Replaces an object, or the part of it that a subresource is about. An object that says the same is not written again. */
export function update(objects: Draft, kind: Kind, old: KubeObject, next: KubeObject, context: UpdateContext): Admission {
  const warnings: string[] = [];
  const { name } = old.metadata;
  const version = next.metadata.resourceVersion ?? '';
  if (version === '' && kind.custom === true) {
    return refuse(invalid(kind, name, [invalidField('metadata.resourceVersion', 0, 'must be specified for an update')]));
  }
  if (version !== '' && version !== old.metadata.resourceVersion) {
    return refuse(conflict(kind, name, 'the object has been modified; please apply your changes to the latest version and try again'));
  }
  const based = { ...next, metadata: withOldMetadata(next.metadata, old.metadata) };
  const admitted = mutate({ operation: 'UPDATE', kind, object: based, old, objects, context });
  if (!admitted.ok) return refuse(admitted.error);
  const allocates = isService(kind) && context.subresource === undefined;
  const allocated = allocates ? allocateForUpdate(admitted.value as Service, old as Service, allocatorsOf(objects, context)) : admitted;
  if (!allocated.ok) return refuse(allocated.error);

  const prepared = withGeneration(kind, statusOf(kind, allocated.value, old, context), old, context);
  const validator = validatorOf(kind, objects);
  const errors = [...validateMetadataUpdate(prepared.metadata, old.metadata), ...changeErrors(kind, prepared, old, objects, context)];
  if (errors.length > 0) return refuse(invalid(kind, name, errors));
  if (context.subresource === undefined) warnings.push(...(validator.warnings?.(prepared, old, context) ?? []));

  const refusal = review({ operation: 'UPDATE', kind, object: prepared, old, objects, context }, warnings);
  if (refusal !== undefined) return refuse(refusal, warnings);
  if (isEqual(prepared, old)) return { ok: true, value: { object: old, warnings } };
  if (context.dryRun === true) return { ok: true, value: { object: prepared, warnings } };
  if (isService(kind)) recordAddresses(objects, old as Service, prepared as Service, context);
  if (isDone(kind, prepared)) {
    erase(objects, kind, prepared);
    return { ok: true, value: { object: prepared, warnings } };
  }
  return { ok: true, value: { object: objects.put(kind, prepared), warnings } };
}

function isService(kind: Kind): boolean {
  return resourceOf(kind) === resourceOf(Service);
}

function existsAlready(kind: Kind, existing: KubeObject): Status {
  const status = alreadyExists(kind, existing.metadata.name);
  return existing.metadata.deletionTimestamp === undefined ? status : { ...status, message: `object is being deleted: ${status.message}` };
}

/** Longer prefixes are cut, so that the suffix fits into a label. */
const longestPrefix = 58;

/** A new object's name, UID and time of creation; what only the server says is not taken from clients (rest.FillObjectMetaSystemFields). */
function withSystemMetadata(objects: Draft, kind: Kind, object: KubeObject, context: AdmissionContext): KubeObject {
  const {
    deletionTimestamp: _deletionTimestamp,
    deletionGracePeriodSeconds: _grace,
    selfLink: _selfLink,
    generation: _generation,
    namespace = '',
    ...given
  } = object.metadata;
  const name =
    given.name === '' && (given.generateName ?? '') !== ''
      ? generatedName(objects, kind, namespace, given.generateName!, context)
      : given.name;
  const metadata: ObjectMeta = {
    ...given,
    name,
    ...(kind.namespaced && namespace !== '' && { namespace }),
    uid: objects.uid(`${resourceOf(kind)}/${namespace}/${name}`),
    creationTimestamp: rfc3339(context.now),
    ...(countsGenerations(kind, context) && { generation: 1 }),
  };
  return { ...object, metadata };
}

/** Five letters make a name; a name that is taken is not given twice (RetryGenerateName). */
function generatedName(objects: Draft, kind: Kind, namespace: string, prefix: string, { dryRun }: AdmissionContext): string {
  const base = prefix.slice(0, longestPrefix);
  for (let attempt = 0; attempt < 8; attempt++) {
    const purpose = `${resourceOf(kind)}/${namespace}/${prefix}`;
    const suffix = dryRun === true ? suffixOf(`${objects.seed}/dry-run/${purpose}/${attempt}`) : objects.suffix(purpose);
    const name = `${base}${suffix}`;
    if (objects.get(kind, namespace, name) === undefined) return name;
  }
  return `${base}${objects.suffix(prefix)}`;
}

/** Pods count theirs since 1.33. */
function countsGenerations(kind: Kind, { minorVersion }: AdmissionContext): boolean {
  return kind.hasGeneration && (resourceOf(kind) !== resourceOf(Pod) || minorVersion >= 33);
}

/** What a client that replaces an object need not repeat, and what it cannot take back. */
function withOldMetadata(next: ObjectMeta, old: ObjectMeta): ObjectMeta {
  return {
    ...next,
    ...(old.resourceVersion !== undefined && { resourceVersion: old.resourceVersion }),
    ...((next.uid ?? '') === '' && old.uid !== undefined && { uid: old.uid }),
    ...(next.creationTimestamp === undefined && old.creationTimestamp !== undefined && { creationTimestamp: old.creationTimestamp }),
    ...(old.deletionTimestamp !== undefined && { deletionTimestamp: old.deletionTimestamp }),
    ...(next.deletionGracePeriodSeconds === undefined &&
      old.deletionGracePeriodSeconds !== undefined && { deletionGracePeriodSeconds: old.deletionGracePeriodSeconds }),
    ...(next.namespace === undefined && old.namespace !== undefined && { namespace: old.namespace }),
  };
}

function mutate(first: Review): Result<KubeObject, Status> {
  let { object } = first;
  for (const plugin of plugins) {
    const result = plugin.mutate?.({ ...first, object });
    if (result === undefined) continue;
    if (!result.ok) return result;
    object = result.value;
  }
  return ok(object);
}

/** Who may still refuse what is well formed: plugins, webhooks, and last the quotas. */
function review(of: Review, warnings: string[]): Status | undefined {
  const warn = (text: string) => void warnings.push(text);
  for (const plugin of plugins) {
    const refusal = plugin.validate?.(of, warn);
    if (refusal !== undefined) return refusal;
  }
  return webhookRefusal(of, warn) ?? resourceQuota.validate!(of, warn);
}

function allocatorsOf(objects: Draft, { minorVersion, dryRun = false }: AdmissionContext): Allocators {
  return {
    minorVersion,
    dryRun,
    clusterIps: new ClusterIps(objects, serviceCidrsOf(objects), minorVersion),
    nodePorts: new NodePorts(objects, nodePortRangeOf(objects), dryRun),
  };
}

/** The status of a Service that stops being a load balancer is emptied; all others keep theirs. */
function statusOf(kind: Kind, next: KubeObject, old: KubeObject, { subresource }: UpdateContext): KubeObject {
  const prepared = prepareForUpdate(kind, next, old, subresource);
  if (!isService(kind) || subresource !== undefined) return prepared;
  const [after, before] = [(prepared as Service).spec.type, (old as Service).spec.type];
  return before === 'LoadBalancer' && after !== 'LoadBalancer'
    ? ({ ...prepared, status: (next as Service).status } as KubeObject)
    : prepared;
}

function withGeneration(kind: Kind, next: KubeObject, old: KubeObject, context: UpdateContext): KubeObject {
  const { generation: _generation, ...metadata } = next.metadata;
  const generation = countsGenerations(kind, context) ? generationOf(kind, next, old) : old.metadata.generation;
  return { ...next, metadata: { ...metadata, ...(generation !== undefined && { generation }) } };
}

function changeErrors(kind: Kind, next: KubeObject, old: KubeObject, objects: Draft, context: UpdateContext): readonly FieldError[] {
  const validator = validatorOf(kind, objects);
  switch (context.subresource) {
    case undefined:
      return validator.validateUpdate?.(next, old, context) ?? validator.validate(next, context);
    case 'status':
      return validator.validateStatus?.(next, old, context) ?? [];
    default:
      return validator.validateSubresource?.(context.subresource, next, context) ?? [];
  }
}

/** Addresses are recorded under the Service that holds them, since 1.33. */
function recordAddresses(objects: Draft, old: Service | undefined, service: Service, { now, minorVersion }: AdmissionContext): void {
  if (minorVersion < 33) return;
  const [after, before] = [addressesOf(service), old === undefined ? [] : addressesOf(old)];
  const { namespace = '', name } = service.metadata;
  for (const address of before) if (!after.includes(address)) objects.remove(IPAddress, '', address);
  for (const address of after) {
    if (before.includes(address)) continue;
    const record = ipAddressFor(address, { namespace, name });
    const metadata = { ...record.metadata, uid: objects.uid(`ipaddresses/${address}`), creationTimestamp: rfc3339(now) };
    objects.put(IPAddress, { ...record, metadata });
  }
}

/** Reports whether nothing keeps a marked object any more. */
function isDone(kind: Kind, object: KubeObject): boolean {
  const { deletionTimestamp, deletionGracePeriodSeconds = 0, finalizers = [] } = object.metadata;
  if (deletionTimestamp === undefined || finalizers.length > 0 || deletionGracePeriodSeconds > 0) return false;
  return resourceOf(kind) !== resourceOf(Namespace) || ((object as Namespace).spec?.finalizers ?? []).length === 0;
}
