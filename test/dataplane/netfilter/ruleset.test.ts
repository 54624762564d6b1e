import { describe, expect, it } from '@jest/globals';
import { parseSave } from '#dataplane/netfilter/iptables/restore.ts';
import { rulesetText } from '#dataplane/netfilter/nft/ruleset.ts';
import { recorded } from '../../support/kube-proxy.ts';

/** Every chain's text by table and name, nothing counted. Chains stand in order of creation, which iptables-save does not tell. */
function chainsOf(ruleset: string): Record<string, string> {
  const chains: Record<string, string> = {};
  for (const [, table, body] of ruleset.matchAll(/^table (\S+ \S+) \{\n([^]*?)^\}$/gm)) {
    for (const [, name, rules] of body!.matchAll(/^\tchain (\S+) \{\n([^]*?)^\t\}$/gm)) {
      chains[`${table} ${name}`] = rules!.replace(/counter packets \d+ bytes \d+/g, 'counter packets 0 bytes 0');
    }
  }
  return chains;
}

const nodes = [
  ...['cp1', 'worker-a', 'worker-b', 'worker-c'].map((node) => `iptables/${node}`),
  ...['n1', 'n2'].map((node) => `market6/iptables/${node}`),
];

describe('nft list ruleset, where kube-proxy uses iptables', () => {
  it.each(nodes)('%s', (node) => {
    const netfilter = {
      ipv4: parseSave(recorded(`${node}.iptables-save`), 'IPv4'),
      ipv6: parseSave(recorded(`${node}.ip6tables-save`), 'IPv6'),
    };
    const real = chainsOf(recorded(`${node}.nft`));
    // iptables-save declares built-in chains that the kernel does not have.
    const declaredOnly = (name: string) => !(name in real) && / (PREROUTING|INPUT|FORWARD|OUTPUT|POSTROUTING)$/.test(name);
    const made = Object.fromEntries(Object.entries(chainsOf(rulesetText(netfilter).stdout)).filter(([name]) => !declaredOnly(name)));
    expect(Object.keys(real).length).toBeGreaterThan(40);
    expect(made).toEqual(real);
  });
});
