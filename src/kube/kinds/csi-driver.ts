import { defineKind, type ObjectOf } from '../kind.ts';
import { boolean, int64, list, pointer, required, string, struct, typed } from '../schema.ts';

export const TokenRequest = struct('TokenRequest', 'a token that the driver needs', {
  audience: required(string('for whom the token is')),
  expirationSeconds: pointer(int64('how long it lives')),
});

export const CSIDriverSpec = struct('CSIDriverSpec', 'what the driver can do', {
  attachRequired: pointer(boolean('volumes are attached before they are mounted')),
  podInfoOnMount: pointer(boolean('it is told of the pod')),
  volumeLifecycleModes: list(typed('VolumeLifecycleMode', string()), 'Persistent, Ephemeral', { set: true }),
  storageCapacity: pointer(boolean('it says how much room there is')),
  fsGroupPolicy: pointer(typed('FSGroupPolicy', string('whether the owner of volumes is changed'))),
  tokenRequests: list(TokenRequest, 'tokens it needs'),
  requiresRepublish: pointer(boolean('volumes are published again and again')),
  seLinuxMount: pointer(boolean('it mounts with an SELinux label')),
  nodeAllocatableUpdatePeriodSeconds: pointer(int64('how often the limits of a node are read')),
  serviceAccountTokenInSecrets: pointer(boolean('tokens are handed over as secrets')),
  preventPodSchedulingIfMissing: pointer(boolean('pods stay away from nodes without it')),
});

export const CSIDriver = defineKind(
  'CSIDriver',
  'a driver for volumes',
  { spec: required(CSIDriverSpec) },
  { group: 'storage.k8s.io', namespaced: false },
);
export type CSIDriver = ObjectOf<typeof CSIDriver>;
