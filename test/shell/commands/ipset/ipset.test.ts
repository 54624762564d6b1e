import { describe, expect, it } from '@jest/globals';
import { noRules } from '#node/netfilter.ts';
import { ipset } from '#shell/commands/ipset/ipset.ts';
import { iptables } from '#shell/commands/iptables/iptables.ts';
import { ipvsRules } from '#dataplane/proxy/ipvs/rules.ts';
import { market, proxyInput } from '../../../support/kube-proxy.ts';
import { NetfilterTerminal } from '../../../support/netfilter-terminal.ts';

const commands = [ipset, iptables];

describe('ipset', () => {
  it('keeps sets that rules can match', async () => {
    const terminal = new NetfilterTerminal(commands);
    const text = await terminal.session([
      'iptables -A INPUT -m set --match-set S src -j DROP',
      'ipset create S hash:ip',
      'ipset add S 10.0.0.1',
      'iptables -A INPUT -m set --match-set S src -j DROP',
      'ipset list S -t',
      'ipset destroy S',
      'ipset test S 10.0.0.2',
    ]);
    expect(text.replace(/initval 0x[0-9a-f]{8}/, 'initval X')).toBe(
      `$ iptables -A INPUT -m set --match-set S src -j DROP
iptables v1.8.9 (nf_tables): Set S doesn't exist.

Try \`iptables -h' or 'iptables --help' for more information.
[2]
$ ipset create S hash:ip
$ ipset add S 10.0.0.1
$ iptables -A INPUT -m set --match-set S src -j DROP
$ ipset list S -t
Name: S
Type: hash:ip
Revision: 6
Header: family inet hashsize 1024 maxelem 65536 bucketsize 12 initval X
Size in memory: 256
References: 1
Number of entries: 1
$ ipset destroy S
ipset v7.17: Set cannot be destroyed: it is in use by a kernel component
[1]
$ ipset test S 10.0.0.2
10.0.0.2 is NOT in set S.
[1]
`,
    );
  });

  it('lists the sets of kube-proxy, and restores what it saved', async () => {
    const { sets } = ipvsRules({ ...proxyInput(market, 'worker-a', 'v-ipvs/worker-a.config.conf'), minorVersion: 36 }, 'IPv4');
    const terminal = new NetfilterTerminal(commands, { ...noRules, ipsets: new Map(sets.map((set) => [set.name, set])) });
    const saved = await terminal.type('ipset save');
    expect(saved.stdout).toContain('create KUBE-NODE-PORT-TCP bitmap:port range 0-65535\n');
    const other = new NetfilterTerminal(commands);
    await other.type('ipset restore', { stdin: saved.stdout });
    expect((await other.type('ipset save')).stdout).toBe(saved.stdout);
  });

  it('needs CAP_NET_ADMIN', async () => {
    const terminal = new NetfilterTerminal(commands);
    expect(await terminal.type('ipset list', { pod: 'plain' })).toEqual({
      stdout: '',
      stderr: 'ipset v7.17: Kernel error received: Operation not permitted\n',
      exitCode: 1,
    });
  });
});
