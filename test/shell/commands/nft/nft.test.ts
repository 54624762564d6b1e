import { describe, expect, it } from '@jest/globals';
import { iptables } from '#shell/commands/iptables/iptables.ts';
import { nft } from '#shell/commands/nft/nft.ts';
import { NetfilterTerminal } from '../../../support/netfilter-terminal.ts';

const commands = [nft, iptables];

describe('nft', () => {
  it('sees and changes what iptables wrote', async () => {
    const terminal = new NetfilterTerminal(commands);
    expect(
      await terminal.session([
        'iptables -A INPUT -s 10.0.0.1 -j DROP',
        'nft list ruleset',
        'nft flush chain ip filter INPUT',
        'iptables -S INPUT',
      ]),
    ).toBe(
      `$ iptables -A INPUT -s 10.0.0.1 -j DROP
$ nft list ruleset
table ip filter {
	chain INPUT {
		type filter hook input priority filter; policy accept;
		ip saddr 10.0.0.1 counter packets 0 bytes 0 drop
	}
}
$ nft flush chain ip filter INPUT
$ iptables -S INPUT
-P INPUT ACCEPT
`,
    );
  });

  it('reads files and standard input', async () => {
    const terminal = new NetfilterTerminal(commands);
    terminal.files.set('/root/rules.nft', 'table ip t {\n\tchain c {\n\t\tjump x\n\t}\n}\n');
    expect(await terminal.session(['nft -f rules.nft', 'nft -f /nosuch', 'nft list ruleset'])).toBe(
      `$ nft -f rules.nft
rules.nft:3:8-8: Error: Could not process rule: No such file or directory
		jump x
		     ^
[1]
$ nft -f /nosuch
internal:0:0-0: Error: Could not open file "/nosuch": No such file or directory


[1]
$ nft list ruleset
`,
    );
    await terminal.type('nft -f -', { stdin: 'add table inet filter\n' });
    expect((await terminal.type('nft list tables')).stdout).toBe('table inet filter\n');
  });

  it.each([
    [
      'nft list ruleset',
      'Operation not permitted (you must be root)\nnetlink: Error: cache initialization failed: Operation not permitted\n',
    ],
    ['nft add table ip t', 'Error: Could not process rule: Operation not permitted\nadd table ip t\n^^^^^^^^^^^^^^^\n'],
    ['nft flush ruleset', 'Error: Could not process rule: Operation not permitted\nflush ruleset\n^^^^^^^^^^^^^^\n'],
    ['nft list foo', 'Operation not permitted (you must be root)\nError: syntax error, unexpected string\nlist foo\n     ^^^\n'],
  ])('needs CAP_NET_ADMIN: %s', async (line, stderr) => {
    const terminal = new NetfilterTerminal(commands);
    expect(await terminal.type(line, { pod: 'plain' })).toEqual({ stdout: '', stderr, exitCode: 1 });
    expect((await terminal.type('nft list ruleset', { pod: 'admin' })).exitCode).toBe(0);
  });

  it.each([
    ['monitor', 'monitor'],
    ['list counters', 'list counters'],
    ['"list   hooks"', 'list hooks'],
    ['describe ip daddr', 'describe'],
  ])('says that it does not simulate: nft %s', async (line, what) => {
    expect(await new NetfilterTerminal(commands).type(`nft ${line}`)).toEqual({
      stdout: '',
      stderr: `cka-net: nft ${what} is not simulated\n`,
      exitCode: 1,
    });
  });
});
