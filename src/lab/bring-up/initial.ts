/** What is installed on a cluster before people come: by kubeadm, with the pod network, and as add-ons. */
import { networkManifests } from '#node/cni/networks/manifests.ts';
import { addonManifests } from './addons.ts';
import { pkiFiles } from './certificates.ts';
import { bootstrapObjects, corednsObjects, kubeProxyObjects, type Manifest } from './objects.ts';
import type { ClusterSettings } from './settings.ts';

/** `installed`: when the certificates were made. */
export function initialManifests(settings: ClusterSettings, seed: string, installed: number): readonly Manifest[] {
  return [
    ...bootstrapObjects(settings, pkiFiles(seed, installed), seed),
    ...networkManifests(settings.cni, settings.podSubnet),
    ...addonManifests(settings),
  ];
}

/** Those of them that may own pods. */
export function initialWorkloads(settings: ClusterSettings): readonly Manifest[] {
  const all = [
    ...corednsObjects(settings),
    ...kubeProxyObjects(settings),
    ...networkManifests(settings.cni, settings.podSubnet),
    ...addonManifests(settings),
  ];
  return all.filter(({ kind }) => kind === 'Deployment' || kind === 'DaemonSet');
}
