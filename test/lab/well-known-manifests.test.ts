/** What lies behind the addresses that courses and projects name. */
import { describe, expect, it } from '@jest/globals';
import { wellKnownManifest } from '#lab/well-known-manifests.ts';
import { readDocuments } from '#kube/yaml.ts';

const raw = 'https://raw.githubusercontent.com';
const github = 'https://github.com';

/** The workloads of a manifest: `DaemonSet kube-flannel-ds`. */
function workloads(text: string): readonly string[] {
  const read = readDocuments(text);
  return ((read.ok ? read.value : []) as readonly { kind: string; metadata: { name: string } }[])
    .filter(({ kind }) => kind === 'DaemonSet' || kind === 'Deployment')
    .map(({ kind, metadata }) => `${kind} ${metadata.name}`);
}

describe('well-known manifests', () => {
  it.each([
    [`${github}/flannel-io/flannel/releases/latest/download/kube-flannel.yml`, ['DaemonSet kube-flannel-ds']],
    [`${github}/flannel-io/flannel/releases/download/v0.27.4/kube-flannel.yml`, ['DaemonSet kube-flannel-ds']],
    [`${raw}/coreos/flannel/master/Documentation/kube-flannel.yml`, ['DaemonSet kube-flannel-ds']],
    [`${raw}/projectcalico/calico/v3.29.1/manifests/calico.yaml`, ['DaemonSet calico-node', 'Deployment calico-kube-controllers']],
    [`${raw}/projectcalico/calico/v3.29.1/manifests/calico-vxlan.yaml`, ['DaemonSet calico-node', 'Deployment calico-kube-controllers']],
    [`${github}/weaveworks/weave/releases/download/v2.8.1/weave-daemonset-k8s.yaml`, ['DaemonSet weave-net']],
  ])('%s', (url, expected) => {
    expect(workloads(wellKnownManifest(url) ?? '')).toEqual(expected);
  });

  it.each(['https://cloud.weave.works/k8s/net', 'https://cloud.weave.works/k8s/net?k8s-version=1.29', `${raw}/nobody/nothing/main/x.yaml`])(
    'nothing at %s',
    (url) => expect(wellKnownManifest(url)).toBeUndefined(),
  );
});
