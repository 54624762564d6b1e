/** The recorded cluster as kubectl met it: with last-applied annotations, the roles a server starts with, and time that passes. */
import { parseYaml, splitDocuments } from '#kube/yaml.ts';
import { decodeTrusted } from '#kube/decode.ts';
import type { KubeObject } from '#kube/object.ts';
import { bootstrapRbac } from '#lab/bring-up/rbac.ts';
import { Lab } from '#lab/lab.ts';
import type { Cluster } from '#kube/cluster.ts';
import { lastAppliedText, lastApplied } from '#shell/commands/kubectl/last-applied.ts';
import { kindOfObject, market as dump, readRecorded } from '../../../../apiserver/support/market.ts';

/** What was applied to make the cluster. */
function applied(): readonly KubeObject[] {
  return splitDocuments(readRecorded('manifests.yaml'))
    .map((text) => parseYaml(text))
    .flatMap((parsed) => (parsed.ok ? [parsed.value as KubeObject] : []));
}

function marketCluster(): Cluster {
  const draft = dump().snapshot.cluster.edit();
  for (const object of bootstrapRbac) {
    const kind = kindOfObject(object as unknown as KubeObject);
    if (draft.get(kind, '', object.metadata.name) === undefined) draft.keep(kind, decodeTrusted(kind, object as unknown as KubeObject));
  }
  for (const manifest of applied()) {
    const kind = kindOfObject(manifest);
    const { name, namespace = kind.namespaced ? 'default' : '' } = manifest.metadata;
    const object = draft.get(kind, namespace, name);
    if (object === undefined) continue;
    const text = lastAppliedText({ ...manifest, metadata: { ...manifest.metadata, ...(kind.namespaced && { namespace }) } });
    draft.keep(kind, { ...object, metadata: { ...object.metadata, annotations: { ...object.metadata.annotations, [lastApplied]: text } } });
  }
  return draft.publish();
}

const cluster = marketCluster();

export function market(now: number): Lab {
  return new Lab({ cluster, hosts: new Map(), now }, (change, until) => {
    change.now = until ?? change.now;
  });
}
