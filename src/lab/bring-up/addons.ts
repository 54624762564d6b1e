/** The add-ons that a scenario can ask for, by name. */
import { gatewayApiManifests } from './addons/gateway-api.ts';
import { ingressNginxManifests } from './addons/ingress-nginx.ts';
import { metallbManifests } from './addons/metallb.ts';
import { nodeLocalDnsManifests } from './addons/node-local-dns.ts';
import type { Manifest } from './objects.ts';
import type { ClusterSettings } from './settings.ts';

/** What add-ons are fitted to. */
export type AddonSettings = Pick<ClusterSettings, 'addons' | 'serviceSubnet' | 'dnsDomain' | 'kubeProxy'>;

/** What each add-on installs. */
const table: Readonly<Record<string, (settings: AddonSettings) => readonly Manifest[]>> = {
  'gateway-api': gatewayApiManifests,
  metallb: metallbManifests,
  nodelocaldns: nodeLocalDnsManifests,
  'ingress-nginx': () => ingressNginxManifests('baremetal'),
};

export function addonManifests(settings: AddonSettings): readonly Manifest[] {
  return settings.addons.flatMap((name) => table[name]?.(settings) ?? []);
}
