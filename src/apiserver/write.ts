/** `create` and `update`. (staging:apiserver/pkg/endpoints/handlers: create.go, update.go; pkg/registry/generic/registry/store.go) */
import { create as admitCreation, update as admitUpdate } from '#control/admit.ts';
import type { Admission, UpdateContext } from '#control/admit/context.ts';
import { withDefaults } from '#control/defaults/index.ts';
import type { Draft } from '#kube/cluster.ts';
import { apiVersionOf, resourceOf } from '#kube/kind.ts';
import type { KubeObject } from '#kube/object.ts';
import { badRequest, conflict, fail, notFound, type Result, type Status } from '#kube/status.ts';
import { rfc3339 } from '#kube/time.ts';
import { webhooksOfLab, writeWebhookLogs } from '#lab/webhooks.ts';
import { reviews } from './authorization/reviews.ts';
import { inNamespace, readObject } from './body.ts';
import { objectsOf, refuse, showObject, type Call } from './call.ts';
import { encode } from './encode.ts';
import { recordUpdate, type Manager, type ResetFields } from './fields/managed-fields.ts';
import { writeOptions, type WriteOptions } from './options.ts';
import { namedObject } from './read.ts';
import type { ApiResponse } from './request.ts';
import type { Resource } from './resources.ts';
import { json } from './response.ts';

/** The objects under change, and the time it happens at. */
interface Change {
  readonly objects: Draft;
  readonly now: number;
}

/** Does something to the lab, or only to a draft of its objects that nobody keeps. */
export function attempt<T extends { readonly ok: boolean }>({ lab }: Call, dryRun: boolean, act: (change: Change) => T): T {
  const result = dryRun ? act({ objects: lab.snapshot.cluster.edit(), now: lab.now }) : lab.change(act);
  writeWebhookLogs(lab);
  return result;
}

export function contextOf({ lab, moment, user }: Call, now: number, { dryRun }: Pick<WriteOptions, 'dryRun'>): UpdateContext {
  const { minorVersion } = moment;
  return { now, minorVersion, user: { name: user.name, groups: user.groups }, dryRun, webhooks: webhooksOfLab(lab) };
}

export function managerOf({ resource, route }: Call, { fieldManager }: WriteOptions, operation: Manager['operation']): Manager {
  return { name: fieldManager, operation, apiVersion: apiVersionOf(resource.kind), subresource: route.subresource };
}

/** What a request through this subresource cannot set (the strategies' GetResetFields). */
export function resetFieldsOf({ resource, route }: Call): ResetFields {
  if (route.subresource === 'status') return ['spec'];
  return resource.kind.subresources.includes('status') ? ['status'] : [];
}

/** The object as the server completes it before it looks at who has set what: defaults, and what clients cannot set. */
export function defaulted({ resource, moment }: Call, object: KubeObject): KubeObject {
  return withDefaults(resource.stored, resource.toStored(object), moment.minorVersion);
}

/** Creates an object of the resource. */
export function create(call: Call): ApiResponse {
  const { request, resource, route } = call;
  const review = reviews.get(`${resource.kind.plural}.${resource.kind.group}`);
  if (review !== undefined) return answerReview(call, review);
  const options = writeOptions('CreateOptions', request);
  if (!options.ok) return refuse(call, options.error);
  const body = readObject(request, resource.kind, options.value.fieldValidation);
  if (!body.ok) return refuse(call, body.error);
  const { warnings } = body.value;
  const placed = inNamespace(body.value.object, resource.kind, route.namespace);
  if (!placed.ok) return refuse(call, placed.error, warnings);
  const created = createObject(call, placed.value, options.value);
  return created.ok
    ? showObject(call, created.value.object, 201, [...warnings, ...created.value.warnings])
    : refuse(call, created.error, [...warnings, ...created.warnings]);
}

/** Stores a new object, its managers recorded. */
export function createObject(
  call: Call,
  object: KubeObject,
  options: WriteOptions,
  managed?: KubeObject['metadata']['managedFields'],
): Admission {
  return attempt(call, options.dryRun, ({ objects, now }) => {
    const complete = defaulted(call, object);
    const recorded =
      managed === undefined
        ? recordUpdate(
            undefined,
            complete,
            call.resource.stored.schema,
            managerOf(call, options, 'Update'),
            rfc3339(now),
            resetFieldsOf(call),
          )
        : { ...complete, metadata: { ...complete.metadata, managedFields: managed } };
    return admitCreation(objects, call.resource.stored, recorded, contextOf(call, now, options));
  });
}

