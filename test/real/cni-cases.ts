/** The configurations that are tried, good and bad. */
import type { Case, Step } from './cni-bench.ts';

const cniVersion = '1.0.0';

const hl = (ipam: unknown, more: object = {}, step: Partial<Step> = {}): Step => ({
  plugin: 'host-local',
  config: { cniVersion, name: 'net', type: 'x', ipam, ...more },
  ...step,
});
const range = (more: object = {}) => ({ type: 'host-local', subnet: '10.1.2.0/24', ...more });
const walk = (count: number, ipam: unknown, more: object = {}): Step[] =>
  Array.from({ length: count }, (_, i) => hl(ipam, more, { id: `c${i + 1}` }));
const br = (more: object = {}, step: Partial<Step> = {}): Step => ({
  plugin: 'bridge',
  config: { cniVersion, name: 'net', type: 'bridge', ipam: range(), ...more },
  ...step,
});
const del = (step: Step): Step => ({ ...step, command: 'DEL' });

const hostLocal: Case[] = [
  { name: 'host-local: the first address', steps: [hl(range())] },
  { name: 'host-local: six in a row', steps: walk(6, range()) },
  {
    name: 'host-local: DEL gives back, and the walk goes on',
    steps: [...walk(3, range()), del(hl(range(), {}, { id: 'c2' })), hl(range(), {}, { id: 'c4' })],
  },
  { name: 'host-local: DEL of a stranger', steps: [del(hl(range(), {}, { id: 'nobody' }))] },
  { name: 'host-local: exhausted /29', steps: walk(6, { type: 'host-local', subnet: '10.1.2.0/29' }) },
  { name: 'host-local: /30 has one', steps: walk(2, { type: 'host-local', subnet: '10.1.2.0/30' }) },
  { name: 'host-local: /31', steps: [hl({ type: 'host-local', subnet: '10.1.2.0/31' })] },
  { name: 'host-local: /32', steps: [hl({ type: 'host-local', subnet: '10.1.2.0/32' })] },
  {
    name: 'host-local: wraps round to the freed one',
    steps: [
      ...walk(5, { type: 'host-local', subnet: '10.1.2.0/29' }),
      del(hl({ type: 'host-local', subnet: '10.1.2.0/29' }, {}, { id: 'c2' })),
      hl({ type: 'host-local', subnet: '10.1.2.0/29' }, {}, { id: 'c9' }),
    ],
  },
  {
    name: 'host-local: the last reserved is tried last',
    steps: [
      ...walk(5, { type: 'host-local', subnet: '10.1.2.0/29' }),
      del(hl({ type: 'host-local', subnet: '10.1.2.0/29' }, {}, { id: 'c5' })),
      hl({ type: 'host-local', subnet: '10.1.2.0/29' }, {}, { id: 'c9' }),
    ],
  },
  { name: 'host-local: rangeStart and rangeEnd', steps: walk(4, range({ rangeStart: '10.1.2.10', rangeEnd: '10.1.2.12' })) },
  {
    name: 'host-local: gateway in the middle is skipped',
    steps: walk(4, range({ rangeStart: '10.1.2.10', rangeEnd: '10.1.2.13', gateway: '10.1.2.11' })),
  },
  { name: 'host-local: gateway at the start is skipped', steps: walk(2, range({ rangeStart: '10.1.2.10', gateway: '10.1.2.10' })) },
  { name: 'host-local: gateway outside the subnet', steps: [hl(range({ gateway: '10.9.9.9' }))] },
  { name: 'host-local: host bits', steps: [hl({ type: 'host-local', subnet: '10.1.2.3/24' })] },
  { name: 'host-local: subnet without length', steps: [hl({ type: 'host-local', subnet: '10.1.2.3' })] },
  { name: 'host-local: empty subnet', steps: [hl({ type: 'host-local', subnet: '' })] },
  { name: 'host-local: no ranges', steps: [hl({ type: 'host-local' })] },
  { name: 'host-local: ranges []', steps: [hl({ type: 'host-local', ranges: [] })] },
  { name: 'host-local: ranges [[]]', steps: [hl({ type: 'host-local', ranges: [[]] })] },
  { name: 'host-local: ranges [[{}]]', steps: [hl({ type: 'host-local', ranges: [[{}]] })] },
  { name: 'host-local: ranges of the wrong depth', steps: [hl({ type: 'host-local', ranges: [{ subnet: '10.1.2.0/24' }] })] },
  { name: 'host-local: no ipam', steps: [{ plugin: 'host-local', config: { cniVersion, name: 'net', type: 'x' } }] },
  { name: 'host-local: ipam null', steps: [hl(null)] },
  { name: 'host-local: ipam a string', steps: [hl('host-local')] },
  {
    name: 'host-local: two range sets',
    steps: walk(3, { type: 'host-local', ranges: [[{ subnet: '10.1.2.0/24' }], [{ subnet: '10.1.3.0/24' }]] }),
  },
  {
    name: 'host-local: dual stack',
    steps: walk(3, { type: 'host-local', ranges: [[{ subnet: '10.1.2.0/24' }], [{ subnet: 'fd00:1::/64' }]] }),
  },
  { name: 'host-local: IPv6', steps: walk(3, { type: 'host-local', subnet: 'fd00:1::/64' }) },
  { name: 'host-local: IPv6 /126', steps: walk(4, { type: 'host-local', subnet: 'fd00:1::/126' }) },
  { name: 'host-local: IPv6 /127', steps: [hl({ type: 'host-local', subnet: 'fd00:1::/127' })] },
  {
    name: 'host-local: two ranges in one set',
    steps: walk(5, {
      type: 'host-local',
      ranges: [[{ subnet: '10.1.2.0/30' }, { subnet: '10.1.3.0/29', rangeStart: '10.1.3.3', rangeEnd: '10.1.3.4' }]],
    }),
  },
  { name: 'host-local: subnet and ranges together', steps: walk(2, range({ ranges: [[{ subnet: '10.1.3.0/24' }]] })) },
  {
    name: 'host-local: mixed families',
    steps: [hl({ type: 'host-local', ranges: [[{ subnet: '10.1.2.0/24' }, { subnet: 'fd00::/64' }]] })],
  },
  {
    name: 'host-local: overlap in a set',
    steps: [hl({ type: 'host-local', ranges: [[{ subnet: '10.1.0.0/16' }, { subnet: '10.1.3.0/24' }]] })],
  },
  {
    name: 'host-local: overlap of sets',
    steps: [hl({ type: 'host-local', ranges: [[{ subnet: '10.1.0.0/16' }], [{ subnet: '10.1.3.0/24' }]] })],
  },
  { name: 'host-local: rangeStart outside', steps: [hl(range({ rangeStart: '10.1.3.1' }))] },
  { name: 'host-local: rangeEnd outside', steps: [hl(range({ rangeEnd: '10.1.3.1' }))] },
  { name: 'host-local: rangeStart above rangeEnd', steps: [hl(range({ rangeStart: '10.1.2.20', rangeEnd: '10.1.2.10' }))] },
  { name: 'host-local: rangeStart of the other family', steps: [hl(range({ rangeStart: 'fd00::5' }))] },
  { name: 'host-local: rangeStart no address', steps: [hl(range({ rangeStart: '10.1.2.300' }))] },
  { name: 'host-local: gateway a number', steps: [hl(range({ gateway: 1 }))] },
  { name: 'host-local: routes', steps: [hl(range({ routes: [{ dst: '0.0.0.0/0' }, { dst: '10.9.0.0/16', gw: '10.1.2.254' }] }))] },
  { name: 'host-local: route with host bits', steps: [hl(range({ routes: [{ dst: '10.9.1.2/16' }] }))] },
  { name: 'host-local: route without dst', steps: [hl(range({ routes: [{ gw: '10.1.2.254' }] }))] },
  { name: 'host-local: route dst wrong', steps: [hl(range({ routes: [{ dst: 'default' }] }))] },
  { name: 'host-local: route gw a number', steps: [hl(range({ routes: [{ dst: '0.0.0.0/0', gw: 3 }] }))] },
  { name: 'host-local: routes an object', steps: [hl(range({ routes: { dst: '0.0.0.0/0' } }))] },
  { name: 'host-local: dataDir', steps: [hl(range({ dataDir: '/var/lib/cni/elsewhere/' }))] },
  { name: 'host-local: dataDir a number', steps: [hl(range({ dataDir: 3 }))] },
  {
    name: 'host-local: resolvConf',
    steps: [hl(range({ resolvConf: '/tmp/ckn-resolv.conf' }))],
    files: {
      '/tmp/ckn-resolv.conf':
        '# x\nnameserver 10.0.0.10\nnameserver 10.0.0.11\nsearch a b\nsearch c\noptions ndots:5 edns0\ndomain d\nbogus\n',
    },
  },
  { name: 'host-local: resolvConf missing', steps: [hl(range({ resolvConf: '/nowhere/resolv.conf' }))] },
  { name: 'host-local: the same container twice', steps: [hl(range()), hl(range())] },
  { name: 'host-local: two interfaces of one container', steps: [hl(range()), hl(range(), {}, { ifName: 'eth1' })] },
  { name: 'host-local: CNI_ARGS IP', steps: [hl(range(), {}, { args: 'IP=10.1.2.77' }), hl(range(), {}, { id: 'c2' })] },
  {
    name: 'host-local: CNI_ARGS IP taken',
    steps: [hl(range(), {}, { args: 'IP=10.1.2.77' }), hl(range(), {}, { id: 'c2', args: 'IP=10.1.2.77' })],
  },
  { name: 'host-local: CNI_ARGS IP is the gateway', steps: [hl(range(), {}, { args: 'IP=10.1.2.1' })] },
  { name: 'host-local: CNI_ARGS IP outside', steps: [hl(range(), {}, { args: 'IP=10.7.7.7' })] },
  { name: 'host-local: CNI_ARGS IP no address', steps: [hl(range(), {}, { args: 'IP=nonsense' })] },
  { name: 'host-local: CNI_ARGS unknown', steps: [hl(range(), {}, { args: 'FOO=bar' })] },
  { name: 'host-local: CNI_ARGS unknown, ignored', steps: [hl(range(), {}, { args: 'IgnoreUnknown=1;FOO=bar' })] },
  { name: 'host-local: CNI_ARGS no pair', steps: [hl(range(), {}, { args: 'FOO' })] },
  { name: 'host-local: args.cni.ips', steps: [hl(range(), { args: { cni: { ips: ['10.1.2.50'] } } })] },
  { name: 'host-local: runtimeConfig.ips', steps: [hl(range(), { runtimeConfig: { ips: ['10.1.2.60/24'] } })] },
  { name: 'host-local: runtimeConfig.ipRanges', steps: [hl(range(), { runtimeConfig: { ipRanges: [[{ subnet: '10.5.5.0/24' }]] } })] },
  {
    name: 'host-local: a leftover file blocks its address',
    steps: [hl(range())],
    files: { '/var/lib/cni/networks/net/10.1.2.2': 'dead\r\neth0' },
  },
  {
    name: 'host-local: last_reserved_ip outside the range',
    steps: [hl(range())],
    files: { '/var/lib/cni/networks/net/last_reserved_ip.0': '10.77.0.9' },
  },
  { name: 'host-local: last_reserved_ip nonsense', steps: [hl(range())], files: { '/var/lib/cni/networks/net/last_reserved_ip.0': 'x' } },
  { name: 'host-local: a file of an old release', steps: [del(hl(range()))], files: { '/var/lib/cni/networks/net/10.1.2.9': 'c1' } },
  { name: 'host-local: CNI 0.2.0', steps: [hl(range({ routes: [{ dst: '0.0.0.0/0' }] }), { cniVersion: '0.2.0' })] },
  {
    name: 'host-local: CNI 0.2.0 with two sets',
    steps: [hl({ type: 'host-local', ranges: [[{ subnet: '10.1.2.0/24' }], [{ subnet: '10.1.3.0/24' }]] }, { cniVersion: '0.2.0' })],
  },
  { name: 'host-local: CNI 0.3.1', steps: [hl(range(), { cniVersion: '0.3.1' })] },
  { name: 'host-local: CNI 0.4.0', steps: [hl(range(), { cniVersion: '0.4.0' })] },
  { name: 'host-local: no cniVersion', steps: [{ plugin: 'host-local', config: { name: 'net', type: 'x', ipam: range() } }] },
  { name: 'host-local: unknown cniVersion', steps: [hl(range(), { cniVersion: '1.1.0' })] },
  {
    name: 'host-local: keys in another case',
    steps: [{ plugin: 'host-local', config: { cniversion: '1.0.0', NAME: 'net', Ipam: { SUBNET: '10.1.2.0/24' } } }],
  },
];

