/** The pods that objects describe, and how to change them (kubectl: pkg/polymorphichelpers/updatepodspec.go). */
import type { KubeObject } from '#kube/object.ts';
import type { Info } from './builder.ts';
import { goType } from './containers.ts';
import { KubectlError } from './errors.ts';

export interface EnvVar {
  readonly name: string;
  readonly value?: string;
  readonly valueFrom?: {
    readonly configMapKeyRef?: { readonly name: string; readonly key: string };
    readonly secretKeyRef?: { readonly name: string; readonly key: string };
    readonly fieldRef?: { readonly fieldPath: string };
    readonly resourceFieldRef?: { readonly resource: string; readonly containerName?: string };
  };
}

export interface Container {
  readonly name: string;
  readonly image?: string;
  readonly env?: readonly EnvVar[];
  readonly resources?: { readonly limits?: Readonly<Record<string, string>>; readonly requests?: Readonly<Record<string, string>> };
}

export interface PodSpec {
  readonly containers: readonly Container[];
  readonly initContainers?: readonly Container[];
  readonly [field: string]: unknown;
}

const template = ['spec', 'template', 'spec'];

/** Where a kind keeps its pod's spec. */
const podSpecPaths: Readonly<Record<string, readonly string[]>> = {
  Pod: ['spec'],
  Deployment: template,
  DaemonSet: template,
  StatefulSet: template,
  ReplicaSet: template,
  ReplicationController: template,
  Job: template,
  CronJob: ['spec', 'jobTemplate', 'spec', 'template', 'spec'],
};

/** The object with its pod's spec changed; throws for kinds without pods. */
export function withPodSpec(info: Info, change: (spec: PodSpec) => PodSpec): KubeObject {
  const path = podSpecPaths[info.mapping.kind];
  if (path === undefined)
    throw new KubectlError(
      `error: ${objectName(info)} the object is not a pod or does not have a pod template: ${goType({ ...info.object!, kind: info.mapping.kind })}\n`,
    );
  return withAt<PodSpec>(info.object, path, change) as KubeObject;
}

/** `deployments/web` (resource.Info.ObjectName) */
export function objectName({ mapping, name }: Info): string {
  return `${mapping.resource}/${name}`;
}

/** A value with what stands at a path in it changed. */
export function withAt<T>(value: unknown, path: readonly string[], change: (inner: T) => T): unknown {
  const [first, ...rest] = path;
  if (first === undefined) return change(value as T);
  const fields = value as Readonly<Record<string, unknown>>;
  return { ...fields, [first]: withAt(fields[first], rest, change) };
}

/** `*` and `a*` choose containers by their names. */
export function chooses(pattern: string, name: string): boolean {
  const [head = '', tail = ''] = pattern.split('*');
  return pattern.includes('*') ? name.startsWith(head) && name.endsWith(tail) : name === pattern;
}
