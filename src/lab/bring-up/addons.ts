/** The add-ons that a scenario can ask for, by name. */
import { gatewayApiManifests } from './addons/gateway-api.ts';
import { ingressNginxManifests } from './addons/ingress-nginx.ts';
import type { Manifest } from './objects.ts';
import type { ClusterSettings } from './settings.ts';

/** What each add-on installs; one that is not here is not simulated yet, and installs nothing. */
const table: Readonly<Record<string, (settings: ClusterSettings) => readonly Manifest[]>> = {
  'gateway-api': gatewayApiManifests,
  'ingress-nginx': () => ingressNginxManifests('baremetal'),
};

export function addonManifests(settings: ClusterSettings): readonly Manifest[] {
  return settings.addons.flatMap((name) => table[name]?.(settings) ?? []);
}
