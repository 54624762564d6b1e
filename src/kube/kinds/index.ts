/** The kinds of the API server itself. */
import type { Kind } from '../kind.ts';
import {
  MutatingAdmissionPolicy,
  MutatingAdmissionPolicyBinding,
  ValidatingAdmissionPolicy,
  ValidatingAdmissionPolicyBinding,
} from './admission-policy.ts';
import { APIService } from './api-service.ts';
import { SelfSubjectReview, TokenReview } from './authentication.ts';
import { LocalSubjectAccessReview, SelfSubjectAccessReview, SelfSubjectRulesReview, SubjectAccessReview } from './authorization.ts';
import { Binding } from './binding.ts';
import { CertificateSigningRequest } from './certificate-signing-request.ts';
import { ClusterRoleBinding } from './cluster-role-binding.ts';
import { ClusterRole } from './cluster-role.ts';
import { ComponentStatus } from './component-status.ts';
import { ConfigMap } from './config-map.ts';
import { ControllerRevision } from './controller-revision.ts';
import { CronJob } from './cron-job.ts';
import { CSIDriver } from './csi-driver.ts';
import { CSINode } from './csi-node.ts';
import { CSIStorageCapacity } from './csi-storage-capacity.ts';
import { CustomResourceDefinition } from './custom-resource-definition.ts';
import { DaemonSet } from './daemon-set.ts';
import { Deployment } from './deployment.ts';
import { DeviceClass, ResourceClaim, ResourceClaimTemplate, ResourceSlice } from './dynamic-resource.ts';
import { EndpointSlice } from './endpoint-slice.ts';
import { Endpoints } from './endpoints.ts';
import { Event, EventsEvent } from './event.ts';
import { FlowSchema, PriorityLevelConfiguration } from './flow-control.ts';
import { HorizontalPodAutoscaler } from './horizontal-pod-autoscaler.ts';
import { IngressClass } from './ingress-class.ts';
import { Ingress } from './ingress.ts';
import { IPAddress } from './ip-address.ts';
import { Job } from './job.ts';
import { Lease } from './lease.ts';
import { LimitRange } from './limit-range.ts';
import { MutatingWebhookConfiguration } from './mutating-webhook-configuration.ts';
import { Namespace } from './namespace.ts';
import { NetworkPolicy } from './network-policy.ts';
import { Node } from './node.ts';
import { PersistentVolumeClaim } from './persistent-volume-claim.ts';
import { PersistentVolume } from './persistent-volume.ts';
import { PodDisruptionBudget } from './pod-disruption-budget.ts';
import { PodTemplate } from './pod-template.ts';
import { Pod } from './pod.ts';
import { PriorityClass } from './priority-class.ts';
import { ReplicaSet } from './replica-set.ts';
import { ReplicationController } from './replication-controller.ts';
import { ResourceQuota } from './resource-quota.ts';
import { RoleBinding } from './role-binding.ts';
import { Role } from './role.ts';
import { RuntimeClass } from './runtime-class.ts';
import { Secret } from './secret.ts';
import { ServiceAccount } from './service-account.ts';
import { ServiceCIDR } from './service-cidr.ts';
import { Service } from './service.ts';
import { StatefulSet } from './stateful-set.ts';
import { StorageClass } from './storage-class.ts';
import { ValidatingWebhookConfiguration } from './validating-webhook-configuration.ts';
import { VolumeAttachment } from './volume-attachment.ts';
import { VolumeAttributesClass } from './volume-attributes-class.ts';

/** In the order of discovery: groups by their priority (pkg/controlplane/apiserver/apiservices), resources by name. */
export const builtInKinds: readonly Kind[] = [
  Binding,
  ComponentStatus,
  ConfigMap,
  Endpoints,
  Event,
  LimitRange,
  Namespace,
  Node,
  PersistentVolumeClaim,
  PersistentVolume,
  Pod,
  PodTemplate,
  ReplicationController,
  ResourceQuota,
  Secret,
  ServiceAccount,
  Service,
  APIService,
  ControllerRevision,
  DaemonSet,
  Deployment,
  ReplicaSet,
  StatefulSet,
  EventsEvent,
  SelfSubjectReview,
  TokenReview,
  LocalSubjectAccessReview,
  SelfSubjectAccessReview,
  SelfSubjectRulesReview,
  SubjectAccessReview,
  HorizontalPodAutoscaler,
  CronJob,
  Job,
  CertificateSigningRequest,
  IngressClass,
  Ingress,
  IPAddress,
  NetworkPolicy,
  ServiceCIDR,
  PodDisruptionBudget,
  ClusterRoleBinding,
  ClusterRole,
  RoleBinding,
  Role,
  CSIDriver,
  CSINode,
  CSIStorageCapacity,
  StorageClass,
  VolumeAttachment,
  VolumeAttributesClass,
  MutatingAdmissionPolicy,
  MutatingAdmissionPolicyBinding,
  MutatingWebhookConfiguration,
  ValidatingAdmissionPolicy,
  ValidatingAdmissionPolicyBinding,
  ValidatingWebhookConfiguration,
  CustomResourceDefinition,
  PriorityClass,
  Lease,
  RuntimeClass,
  EndpointSlice,
  FlowSchema,
  PriorityLevelConfiguration,
  DeviceClass,
  ResourceClaim,
  ResourceClaimTemplate,
  ResourceSlice,
];
