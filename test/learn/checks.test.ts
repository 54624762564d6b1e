import { describe, expect, it } from '@jest/globals';
import { Check, describeCheck, evaluate, nodesOfCheck } from '#learn/check.ts';
import { checkKinds } from '#learn/checks/index.ts';
import { report, ToyCluster } from './toy-cluster.ts';

const cluster = new ToyCluster(
  {
    "kubectl get service/web -n shop -o 'jsonpath={.spec.selector.app}'": 'web',
    'kubectl get service/web -n shop': 'NAME   TYPE\nweb    ClusterIP',
    '/etc/cni/net.d/10-flannel.conflist': '{"name":"cbr0"}',
    'curl localhost:10249/proxyMode': 'iptables',
  },
  ({ from, to }) =>
    from === 'external'
      ? report('timeout')
      : to === 'http://web.shop/'
        ? report('connected', {
            destination: { kind: 'Pod', namespace: 'shop', name: 'web-1', address: '10.244.1.5', port: 8080 },
            sourceSeenByDestination: '10.244.1.1',
            http: { status: 200, backend: 'shop/web:80', path: '/', location: null },
          })
        : report('refused'),
  ({ name }) =>
    name === 'web.shop'
      ? { rcode: 'NOERROR', answeredName: 'web.shop.svc.cluster.local.', data: ['10.96.12.7'], because: 'kubernetes' }
      : { rcode: 'NXDOMAIN', answeredName: null, data: [], because: 'kubernetes' },
);

const web = { from: 'pod:shop/client', to: 'http://web.shop/' };

// prettier-ignore
const rows: [met: boolean, check: object, wanted: string, observed: RegExp][] = [
  [true,  { connect: web }, 'http://web.shop/ answers from pod shop/client', /answers 200 at shop\/web-1/],
  [true,  { connect: { ...web, expect: { status: 200, backend: 'shop/web:80', destination: 'shop/web-1', source: '10.244.1.1' } } }, 'http://web.shop/ answers 200 through shop/web:80 at shop/web-1 seeing source 10.244.1.1 from pod shop/client', /answers 200/],
  [false, { connect: { ...web, expect: { status: 404 } } }, 'http://web.shop/ answers 404 from pod shop/client', /answers 200/],
  [false, { connect: { ...web, expect: { source: '10.244.9.9' } } }, 'http://web.shop/ answers seeing source 10.244.9.9 from pod shop/client', /answers 200/],
  [true,  { connect: { from: 'node:node01', to: 'tcp://10.0.0.1:5', expect: { outcome: 'refused' } } }, 'tcp://10.0.0.1:5 ends in “connection refused” from node node01', /because it is refused/],
  [true,  { connect: { from: 'node:node01', to: 'tcp://10.0.0.1:5', expect: { outcome: 'closed' } } }, 'tcp://10.0.0.1:5 does not answer from node node01', /because it is refused/],
  [true,  { connect: { from: 'external', to: 'http://web.shop/', expect: { outcome: 'closed' } } }, 'http://web.shop/ does not answer from outside the cluster', /because it is timeout/],
  [false, { connect: { ...web, expect: { outcome: 'closed' } } }, 'http://web.shop/ does not answer from pod shop/client', /answers 200/],
  [false, { connect: { from: 'external', to: 'http://web.shop/' } }, 'http://web.shop/ answers from outside the cluster', /timeout \(because it is timeout\)/],
  [true,  { object: { ref: 'service/web', namespace: 'shop', jsonpath: '{.spec.selector.app}', equals: 'web' } }, '{.spec.selector.app} of service/web in shop is `web`', /it is `web`/],
  [false, { object: { ref: 'service/web', namespace: 'shop', jsonpath: '{.spec.selector.app}', equals: 'wbe' } }, '{.spec.selector.app} of service/web in shop is `wbe`', /it is `web`/],
  [true,  { object: { ref: 'service/web', namespace: 'shop' } }, 'service/web in shop exists', /it exists/],
  [false, { object: { ref: 'service/api', namespace: 'shop' } }, 'service/api in shop exists', /NotFound/],
  [true,  { absent: { ref: 'service/api' } }, 'service/api does not exist', /NotFound/],
  [false, { absent: { ref: 'service/web', namespace: 'shop' } }, 'service/web in shop does not exist', /it exists/],
  [true,  { resolve: { from: 'pod:shop/client', name: 'web.shop' } }, 'web.shop A resolves, asked by pod shop/client', /10\.96\.12\.7/],
  [true,  { resolve: { from: 'pod:shop/client', name: 'web.shop', expect: { data: ['10.96.12.7'] } } }, 'web.shop A gives 10.96.12.7, asked by pod shop/client', /10\.96\.12\.7/],
  [false, { resolve: { from: 'pod:shop/client', name: 'web.shop', expect: { data: ['10.96.12.8'] } } }, 'web.shop A gives 10.96.12.8, asked by pod shop/client', /10\.96\.12\.7/],
  [true,  { resolve: { from: 'pod:shop/client', name: 'nope', expect: { rcode: 'NXDOMAIN' } } }, 'nope A gives NXDOMAIN, asked by pod shop/client', /NXDOMAIN/],
  [false, { resolve: { from: 'pod:shop/client', name: 'nope' } }, 'nope A resolves, asked by pod shop/client', /NXDOMAIN/],
  [true,  { run: { line: 'curl localhost:10249/proxyMode', node: 'node01', stdout: { equals: 'iptables' } } }, '`curl localhost:10249/proxyMode` on node01 prints `iptables`', /iptables/],
  [false, { run: { line: 'curl localhost:10249/proxyMode', stdout: { matches: '^ipvs$' } } }, '`curl localhost:10249/proxyMode` prints something that matches /^ipvs$/', /prints `iptables`/],
  [false, { run: { line: 'nonsense' } }, '`nonsense` succeeds', /exits 127: bash: nonsense: command not found/],
  [true,  { run: { line: 'nonsense', exitCode: 127 } }, '`nonsense` exits 127', /command not found/],
  [true,  { file: { node: 'node01', path: '/etc/cni/net.d/10-flannel.conflist', contains: 'cbr0' } }, '/etc/cni/net.d/10-flannel.conflist on node01 contains `cbr0`', /it says/],
  [false, { file: { node: 'node01', path: '/etc/cni/net.d/10-flannel.conflist', excludes: 'cbr0' } }, '/etc/cni/net.d/10-flannel.conflist on node01 does not contain `cbr0`', /it says/],
  [true,  { file: { node: 'node01', path: '/etc/gone', absent: true } }, '/etc/gone on node01 does not exist', /No such file/],
  [false, { file: { node: 'node01', path: '/etc/gone' } }, '/etc/gone on node01 exists', /No such file/],
];

