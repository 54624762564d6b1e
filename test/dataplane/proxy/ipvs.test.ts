import { describe, expect, it } from '@jest/globals';
import { ruleText } from '#dataplane/netfilter/iptables/save.ts';
import { ipvsRules } from '#dataplane/proxy/ipvs/rules.ts';
import { ip } from '#net/ip.ts';
import { market, proxyInput } from '../../support/kube-proxy.ts';

const input = {
  ...proxyInput(market, 'worker-a', 'v-ipvs/worker-a.config.conf'),
  addresses: [ip('127.0.0.1'), ip('172.31.77.11'), ip('10.60.1.1')],
};
const rules = ipvsRules(input, 'IPv4');

/** `rr persistent 900 -> 10.60.1.3:8081 10.60.2.4:8081` */
function server(protocol: string, address: string): string {
  const found = rules.servers.find((one) => one.protocol === protocol && `${one.ip}:${one.port}` === address);
  if (found === undefined) return 'none';
  const persistent = found.persistent === undefined ? '' : ` persistent ${found.persistent}`;
  return `${found.scheduler}${persistent} -> ${found.realServers.map((one) => `${one.ip}:${one.port}`).join(' ')}`.trimEnd();
}

describe('virtual servers', () => {
  it.each([
    // what                                      protocol  address                 scheduler and real servers
    ['a cluster IP', 'TCP', '10.112.33.168:80', 'rr -> 10.60.1.3:8081 10.60.2.4:8081 10.60.3.3:8081'],
    ['one that nobody serves', 'TCP', '10.112.95.207:80', 'rr ->'],
    ['with ClientIP affinity', 'TCP', '10.112.74.225:80', 'rr persistent 900 -> 10.60.1.3:8081 10.60.2.4:8081 10.60.3.3:8081'],
    ['a node port, on every address of the node', 'TCP', '172.31.77.11:31080', 'rr -> 10.60.1.3:8081 10.60.2.4:8081 10.60.3.3:8081'],
    ['and on that of the bridge', 'TCP', '10.60.1.1:31080', 'rr -> 10.60.1.3:8081 10.60.2.4:8081 10.60.3.3:8081'],
    ['but not on loopback', 'TCP', '127.0.0.1:31080', 'none'],
    ['a load balancer address of policy Local', 'TCP', '203.0.113.71:80', 'rr -> 10.60.1.14:8082'],
    ['UDP', 'UDP', '10.112.0.10:53', 'rr -> 10.60.0.2:53 10.60.2.2:53'],
    ['a load balancer that is a proxy', 'TCP', '203.0.113.73:80', 'none'],
  ])('%s: %s %s', (_what, protocol, address, want) => expect(server(protocol, address)).toBe(want));

  it('binds what is not the node’s own to kube-ipvs0', () => {
    expect(rules.bound).toContain('10.112.0.1');
    expect(rules.bound).toContain('203.0.113.70');
    expect(rules.bound).not.toContain('172.31.77.11');
  });
});

describe('IP sets', () => {
  const members = (name: string) => rules.sets.find((set) => set.name === name)?.members;
  it.each([
    ['KUBE-CLUSTER-IP', '10.112.0.10,udp:53'],
    ['KUBE-LOOP-BACK', '10.60.1.3,tcp:8081,10.60.1.3'],
    ['KUBE-NODE-PORT-TCP', '31081'],
    ['KUBE-NODE-PORT-LOCAL-TCP', '31081'],
    ['KUBE-LOAD-BALANCER', '203.0.113.71,tcp:80'],
    ['KUBE-LOAD-BALANCER-LOCAL', '203.0.113.71,tcp:80'],
    ['KUBE-LOAD-BALANCER-SOURCE-CIDR', '203.0.113.70,tcp:443,198.51.100.0/28'],
    ['KUBE-LOAD-BALANCER-SOURCE-CIDR', '203.0.113.70,tcp:443,172.31.77.200'],
    ['KUBE-NODE-PORT-SCTP-HASH', '172.31.77.11,sctp:31868'],
    ['KUBE-HEALTH-CHECK-NODE-PORT', '31999'],
    ['KUBE-IPVS-IPS', '10.112.0.1'],
  ])('%s has %s', (name, member) => expect(members(name)).toContain(member));

  it('makes a set for every purpose, filled or not', () => expect(rules.sets).toHaveLength(17));
});

