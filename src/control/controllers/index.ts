/** The controllers, in the order in which they act in one round. */
import type { Controller } from '../controller.ts';
import { daemonSetController } from './daemonset.ts';
import { deploymentController } from './deployment.ts';
import { disruptionController } from './disruption.ts';
import { endpointsController } from './endpoints.ts';
import { endpointSliceMirroringController } from './endpointslice-mirroring.ts';
import { endpointSliceController } from './endpointslice.ts';
import { eventExpiry, garbageCollector } from './garbage-collector.ts';
import { jobController } from './job.ts';
import { kubernetesServiceController } from './kubernetes-service.ts';
import { namespaceController, rootCaController, serviceAccountController, systemNamespaces } from './namespace.ts';
import { nodeIpamController } from './node-ipam.ts';
import { nodeLifecycleController } from './node-lifecycle.ts';
import { podGarbageCollector } from './pod-gc.ts';
import { replicaSetController } from './replicaset.ts';
import { scheduler } from './scheduler.ts';
import { serviceCidrController } from './service-cidr.ts';
import { statefulSetController } from './statefulset.ts';

export const controllers: readonly Controller[] = [
  systemNamespaces,
  kubernetesServiceController,
  serviceCidrController,
  serviceAccountController,
  rootCaController,
  nodeIpamController,
  nodeLifecycleController,
  deploymentController,
  replicaSetController,
  daemonSetController,
  statefulSetController,
  jobController,
  scheduler,
  disruptionController,
  endpointSliceController,
  endpointsController,
  endpointSliceMirroringController,
  garbageCollector,
  podGarbageCollector,
  namespaceController,
  eventExpiry,
];

/** Those that only write down what follows from other objects, and make nobody run. */
export const derivingControllers: readonly Controller[] = [
  systemNamespaces,
  kubernetesServiceController,
  serviceAccountController,
  rootCaController,
  endpointSliceController,
  endpointsController,
  endpointSliceMirroringController,
];
