import { describe, expect, it } from '@jest/globals';
import { ip } from '#net/ip.ts';
import { noRules } from '#node/netfilter.ts';
import { lsmod, modprobe } from '#shell/commands/lsmod/lsmod.ts';
import { NetfilterTerminal } from '../../../support/netfilter-terminal.ts';

const virtual = (port: number, scheduler: string) => ({ protocol: 'TCP' as const, ip: ip('10.96.0.1'), port, scheduler, realServers: [] });

describe('lsmod', () => {
  it('lists the last loaded first, with what each needs, and who holds it', async () => {
    const terminal = new NetfilterTerminal([lsmod, modprobe]);
    expect(await terminal.session(['lsmod', 'modprobe br_netfilter', 'lsmod', 'modprobe -r br_netfilter', 'lsmod'])).toBe(
      `$ lsmod
Module                  Size  Used by
$ modprobe br_netfilter
$ lsmod
Module                  Size  Used by
br_netfilter           36864  0
bridge                393216  1 br_netfilter
stp                    12288  1 bridge
llc                    16384  2 stp,bridge
$ modprobe -r br_netfilter
$ lsmod
Module                  Size  Used by
`,
    );
  });

  it('counts a scheduler, and each virtual server, as a holder of ip_vs', async () => {
    const servers = [virtual(80, 'rr'), virtual(81, 'rr'), virtual(82, 'sh')];
    const terminal = new NetfilterTerminal([lsmod, modprobe], { ...noRules, ipvs: { servers } });
    await terminal.session(['modprobe ip_vs_rr', 'modprobe ip_vs_sh', 'modprobe ip_vs_wrr']);
    const rows = (await terminal.type('lsmod')).stdout.split('\n').filter((row) => row.startsWith('ip_vs'));
    expect(rows).toEqual([
      'ip_vs_wrr              12288  0',
      'ip_vs_sh               12288  1',
      'ip_vs_rr               12288  2',
      'ip_vs                 221184  9 ip_vs_rr,ip_vs_sh,ip_vs_wrr',
    ]);
    expect((await terminal.type('modprobe -r ip_vs')).stderr).toBe('modprobe: FATAL: Module ip_vs is in use.\n');
  });
});
