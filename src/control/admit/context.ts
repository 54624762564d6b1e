/** What writes are told of their circumstances, and what becomes of them. */
import type { Draft } from '#kube/cluster.ts';
import type { Kind } from '#kube/kind.ts';
import type { KubeObject } from '#kube/object.ts';
import type { Status } from '#kube/status.ts';

export interface AdmissionContext {
  /** Unix milliseconds. */
  readonly now: number;
  /** 36 of v1.36. */
  readonly minorVersion: number;
  readonly user?: { readonly name: string; readonly groups: readonly string[] };
  /** Everything is checked, nothing is written. */
  readonly dryRun?: boolean;
  /** The pod is a static pod's mirror, which the kubelet makes. */
  readonly mirrorPod?: boolean;
  /** Who else may refuse: the webhooks that are configured and answer. */
  readonly webhooks?: readonly Webhook[];
}

export interface UpdateContext extends AdmissionContext {
  /** `status`, `finalize`, `resize`, `ephemeralcontainers`: only the part of the object that it is about changes. */
  readonly subresource?: string;
}

export interface RemoveContext extends AdmissionContext {
  /** Seconds to end by itself; the pod's own when absent. */
  readonly gracePeriodSeconds?: number;
  readonly propagationPolicy?: 'Orphan' | 'Background' | 'Foreground';
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string };
}

/** What an admission plugin or webhook looks at. */
export interface Review {
  readonly operation: 'CREATE' | 'UPDATE' | 'DELETE';
  readonly kind: Kind;
  readonly object: KubeObject;
  readonly old?: KubeObject;
  readonly objects: Draft;
  readonly context: UpdateContext;
}

/** What comes of asking a webhook, where that is not its consent. */
export type Objection =
  | { readonly kind: 'denied'; readonly message: string }
  /** It could not be asked, and its configuration wants it to be. */
  | { readonly kind: 'failed'; readonly why: string }
  | { readonly kind: 'no-dry-run' };

/** A validating webhook. */
export interface Webhook {
  /** As its configuration calls it: `validate.nginx.ingress.kubernetes.io`. */
  readonly name: string;
  review(review: Review, warn: (text: string) => void): Objection | undefined;
}

/** An object as it is written, and what the server remarks on it. */
export interface Admitted {
  readonly object: KubeObject;
  readonly warnings: readonly string[];
}

/** A refusal can come with remarks, too. */
export interface Refusal {
  readonly ok: false;
  readonly error: Status;
  readonly warnings: readonly string[];
}

export type Admission = { readonly ok: true; readonly value: Admitted } | Refusal;

export interface Removed extends Admitted {
  /** Whether the object is gone; otherwise it is marked, and goes when its time or its finalizers are over. */
  readonly deleted: boolean;
}

export type Removal = { readonly ok: true; readonly value: Removed } | Refusal;

export function refuse(error: Status, warnings: readonly string[] = []): Refusal {
  return { ok: false, error, warnings };
}
