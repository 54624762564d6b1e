import { kubernetesVersionOf } from '#kube/settings.ts';
import type { Here } from '../../command.ts';

/** The release that kubeadm is of: the cluster's. */
export function release({ lab }: Here): string {
  return kubernetesVersionOf(lab.snapshot.cluster) ?? 'v1.36.2';
}

/** `36` of `v1.36.2`. */
export function minorOf(version: string): number {
  return Number(version.split('.')[1]);
}
