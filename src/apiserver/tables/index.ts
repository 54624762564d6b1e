/** The printer of every built-in resource; those not named here are shown by name and creation time, as their storage does upstream. */
import {
  componentStatusPrinter,
  configMapPrinter,
  ipAddressPrinter,
  leasePrinter,
  namespacePrinter,
  priorityClassPrinter,
  resourceQuotaPrinter,
  roleBindingPrinter,
  secretPrinter,
  serviceAccountPrinter,
  serviceCidrPrinter,
} from './cluster.ts';
import { agePrinter } from './default.ts';
import { endpointSlicePrinter } from './endpoint-slice.ts';
import { endpointsPrinter } from './endpoints.ts';
import { eventPrinter } from './event.ts';
import {
  admissionPolicyBindingPrinter,
  admissionPolicyPrinter,
  apiServicePrinter,
  certificateSigningRequestPrinter,
  csiDriverPrinter,
  csiNodePrinter,
  csiStorageCapacityPrinter,
  flowSchemaPrinter,
  mutatingAdmissionPolicyPrinter,
  priorityLevelConfigurationPrinter,
  resourceClaimPrinter,
  resourceSlicePrinter,
  runtimeClassPrinter,
  volumeAttachmentPrinter,
  volumeAttributesClassPrinter,
  webhookConfigurationPrinter,
} from './extensions.ts';
import { ingressClassPrinter } from './ingress-class.ts';
import { ingressPrinter } from './ingress.ts';
import { networkPolicyPrinter } from './network-policy.ts';
import { nodePrinter } from './node.ts';
import { podPrinter } from './pod.ts';
import { horizontalPodAutoscalerPrinter, podDisruptionBudgetPrinter } from './policy.ts';
import { servicePrinter } from './service.ts';
import { persistentVolumeClaimPrinter, persistentVolumePrinter, storageClassPrinter } from './storage.ts';
import type { TablePrinter } from './table.ts';
import {
  controllerRevisionPrinter,
  cronJobPrinter,
  daemonSetPrinter,
  deploymentPrinter,
  jobPrinter,
  podTemplatePrinter,
  replicaSetPrinter,
  replicationControllerPrinter,
  statefulSetPrinter,
} from './workloads.ts';

/** By `resourceOf(kind)`. */
export const printers: ReadonlyMap<string, TablePrinter> = new Map<string, TablePrinter<never>>([
  ['componentstatuses', componentStatusPrinter],
  ['configmaps', configMapPrinter],
  ['endpoints', endpointsPrinter],
  ['events', eventPrinter],
  ['namespaces', namespacePrinter],
  ['nodes', nodePrinter],
  ['persistentvolumeclaims', persistentVolumeClaimPrinter],
  ['persistentvolumes', persistentVolumePrinter],
  ['pods', podPrinter],
  ['podtemplates', podTemplatePrinter],
  ['replicationcontrollers', replicationControllerPrinter],
  ['resourcequotas', resourceQuotaPrinter],
  ['secrets', secretPrinter],
  ['serviceaccounts', serviceAccountPrinter],
  ['services', servicePrinter],
  ['mutatingadmissionpolicies.admissionregistration.k8s.io', mutatingAdmissionPolicyPrinter],
  ['mutatingadmissionpolicybindings.admissionregistration.k8s.io', admissionPolicyBindingPrinter],
  ['mutatingwebhookconfigurations.admissionregistration.k8s.io', webhookConfigurationPrinter],
  ['validatingadmissionpolicies.admissionregistration.k8s.io', admissionPolicyPrinter],
  ['validatingadmissionpolicybindings.admissionregistration.k8s.io', admissionPolicyBindingPrinter],
  ['validatingwebhookconfigurations.admissionregistration.k8s.io', webhookConfigurationPrinter],
  ['apiservices.apiregistration.k8s.io', apiServicePrinter],
  ['controllerrevisions.apps', controllerRevisionPrinter],
  ['daemonsets.apps', daemonSetPrinter],
  ['deployments.apps', deploymentPrinter],
  ['replicasets.apps', replicaSetPrinter],
  ['statefulsets.apps', statefulSetPrinter],
  ['horizontalpodautoscalers.autoscaling', horizontalPodAutoscalerPrinter],
  ['cronjobs.batch', cronJobPrinter],
  ['jobs.batch', jobPrinter],
  ['certificatesigningrequests.certificates.k8s.io', certificateSigningRequestPrinter],
  ['leases.coordination.k8s.io', leasePrinter],
  ['endpointslices.discovery.k8s.io', endpointSlicePrinter],
  ['flowschemas.flowcontrol.apiserver.k8s.io', flowSchemaPrinter],
  ['prioritylevelconfigurations.flowcontrol.apiserver.k8s.io', priorityLevelConfigurationPrinter],
  ['ingressclasses.networking.k8s.io', ingressClassPrinter],
  ['ingresses.networking.k8s.io', ingressPrinter],
  ['ipaddresses.networking.k8s.io', ipAddressPrinter],
  ['networkpolicies.networking.k8s.io', networkPolicyPrinter],
  ['servicecidrs.networking.k8s.io', serviceCidrPrinter],
  ['runtimeclasses.node.k8s.io', runtimeClassPrinter],
  ['poddisruptionbudgets.policy', podDisruptionBudgetPrinter],
  ['clusterrolebindings.rbac.authorization.k8s.io', roleBindingPrinter],
  ['rolebindings.rbac.authorization.k8s.io', roleBindingPrinter],
  ['deviceclasses.resource.k8s.io', agePrinter],
  ['resourceclaims.resource.k8s.io', resourceClaimPrinter],
  ['resourceclaimtemplates.resource.k8s.io', agePrinter],
  ['resourceslices.resource.k8s.io', resourceSlicePrinter],
  ['priorityclasses.scheduling.k8s.io', priorityClassPrinter],
  ['csidrivers.storage.k8s.io', csiDriverPrinter],
  ['csinodes.storage.k8s.io', csiNodePrinter],
  ['csistoragecapacities.storage.k8s.io', csiStorageCapacityPrinter],
  ['storageclasses.storage.k8s.io', storageClassPrinter],
  ['volumeattachments.storage.k8s.io', volumeAttachmentPrinter],
  ['volumeattributesclasses.storage.k8s.io', volumeAttributesClassPrinter],
]);
