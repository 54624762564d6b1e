import { describe, expect, it } from '@jest/globals';
import { ip } from '#net/ip.ts';
import { add, del, type CniOutcome, type SandboxRequest } from '#node/cni/add.ts';
import { pluginBinary } from '#node/cni/invoke.ts';
import { listDirectory, readFile } from '#node/files.ts';
import type { Host, PodNetwork } from '#node/host.ts';
import { tablesOf } from '#node/netfilter.ts';
import { blankHost, having, modified, now } from './blank-host.ts';

const id = (n: number) => String(n).repeat(64).slice(0, 64);
const request = (n: number, more: Partial<SandboxRequest> = {}): SandboxRequest => ({
  containerId: id(n),
  netns: `cni-${n}`,
  podNamespace: 'shop',
  podName: `web-${n}`,
  podUid: `uid-${n}`,
  ...more,
});
const options = { now };

const ipam = { type: 'host-local', subnet: '10.244.1.0/24', routes: [{ dst: '0.0.0.0/0' }] };
const conflist = (plugins: unknown, more: object = {}) => ({
  '/etc/cni/net.d/10-x.conflist': JSON.stringify({ cniVersion: '1.0.0', name: 'pods', plugins, ...more }),
});
const bridge = { type: 'bridge', isGateway: true, ipMasq: true, ipam };
const portmap = { type: 'portmap', capabilities: { portMappings: true } };

const healthy = having(blankHost(), conflist([bridge, portmap]));

function said({ outcome }: CniOutcome<unknown>): string {
  return outcome.ok ? 'done' : outcome.error.replaceAll(id(1), 'ID');
}

const store = (host: Host) => (listDirectory(host.files, '/var/lib/cni/networks/pods') ?? []).filter((name) => name.startsWith('10.'));

describe('a pod gets its network', () => {
  const { host, outcome } = add(healthy, request(1), options);

  it('with an address', () => {
    const network: PodNetwork = {
      ips: [{ address: { ip: '10.244.1.2' as never, length: 24 }, gateway: '10.244.1.1' as never }],
      namespace: 'cni-1',
      networkName: 'pods',
    };
    expect(outcome).toEqual({ ok: true, value: network });
  });

  it('with lo and eth0', () => {
    const { links, routes } = host.kernel.namespaces.get('cni-1')!;
    expect(links.map(({ index, name, up }) => `${index} ${name} ${up ? 'up' : 'down'}`)).toEqual(['1 lo up', '2 eth0 up']);
    expect(routes.filter((route) => !route.dst.startsWith('fe80')).map(({ dst, via, dev }) => `${dst} ${via ?? '-'} ${dev!}`)).toEqual([
      '0.0.0.0/0 10.244.1.1 eth0',
      '10.244.1.0/24 - eth0',
    ]);
  });

  it('remembered by the library', () => {
    const cached = readFile(host.files, `/var/lib/cni/results/pods-${id(1)}-eth0`);
    expect(JSON.parse(cached!)).toMatchObject({
      kind: 'cniCacheV1',
      networkName: 'pods',
      cniArgs: [
        ['IgnoreUnknown', '1'],
        ['K8S_POD_NAMESPACE', 'shop'],
        ['K8S_POD_NAME', 'web-1'],
        ['K8S_POD_INFRA_CONTAINER_ID', id(1)],
        ['K8S_POD_UID', 'uid-1'],
      ],
    });
  });

  it('and gives all of it back', () => {
    const gone = del(host, request(1), options);
    expect(said(gone)).toBe('done');
    expect(store(gone.host)).toEqual([]);
    expect(gone.host.kernel.namespaces.has('cni-1')).toBe(false);
    expect(gone.host.kernel.namespaces.get('')!.links.map((link) => link.name)).toEqual(['lo', 'eth0', 'cni0']);
    expect([...tablesOf(gone.host.kernel.namespaces.get('')!.netfilter, 'ipv4').get('nat')!.chains.keys()]).toEqual([
      'PREROUTING',
      'INPUT',
      'OUTPUT',
      'POSTROUTING',
    ]);
    expect(listDirectory(gone.host.files, '/var/lib/cni/results')).toEqual([]);
  });
});

it('maps host ports', () => {
  const { host } = add(healthy, request(1, { portMappings: [{ hostPort: 8080, containerPort: 80, protocol: 'TCP' }] }), options);
  const nat = tablesOf(host.kernel.namespaces.get('')!.netfilter, 'ipv4').get('nat')!;
  const dnat = [...nat.chains.values()].flatMap((chain) => chain.rules).find((rule) => rule.target?.kind === 'DNAT');
  expect(dnat?.target).toEqual({ kind: 'DNAT', to: '10.244.1.2:80' });
});

