import { describe, expect, it } from '@jest/globals';
import { Cluster } from '#kube/cluster.ts';
import { Node } from '#kube/kinds/node.ts';
import { cidr } from '#net/ip.ts';
import { allocateNodeCidrs, nextNodeCidr } from '#control/allocators/node-cidr.ts';

const maskSizes = { IPv4: 24, IPv6: 64 } as const;

/** A cluster whose nodes have these ranges, the oldest first. */
function cluster(...ranges: readonly (readonly string[])[]) {
  const draft = new Cluster('seed').edit();
  ranges.forEach((podCIDRs, i) => {
    const node = { apiVersion: 'v1', kind: 'Node', metadata: { name: `node${i}` }, spec: { podCIDR: podCIDRs[0]!, podCIDRs }, status: {} };
    draft.keep(Node, node as unknown as Node);
  });
  return draft;
}

const full = ['10.244.0.0/24', '10.244.1.0/24', '10.244.2.0/24', '10.244.3.0/24'];
const none =
  'failed to allocate cidr from cluster cidr at idx:0: CIDR allocation failed; there are no remaining CIDRs left to allocate in the accepted range';

const rows: [clusterCidr: string, nodes: string[], next: string][] = [
  ['10.244.0.0/16', [], '10.244.0.0/24'],
  ['10.244.0.0/16', ['10.244.0.0/24', '10.244.1.0/24'], '10.244.2.0/24'],
  ['10.244.0.0/22', ['10.244.0.0/24', '10.244.3.0/24'], '10.244.1.0/24'], // the cursor has come round
  ['10.244.0.0/16', ['10.244.2.0/24'], '10.244.3.0/24'], //                  blocks before the cursor wait
  ['10.244.0.0/22', full, none],
  ['10.96.0.0/11', [], '10.112.0.0/24'], //                                  what Services have is left out
];

describe('the next node', () => {
  it.each(rows)('of %s after %s gets %s', (clusterCidr, nodes, next) => {
    const draft = cluster(...nodes.map((one) => [one]));
    const result = allocateNodeCidrs(draft, { clusterCidrs: [cidr(clusterCidr)], maskSizes });
    expect(result.ok ? result.value.join() : result.error).toBe(next);
  });

  it('gets a range of each family', () => {
    const draft = cluster(['10.244.0.0/24', 'fd00:244::/64']);
    const clusterCidrs = [cidr('10.244.0.0/16'), cidr('fd00:244::/56')];
    expect(allocateNodeCidrs(draft, { clusterCidrs, maskSizes })).toEqual({ ok: true, value: ['10.244.1.0/24', 'fd00:244:0:1::/64'] });
  });
});

describe('a block that has been freed', () => {
  it('is not given again before the cursor comes round', () => {
    const given: string[] = [];
    let cursor = 0;
    for (let i = 0; i < 5; i++) {
      // Every node but the first goes again at once.
      const next = nextNodeCidr({ clusterCidr: cidr('10.244.0.0/22'), maskSize: 24, cursor }, [cidr('10.244.0.0/24')])!;
      given.push(next.cidr);
      cursor = next.cursor;
    }
    expect(given).toEqual(['10.244.1.0/24', '10.244.2.0/24', '10.244.3.0/24', '10.244.1.0/24', '10.244.2.0/24']);
  });
});
