import { describe, expect, it } from '@jest/globals';
import { tableText } from '#dataplane/netfilter/nft/print.ts';
import { nftablesTable } from '#dataplane/proxy/nftables/rules.ts';
import type { Family } from '#net/ip.ts';
import { market, market6, proxyInput, recorded, type RecordedCluster } from '../../support/kube-proxy.ts';

/** The text of one table in a ruleset, and its blocks by their heads, in order. */
function tableOf(ruleset: string, head: string): { readonly first: string; readonly blocks: Map<string, string> } {
  const start = ruleset.indexOf(`table ${head} {\n`);
  const text = ruleset.slice(start, ruleset.indexOf('\n}\n', start));
  const blocks = new Map<string, string>();
  for (const [, block, kind] of text.matchAll(/^(\t((?:set|map|chain) \S+) \{\n[^]*?\n?\t\}$)/gm)) blocks.set(kind!, block!);
  return { first: text.split('\n').slice(0, 2).join('\n'), blocks };
}

/** Chains and sets of single services, whose order is Go's map order; a service's own keep theirs. */
const ofService = /^(chain|set) (service|local|external|firewall|endpoint|affinity)-([A-Z2-7]{8})/;

function order(blocks: Map<string, string>): readonly string[] {
  return [...blocks.keys()].filter((head) => !ofService.test(head));
}

/** The kinds of a service's chains in order: `service,external,firewall`. */
function orderWithin(blocks: Map<string, string>): Record<string, string> {
  const kinds = new Map<string, string[]>();
  for (const head of blocks.keys()) {
    const [, , kind, hash] = ofService.exec(head) ?? [];
    if (hash !== undefined) kinds.set(hash, [...(kinds.get(hash) ?? []), kind!]);
  }
  return Object.fromEntries([...kinds].map(([hash, list]) => [hash, list.join()]));
}

const clusters: Readonly<Record<string, RecordedCluster>> = { market, market6 };

const recordings: readonly (readonly [of: string, node: string, variant: string, family: Family])[] = (
  [
    ...['cp1', 'worker-a', 'worker-b', 'worker-c'].map((node) => ['market', node, 'nftables'] as const),
    ...['v-nft-masqueradeAll', 'v-nft-no-clusterCIDR', 'v-nft-nodePortAddresses'].map(
      (variant) => ['market', 'worker-a', variant] as const,
    ),
    ...['n1', 'n2'].map((node) => ['market6', node, 'market6/nftables'] as const),
  ] as const
).flatMap(([of, node, variant]) => (['IPv4', 'IPv6'] as const).map((family) => [of, node, variant, family] as const));

describe('the table of kube-proxy in nftables mode', () => {
  it.each(recordings)('%s %s %s %s', (of, node, variant, family) => {
    const head = `${family === 'IPv4' ? 'ip' : 'ip6'} kube-proxy`;
    const made = tableOf(tableText(nftablesTable(proxyInput(clusters[of]!, node, `${variant}/${node}.config.conf`), family)), head);
    const real = tableOf(recorded(`${variant}/${node}.nft`), head);
    expect(real.blocks.size).toBeGreaterThan(20);
    expect(made.first).toBe(real.first);
    expect(Object.fromEntries(made.blocks)).toEqual(Object.fromEntries(real.blocks));
    expect(order(made.blocks)).toEqual(order(real.blocks));
    expect(orderWithin(made.blocks)).toEqual(orderWithin(real.blocks));
  });
});

describe('in 1.33, when every endpoint had its chain', () => {
  const input = { ...proxyInput(market, 'worker-a', 'nftables/worker-a.config.conf'), minorVersion: 33 };
  const { blocks } = tableOf(tableText(nftablesTable(input, 'IPv4')), 'ip kube-proxy');
  it.each([
    [
      'chain service-NWBZK7IH-kube-system/kube-dns/tcp/dns-tcp',
      `		ip daddr 10.112.0.10 tcp dport 53 ip saddr != 10.60.0.0/16 jump mark-for-masquerade
		numgen random mod 2 vmap { 0 : goto endpoint-`,
    ],
    [
      'chain masquerading',
      '\t\tmeta mark & 0x00004000 == 0x00000000 return\n\t\tmeta mark set meta mark ^ 0x00004000\n\t\tmasquerade fully-random',
    ],
    ['chain external-PLHULICB-market/stall-np/tcp/', '\t\tjump mark-for-masquerade\n\t\tgoto service-PLHULICB-market/stall-np/tcp/'],
  ])('%s', (head, rules) => expect(blocks.get(head)).toContain(rules));
});