const netns: Case[] = [
  { name: 'bridge: no gateway', steps: [br()] },
  { name: 'bridge: isGateway', steps: [br({ isGateway: true })] },
  { name: 'bridge: isDefaultGateway', steps: [br({ isDefaultGateway: true })] },
  { name: 'bridge: isGateway and a default route', steps: [br({ isGateway: true, ipam: range({ routes: [{ dst: '0.0.0.0/0' }] }) })] },
  {
    name: 'bridge: isDefaultGateway and a default route',
    steps: [br({ isDefaultGateway: true, ipam: range({ routes: [{ dst: '0.0.0.0/0' }] }) })],
  },
  {
    name: 'bridge: isDefaultGateway and a default route with gw',
    steps: [br({ isDefaultGateway: true, ipam: range({ routes: [{ dst: '0.0.0.0/0', gw: '10.1.2.1' }] }) })],
  },
  { name: 'bridge: a default route without gateway on the bridge', steps: [br({ ipam: range({ routes: [{ dst: '0.0.0.0/0' }] }) })] },
  {
    name: 'bridge: routes to elsewhere',
    steps: [br({ isGateway: true, ipam: range({ routes: [{ dst: '10.9.0.0/16' }, { dst: '10.8.0.0/16', gw: '10.1.2.200' }] }) })],
  },
  {
    name: 'bridge: a route via a stranger',
    steps: [br({ isGateway: true, ipam: range({ routes: [{ dst: '10.8.0.0/16', gw: '172.16.0.1' }] }) })],
  },
  {
    name: 'bridge: the same route twice',
    steps: [br({ isGateway: true, ipam: range({ routes: [{ dst: '10.8.0.0/16' }, { dst: '10.8.0.0/16' }] }) })],
  },
  { name: 'bridge: ipMasq', steps: [br({ isGateway: true, ipMasq: true })] },
  { name: 'bridge: ipMasq, added and deleted', steps: [br({ isGateway: true, ipMasq: true }), del(br({ isGateway: true, ipMasq: true }))] },
  {
    name: 'bridge: two pods, one goes',
    steps: [
      br({ isGateway: true, ipMasq: true }),
      br({ isGateway: true, ipMasq: true }, { id: 'c2', pod: 'pod-2' }),
      del(br({ isGateway: true, ipMasq: true })),
    ],
  },
  {
    name: 'bridge: three pods',
    steps: [
      br({ isGateway: true }),
      br({ isGateway: true }, { id: 'c2', pod: 'pod-2' }),
      br({ isGateway: true }, { id: 'c3', pod: 'pod-3' }),
    ],
  },
  { name: 'bridge: hairpin', steps: [br({ isGateway: true, hairpinMode: true })] },
  { name: 'bridge: hairpin and promisc', steps: [br({ hairpinMode: true, promiscMode: true })] },
  { name: 'bridge: MTU', steps: [br({ isGateway: true, mtu: 1450 })] },
  { name: 'bridge: another name', steps: [br({ bridge: 'br-x', isGateway: true })] },
  { name: 'bridge: no ipam', steps: [br({ ipam: {} })] },
  { name: 'bridge: ipam binary missing', steps: [br({ ipam: { type: 'nowhere' } })] },
  { name: 'bridge: ipam error passes through', steps: [br({ isGateway: true, ipam: { type: 'host-local', subnet: '10.1.2.3/24' } })] },
  {
    name: 'bridge: exhausted',
    steps: [
      br({ isGateway: true, ipam: { type: 'host-local', subnet: '10.1.2.0/30' } }),
      br({ isGateway: true, ipam: { type: 'host-local', subnet: '10.1.2.0/30' } }, { id: 'c2', pod: 'pod-2' }),
    ],
  },
  { name: 'bridge: cni0 has another address', steps: [br({ isGateway: true })], bridges: { cni0: '10.244.7.1/24' } },
  { name: 'bridge: forceAddress', steps: [br({ isGateway: true, forceAddress: true })], bridges: { cni0: '10.244.7.1/24' } },
  { name: 'bridge: cni0 has the address', steps: [br({ isGateway: true })], bridges: { cni0: '10.1.2.1/24' } },
  { name: 'bridge: eth0 is there', steps: [br({ isGateway: true }), br({ isGateway: true }, { id: 'c2' })] },
  { name: 'bridge: isGateway a string', steps: [br({ isGateway: 'true' })] },
  { name: 'bridge: mtu a string', steps: [br({ mtu: '1450' })] },
  { name: 'bridge: mtu a fraction', steps: [br({ mtu: 1450.5 })] },
  { name: 'bridge: dns wrong', steps: [br({ dns: { nameservers: '10.0.0.10' } })] },
  { name: 'bridge: two mistakes, the first counts', steps: [br({ hairpinMode: 1, bridge: 2 })] },
  { name: 'bridge: vlan out of range', steps: [br({ vlan: 5000 })] },
  { name: 'bridge: ipam type a number', steps: [br({ ipam: { type: 3 } })] },
  { name: 'bridge: dns of its own', steps: [br({ isGateway: true, dns: { nameservers: ['10.0.0.10'], search: ['x'] } })] },
  { name: 'bridge: mac of CNI_ARGS', steps: [br({ isGateway: true }, { args: 'MAC=c2:11:22:33:44:55' })] },
  { name: 'bridge: mac wrong', steps: [br({ isGateway: true }, { args: 'MAC=zz' })] },
  {
    name: 'bridge: dual stack',
    steps: [
      br({
        isGateway: true,
        ipMasq: true,
        ipam: {
          type: 'host-local',
          ranges: [[{ subnet: '10.1.2.0/24' }], [{ subnet: 'fd00:1::/64' }]],
          routes: [{ dst: '0.0.0.0/0' }, { dst: '::/0' }],
        },
      }),
    ],
  },
  { name: 'bridge: IPv6', steps: [br({ isDefaultGateway: true, ipam: { type: 'host-local', subnet: 'fd00:1::/64' } })] },
  { name: 'bridge: CNI 0.2.0', steps: [br({ cniVersion: '0.2.0', isDefaultGateway: true })] },
  { name: 'bridge: CNI 0.3.1', steps: [br({ cniVersion: '0.3.1', isDefaultGateway: true })] },
  { name: 'bridge: CNI 0.2.0 without ipam', steps: [br({ cniVersion: '0.2.0', ipam: {} })] },
  { name: 'bridge: unknown version', steps: [br({ cniVersion: '2.0.0' })] },
  { name: 'bridge: version a number', steps: [br({ cniVersion: 1 })] },
  { name: 'bridge: no name', steps: [{ plugin: 'bridge', config: { cniVersion, type: 'bridge' } }] },
  { name: 'bridge: name with a blank', steps: [br({ name: 'a b' })] },
  { name: 'bridge: name with a slash', steps: [br({ name: 'a/b' })] },
  { name: 'bridge: name a number', steps: [br({ name: 7 })] },
  { name: 'bridge: trailing comma', steps: [{ plugin: 'bridge', config: '{"cniVersion":"1.0.0","name":"net",}' }] },
  { name: 'bridge: missing comma', steps: [{ plugin: 'bridge', config: '{"cniVersion":"1.0.0" "name":"net"}' }] },
  { name: 'bridge: cut short', steps: [{ plugin: 'bridge', config: '{"cniVersion":"1.0.0","name":"net"' }] },
  { name: 'bridge: a cut literal', steps: [{ plugin: 'bridge', config: '{"cniVersion":"1.0.0","isGateway":tru}' }] },
  { name: 'bridge: YAML', steps: [{ plugin: 'bridge', config: 'cniVersion: 1.0.0\n' }] },
  { name: 'bridge: curly quotes', steps: [{ plugin: 'bridge', config: '{“name”: 1}' }] },
  { name: 'bridge: nothing', steps: [{ plugin: 'bridge', config: '' }] },
  { name: 'bridge: a tab in a string', steps: [{ plugin: 'bridge', config: '{"name":"a\tb"}' }] },
  { name: 'bridge: leading zero', steps: [{ plugin: 'bridge', config: '{"name":"a","mtu":0150}' }] },
  { name: 'bridge: two documents', steps: [{ plugin: 'bridge', config: '{"name":"a"} {"name":"b"}' }] },
  { name: 'bridge: an array', steps: [{ plugin: 'bridge', config: '[]' }] },
  { name: 'bridge: container id wrong', steps: [br({}, { id: 'a b' })] },
  { name: 'bridge: interface name too long', steps: [br({}, { ifName: 'averyveryverylongname' })] },
  { name: 'bridge: DEL twice', steps: [br({ isGateway: true }), del(br({ isGateway: true })), del(br({ isGateway: true }))] },
  { name: 'bridge: DEL of a pod that is gone', steps: [br({ isGateway: true }), { ...del(br({ isGateway: true })), pod: 'gone' }] },
  { name: 'bridge: ADD to a namespace that is not there', steps: [{ ...br({ isGateway: true }), pod: 'gone' }] },
];

