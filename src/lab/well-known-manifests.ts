/** Manifests that people apply straight from their projects' sites, kept here for a place without an internet. */
import { yamlText } from '#kube/yaml-print.ts';
import { ingressNginxManifests, type Provider } from './bring-up/addons/ingress-nginx.ts';

interface WellKnown {
  readonly url: RegExp;
  manifests(found: RegExpExecArray): readonly unknown[];
}

const table: readonly WellKnown[] = [
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
