/** Manifests that people apply straight from their projects' sites, kept here for a place without an internet. */
import { calicoManifests } from '#node/cni/networks/calico/manifests.ts';
import { flannelManifests } from '#node/cni/networks/flannel/manifests.ts';
import { weaveManifests } from '#node/cni/networks/weave/manifests.ts';
import { yamlText } from '#kube/yaml-print.ts';
import { ingressNginxManifests, type Provider } from './bring-up/addons/ingress-nginx.ts';

interface WellKnown {
  readonly url: RegExp;
  manifests(found: RegExpExecArray): readonly unknown[];
}

/** The range that flannel's manifest says, whatever the cluster has. */
const flannelRange = '10.244.0.0/16';

const table: readonly WellKnown[] = [
  {
    url: /^https:\/\/github\.com\/flannel-io\/flannel\/releases\/(?:latest\/download|download\/v[\d.]+)\/kube-flannel\.yml$/,
    manifests: () => flannelManifests({ podSubnet: flannelRange }),
  },
  {
    url: /^https:\/\/raw\.githubusercontent\.com\/(?:coreos|flannel-io)\/flannel\/(?:refs\/heads\/)?(?:master|v[\d.]+)\/Documentation\/kube-flannel\.yml$/,
    manifests: () => flannelManifests({ podSubnet: flannelRange }),
  },
  {
    url: /^https:\/\/raw\.githubusercontent\.com\/projectcalico\/calico\/(?:refs\/(?:heads|tags)\/)?(?:master|v3\.\d+\.\d+)\/manifests\/calico(-vxlan)?\.yaml$/,
    manifests: ([, vxlan]) => calicoManifests({ encapsulation: vxlan === undefined ? 'ipip' : 'vxlan' }),
  },
  {
    // The project has ended, and what its server made is gone with its name; the releases are still there.
    url: /^https:\/\/github\.com\/weaveworks\/weave\/releases\/(?:latest\/download|download\/v[\d.]+)\/weave-daemonset-k8s(?:-1\.\d+)?\.yaml$/,
    manifests: () => weaveManifests({}),
  },
  {
    // Whatever release is asked for, the one that is simulated comes.
    url: /^https:\/\/raw\.githubusercontent\.com\/kubernetes\/ingress-nginx\/(?:refs\/(?:heads|tags)\/)?(?:main|controller-v1\.\d+\.\d+)\/deploy\/static\/provider\/(baremetal|cloud|kind)\/deploy\.yaml$/,
    manifests: ([, provider]) => ingressNginxManifests(provider as Provider),
  },
];

/** The text behind a URL; undefined where it is not known. */
export function wellKnownManifest(url: string): string | undefined {
  for (const one of table) {
    const found = one.url.exec(url);
    if (found !== null)
      return one
        .manifests(found)
        .map((manifest) => yamlText(manifest))
        .join('---\n');
  }
  return undefined;
}