describe('checks', () => {
  it.each(rows)('%s: %j', async (met, written, wanted, observed) => {
    const check = Check.parse(written);
    expect(describeCheck(check)).toBe(wanted);
    const outcome = await evaluate(check, cluster);
    expect(outcome.met).toBe(met);
    expect(outcome.observed).toMatch(observed);
    expect(outcome.evidence.source).not.toBe('');
  });

  it('every kind has rows, met and not met', () => {
    for (const kind of Object.keys(checkKinds)) {
      const own = rows.filter(([, check]) => kind in check);
      expect(new Set(own.map(([met]) => met))).toEqual(new Set([true, false]));
    }
  });

  it('says what it wants in the words of its author', () => {
    expect(describeCheck(Check.parse({ absent: { ref: 'pod/x' }, title: 'x is gone' }))).toBe('x is gone');
  });

  it.each([
    [{ connect: { from: 'node:node01', to: 'node:node02:80' } }, ['node01', 'node02']],
    [{ file: { node: 'node01', path: '/x' } }, ['node01']],
    [{ run: { line: 'x', node: 'node01' } }, ['node01']],
    [{ resolve: { from: 'node:node01', name: 'x' } }, ['node01']],
    [{ object: { ref: 'node/node01' } }, []],
  ])('%j names its nodes', (check, nodes) => {
    expect(nodesOfCheck(Check.parse(check)).map((mention) => mention.node)).toEqual(nodes);
  });

  it.each([
    [{}, /must have one of connect, object/],
    [{ absent: { ref: 'pod/x' }, run: { line: 'x' } }, /has absent and run: write a check for each/],
    [{ object: { ref: 'web' } }, /KIND\/NAME/],
    [{ object: { ref: 'pod/x', equals: 'y' } }, /go together/],
    [{ object: { ref: 'pod/x', jsonpath: '{.x}' } }, /go together/],
    [{ connect: { from: 'pod:x', to: 'http://x' } }, /pod:NS\/NAME/],
    [{ connect: { from: 'external', to: 'tcp://x' } }, /tcp:\/\/HOST:PORT/],
    [{ file: { node: 'x', path: 'etc' } }, /absolute/],
    [{ file: { node: 'x', path: '/etc', absent: true, equals: '' } }, /absent/],
    [{ run: { line: 'x', stdout: { matches: '(' } } }, /regular expression/],
  ])('%j is refused', (check, why) => {
    expect(Check.safeParse(check).error?.message).toMatch(why);
  });
});
