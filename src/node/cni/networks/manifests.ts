/** The objects of a pod network, as `kubectl apply -f` of its manifest makes them. */
import { calicoManifests } from './calico/manifests.ts';
import { ciliumManifests } from './cilium/manifests.ts';
import { flannelManifests } from './flannel/manifests.ts';
import type { Manifest } from './manifest-parts.ts';
import { weaveManifests } from './weave/manifests.ts';

export type NetworkName = 'bridge' | 'flannel' | 'weave' | 'calico' | 'cilium' | 'none' | 'routed';

/** `podSubnet`: the cluster's range; Weave keeps its own. The bridge and plain routes have no objects: their files lie on the nodes. */
export function networkManifests(name: NetworkName, podSubnet: string): readonly Manifest[] {
  const v4 = podSubnet.split(',').find((range) => !range.includes(':')) ?? '';
  switch (name) {
    case 'flannel':
      return flannelManifests({ podSubnet });
    case 'calico':
      return calicoManifests({ podSubnet: v4 });
    case 'weave':
      return weaveManifests({});
    case 'cilium':
      return ciliumManifests(v4 === '' ? {} : { podSubnet: v4 });
    case 'bridge':
    case 'routed':
    case 'none':
      return [];
  }
}
