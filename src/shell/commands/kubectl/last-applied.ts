/** The annotation in which apply keeps what it was given (staging:kubectl/pkg/util/apply.go). */
import { marshal } from '#kube/json.ts';
import type { KubeObject } from '#kube/object.ts';

export const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration';

/** The object as the annotation holds it: without that annotation, as one line of JSON with a line break. */
export function lastAppliedText(object: KubeObject): string {
  const { [lastApplied]: _, ...annotations } = object.metadata.annotations ?? {};
  return `${marshal({ ...object, metadata: { ...object.metadata, annotations } })}\n`;
}

export function withLastApplied(object: KubeObject): KubeObject {
  const annotations = { ...object.metadata.annotations, [lastApplied]: lastAppliedText(object) };
  return { ...object, metadata: { ...object.metadata, annotations } };
}
