/** How objects come into a cluster that is being set up. */
import type { Webhook } from '#control/admit.ts';
import { createObject, type Incomplete } from '#control/write.ts';
import { decode } from '#kube/decode.ts';
import type { Kind } from '#kube/kind.ts';
import { Namespace } from '#kube/kinds/namespace.ts';
import { kindOf } from '#kube/kinds/lookup.ts';
import { kindsOf } from '#kube/kinds/served.ts';
import { ValidatingWebhookConfiguration } from '#kube/kinds/validating-webhook-configuration.ts';
import { storedForm } from '#kube/kinds/views.ts';
import type { KubeObject } from '#kube/object.ts';
import { minorVersionOf } from '#kube/settings.ts';
import type { Status } from '#kube/status.ts';
import type { Change } from '#node/change.ts';
import { programOf } from '#workloads/index.ts';
import { isObserved } from './dump.ts';
import { withLogs, type ServerLog } from '../server-log.ts';
import { webhooksOf, type LogSink } from '../webhooks.ts';

/** The webhooks as they are at this moment of the bring-up. */
function webhooksNow({ objects, hosts, now }: Change, sink: LogSink): readonly Webhook[] {
  if (objects.list(ValidatingWebhookConfiguration).length === 0) return [];
  return webhooksOf({ cluster: objects.publish(), hosts, now }, programOf, sink);
}

/** Applies one object as its author would; `reviewed`: its fields are looked at as kubectl wants it, and webhooks are asked, too. */
export function apply(change: Change, written: Incomplete, reviewed = false): Status | undefined {
  const object = storedForm(written, minorVersionOf(change.objects));
  const kind: Kind | undefined = kindOf(kindsOf(change.objects), object.apiVersion, object.kind);
  if (kind === undefined) {
    return {
      code: 404,
      reason: 'NotFound',
      message: `no matches for kind ${JSON.stringify(object.kind)} in version ${JSON.stringify(object.apiVersion)}`,
    };
  }
  if (reviewed) {
    const read = decode(kind, object);
    if (!read.ok) return read.error;
  }
  const namespace = kind.namespaced ? (object.metadata.namespace ?? 'default') : undefined;
  const placed = namespace === undefined ? object : { ...object, metadata: { ...object.metadata, namespace } };
  const logs: ServerLog[] = [];
  const webhooks = reviewed ? webhooksNow(change, (log) => void logs.push(log)) : [];
  const result = createObject(change, kind, placed, webhooks);
  for (const [name, host] of withLogs(change.hosts, logs)) change.hosts.set(name, host);
  return result.ok ? undefined : result.error;
}

/** The namespaces that objects name and nobody declares: each has its service account before pods come. */
export function makeNamespaces(change: Change, objects: readonly KubeObject[]): void {
  const declared = new Set(objects.filter((object) => object.kind === 'Namespace').map((object) => object.metadata.name));
  for (const object of objects) if (object.kind === 'Namespace' && !isObserved(object)) apply(change, object as unknown as Incomplete);
  for (const name of new Set(objects.flatMap((object) => object.metadata.namespace ?? []))) {
    if (!declared.has(name) && change.objects.get(Namespace, '', name) === undefined)
      createObject(change, Namespace, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  }
}
