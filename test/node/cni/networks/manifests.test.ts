import { describe, expect, it } from '@jest/globals';
import { decode } from '#kube/decode.ts';
import type { PodSpec } from '#kube/kinds/pod-spec.ts';
import { builtInKinds } from '#kube/kinds/index.ts';
import { kindOf } from '#kube/kinds/lookup.ts';
import type { Manifest } from '#node/cni/networks/manifest-parts.ts';
import { networkManifests } from '#node/cni/networks/manifests.ts';

const networks = ['flannel', 'calico', 'weave', 'cilium'] as const;

function podSpecOf({ spec }: Manifest): PodSpec | undefined {
  return (spec as { readonly template?: { readonly spec?: PodSpec } } | undefined)?.template?.spec;
}

describe.each(networks)('%s', (name) => {
  const manifests = networkManifests(name, '10.244.0.0/16');

  it.each(manifests.map((manifest): [string, Manifest] => [`${manifest.kind} ${manifest.metadata.name}`, manifest]))(
    '%s fits its kind',
    (_, manifest) => {
      const kind = kindOf(builtInKinds, manifest.apiVersion, manifest.kind)!;
      const decoded = decode(kind, JSON.parse(JSON.stringify(manifest)));
      expect(decoded.ok ? [] : decoded.error.message).toEqual([]);
      expect(manifest.metadata.namespace !== undefined).toBe(kind.namespaced);
    },
  );

  it('mounts what it has, and runs as an account that it makes', () => {
    const specs = manifests.map(podSpecOf).filter((spec) => spec !== undefined);
    expect(specs.length).toBeGreaterThan(0);
    for (const spec of specs) {
      const volumes = new Set((spec.volumes ?? []).map((volume) => volume.name));
      const mounted = [...(spec.initContainers ?? []), ...spec.containers].flatMap((one) =>
        (one.volumeMounts ?? []).map((mount) => mount.name),
      );
      expect(mounted.filter((volume) => !volumes.has(volume))).toEqual([]);
      expect(manifests).toContainEqual(
        expect.objectContaining({ kind: 'ServiceAccount', metadata: expect.objectContaining({ name: spec.serviceAccountName }) }),
      );
      const maps = (spec.volumes ?? []).flatMap((volume) => volume.configMap?.name ?? []);
      for (const map of maps)
        expect(manifests).toContainEqual(expect.objectContaining({ kind: 'ConfigMap', metadata: expect.objectContaining({ name: map }) }));
    }
  });
});

it('writes the range where the network reads it', () => {
  const [flannel, cilium] = [networkManifests('flannel', '10.1.0.0/16,fd00::/48'), networkManifests('cilium', '10.1.0.0/16')];
  const data = (manifests: readonly Manifest[]) => manifests.find((one) => one.kind === 'ConfigMap')!['data'] as Record<string, string>;
  expect(JSON.parse(data(flannel)['net-conf.json']!)).toEqual({
    Network: '10.1.0.0/16',
    EnableIPv6: true,
    IPv6Network: 'fd00::/48',
    EnableNFTables: false,
    Backend: { Type: 'vxlan' },
  });
  expect(data(cilium)['cluster-pool-ipv4-cidr']).toBe('10.1.0.0/16');
  expect(networkManifests('bridge', '10.1.0.0/16')).toEqual([]);
});
