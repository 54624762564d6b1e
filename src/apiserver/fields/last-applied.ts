/**
 * kubectl's older way of applying leaves the configuration in an annotation: the server takes it into account when kubectl, and nobody
 * else, applies server-side. (managedfields/internal: lastappliedmanager.go, lastappliedupdater.go)
 */
import { marshal } from '#kube/json.ts';
import { apiVersionOf, type Kind } from '#kube/kind.ts';
import type { KubeObject } from '#kube/object.ts';
import { isObject, parseJson } from '../json.ts';
import { difference, union, emptySet } from './field-set.ts';
import { apply, type Applied, type Manager, type ResetFields } from './managed-fields.ts';
import { fieldSetOf } from './typed.ts';

const annotation = 'kubectl.kubernetes.io/last-applied-configuration';
const kubectl = 'kubectl';

/** {@link apply}, in which kubectl may take over what it set itself by its annotation, and which keeps the annotation true. */
export function applyConfiguration(
  live: KubeObject | undefined,
  config: KubeObject,
  kind: Kind,
  manager: Manager,
  time: string,
  force: boolean,
  reset: ResetFields,
): Applied<KubeObject> {
  const applied = apply(live, config, kind.schema, manager, time, force, reset);
  if (manager.name !== kubectl) return applied;
  if (applied.ok) return { ok: true, value: withAnnotation(applied.value, live, config) };
  const lost = applied.conflicts.reduce((sum, { fields }) => union(sum, fields), emptySet);
  const own = live === undefined ? undefined : lastAppliedOf(live, kind);
  if (own === undefined || difference(lost, fieldSetOf(own, kind.schema)).size > 0) return applied;
  return applyConfiguration(live, config, kind, manager, time, true, reset);
}

/** The configuration in the annotation, if it is one of the same version. */
function lastAppliedOf(object: KubeObject, kind: Kind): unknown {
  const parsed = parseJson(object.metadata.annotations?.[annotation] ?? '');
  return parsed.ok && isObject(parsed.value) && parsed.value['apiVersion'] === apiVersionOf(kind) ? parsed.value : undefined;
}

function withAnnotation(object: KubeObject, live: KubeObject | undefined, config: KubeObject): KubeObject {
  const annotations = object.metadata.annotations;
  if (object === live || annotations?.[annotation] === undefined) return object;
  const { [annotation]: _own, ...others } = config.metadata.annotations ?? {};
  const metadata = { ...config.metadata, ...(config.metadata.annotations !== undefined && { annotations: others }) };
  return {
    ...object,
    metadata: { ...object.metadata, annotations: { ...annotations, [annotation]: `${marshal({ ...config, metadata })}\n` } },
  };
}
