import { expect, it } from '@jest/globals';
import type { Pod } from '#kube/kinds/pod.ts';
import { managedHostsFile, podHostsFile } from '#node/kubelet/etc-hosts.ts';

function podOf(spec: Partial<Pod['spec']>): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'web-0', namespace: 'shop' },
    spec: { containers: [], ...spec },
  } as Pod;
}

const start = `# Kubernetes-managed hosts file.
127.0.0.1	localhost
::1	localhost ip6-localhost ip6-loopback
fe00::	ip6-localnet
fe00::	ip6-mcastprefix
fe00::1	ip6-allnodes
fe00::2	ip6-allrouters
`;

const aliases = [
  { ip: '192.0.2.7', hostnames: ['db', 'db.example'] },
  { ip: '2001:db8::7', hostnames: ['six'] },
];

const aliasLines = `
# Entries added by HostAliases.
192.0.2.7	db	db.example
2001:db8::7	six
`;

it.each([
  ['plain', {}, ['10.244.1.7'], '10.244.1.7\tweb-0\n'],
  ['with a subdomain', { subdomain: 'web' }, ['10.244.1.7'], '10.244.1.7\tweb-0.web.shop.svc.cluster.local\tweb-0\n'],
  ['in two families', {}, ['10.244.1.7', 'fd00::7'], '10.244.1.7\tweb-0\nfd00::7\tweb-0\n'],
  ['with aliases', { hostAliases: aliases }, ['10.244.1.7'], `10.244.1.7\tweb-0\n${aliasLines}`],
])('a pod %s', (_, spec, addresses, rest) => {
  expect(podHostsFile(podOf(spec), 'web-0', addresses, 'cluster.local')).toBe(start + rest);
});

it("keeps the host's file in the host's network", () => {
  const pod = podOf({ hostNetwork: true, hostAliases: aliases });
  expect(managedHostsFile('127.0.0.1 localhost\n', pod)).toBe(
    `# Kubernetes-managed hosts file (host network).\n127.0.0.1 localhost\n${aliasLines}`,
  );
});
