/** The validators of all kinds. */
import type { Objects } from '#kube/cluster.ts';
import { CustomResourceDefinition } from '#kube/kinds/custom-resource-definition.ts';
import { resourceOf, type Kind } from '#kube/kind.ts';
import type { KubeObject } from '#kube/object.ts';
import { nodeValidator, ipAddressValidator, namespaceValidator, serviceCidrValidator } from './cluster-objects.ts';
import { configMapValidator, secretValidator } from './configuration.ts';
import { customResourceDefinitionValidator } from './custom-resource-definition.ts';
import { gatewayConstraintsByResource } from './custom/gateway.ts';
import { validateStructure, type Constraints } from './custom/structural.ts';
import { endpointsValidator, endpointSliceValidator } from './endpoints.ts';
import { ingressClassValidator, ingressValidator } from './ingress.ts';
import { cronJobValidator, jobValidator } from './jobs.ts';
import { limitRangeValidator, priorityClassValidator, resourceQuotaValidator } from './limits.ts';
import { nameIsSubdomain } from './names.ts';
import { networkPolicyValidator } from './network-policy.ts';
import { podValidator } from './pod/pod.ts';
import { clusterRoleBindingValidator, clusterRoleValidator, roleBindingValidator, roleValidator } from './rbac.ts';
import { horizontalPodAutoscalerValidator, podDisruptionBudgetValidator } from './scaling.ts';
import { serviceValidator } from './service.ts';
import { persistentVolumeClaimValidator, persistentVolumeValidator, storageClassValidator } from './storage.ts';
import type { Validator } from './validator.ts';
import {
  daemonSetValidator,
  deploymentValidator,
  replicaSetValidator,
  replicationControllerValidator,
  statefulSetValidator,
} from './workloads.ts';

const validators: readonly Validator[] = [
  clusterRoleBindingValidator,
  clusterRoleValidator,
  configMapValidator,
  cronJobValidator,
  customResourceDefinitionValidator,
  daemonSetValidator,
  deploymentValidator,
  endpointSliceValidator,
  endpointsValidator,
  horizontalPodAutoscalerValidator,
  ingressClassValidator,
  ingressValidator,
  ipAddressValidator,
  jobValidator,
  limitRangeValidator,
  namespaceValidator,
  networkPolicyValidator,
  nodeValidator,
  persistentVolumeClaimValidator,
  persistentVolumeValidator,
  podDisruptionBudgetValidator,
  podValidator,
  priorityClassValidator,
  replicaSetValidator,
  replicationControllerValidator,
  resourceQuotaValidator,
  roleBindingValidator,
  roleValidator,
  secretValidator,
  serviceCidrValidator,
  serviceValidator,
  statefulSetValidator,
  storageClassValidator,
];

const byResource = new Map(validators.map((one) => [resourceOf(one.kind), one]));

/** The rules of a kind: our own, those of its definition, or, for kinds that nobody gets wrong, those of metadata alone. */
export function validatorOf(kind: Kind, objects: Objects): Validator {
  return byResource.get(resourceOf(kind)) ?? customValidator(kind, constraintsOf(kind, objects));
}

function customValidator(kind: Kind, constraints: Constraints | undefined): Validator {
  const check = (object: KubeObject, old: KubeObject | undefined) =>
    constraints === undefined ? [] : validateStructure(constraints, object, old);
  return {
    kind,
    name: nameIsSubdomain,
    validate: (object) => check(object, undefined),
    validateUpdate: check,
  };
}

/** The Gateway API's definitions have rules in CEL, which are written as functions here; others are taken from the cluster. */
function constraintsOf(kind: Kind, objects: Objects): Constraints | undefined {
  if (kind.custom !== true) return undefined;
  const known = gatewayConstraintsByResource.get(resourceOf(kind));
  if (known !== undefined) return known;
  const versions = objects.get(CustomResourceDefinition, '', resourceOf(kind))?.spec.versions;
  return versions?.find((version) => version.name === kind.version)?.schema?.openAPIV3Schema as Constraints | undefined;
}
