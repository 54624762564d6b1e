/** Pods made from templates (pkg/controller/controller_utils.go, pkg/util/hash). */
import { canonical } from '#kube/equal.ts';
import type { Kind } from '#kube/kind.ts';
import { Pod } from '#kube/kinds/pod.ts';
import type { PodTemplateSpec } from '#kube/kinds/pod-template.ts';
import type { KubeObject } from '#kube/object.ts';
import type { Result, Status } from '#kube/status.ts';
import type { ControlPlane } from './controller.ts';
import { recordEvent } from '#kube/record-event.ts';
import { controllerReference, createObject } from './write.ts';

const safeLetters = 'bcdfghjklmnpqrstvwxz2456789';

/** FNV-1a, 32 bit, in decimal with each digit's letter exchanged: looks like Kubernetes' `pod-template-hash`. The text hashed is ours. */
export function hashOf(value: object, collisions = 0): string {
  if (collisions !== 0) return hashed(value, collisions);
  let hash = hashes.get(value);
  if (hash === undefined) hashes.set(value, (hash = hashed(value, 0)));
  return hash;
}

/** By template: sets ask for theirs at every look. */
const hashes = new WeakMap<object, string>();

function hashed(value: object, collisions: number): string {
  let h = 0x811c9dc5;
  for (const char of `${canonical(value)}${collisions === 0 ? '' : collisions}`) h = Math.imul(h ^ char.codePointAt(0)!, 0x01000193) >>> 0;
  return [...String(h)].map((digit) => safeLetters[digit.charCodeAt(0) % safeLetters.length]).join('');
}

export interface PodIdentity {
  /** Absent: `generateName`, `<owner>-` and five letters. */
  readonly name?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  /** Changes to the template's spec, such as the node a DaemonSet pod is meant for. */
  readonly spec?: Partial<Pod['spec']>;
}

/** Creates a pod of a template for its owner, and records the event of it, or of the refusal. */
export function createPod(
  plane: ControlPlane,
  component: string,
  ownerKind: Kind,
  owner: KubeObject,
  template: PodTemplateSpec,
  identity: PodIdentity = {},
): Result<Pod, Status> {
  const labels = { ...template.metadata?.labels, ...identity.labels };
  const annotations = { ...template.metadata?.annotations, ...identity.annotations };
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      ...(identity.name === undefined ? { generateName: `${owner.metadata.name}-` } : { name: identity.name }),
      namespace: owner.metadata.namespace!,
      ...(Object.keys(labels).length > 0 && { labels }),
      ...(Object.keys(annotations).length > 0 && { annotations }),
      ...(template.metadata?.finalizers !== undefined && { finalizers: template.metadata.finalizers }),
      ownerReferences: [controllerReference(ownerKind, owner)],
    },
    spec: { ...template.spec, ...identity.spec },
  };
  const result = createObject(plane, Pod, pod);
  recordEvent(
    plane,
    owner,
    { component },
    result.ok
      ? { type: 'Normal', reason: 'SuccessfulCreate', message: `Created pod: ${result.value.metadata.name}` }
      : { type: 'Warning', reason: 'FailedCreate', message: `Error creating: ${result.error.message}` },
  );
  return result;
}
