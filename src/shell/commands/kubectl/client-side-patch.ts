/** The patch of a client-side apply (kubectl: pkg/cmd/apply/patcher.go). */
import type { KubeObject } from '#kube/object.ts';
import type { RestMapping } from './discovery.ts';
import { lastApplied, lastAppliedText } from './last-applied.ts';
import { jsonThreeWayPatch, schemaOfMapping, strategicThreeWayPatch } from './three-way-merge.ts';
import { readJson } from './read-json.ts';

type Json = Record<string, unknown>;

export interface ClientSidePatch {
  readonly patch: object;
  readonly contentType: string;
  /** The manifest, with the annotation that keeps it. */
  readonly modified: KubeObject;
}

/** What leads from the live object to the manifest; `annotate` lets the annotation of what was applied last follow. */
export function clientSidePatch(mapping: RestMapping, manifest: KubeObject, live: KubeObject, annotate: boolean): ClientSidePatch {
  const previous = live.metadata.annotations?.[lastApplied];
  const annotations = { ...manifest.metadata.annotations, ...(annotate && { [lastApplied]: lastAppliedText(manifest) }) };
  const modified = { ...manifest, metadata: { ...manifest.metadata, annotations } };
  const three = {
    original: previous === undefined ? {} : (readJson(previous) as Json),
    modified: modified as unknown as Json,
    current: live as unknown as Json,
  };
  const schema = schemaOfMapping(mapping);
  return schema === undefined
    ? { patch: jsonThreeWayPatch(three), contentType: 'application/merge-patch+json', modified }
    : { patch: strategicThreeWayPatch(three, schema), contentType: 'application/strategic-merge-patch+json', modified };
}
