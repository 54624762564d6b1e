import { defineKind, type ObjectOf } from '../kind.ts';
import { always, int32, microTime, pointer, string, struct, typed, type Infer } from '../schema.ts';

export const LeaseSpec = struct('LeaseSpec', 'who holds it, and until when', {
  holderIdentity: pointer(string('who holds it')),
  leaseDurationSeconds: pointer(int32('seconds it is held without renewal')),
  acquireTime: microTime('when it was taken'),
  renewTime: microTime('when it was last renewed'),
  leaseTransitions: pointer(int32('how often the holder changed')),
  strategy: pointer(typed('CoordinatedLeaseStrategy', string('how the holder is chosen'))),
  preferredHolder: pointer(string('who should hold it')),
});
export type LeaseSpec = Infer<typeof LeaseSpec>;

export const Lease = defineKind(
  'Lease',
  'says that somebody is alive, or leads',
  { spec: always(LeaseSpec) },
  { group: 'coordination.k8s.io' },
);
export type Lease = ObjectOf<typeof Lease>;
