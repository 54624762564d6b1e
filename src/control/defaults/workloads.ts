/** (pkg/apis/apps/v1/defaults.go; pkg/apis/core/v1/defaults.go for ReplicationController and PodTemplate) */
import { DaemonSet, type DaemonSetSpec } from '#kube/kinds/daemon-set.ts';
import { Deployment, type DeploymentSpec } from '#kube/kinds/deployment.ts';
import { PodTemplate } from '#kube/kinds/pod-template.ts';
import { ReplicaSet, type ReplicaSetSpec } from '#kube/kinds/replica-set.ts';
import { ReplicationController, type ReplicationControllerSpec } from '#kube/kinds/replication-controller.ts';
import { StatefulSet, type StatefulSetSpec } from '#kube/kinds/stateful-set.ts';
import { claimWithDefaults } from './storage.ts';
import { defaulter } from './defaulter.ts';
import { change, fill } from './fill.ts';
import { templateWithDefaults } from './pod-spec.ts';

/** The object with defaults in its spec and in the pod template of that. */
function inSpec<Spec extends { readonly template?: object }, T extends { readonly spec: Spec }>(
  object: T,
  minorVersion: number,
  specDefaults: (spec: Spec) => Spec,
): T {
  return change(object, 'spec', (spec) =>
    specDefaults(change(spec, 'template', (template) => templateWithDefaults(template as never, minorVersion) as Spec['template'])),
  );
}

export const deploymentDefaulter = defaulter(Deployment, (deployment, minorVersion) =>
  inSpec(deployment, minorVersion, (spec: DeploymentSpec) =>
    fill(change(spec, 'strategy', strategyWithDefaults), { replicas: 1, revisionHistoryLimit: 10, progressDeadlineSeconds: 600 }),
  ),
);

function strategyWithDefaults(strategy: DeploymentSpec['strategy']): DeploymentSpec['strategy'] {
  const filled = fill(strategy, { type: 'RollingUpdate' });
  if (filled.type !== 'RollingUpdate') return filled;
  return { ...filled, rollingUpdate: fill(filled.rollingUpdate ?? {}, { maxUnavailable: '25%', maxSurge: '25%' }) };
}

export const replicaSetDefaulter = defaulter(ReplicaSet, (set, minorVersion) =>
  inSpec(set, minorVersion, (spec: ReplicaSetSpec) => fill(spec, { replicas: 1 })),
);

/** The pods of a StatefulSet have numbers from 0 on; an update reaches those from the partition on. */
export const statefulSetDefaulter = defaulter(StatefulSet, (set, minorVersion) =>
  inSpec(set, minorVersion, (spec: StatefulSetSpec) => {
    const strategy = fill(spec.updateStrategy ?? {}, { type: 'RollingUpdate' });
    const updateStrategy =
      strategy.type === 'RollingUpdate' ? { ...strategy, rollingUpdate: fill(strategy.rollingUpdate ?? {}, { partition: 0 }) } : strategy;
    const retention = fill(spec.persistentVolumeClaimRetentionPolicy ?? {}, { whenDeleted: 'Retain', whenScaled: 'Retain' });
    const filled = fill(
      { ...spec, updateStrategy, ...(minorVersion >= 27 && { persistentVolumeClaimRetentionPolicy: retention }) },
      { podManagementPolicy: 'OrderedReady', replicas: 1, revisionHistoryLimit: 10 },
    );
    return change(filled, 'volumeClaimTemplates', (claims) =>
      claims.map((claim) => claimWithDefaults({ ...claim, apiVersion: 'v1', kind: 'PersistentVolumeClaim' })),
    );
  }),
);

export const daemonSetDefaulter = defaulter(DaemonSet, (set, minorVersion) =>
  inSpec(set, minorVersion, (spec: DaemonSetSpec) => {
    const strategy = fill(spec.updateStrategy ?? {}, { type: 'RollingUpdate' });
    const rolling = { maxUnavailable: 1, ...(minorVersion >= 22 && { maxSurge: 0 }) };
    const updateStrategy =
      strategy.type === 'RollingUpdate' ? { ...strategy, rollingUpdate: fill(strategy.rollingUpdate ?? {}, rolling) } : strategy;
    return fill({ ...spec, updateStrategy }, { revisionHistoryLimit: 10 });
  }),
);

/** A ReplicationController without labels or selector takes the labels of its pods. */
export const replicationControllerDefaulter = defaulter(ReplicationController, (controller, minorVersion) => {
  const labels = controller.spec?.template?.metadata.labels;
  const hasLabels = Object.keys(controller.metadata.labels ?? {}).length > 0;
  const named = labels === undefined || hasLabels ? controller : { ...controller, metadata: { ...controller.metadata, labels } };
  return inSpec(named, minorVersion, (spec: ReplicationControllerSpec) =>
    fill(spec, { replicas: 1, ...(labels !== undefined && { selector: labels }) }),
  );
});

export const podTemplateDefaulter = defaulter(PodTemplate, (template, minorVersion) =>
  change(template, 'template', (of) => templateWithDefaults(of, minorVersion)),
);