type Review = NonNullable<ReturnType<typeof reviews.get>>;

/** A question: the answer is in the status of what comes back. */
function answerReview(call: Call, answer: Review): ApiResponse {
  const { request, resource, route, user, lab } = call;
  const body = readObject(request, resource.kind, 'Warn');
  if (!body.ok) return refuse(call, body.error);
  const answered = answer(objectsOf(call), body.value.object, { user, namespace: route.namespace, now: lab.now });
  if (!answered.ok) return refuse(call, answered.error, body.value.warnings);
  return json(201, encode(resource.kind, answered.value, call.moment.minorVersion), body.value.warnings);
}

/** Resources that a PUT creates when they are not there (the strategies' AllowCreateOnUpdate). */
const createdByUpdates: ReadonlySet<string> = new Set([
  'clusterrolebindings.rbac.authorization.k8s.io',
  'clusterroles.rbac.authorization.k8s.io',
  'endpoints',
  'events',
  'leases.coordination.k8s.io',
  'limitranges',
  'rolebindings.rbac.authorization.k8s.io',
  'roles.rbac.authorization.k8s.io',
  'services',
]);

/** Replaces the object that the route names; through a subresource, only its part. */
export function update(call: Call): ApiResponse {
  const { request, resource, route } = call;
  const options = writeOptions('UpdateOptions', request);
  if (!options.ok) return refuse(call, options.error);
  const body = readObject(request, resource.kind, options.value.fieldValidation);
  if (!body.ok) return refuse(call, body.error);
  const { warnings } = body.value;
  const placed = named(body.value.object, resource, route.namespace, route.name);
  if (!placed.ok) return refuse(call, placed.error, warnings);
  const live = namedObject(call);
  const { uid = '' } = placed.value.metadata;
  if (live === undefined) {
    const creates = route.subresource === '' && uid === '' && createdByUpdates.has(resourceOf(resource.kind));
    return creates ? create(call) : refuse(call, notFound(resource.kind, route.name), warnings);
  }
  if (uid !== '' && uid !== live.metadata.uid) {
    const why = `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${live.metadata.uid ?? ''}`;
    return refuse(call, conflict(resource.kind, route.name, why), warnings);
  }
  const updated = replaceObject(call, live, placed.value, options.value);
  return updated.ok
    ? showObject(call, updated.value.object, 200, [...warnings, ...updated.value.warnings])
    : refuse(call, updated.error, [...warnings, ...updated.warnings]);
}

/** The object under the name and namespace of its URL, or why it does not belong there (handlers/rest.go: checkName). */
export function named(object: KubeObject, { kind }: Resource, namespace: string, name: string): Result<KubeObject, Status> {
  const given = object.metadata.name;
  if (given === '') return fail(badRequest('name must be provided'));
  if (given !== name) return fail(badRequest(`the name of the object (${given}) does not match the name on the URL (${name})`));
  return inNamespace(object, kind, namespace);
}

/** Stores the next state of an object, its managers recorded. `next` as its version shows it. */
export function replaceObject(call: Call, live: KubeObject, next: KubeObject, options: WriteOptions): Admission {
  return attempt(call, options.dryRun, ({ objects, now }) => {
    const complete = defaulted(call, next);
    const recorded = recordUpdate(
      live,
      complete,
      call.resource.stored.schema,
      managerOf(call, options, 'Update'),
      rfc3339(now),
      resetFieldsOf(call),
    );
    return storeUpdate(call, objects, live, recorded, now, options);
  });
}

/** Hands a next state to admission; through a subresource, only its part counts. */
export function storeUpdate(call: Call, objects: Draft, live: KubeObject, next: KubeObject, now: number, options: WriteOptions): Admission {
  const { resource, route } = call;
  const { subresource } = route;
  return admitUpdate(objects, resource.stored, live, next, {
    ...contextOf(call, now, options),
    ...(subresource !== '' && { subresource }),
  });
}
