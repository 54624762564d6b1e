/** The describer of every kind that has one of its own. */
import { CertificateSigningRequest } from '#kube/kinds/certificate-signing-request.ts';
import { ClusterRoleBinding } from '#kube/kinds/cluster-role-binding.ts';
import { ClusterRole } from '#kube/kinds/cluster-role.ts';
import { ConfigMap } from '#kube/kinds/config-map.ts';
import { CronJob } from '#kube/kinds/cron-job.ts';
import { CSINode } from '#kube/kinds/csi-node.ts';
import { DaemonSet } from '#kube/kinds/daemon-set.ts';
import { Deployment } from '#kube/kinds/deployment.ts';
import { EndpointSlice } from '#kube/kinds/endpoint-slice.ts';
import { Endpoints } from '#kube/kinds/endpoints.ts';
import { HorizontalPodAutoscaler } from '#kube/kinds/horizontal-pod-autoscaler.ts';
import { IngressClass } from '#kube/kinds/ingress-class.ts';
import { Ingress } from '#kube/kinds/ingress.ts';
import { IPAddress } from '#kube/kinds/ip-address.ts';
import { Job } from '#kube/kinds/job.ts';
import { LimitRange } from '#kube/kinds/limit-range.ts';
import { Namespace } from '#kube/kinds/namespace.ts';
import { NetworkPolicy } from '#kube/kinds/network-policy.ts';
import { Node } from '#kube/kinds/node.ts';
import { PersistentVolumeClaim } from '#kube/kinds/persistent-volume-claim.ts';
import { PersistentVolume } from '#kube/kinds/persistent-volume.ts';
import { PodDisruptionBudget } from '#kube/kinds/pod-disruption-budget.ts';
import { Pod } from '#kube/kinds/pod.ts';
import { PriorityClass } from '#kube/kinds/priority-class.ts';
import { ReplicaSet } from '#kube/kinds/replica-set.ts';
import { ReplicationController } from '#kube/kinds/replication-controller.ts';
import { ResourceQuota } from '#kube/kinds/resource-quota.ts';
import { RoleBinding } from '#kube/kinds/role-binding.ts';
import { Role } from '#kube/kinds/role.ts';
import { Secret } from '#kube/kinds/secret.ts';
import { ServiceAccount } from '#kube/kinds/service-account.ts';
import { ServiceCIDR } from '#kube/kinds/service-cidr.ts';
import { Service } from '#kube/kinds/service.ts';
import { StatefulSet } from '#kube/kinds/stateful-set.ts';
import { StorageClass } from '#kube/kinds/storage-class.ts';
import { VolumeAttributesClass } from '#kube/kinds/volume-attributes-class.ts';
import type { Kind } from '#kube/kind.ts';
import type { KubeObject } from '#kube/object.ts';
import type { RestMapping } from '../discovery.ts';
import { describeCertificateSigningRequest } from './certificate-signing-request.ts';
import { describePersistentVolumeClaim } from './claim.ts';
import { describeConfigMap } from './config-map.ts';
import { describeCronJob } from './cron-job.ts';
import { describeCSINode } from './csi-node.ts';
import { describeDaemonSet } from './daemon-set.ts';
import { describeDeployment } from './deployment.ts';
import type { Describer } from './describer.ts';
import { describeEndpointSlice } from './endpoint-slice.ts';
import { describeEndpoints } from './endpoints.ts';
import { describeGeneric } from './generic.ts';
import { describeHorizontalPodAutoscaler } from './horizontal-pod-autoscaler.ts';
import { describeIngressClass } from './ingress-class.ts';
import { describeIngress } from './ingress.ts';
import { describeIPAddress } from './ip-address.ts';
import { describeJob } from './job.ts';
import { describeLimitRange } from './limit-range.ts';
import { describeNamespace } from './namespace.ts';
import { describeNetworkPolicy } from './network-policy.ts';
import { describeNode } from './node.ts';
import { describePersistentVolume } from './persistent-volume.ts';
import { describePodDisruptionBudget } from './pod-disruption-budget.ts';
import { describePod } from './pod.ts';
import { describePriorityClass } from './priority-class.ts';
import { describeReplicaSet, describeReplicationController } from './replica-set.ts';
import { describeResourceQuota } from './resource-quota.ts';
import { describeRoleBinding } from './role-binding.ts';
import { describeRole } from './role.ts';
import { describeSecret } from './secret.ts';
import { describeServiceAccount } from './service-account.ts';
import { describeServiceCIDR } from './service-cidr.ts';
import { describeService } from './service.ts';
import { describeStatefulSet } from './stateful-set.ts';
import { describeStorageClass } from './storage-class.ts';
import { describeVolumeAttributesClass } from './volume-attributes-class.ts';

interface Entry {
  /** In the version that the describer knows. */
  readonly kind: Kind;
  readonly describe: Describer;
}

function entry<T extends KubeObject>(kind: Kind<T>, describe: Describer<T>): Entry {
  return { kind, describe: describe as unknown as Describer };
}

const entries: readonly Entry[] = [
  entry(Pod, describePod),
  entry(ReplicationController, describeReplicationController),
  entry(Secret, describeSecret),
  entry(Service, describeService),
  entry(ServiceAccount, describeServiceAccount),
  entry(Node, describeNode),
  entry(LimitRange, describeLimitRange),
  entry(ResourceQuota, describeResourceQuota),
  entry(PersistentVolume, describePersistentVolume),
  entry(PersistentVolumeClaim, describePersistentVolumeClaim),
  entry(Namespace, describeNamespace),
  entry(Endpoints, describeEndpoints),
  entry(ConfigMap, describeConfigMap),
  entry(EndpointSlice, describeEndpointSlice),
  entry(HorizontalPodAutoscaler, describeHorizontalPodAutoscaler),
  entry(Ingress, describeIngress),
  entry(IngressClass, describeIngressClass),
  entry(ServiceCIDR, describeServiceCIDR),
  entry(IPAddress, describeIPAddress),
  entry(Job, describeJob),
  entry(CronJob, describeCronJob),
  entry(StatefulSet, describeStatefulSet),
  entry(Deployment, describeDeployment),
  entry(DaemonSet, describeDaemonSet),
  entry(ReplicaSet, describeReplicaSet),
  entry(CertificateSigningRequest, describeCertificateSigningRequest),
  entry(StorageClass, describeStorageClass),
  entry(CSINode, describeCSINode),
  entry(VolumeAttributesClass, describeVolumeAttributesClass),
  entry(PodDisruptionBudget, describePodDisruptionBudget),
  entry(Role, describeRole),
  entry(ClusterRole, describeRole),
  entry(RoleBinding, describeRoleBinding),
  entry(ClusterRoleBinding, describeRoleBinding),
  entry(NetworkPolicy, describeNetworkPolicy),
  entry(PriorityClass, describePriorityClass),
];

/** How objects of a kind are described: by whom, and in which version they are asked for (none: as they come). */
export interface Description {
  readonly describe: Describer;
  readonly version?: string;
}

export function descriptionOf({ group, kind }: Pick<RestMapping, 'group' | 'kind'>): Description {
  const found = entries.find((one) => one.kind.kind === kind && one.kind.group === group);
  return found === undefined ? { describe: describeGeneric } : { describe: found.describe, version: found.kind.version };
}
