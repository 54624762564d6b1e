import { describe, expect, it } from '@jest/globals';
import { saveTables } from '#dataplane/netfilter/iptables/save.ts';
import { iptablesRules } from '#dataplane/proxy/iptables/rules.ts';
import { syncTables } from '#dataplane/proxy/iptables/sync.ts';
import type { Family } from '#net/ip.ts';
import { market, market6, proxyInput, recorded, type RecordedCluster } from '../../support/kube-proxy.ts';

/** A saved table's chains with their rules, in order; `table/CHAIN`. */
function chainsOf(text: string): Map<string, string[]> {
  const chains = new Map<string, string[]>();
  let table = '';
  for (const line of text.split('\n')) {
    if (line.startsWith('*')) table = line.slice(1);
    else if (line.startsWith(':')) chains.set(`${table}/${line.slice(1, line.indexOf(' '))}`, []);
    else if (line.startsWith('-A ')) chains.get(`${table}/${line.split(' ')[1]}`)!.push(line);
  }
  return chains;
}

/** Rules that the network's own daemon wrote. */
const foreign = /^-A (POSTROUTING|FORWARD) .*(flanneld|-j MASQUERADE)|FLANNEL/;

/** Chains that collect rules of many services, which real kube-proxies walk in Go's map order; a service's own rules keep theirs. */
const collected = /KUBE-(SERVICES|NODEPORTS|EXTERNAL-SERVICES|PROXY-FIREWALL)$/;

/** `market/web:http` of a rule's comment; the rule that must be the last sorts last. */
function servicePortOf(rule: string): string {
  return rule.includes('NOTE') ? '~' : (/--comment "([^ "]*)/.exec(rule)?.[1] ?? '');
}

function byService(rules: string[]): string[] {
  return rules.sort((a, b) => (servicePortOf(a) < servicePortOf(b) ? -1 : Number(servicePortOf(a) > servicePortOf(b))));
}

function comparable(text: string): Record<string, string[]> {
  const chains: Record<string, string[]> = {};
  for (const [name, rules] of chainsOf(text)) {
    if (name.includes('FLANNEL')) continue;
    const own = rules.filter((rule) => !foreign.test(rule));
    chains[name] = collected.test(name) ? byService(own) : own;
  }
  return chains;
}

const recordings: readonly (readonly [of: string, node: string, variant: string, family: Family])[] = [
  ...['cp1', 'worker-a', 'worker-b', 'worker-c'].flatMap((node) =>
    (['IPv4', 'IPv6'] as const).map((family) => ['market', node, 'iptables', family] as const),
  ),
  ...[
    'v-detect-BridgeInterface',
    'v-detect-InterfaceNamePrefix',
    'v-detect-NodeCIDR',
    'v-localhostNodePorts-false',
    'v-masqueradeAll',
    'v-masqueradeBit15',
    'v-no-clusterCIDR',
    'v-nodePortAddresses-cidr',
    'v-nodePortAddresses-primary',
    'v-verbosity4',
  ].map((variant) => ['market', 'worker-a', variant, 'IPv4'] as const),
  ...['n1', 'n2'].flatMap((node) => (['IPv4', 'IPv6'] as const).map((family) => ['market6', node, 'market6/iptables', family] as const)),
];

const clusters: Readonly<Record<string, RecordedCluster>> = { market, market6 };

describe('what kube-proxy in iptables mode writes', () => {
  it.each(recordings)('%s %s %s %s', (of, node, variant, family) => {
    const program = family === 'IPv4' ? 'iptables-save' : 'ip6tables-save';
    const input = proxyInput(clusters[of]!, node, `${variant}/${node}.config.conf`);
    const tables = syncTables(new Map(), iptablesRules(input, family), family);
    const saved = saveTables(tables, { family, program: `${program} v1.8.9 (nf_tables)`, date: 'now' });
    expect(comparable(saved)).toEqual(comparable(recorded(`${variant}/${node}.${program}`)));
  });
});
