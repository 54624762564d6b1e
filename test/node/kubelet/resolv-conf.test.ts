import { describe, expect, it } from '@jest/globals';
import type { Pod } from '#kube/kinds/pod.ts';
import { podResolvConf, type ResolvConfInput } from '#node/kubelet/resolv-conf.ts';

type Spec = Partial<Pod['spec']>;

function podOf(spec: Spec): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'web', namespace: 'shop', uid: 'u-1' },
    spec: { containers: [], ...spec },
  } as Pod;
}

const host =
  '# made by hand\nnameserver 192.0.2.53\nnameserver 192.0.2.54 ignored\nsearch old.example\nsearch corp.example. .\noptions edns0 timeout:3\noptions timeout:1\n';

function formed(spec: Spec, changes: Partial<ResolvConfInput> = {}) {
  return podResolvConf({
    pod: podOf(spec),
    clusterDNS: ['10.96.0.10'],
    clusterDomain: 'cluster.local',
    hostText: host,
    withoutHost: false,
    ...changes,
  });
}

const ofCluster = [
  'search shop.svc.cluster.local svc.cluster.local cluster.local corp.example',
  'nameserver 10.96.0.10',
  'options ndots:5',
];
const ofHost = ['search corp.example', 'nameserver 192.0.2.53', 'nameserver 192.0.2.54', 'options edns0 timeout:1'];
const config = {
  nameservers: ['10.96.0.10', '192.0.2.1'],
  searches: ['corp.example', 'more.example'],
  options: [{ name: 'ndots', value: '2' }, { name: 'use-vc' }],
};

describe('each policy, in the pod network and in the host network, without and with a dnsConfig', () => {
  it.each([
    ['ClusterFirst', false, ofCluster],
    ['ClusterFirst', true, ofHost],
    ['ClusterFirstWithHostNet', false, ofCluster],
    ['ClusterFirstWithHostNet', true, ofCluster],
    ['Default', false, ofHost],
    ['Default', true, ofHost],
    ['None', false, []],
    ['None', true, []],
  ])('%s, hostNetwork %s', (dnsPolicy, hostNetwork, lines) => {
    expect(formed({ dnsPolicy, hostNetwork })).toEqual({ text: lines.map((line) => `${line}\n`).join(''), events: [] });
    const [searches, servers, options] = ['search', 'nameserver', 'options'].map((word) =>
      lines.filter((line) => line.startsWith(word)).flatMap((line) => line.split(' ').slice(1)),
    ) as [string[], string[], string[]];
    const merged = [...new Set([...servers, ...config.nameservers])];
    expect(formed({ dnsPolicy, hostNetwork, dnsConfig: config }).text).toBe(
      [
        `search ${[...new Set([...searches, ...config.searches])].join(' ')}`,
        ...merged.slice(0, 3).map((server) => `nameserver ${server}`),
        `options ${[...options.filter((one) => !one.startsWith('ndots')), 'ndots:2', 'use-vc'].join(' ')}`,
        '',
      ].join('\n'),
    );
  });

  it('takes ClusterFirst where nothing is said', () => {
    expect(formed({}).text).toBe(formed({ dnsPolicy: 'ClusterFirst' }).text);
  });
});

describe('what the kubelet is told', () => {
  it('falls back to the host without a cluster DNS, and says so', () => {
    for (const dnsPolicy of ['ClusterFirst', 'ClusterFirstWithHostNet']) {
      expect(formed({ dnsPolicy }, { clusterDNS: [] })).toEqual({
        text: formed({ dnsPolicy: 'Default' }).text,
        events: [
          {
            reason: 'MissingClusterDNS',
            message:
              'pod: "web_shop(u-1)". kubelet does not have ClusterDNS IP configured and cannot create Pod using "ClusterFirst" policy. Falling back to "Default" policy.',
          },
        ],
      });
    }
  });

  it.each([
    ['Default', 'search .\nnameserver 127.0.0.1\n'],
    ['ClusterFirst', 'search shop.svc.cluster.local svc.cluster.local cluster.local\nnameserver 10.96.0.10\noptions ndots:5\n'],
  ])('resolvConf: "" with %s', (dnsPolicy, text) => {
    expect(formed({ dnsPolicy }, { hostText: '', withoutHost: true }).text).toBe(text);
  });

  it("searches the host's domains only without a cluster domain", () => {
    expect(formed({}, { clusterDomain: '' }).text).toBe('search corp.example\nnameserver 10.96.0.10\noptions ndots:5\n');
  });

  it("drops no duplicate of the host's own unless a dnsConfig is merged in", () => {
    const twice = { hostText: 'nameserver 192.0.2.1\nnameserver 192.0.2.1\n' };
    expect(formed({ dnsPolicy: 'Default' }, twice).text).toBe('nameserver 192.0.2.1\nnameserver 192.0.2.1\n');
    expect(formed({ dnsPolicy: 'Default', dnsConfig: {} }, twice).text).toBe('nameserver 192.0.2.1\n');
  });
});

describe('limits', () => {
  const many = (count: number, length = 10) =>
    Array.from({ length: count }, (_, i) => `${String(i).padStart(3, '0')}${'x'.repeat(length - 3)}`);
  const search = (searches: readonly string[]) =>
    formed({ dnsPolicy: 'None', dnsConfig: { nameservers: ['192.0.2.1'], searches: [...searches] } });
  const message = (searches: readonly string[]) =>
    `Search Line limits were exceeded, some search paths have been omitted, the applied search line is: ${searches.join(' ')}`;

  it('three nameservers', () => {
    const { text, events } = formed({ dnsConfig: { nameservers: ['192.0.2.1', '192.0.2.2', '192.0.2.3'] } });
    expect(text.match(/^nameserver .*$/gm)).toEqual(['nameserver 10.96.0.10', 'nameserver 192.0.2.1', 'nameserver 192.0.2.2']);
    expect(events).toEqual([
      {
        reason: 'DNSConfigForming',
        message:
          'Nameserver limits were exceeded, some nameservers have been omitted, the applied nameserver line is: 10.96.0.10 192.0.2.1 192.0.2.2',
      },
    ]);
  });

  const all = many(33);
  const long = many(1, 254)[0]!;
  const wide = many(20, 110);
  it.each([
    ['32 search paths', all.slice(0, 32), all.slice(0, 32), false],
    ['a 33rd', all, all.slice(0, 32), true],
    ['a path of 254 characters', [long, 'a.example'], ['a.example'], true],
    ['the 33rd is cut before a long one is left out', [long, ...all.slice(0, 32)], all.slice(0, 31), true],
    ['2048 characters', wide, wide.slice(0, 18), true],
  ])('%s', (_, given, applied, cut) => {
    const { text, events } = search(given);
    expect(text.split('\n')[0]).toBe(`search ${applied.join(' ')}`);
    expect(events).toEqual(cut ? [{ reason: 'DNSConfigForming', message: message(applied) }] : []);
  });

  it('tells both', () => {
    const { events } = formed({
      dnsPolicy: 'None',
      dnsConfig: { nameservers: ['192.0.2.1', '192.0.2.2', '192.0.2.3', '192.0.2.4'], searches: all },
    });
    expect(events.map((event) => event.message.split(',')[0])).toEqual([
      'Nameserver limits were exceeded',
      'Search Line limits were exceeded',
    ]);
  });
});
