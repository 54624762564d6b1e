import { addonManifests } from '#lab/bring-up/addons.ts';
import type { Scenario } from '../scenario.ts';

export interface DefinedNames {
  readonly kind?: string;
  readonly plural?: string;
  readonly singular?: string;
  readonly shortNames?: readonly string[];
}

/** The names of the kinds that a scenario's own definitions and its add-ons bring. */
export function definitionsOf({ objects, cluster }: Scenario): readonly DefinedNames[] {
  const manifests = addonManifests({ ...cluster.networking, addons: cluster.addons, kubeProxy: cluster.kubeProxy });
  return [...objects.map(({ object }) => object), ...manifests].flatMap((object) => {
    if (object.kind !== 'CustomResourceDefinition') return [];
    return (object as { readonly spec?: { readonly names?: DefinedNames } }).spec?.names ?? [];
  });
}
