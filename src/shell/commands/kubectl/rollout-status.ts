/** How far a rollout is, in kubectl's words (staging:kubectl/pkg/polymorphichelpers/rollout_status.go). */
import type { KubeObject } from '#kube/object.ts';
import { KubectlError } from './errors.ts';

export interface Workload extends KubeObject {
  readonly spec: {
    readonly replicas?: number;
    readonly updateStrategy?: { readonly type?: string; readonly rollingUpdate?: { readonly partition?: number } };
    readonly [field: string]: unknown;
  };
  readonly status?: {
    readonly observedGeneration?: number;
    readonly replicas?: number;
    readonly updatedReplicas?: number;
    readonly availableReplicas?: number;
    readonly readyReplicas?: number;
    readonly currentReplicas?: number;
    readonly currentRevision?: string;
    readonly updateRevision?: string;
    readonly desiredNumberScheduled?: number;
    readonly updatedNumberScheduled?: number;
    readonly numberAvailable?: number;
    readonly conditions?: readonly { readonly type: string; readonly reason?: string }[];
  };
}

export interface RolloutStatus {
  /** A line or more, with the line break. */
  readonly message: string;
  readonly finished: boolean;
}

/** Throws when the rollout has failed, or there is no saying. */
export function rolloutStatusOf(workload: Workload, kind: string, revision: number): RolloutStatus {
  switch (kind) {
    case 'Deployment':
      return deploymentStatus(workload, revision);
    case 'DaemonSet':
      return daemonSetStatus(workload);
    case 'StatefulSet':
      return statefulSetStatus(workload);
    default:
      throw new KubectlError(`no status viewer has been implemented for ${kind}`);
  }
}

function waiting(message: string): RolloutStatus {
  return { message: `${message}\n`, finished: false };
}

function deploymentStatus({ metadata, spec, status = {} }: Workload, revision: number): RolloutStatus {
  const { name, generation = 0, annotations = {} } = metadata;
  if (revision > 0) {
    const current = Number(annotations['deployment.kubernetes.io/revision'] ?? 0);
    if (current !== revision) throw new KubectlError(`desired revision (${revision}) is different from the running revision (${current})`);
  }
  if (generation > (status.observedGeneration ?? 0)) return waiting('Waiting for deployment spec update to be observed...');
  if (status.conditions?.some(({ type, reason }) => type === 'Progressing' && reason === 'ProgressDeadlineExceeded')) {
    throw new KubectlError(`deployment ${JSON.stringify(name)} exceeded its progress deadline`);
  }
  const { replicas = 0, updatedReplicas = 0, availableReplicas = 0 } = status;
  if (spec.replicas !== undefined && updatedReplicas < spec.replicas) {
    return waiting(
      `Waiting for deployment ${JSON.stringify(name)} rollout to finish: ${updatedReplicas} out of ${spec.replicas} new replicas have been updated...`,
    );
  }
  if (replicas > updatedReplicas) {
    return waiting(
      `Waiting for deployment ${JSON.stringify(name)} rollout to finish: ${replicas - updatedReplicas} old replicas are pending termination...`,
    );
  }
  if (availableReplicas < updatedReplicas) {
    return waiting(
      `Waiting for deployment ${JSON.stringify(name)} rollout to finish: ${availableReplicas} of ${updatedReplicas} updated replicas are available...`,
    );
  }
  return { message: `deployment ${JSON.stringify(name)} successfully rolled out\n`, finished: true };
}

function daemonSetStatus({ metadata, spec, status = {} }: Workload): RolloutStatus {
  const { name, generation = 0 } = metadata;
  if (spec.updateStrategy?.type !== 'RollingUpdate')
    throw new KubectlError('rollout status is only available for RollingUpdate strategy type');
  if (generation > (status.observedGeneration ?? 0)) return waiting('Waiting for daemon set spec update to be observed...');
  const { desiredNumberScheduled = 0, updatedNumberScheduled = 0, numberAvailable = 0 } = status;
  if (updatedNumberScheduled < desiredNumberScheduled) {
    return waiting(
      `Waiting for daemon set ${JSON.stringify(name)} rollout to finish: ${updatedNumberScheduled} out of ${desiredNumberScheduled} new pods have been updated...`,
    );
  }
  if (numberAvailable < desiredNumberScheduled) {
    return waiting(
      `Waiting for daemon set ${JSON.stringify(name)} rollout to finish: ${numberAvailable} of ${desiredNumberScheduled} updated pods are available...`,
    );
  }
  return { message: `daemon set ${JSON.stringify(name)} successfully rolled out\n`, finished: true };
}

function statefulSetStatus({ metadata, spec, status = {} }: Workload): RolloutStatus {
  if (spec.updateStrategy?.type !== 'RollingUpdate')
    throw new KubectlError('rollout status is only available for RollingUpdate strategy type');
  const { generation = 0 } = metadata;
  const {
    observedGeneration = 0,
    readyReplicas = 0,
    updatedReplicas = 0,
    currentReplicas = 0,
    updateRevision = '',
    currentRevision = '',
  } = status;
  if (observedGeneration === 0 || generation > observedGeneration) return waiting('Waiting for statefulset spec update to be observed...');
  const { replicas = 1 } = spec;
  if (readyReplicas < replicas) return waiting(`Waiting for ${replicas - readyReplicas} pods to be ready...`);
  const { rollingUpdate } = spec.updateStrategy;
  if (rollingUpdate !== undefined) {
    const { partition } = rollingUpdate;
    if (partition !== undefined && updatedReplicas < replicas - partition) {
      return waiting(
        `Waiting for partitioned roll out to finish: ${updatedReplicas} out of ${replicas - partition} new pods have been updated...`,
      );
    }
    return { message: `partitioned roll out complete: ${updatedReplicas} new pods have been updated...\n`, finished: true };
  }
  if (updateRevision !== currentRevision)
    return waiting(`waiting for statefulset rolling update to complete ${updatedReplicas} pods at revision ${updateRevision}...`);
  return { message: `statefulset rolling update complete ${currentReplicas} pods at revision ${currentRevision}...\n`, finished: true };
}
