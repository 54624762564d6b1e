import { describe, expect, it } from '@jest/globals';
import { Cluster, type Draft } from '#kube/cluster.ts';
import { ConfigMap } from '#kube/kinds/config-map.ts';
import { Node } from '#kube/kinds/node.ts';
import { Pod } from '#kube/kinds/pod.ts';
import { ServiceCIDR } from '#kube/kinds/service-cidr.ts';
import {
  apiServersOf,
  dnsDomainOf,
  minorVersionOf,
  nodeIpamOf,
  nodePortRangeOf,
  parsePortRange,
  podCidrsOf,
  serviceCidrsOf,
} from '#kube/settings.ts';

function draft(...steps: ((objects: Draft) => void)[]): Draft {
  const objects = new Cluster('seed').edit();
  for (const step of steps) step(objects);
  return objects;
}

/** A static pod's mirror. */
const component =
  (name: string, ...flags: string[]) =>
  (objects: Draft) =>
    void objects.keep(Pod, {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: `${name}-controlplane`, namespace: 'kube-system' },
      spec: { containers: [{ name, image: `registry.k8s.io/${name}:v1.34.1`, command: [name, ...flags], resources: {} }] },
      status: { hostIP: '172.30.1.2' },
    });

const kubeadm = (text: string) => (objects: Draft) =>
  void objects.keep(ConfigMap, {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'kubeadm-config', namespace: 'kube-system' },
    data: { ClusterConfiguration: text },
  });

const node = (kubeletVersion: string, podCIDRs: string[]) => (objects: Draft) =>
  void objects.keep(Node, {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: 'node01' },
    spec: { podCIDRs },
    status: { nodeInfo: { kubeletVersion } },
  } as unknown as Node);

const serviceCidr = (cidrs: string[]) => (objects: Draft) =>
  void objects.keep(ServiceCIDR, {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'ServiceCIDR',
    metadata: { name: 'kubernetes' },
    spec: { cidrs },
  } as unknown as ServiceCIDR);

describe('the range of Services', () => {
  it.each([
    ['of kubeadm when nothing says otherwise', draft(), '10.96.0.0/12'],
    ['of the ServiceCIDR', draft(serviceCidr(['10.112.0.0/16'])), '10.112.0.0/16'],
    ['of kubeadm-config', draft(serviceCidr(['10.112.0.0/16']), kubeadm('networking: {serviceSubnet: 10.200.0.0/16}')), '10.200.0.0/16'],
    [
      'of the API server, before all others',
      draft(
        kubeadm('networking: {serviceSubnet: 10.200.0.0/16}'),
        component('kube-apiserver', '--service-cluster-ip-range=10.1.0.0/16,fd00:1::/112'),
      ),
      '10.1.0.0/16,fd00:1::/112',
    ],
    ['of kubeadm when kubeadm-config is no YAML', draft(kubeadm('networking: [')), '10.96.0.0/12'],
  ])('is that %s', (_title, objects, ranges) => expect(serviceCidrsOf(objects).join()).toBe(ranges));
});

describe('the ranges of nodes', () => {
  const manager = (...flags: string[]) => component('kube-controller-manager', '--cluster-cidr=10.244.0.0/16', ...flags);
  it.each([
    ['are 24 bits long', draft(manager('--allocate-node-cidrs=true')), 24],
    ['are as long as the flag says', draft(manager('--allocate-node-cidrs=true', '--node-cidr-mask-size=26')), 26],
    ['are not handed out unless asked for', draft(manager()), undefined],
    ['go on in a dump whose nodes have them', draft(node('v1.30.0', ['10.1.1.0/24']), kubeadm('networking: {podSubnet: 10.1.0.0/16}')), 24],
    ['are unknown without a common range', draft(node('v1.30.0', ['10.1.1.0/24'])), undefined],
  ])('%s', (_title, objects, length) => expect(nodeIpamOf(objects)?.maskSizes.IPv4).toBe(length));
});

describe('the version', () => {
  it.each([
    ['of the image', draft(component('kube-apiserver'), node('v1.33.0', [])), 34],
    ['of kubeadm-config', draft(kubeadm('kubernetesVersion: v1.31.4'), node('v1.30.0', [])), 31],
    ['of the kubelets', draft(node('v1.29.9', [])), 29],
    ['of today', draft(), 36],
  ])('is that %s', (_title, objects, minor) => expect(minorVersionOf(objects)).toBe(minor));
});

describe('other settings', () => {
  it('change as soon as a pod changes', () => {
    const objects = draft(component('kube-apiserver'));
    expect(nodePortRangeOf(objects)).toEqual({ first: 30000, last: 32767 });
    component('kube-apiserver', '--service-node-port-range=31000-31999')(objects);
    expect(nodePortRangeOf(objects)).toEqual({ first: 31000, last: 31999 });
  });

  it('are read from the flags and from kubeadm', () => {
    const objects = draft(
      component('kube-apiserver', '--advertise-address=10.0.0.5', '--secure-port=8443'),
      kubeadm('networking: {dnsDomain: corp.local, podSubnet: 10.9.0.0/16}'),
    );
    expect(apiServersOf(objects)).toEqual({ addresses: ['10.0.0.5'], port: 8443 });
    expect(dnsDomainOf(objects)).toBe('corp.local');
    expect(podCidrsOf(objects)).toEqual(['10.9.0.0/16']);
  });

  it.each([
    ['30000-32767', { first: 30000, last: 32767 }],
    ['30000+100', { first: 30000, last: 30100 }],
    ['30000', { first: 30000, last: 30000 }],
    ['5-1', undefined],
    ['x', undefined],
  ])('%s is a range of ports, or none', (text, range) => expect(parsePortRange(text)).toEqual(range));
});