const prevResult = (more: object = {}) => ({
  cniVersion,
  interfaces: [{ name: 'cni0' }, { name: 'vethx' }, { name: 'eth0', sandbox: '/var/run/netns/x' }],
  ips: [{ interface: 2, address: '10.1.2.2/24', gateway: '10.1.2.1' }],
  dns: {},
  ...more,
});
const dualResult = prevResult({
  ips: [
    { interface: 2, address: 'fd00:1::2/64' },
    { interface: 2, address: '10.1.2.2/24' },
  ],
});
const chained = (plugin: string, more: object = {}, step: Partial<Step> = {}): Step => ({
  plugin,
  config: { cniVersion, name: 'net', type: plugin, prevResult: prevResult(), ...more },
  ...step,
});
const ports = (...portMappings: object[]) => ({ runtimeConfig: { portMappings } });
const web = { hostPort: 8080, containerPort: 80, protocol: 'tcp' };
const ptp = (more: object = {}, step: Partial<Step> = {}): Step => ({
  plugin: 'ptp',
  config: { cniVersion, name: 'net', type: 'ptp', ipam: range(), ...more },
  ...step,
});
const fixed = (ipam: object, more: object = {}, step: Partial<Step> = {}): Step => ({
  plugin: 'static',
  config: { cniVersion, name: 'net', type: 'x', ipam: { type: 'static', ...ipam }, ...more },
  ...step,
});

