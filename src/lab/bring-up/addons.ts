/** The add-ons that a scenario can ask for, by name. */
import { gatewayApiManifests } from './addons/gateway-api.ts';
import { ingressNginxManifests } from './addons/ingress-nginx.ts';
import { metallbManifests } from './addons/metallb.ts';
import type { Manifest } from './objects.ts';
import type { ClusterSettings } from './settings.ts';

/** What each add-on installs. */
const table: Readonly<Record<string, (settings: Pick<ClusterSettings, 'addons'>) => readonly Manifest[]>> = {
  'gateway-api': gatewayApiManifests,
  metallb: metallbManifests,
  'ingress-nginx': () => ingressNginxManifests('baremetal'),
};

export function addonManifests(settings: Pick<ClusterSettings, 'addons'>): readonly Manifest[] {
  return settings.addons.flatMap((name) => table[name]?.(settings) ?? []);
}

/** The kinds that add-ons define. */
export function kindsOfAddons(addons: readonly string[]): readonly string[] {
  const definitions = addonManifests({ addons: [...addons] }).filter((one) => one.kind === 'CustomResourceDefinition');
  return definitions.map((one) => (one['spec'] as { readonly names: { readonly kind: string } }).names.kind);
}
