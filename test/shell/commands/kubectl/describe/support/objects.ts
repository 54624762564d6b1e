/** Made-up objects of every kind, with every field that a description shows. */
import { readFileSync } from 'node:fs';
import { loadAll } from 'js-yaml';
import type { Cluster } from '#kube/cluster.ts';
import type { KubeObject } from '#kube/object.ts';
import { clusterOf, labOf } from '../../../../../apiserver/support/market.ts';
import { homeFiles, run } from '../../support/run.ts';

const files = ['cluster', 'network', 'pods', 'storage', 'workloads'];

function objectsOf(file: string): readonly KubeObject[] {
  return loadAll(readFileSync(new URL(`../objects/${file}.yaml`, import.meta.url), 'utf8')) as readonly KubeObject[];
}

const objects: Cluster = clusterOf(files.flatMap(objectsOf));

/** A file that a recorded command names. */
const manifest = `apiVersion: v1
kind: Pod
metadata: { name: left, namespace: quay }
---
apiVersion: v1
kind: Pod
metadata: { name: nosuch, namespace: quay }
---
apiVersion: v1
kind: Service
metadata: { name: alone, namespace: quay }
`;

/** What a kubectl of this version answers. */
export async function answer(command: string, version: string, now = Date.parse('2026-11-26T16:00:00Z')) {
  const terminal = { lab: labOf(objects, now), files: homeFiles({ '/tmp/h/f.yaml': manifest }), options: { version } };
  const { stdout, stderr, exitCode } = await run(terminal, command);
  return { stdout, stderr, exitCode };
}
