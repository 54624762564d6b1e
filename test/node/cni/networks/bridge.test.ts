import { describe, expect, it } from '@jest/globals';
import { tablesOf } from '#node/netfilter.ts';
import { add } from '#node/cni/add.ts';
import { bridgeFiles, routesPath, runPodRoutes } from '#node/cni/networks/bridge/bridge.ts';
import type { Host } from '#node/host.ts';
import { having, now } from '../blank-host.ts';
import { nodeObject, routes, threeNodes } from './three-nodes.ts';

const options = { now, seed: 'test' };

function prepared(name: string): Host {
  const { hosts, nodes } = threeNodes();
  const files = Object.fromEntries(bridgeFiles(name, [...nodes.values()], ['10.244.0.0/16']));
  return runPodRoutes(having(hosts.get(name)!, files), options).host;
}

describe('the bridge network', () => {
  it('has a route to the pods of every other node', () => {
    expect(routes(prepared('node01'))).toEqual([
      'default via 172.30.1.1 dev eth0',
      '10.244.0.0/24 via 172.30.1.2 dev eth0',
      '10.244.2.0/24 via 172.30.1.4 dev eth0',
      '172.30.1.0/24 dev eth0 proto kernel scope link src 172.30.1.3',
    ]);
  });

  it("gives pods addresses of the node's own range", () => {
    const { host, outcome } = add(
      prepared('node01'),
      { containerId: 'a'.repeat(64), netns: 'cni-a', podNamespace: 'default', podName: 'web', podUid: 'u' },
      options,
    );
    expect(outcome.ok && outcome.value.ips).toEqual([{ address: { ip: '10.244.1.2', length: 24 }, gateway: '10.244.1.1' }]);
    expect(routes(host)).toContain('10.244.1.0/24 dev cni0 proto kernel scope link src 10.244.1.1');
    expect(routes(host, 'cni-a')[0]).toBe('default via 10.244.1.1 dev eth0');
  });

  it('masquerades what leaves the cluster, once', () => {
    const host = runPodRoutes(prepared('node01'), options).host;
    const { rules } = tablesOf(host.kernel.namespaces.get('')!.netfilter, 'ipv4').get('nat')!.chains.get('POSTROUTING')!;
    expect(rules).toEqual([
      {
        matches: [
          { kind: 'source', cidr: '10.244.0.0/16' },
          { kind: 'destination', cidr: '10.244.0.0/16', not: true },
          { kind: 'comment', text: 'pod-masq' },
        ],
        target: { kind: 'MASQUERADE' },
      },
    ]);
  });

  it('says what is wrong with a line', () => {
    const wrong = having(prepared('node01'), { [routesPath]: '10.244.0.0/33 via 172.30.1.2\n10.244.0.0/24 via 192.0.2.1\n' });
    expect(runPodRoutes(wrong, options).logs).toEqual([
      'Error: any valid prefix is expected rather than "10.244.0.0/33".',
      'Error: Nexthop has invalid gateway.',
    ]);
  });

  it('leaves out nodes without a range', () => {
    const nodes = [nodeObject('node01', '172.30.1.3', '10.244.1.0/24'), nodeObject('node02', '172.30.1.4', undefined)];
    expect(bridgeFiles('node01', nodes, []).get(routesPath)).toBe('');
  });
});
