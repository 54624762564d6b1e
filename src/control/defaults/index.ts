/** The defaults of all kinds. */
import { completed } from '#kube/decode.ts';
import { resourceOf, type Kind } from '#kube/kind.ts';
import type { KubeObject } from '#kube/object.ts';
import { horizontalPodAutoscalerDefaulter } from './autoscaling.ts';
import { cronJobDefaulter, jobDefaulter } from './batch.ts';
import { limitRangeDefaulter, namespaceDefaulter, nodeDefaulter, priorityClassDefaulter, secretDefaulter } from './configuration.ts';
import { schemaDefaults } from './custom-resource.ts';
import type { Defaulter } from './defaulter.ts';
import { endpointsDefaulter, endpointSliceDefaulter } from './endpoints.ts';
import {
  apiServiceDefaulter,
  customResourceDefinitionDefaulter,
  flowSchemaDefaulter,
  mutatingWebhookConfigurationDefaulter,
  priorityLevelConfigurationDefaulter,
  validatingWebhookConfigurationDefaulter,
} from './extensions.ts';
import { ingressClassDefaulter, networkPolicyDefaulter } from './networking.ts';
import { podDefaulter } from './pod.ts';
import { clusterRoleBindingDefaulter, roleBindingDefaulter } from './rbac.ts';
import { serviceDefaulter } from './service.ts';
import { csiDriverDefaulter, persistentVolumeClaimDefaulter, persistentVolumeDefaulter, storageClassDefaulter } from './storage.ts';
import {
  daemonSetDefaulter,
  deploymentDefaulter,
  podTemplateDefaulter,
  replicaSetDefaulter,
  replicationControllerDefaulter,
  statefulSetDefaulter,
} from './workloads.ts';

const defaulters: readonly Defaulter[] = [
  apiServiceDefaulter,
  clusterRoleBindingDefaulter,
  cronJobDefaulter,
  csiDriverDefaulter,
  customResourceDefinitionDefaulter,
  daemonSetDefaulter,
  deploymentDefaulter,
  endpointsDefaulter,
  endpointSliceDefaulter,
  flowSchemaDefaulter,
  horizontalPodAutoscalerDefaulter,
  ingressClassDefaulter,
  jobDefaulter,
  limitRangeDefaulter,
  mutatingWebhookConfigurationDefaulter,
  namespaceDefaulter,
  networkPolicyDefaulter,
  nodeDefaulter,
  persistentVolumeClaimDefaulter,
  persistentVolumeDefaulter,
  podDefaulter,
  podTemplateDefaulter,
  priorityClassDefaulter,
  priorityLevelConfigurationDefaulter,
  replicaSetDefaulter,
  replicationControllerDefaulter,
  roleBindingDefaulter,
  secretDefaulter,
  serviceDefaulter,
  statefulSetDefaulter,
  storageClassDefaulter,
  validatingWebhookConfigurationDefaulter,
];
const byResource = new Map(defaulters.map((defaulter) => [resourceOf(defaulter.kind), defaulter]));

/**
 * The object as the API server takes it up: with what its Go struct always has, and with the defaults of its kind in this minor version
 * (36 of v1.36). What admission, allocation and controllers add comes later. Doing it again changes nothing.
 */
export function withDefaults(kind: Kind, object: KubeObject, minorVersion: number): KubeObject {
  if (kind.custom === true) return schemaDefaults(kind, object);
  const complete = completed(kind, object);
  return byResource.get(resourceOf(kind))?.fill(complete, minorVersion) ?? complete;
}