it('names and MAC addresses follow from the seed', () => {
  const names = (seed: string) =>
    add(healthy, request(1), { now, seed })
      .host.kernel.namespaces.get('')!
      .links.map((link) => `${link.name} ${link.mac}`);
  expect(names('a')).toEqual(names('a'));
  expect(names('a')).not.toEqual(names('b'));
});

describe('what goes wrong', () => {
  const setup = (text: string) => `failed to setup network for sandbox "ID": ${text}`;
  it.each<[what: string, host: Host, said: string]>([
    ['no configuration', blankHost(), setup('cni plugin not initialized')],
    ['broken configuration', having(blankHost(), { '/etc/cni/net.d/10-x.conflist': '{' }), setup('cni plugin not initialized')],
    [
      'no binary',
      having(healthy, { '/opt/cni/bin/bridge': undefined }),
      setup('plugin type="bridge" failed (add): failed to find plugin "bridge" in path [/opt/cni/bin]'),
    ],
    [
      'no loopback binary',
      having(healthy, { '/opt/cni/bin/loopback': undefined }),
      setup('plugin type="loopback" failed (add): failed to find plugin "loopback" in path [/opt/cni/bin]'),
    ],
    [
      'no ipam binary',
      having(healthy, { '/opt/cni/bin/host-local': undefined }),
      setup('plugin type="bridge" failed (add): failed to find plugin "host-local" in path [/opt/cni/bin]'),
    ],
    [
      'not executable',
      having(healthy, { '/opt/cni/bin/bridge': { ...pluginBinary('bridge', modified), mode: 0o644 } as never }),
      setup('plugin type="bridge" failed (add): netplugin failed with no error message: fork/exec /opt/cni/bin/bridge: permission denied'),
    ],
    [
      'no program',
      having(healthy, { '/opt/cni/bin/bridge': { kind: 'file', content: 'oops', mode: 0o755, modified } }),
      setup('plugin type="bridge" failed (add): netplugin failed with no error message: fork/exec /opt/cni/bin/bridge: exec format error'),
    ],
    [
      'another version',
      having(blankHost(), conflist([bridge], { cniVersion: '9.9.9' })),
      setup(
        'plugin type="bridge" failed (add): incompatible CNI versions; config is "9.9.9", plugin supports ["0.1.0" "0.2.0" "0.3.0" "0.3.1" "0.4.0" "1.0.0" "1.1.0"]',
      ),
    ],
    [
      'a wrong type',
      having(blankHost(), conflist([{ ...bridge, isGateway: 'yes' }])),
      setup(
        'plugin type="bridge" failed (add): failed to load netconf: json: cannot unmarshal string into Go struct field NetConf.isGateway of type bool',
      ),
    ],
    [
      'a name with blanks',
      having(blankHost(), conflist([bridge], { name: 'my pods' })),
      setup('plugin type="bridge" failed (add): invalid characters found in network name; my pods'),
    ],
    [
      'a single file names its network',
      having(blankHost(), { '/etc/cni/net.d/x.conf': JSON.stringify({ cniVersion: '1.0.0', name: 'pods', type: 'nowhere' }) }),
      setup('plugin type="nowhere" name="pods" failed (add): failed to find plugin "nowhere" in path [/opt/cni/bin]'),
    ],
    ['no ipam at all', having(blankHost(), conflist([{ type: 'bridge' }])), setup('failed to find network info for sandbox "ID"')],
    [
      'portmap first',
      having(blankHost(), conflist([portmap, bridge])),
      setup('plugin type="portmap" failed (add): must be called as chained plugin'),
    ],
    [
      'flannel not yet up',
      having(blankHost(), conflist([{ type: 'flannel', delegate: { isDefaultGateway: true } }])),
      setup(
        `plugin type="flannel" failed (add): failed to load flannel 'subnet.env' file: open /run/flannel/subnet.env: no such file or directory. Check the flannel pod log for this node.`,
      ),
    ],
    [
      'flannel half up',
      having(blankHost(), {
        ...conflist([{ type: 'flannel' }]),
        '/run/flannel/subnet.env': 'FLANNEL_SUBNET=10.244.1.1/24\nFLANNEL_MTU=1450\n',
      }),
      setup(
        `plugin type="flannel" failed (add): failed to load flannel 'subnet.env' file: /run/flannel/subnet.env is missing FLANNEL_NETWORK, FLANNEL_IPV6_NETWORK, FLANNEL_IPMASQ. Check the flannel pod log for this node.`,
      ),
    ],
  ])('%s', (_, host, text) => expect(said(add(host, request(1), options))).toBe(text));
});