describe('iptables rules', () => {
  const chain = (table: 'nat' | 'filter', name: string) =>
    rules.tables.chains
      .get(table)!
      .find((one) => one.name === name)!
      .rules.map((rule) => ruleText(name, rule, 'IPv4'));

  it('marks what comes from elsewhere, by set', () => {
    expect(chain('nat', 'KUBE-SERVICES')).toEqual([
      '-A KUBE-SERVICES -s 127.0.0.0/8 -j RETURN',
      '-A KUBE-SERVICES -m comment --comment "Kubernetes service lb portal" -m set --match-set KUBE-LOAD-BALANCER dst,dst -j KUBE-LOAD-BALANCER',
      '-A KUBE-SERVICES ! -s 10.60.0.0/16 -m comment --comment "Kubernetes service cluster ip + port for masquerade purpose" -m set --match-set KUBE-CLUSTER-IP dst,dst -j KUBE-MARK-MASQ',
      '-A KUBE-SERVICES -m comment --comment "Kubernetes service external ip + port for masquerade and filter purpose" -m set --match-set KUBE-EXTERNAL-IP dst,dst -j KUBE-MARK-MASQ',
      '-A KUBE-SERVICES -m comment --comment "Kubernetes service external ip + port for masquerade and filter purpose" -m set --match-set KUBE-EXTERNAL-IP dst,dst -m physdev ! --physdev-is-in -m addrtype ! --src-type LOCAL -j ACCEPT',
      '-A KUBE-SERVICES -m comment --comment "Kubernetes service external ip + port for masquerade and filter purpose" -m set --match-set KUBE-EXTERNAL-IP dst,dst -m addrtype --dst-type LOCAL -j ACCEPT',
      '-A KUBE-SERVICES -m comment --comment "Kubernetes service external ip + port with externalTrafficPolicy=local" -m set --match-set KUBE-EXTERNAL-IP-LOCAL dst,dst -m physdev ! --physdev-is-in -m addrtype ! --src-type LOCAL -j ACCEPT',
      '-A KUBE-SERVICES -m comment --comment "Kubernetes service external ip + port with externalTrafficPolicy=local" -m set --match-set KUBE-EXTERNAL-IP-LOCAL dst,dst -m addrtype --dst-type LOCAL -j ACCEPT',
      '-A KUBE-SERVICES -m addrtype --dst-type LOCAL -j KUBE-NODE-PORT',
      '-A KUBE-SERVICES -m set --match-set KUBE-CLUSTER-IP dst,dst -j ACCEPT',
      '-A KUBE-SERVICES -m set --match-set KUBE-LOAD-BALANCER dst,dst -j ACCEPT',
    ]);
  });

  it('keeps the node from addresses whose source ranges do not hold it', () => {
    expect(chain('filter', 'KUBE-IPVS-OUT-FILTER')).toEqual([
      '-A KUBE-IPVS-OUT-FILTER -s 203.0.113.70/32 -m ipvs --vproto 6 --vaddr 203.0.113.70 --vport 443 -j DROP',
      '-A KUBE-IPVS-OUT-FILTER -s 203.0.113.75/32 -m ipvs --vproto 6 --vaddr 203.0.113.75 --vport 80 -j DROP',
    ]);
  });

  it('lets virtual addresses lead to their services only', () => {
    expect(chain('filter', 'KUBE-IPVS-FILTER').at(-1)).toBe(
      '-A KUBE-IPVS-FILTER -m conntrack --ctstate NEW -m set --match-set KUBE-IPVS-IPS dst -j REJECT --reject-with icmp-port-unreachable',
    );
  });
});
