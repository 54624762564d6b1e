/** flannel's iptables rules (flannel pkg/trafficmngr/iptables/iptables.go). */
import { familyOf, type Cidr } from '#net/ip.ts';
import type { Rule, Tables, Target } from '../../../netfilter.ts';
import { appendUnique, clearChain, comment, ensureChain, from, jump, mark, rule, to } from '../../iptables.ts';

const masquerade = comment('flanneld masq');
const forward = comment('flanneld forward');
const randomly: Target = { kind: 'MASQUERADE', randomFully: true };

/** What leaves the network is masqueraded, what the kube-proxy has marked for it is left to the kube-proxy. */
function masqueradeRules(network: Cidr, subnet: Cidr): readonly Rule[] {
  const back: Target = { kind: 'RETURN' };
  const multicast = familyOf(network) === 'IPv4' ? '224.0.0.0/4' : 'ff00::/8';
  return [
    rule([mark(14), masquerade], back),
    rule([from(subnet), to(network), masquerade], back),
    rule([from(network), to(subnet), masquerade], back),
    rule([from(network, true), to(subnet), masquerade], back),
    rule([from(network), to(multicast, true), masquerade], randomly),
    rule([from(network, true), to(network), masquerade], randomly),
  ];
}

/** The tables with flannel's chains filled, and reached. */
export function withFlannelRules(tables: Tables, network: Cidr, subnet: Cidr, ipMasq: boolean): Tables {
  let next = tables;
  if (ipMasq) {
    next = clearChain(ensureChain(next, 'nat', 'FLANNEL-POSTRTG'), 'nat', 'FLANNEL-POSTRTG');
    for (const one of masqueradeRules(network, subnet)) next = appendUnique(next, 'nat', 'FLANNEL-POSTRTG', one);
    next = appendUnique(next, 'nat', 'POSTROUTING', rule([masquerade], jump('FLANNEL-POSTRTG')));
  }
  next = clearChain(ensureChain(next, 'filter', 'FLANNEL-FWD'), 'filter', 'FLANNEL-FWD');
  for (const match of [from(network), to(network)])
    next = appendUnique(next, 'filter', 'FLANNEL-FWD', rule([match, forward], { kind: 'ACCEPT' }));
  return appendUnique(next, 'filter', 'FORWARD', rule([forward], jump('FLANNEL-FWD')));
}

/** Reports whether all of them are there, so that the daemon's check every five seconds finds nothing to mend. */
export function hasFlannelRules(tables: Tables, network: Cidr, subnet: Cidr, ipMasq: boolean): boolean {
  const wanted = withFlannelRules(new Map(), network, subnet, ipMasq);
  return [...wanted].every(([name, table]) =>
    [...table.chains.values()].every((chain) => {
      const rules = tables.get(name)?.chains.get(chain.name)?.rules ?? [];
      return chain.policy === undefined
        ? JSON.stringify(rules) === JSON.stringify(chain.rules)
        : chain.rules.every((one) => rules.some((other) => JSON.stringify(other) === JSON.stringify(one)));
    }),
  );
}