describe('what is left behind', () => {
  it('nothing, when the first plugin can clean up', () => {
    const { host } = add(having(healthy, conflist([bridge, { type: 'tuning', sysctl: { 'kernel.x': '1' } }])), request(1), options);
    expect(store(host)).toEqual([]);
    expect(host.kernel.namespaces.has('cni-1')).toBe(false);
  });

  it('the address, when the last plugin cannot even be found for its DEL', () => {
    const { host } = add(having(healthy, conflist([bridge, { type: 'nowhere' }])), request(1), options);
    expect(store(host)).toEqual(['10.244.1.2']);
    expect(host.kernel.namespaces.has('cni-1')).toBe(true);
  });

  it('the wording of a DEL that fails', () => {
    const { host } = add(healthy, request(1), options);
    const broken = having(host, { '/opt/cni/bin/portmap': undefined });
    expect(said(del(broken, request(1), options))).toBe(
      'failed to destroy network for sandbox "ID": plugin type="portmap" failed (delete): failed to find plugin "portmap" in path [/opt/cni/bin]',
    );
  });
});

it('runs out of addresses, one pod after the other', () => {
  const small = { ...bridge, ipam: { type: 'host-local', subnet: '10.244.1.0/29' } };
  let host = having(blankHost(), conflist([small]));
  const results = [1, 2, 3, 4, 5, 6].map((n) => {
    const next = add(host, request(n), options);
    host = next.host;
    return next.outcome.ok ? next.outcome.value.ips[0]!.address.ip : next.outcome.error.replace(/.*\(add\): /, '');
  });
  expect(results).toEqual([
    '10.244.1.2',
    '10.244.1.3',
    '10.244.1.4',
    '10.244.1.5',
    '10.244.1.6',
    'failed to allocate for range 0: no IP addresses available in range set: 10.244.1.1-10.244.1.6',
  ]);
});

describe('addresses that an observed pod has', () => {
  const dual = { type: 'host-local', ranges: [[{ subnet: '10.244.1.0/24' }], [{ subnet: 'fd00:1::/64' }]] };
  const host = having(blankHost(), conflist([{ type: 'bridge', isGateway: true, ipam: dual }]));
  const given = (from: Host, n: number, ...keep: string[]) => {
    const { host: after, outcome } = add(from, request(n), { ...options, keep: keep.map(ip) });
    return { after, ips: outcome.ok ? outcome.value.ips.map((one) => one.address.ip) : [outcome.error] };
  };

  it('are given again, one of each family', () => {
    expect(given(host, 1, '10.244.1.77', 'fd00:1::77').ips).toEqual(['10.244.1.77', 'fd00:1::77']);
  });

  it('are not asked for where they are taken, the gateway’s, or of another range', () => {
    const first = given(host, 1, '10.244.1.77');
    expect(given(first.after, 2, '10.244.1.77').ips).toEqual(['10.244.1.78', 'fd00:1::3']);
    expect(given(host, 1, '10.244.1.1', '192.0.2.7').ips).toEqual(['10.244.1.2', 'fd00:1::2']);
  });
});

it('flannel leaves the work to bridge', () => {
  const env = 'FLANNEL_NETWORK=10.244.0.0/16\nFLANNEL_SUBNET=10.244.1.1/24\nFLANNEL_MTU=1450\nFLANNEL_IPMASQ=true\n';
  const files = {
    ...conflist([{ type: 'flannel', delegate: { hairpinMode: true, isDefaultGateway: true } }, portmap], { name: 'cbr0' }),
    '/run/flannel/subnet.env': env,
  };
  const { host, outcome } = add(having(blankHost(), files), request(1), options);
  expect(outcome.ok && outcome.value.ips.map((one) => `${one.address.ip}/${one.address.length}`)).toEqual(['10.244.1.2/24']);
  const { routes, links } = host.kernel.namespaces.get('cni-1')!;
  expect(links.at(-1)!.mtu).toBe(1450);
  expect(routes.filter((route) => route.via !== undefined).map((route) => `${route.dst} via ${route.via!}`)).toEqual([
    '0.0.0.0/0 via 10.244.1.1',
    '10.244.0.0/16 via 10.244.1.1',
  ]);
  expect(
    host.kernel.namespaces
      .get('')!
      .links.map((link) => [link.name, link.hairpin ?? false])
      .slice(2),
  ).toEqual([
    ['cni0', false],
    [expect.stringMatching(/^veth[0-9a-f]{8}$/), true],
  ]);
  const gone = del(host, request(1), options);
  expect(said(gone)).toBe('done');
  expect(listDirectory(gone.host.files, '/var/lib/cni/flannel')).toEqual([]);
});
