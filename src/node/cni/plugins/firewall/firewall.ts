/** firewall: lets a pod's traffic through FORWARD (containernetworking/plugins plugins/meta/firewall, iptables backend). */
import { fail, ok, type Result } from '#kube/status.ts';
import { familyOf, type Prefixed } from '#net/ip.ts';
import type { Rule, Tables } from '../../../netfilter.ts';
import { goString, unmarshal, type GoInfer } from '../../go-json.ts';
import { appendUnique, comment, deleteRules, ensureChain, from, insertUnique, jump, rule, sameRule, to } from '../../iptables.ts';
import { hostCidr } from '../../kernel-draft.ts';
import { internal, type Plugin } from '../../plugin.ts';
import type { CniResult } from '../../result.ts';
import { hasFullPaths, versionsFrom } from '../../versions.ts';
import { netConf } from '../net-conf.ts';
import { prevResultOf } from '../prev-result.ts';

const goFirewallConf = netConf(
  { backend: goString, iptablesAdminChainName: goString, firewalldZone: goString, ingressPolicy: goString },
  'main.FirewallNetConf',
);

const ownChain = 'CNI-FORWARD';

interface Loaded {
  readonly config: GoInfer<typeof goFirewallConf>;
  readonly result: CniResult | undefined;
}

function load(stdin: string, version: string): Result<Loaded, string> {
  const decoded = unmarshal(stdin, goFirewallConf, hasFullPaths(version));
  if (!decoded.ok) return fail(`failed to load netconf: ${decoded.error}`);
  const config = decoded.value ?? {};
  const result = prevResultOf(config.prevResult);
  return result.ok ? ok({ config, result: result.value }) : result;
}

function podRules({ ip }: Prefixed): readonly Rule[] {
  const established = { kind: 'ctstate', states: ['RELATED', 'ESTABLISHED'], module: 'conntrack' } as const;
  return [rule([to(hostCidr(ip)), established], { kind: 'ACCEPT' }), rule([from(hostCidr(ip))], { kind: 'ACCEPT' })];
}

function withPod(tables: Tables, adminChain: string, address: Prefixed): Tables {
  let next = ensureChain(ensureChain(tables, 'filter', ownChain), 'filter', adminChain);
  next = insertUnique(next, 'filter', 'FORWARD', rule([comment('CNI firewall plugin rules')], jump(ownChain)));
  next = insertUnique(next, 'filter', ownChain, rule([comment('CNI firewall plugin admin overrides')], jump(adminChain)));
  for (const one of podRules(address)) next = appendUnique(next, 'filter', ownChain, one);
  return next;
}

const familyName = ({ ip }: Prefixed) => (familyOf(ip) === 'IPv4' ? 'ipv4' : 'ipv6');

export const firewall: Plugin = {
  name: 'firewall',
  versions: (release) => versionsFrom('0.4.0', release),

  add(call, { machine, version }) {
    const loaded = load(call.stdin, version);
    if (!loaded.ok) return fail(internal(loaded.error));
    const { config, result } = loaded.value;
    if (result === undefined) return fail(internal('missing prevResult from earlier plugin'));
    const adminChain = config.iptablesAdminChainName ?? 'CNI-ADMIN';
    for (const { address } of result.ips)
      machine.kernel.changeRules('', familyName(address), (tables) => withPod(tables, adminChain, address));
    return ok({ cniVersion: config.cniVersion ?? '', result });
  },

  del(call, { machine, version }) {
    const loaded = load(call.stdin, version);
    if (!loaded.ok) return fail(internal(loaded.error));
    for (const { address } of loaded.value.result?.ips ?? [])
      machine.kernel.changeRules('', familyName(address), (tables) =>
        deleteRules(tables, 'filter', ownChain, (one) => podRules(address).some((own) => sameRule(own, one))),
      );
    return ok(undefined);
  },
};