const others: Case[] = [
  { name: 'ptp: plain', steps: [ptp()] },
  { name: 'ptp: default route and ipMasq', steps: [ptp({ ipMasq: true, mtu: 1400, ipam: range({ routes: [{ dst: '0.0.0.0/0' }] }) })] },
  { name: 'ptp: added and deleted', steps: [ptp({ ipMasq: true }), del(ptp({ ipMasq: true }))] },
  { name: 'ptp: two pods', steps: [ptp(), ptp({}, { id: 'c2', pod: 'pod-2' })] },
  { name: 'ptp: no ipam', steps: [ptp({ ipam: {} })] },
  {
    name: 'ptp: dual stack',
    steps: [
      ptp({
        ipam: {
          type: 'host-local',
          ranges: [[{ subnet: '10.1.2.0/24' }], [{ subnet: 'fd00:1::/64' }]],
          routes: [{ dst: '0.0.0.0/0' }, { dst: '::/0' }],
        },
      }),
    ],
  },
  { name: 'ptp: mtu wrong', steps: [ptp({ mtu: '1400' })] },
  { name: 'loopback: up', steps: [{ plugin: 'loopback', config: { cniVersion, name: 'lo', type: 'loopback' }, ifName: 'lo' }] },
  {
    name: 'loopback: up and down',
    steps: [
      { plugin: 'loopback', config: { cniVersion: '0.3.1', name: 'lo', type: 'loopback' } },
      { plugin: 'loopback', command: 'DEL', config: { cniVersion: '0.3.1', name: 'lo', type: 'loopback' } },
    ],
  },
  { name: 'portmap: nothing to map', steps: [chained('portmap')] },
  { name: 'portmap: not chained', steps: [{ plugin: 'portmap', config: { cniVersion, name: 'net', type: 'portmap', ...ports(web) } }] },
  { name: 'portmap: one', steps: [chained('portmap', ports(web))] },
  {
    name: 'portmap: TCP, UDP, host addresses',
    steps: [
      chained(
        'portmap',
        ports(
          web,
          { hostPort: 53, containerPort: 5353, protocol: 'udp', hostIP: '192.0.2.7' },
          { hostPort: 90, containerPort: 91, protocol: 'tcp', hostIP: '0.0.0.0' },
        ),
      ),
    ],
  },
  {
    name: 'portmap: two pods, one goes',
    steps: [
      chained('portmap', ports(web)),
      chained('portmap', ports({ ...web, hostPort: 81 }), { id: 'c2' }),
      del(chained('portmap', ports(web))),
    ],
  },
  { name: 'portmap: twice the same', steps: [chained('portmap', ports(web)), chained('portmap', ports(web))] },
  { name: 'portmap: no SNAT', steps: [chained('portmap', { snat: false, ...ports(web) })] },
  { name: 'portmap: masqAll', steps: [chained('portmap', { masqAll: true, ...ports(web) })] },
  { name: 'portmap: another mark bit', steps: [chained('portmap', { markMasqBit: 5, ...ports(web) })] },
  { name: 'portmap: mark bit out of range', steps: [chained('portmap', { markMasqBit: 32, ...ports(web) })] },
  {
    name: 'portmap: mark bit and external chain',
    steps: [chained('portmap', { markMasqBit: 5, externalSetMarkChain: 'X', ...ports(web) })],
  },
  { name: 'portmap: host port 0', steps: [chained('portmap', ports({ ...web, hostPort: 0 }))] },
  { name: 'portmap: container port 0', steps: [chained('portmap', ports({ ...web, containerPort: 0 }))] },
  { name: 'portmap: dual stack', steps: [chained('portmap', { prevResult: dualResult, ...ports(web) })] },
  {
    name: 'portmap: seventeen ports',
    steps: [
      chained('portmap', ports(...Array.from({ length: 17 }, (_, i) => ({ hostPort: 9000 - i, containerPort: 80, protocol: 'tcp' })))),
    ],
  },
  { name: 'portmap: mappings an object', steps: [chained('portmap', { runtimeConfig: { portMappings: {} } })] },
  { name: 'firewall: a pod', steps: [chained('firewall')] },
  {
    name: 'firewall: two pods, one goes',
    steps: [
      chained('firewall'),
      chained('firewall', { prevResult: prevResult({ ips: [{ interface: 2, address: '10.1.2.3/24' }] }) }, { id: 'c2' }),
      del(chained('firewall')),
    ],
  },
  { name: 'firewall: dual stack', steps: [chained('firewall', { prevResult: dualResult })] },
  { name: 'firewall: another admin chain', steps: [chained('firewall', { iptablesAdminChainName: 'MY-ADMIN' })] },
  { name: 'firewall: not chained', steps: [{ plugin: 'firewall', config: { cniVersion, name: 'net', type: 'firewall' } }] },
  { name: 'firewall: too old a version', steps: [chained('firewall', { cniVersion: '0.3.1' })] },
  { name: 'tuning: MTU and MAC', steps: [br({ isGateway: true }), chained('tuning', { mtu: 1400, mac: '0a:00:00:00:00:07' })] },
  { name: 'tuning: not chained', steps: [{ plugin: 'tuning', config: { cniVersion, name: 'net', type: 'tuning' } }] },
  { name: 'tuning: a sysctl of another kind', steps: [chained('tuning', { sysctl: { 'kernel.msgmax': '1' } })] },
  { name: 'tuning: a sysctl that is not there', steps: [chained('tuning', { sysctl: { 'net.nowhere.x': '1' } })] },
  { name: 'tuning: no interface', steps: [chained('tuning', { mtu: 1400 })] },
  { name: 'tuning: sysctl a list', steps: [chained('tuning', { sysctl: ['x'] })] },
  { name: 'bandwidth: nothing to limit', steps: [chained('bandwidth')] },
  { name: 'bandwidth: rate without burst', steps: [chained('bandwidth', { ingressRate: 1000 })] },
  { name: 'bandwidth: burst without rate', steps: [chained('bandwidth', { runtimeConfig: { bandwidth: { egressBurst: 1000 } } })] },
  { name: 'bandwidth: rate a string', steps: [chained('bandwidth', { ingressRate: '1M' })] },
  { name: 'bandwidth: too old a version', steps: [chained('bandwidth', { cniVersion: '0.2.0' })] },
  {
    name: 'static: an address',
    steps: [
      fixed({
        addresses: [{ address: '10.1.2.5/24', gateway: '10.1.2.1' }],
        routes: [{ dst: '0.0.0.0/0' }],
        dns: { nameservers: ['1.1.1.1'] },
      }),
    ],
  },
  { name: 'static: no length', steps: [fixed({ addresses: [{ address: '10.1.2.5' }] })] },
  { name: 'static: none', steps: [fixed({})] },
  { name: 'static: of CNI_ARGS', steps: [fixed({}, {}, { args: 'IP=10.7.0.3/24;GATEWAY=10.7.0.1' })] },
  { name: 'static: CNI_ARGS without length', steps: [fixed({}, {}, { args: 'IP=10.7.0.3' })] },
  { name: 'static: gateway wrong', steps: [fixed({ addresses: [{ address: '10.1.2.5/24' }] }, {}, { args: 'GATEWAY=x' })] },
  { name: 'static: runtimeConfig.ips', steps: [fixed({}, { runtimeConfig: { ips: ['10.9.0.9/16'] } })] },
  {
    name: 'static: two of a family in 0.2.0',
    steps: [fixed({ addresses: [{ address: '10.1.2.5/24' }, { address: '10.1.3.5/24' }] }, { cniVersion: '0.2.0' })],
  },
  { name: 'bridge and static', steps: [br({ isDefaultGateway: true, ipam: { type: 'static', addresses: [{ address: '10.1.2.5/24' }] } })] },
  { name: 'bridge and static without addresses', steps: [br({ isGateway: true, ipam: { type: 'static' } })] },
  { name: 'dhcp: no daemon', steps: [{ plugin: 'dhcp', config: { cniVersion, name: 'net', type: 'x', ipam: { type: 'dhcp' } } }] },
  {
    name: 'macvlan: no such master',
    steps: [{ plugin: 'macvlan', config: { cniVersion, name: 'net', type: 'macvlan', master: 'nowhere', ipam: range() } }],
  },
  {
    name: 'macvlan: no default route',
    steps: [{ plugin: 'macvlan', config: { cniVersion, name: 'net', type: 'macvlan', ipam: range() } }],
  },
];

export const cases: readonly Case[] = [...hostLocal, ...netns, ...others];
