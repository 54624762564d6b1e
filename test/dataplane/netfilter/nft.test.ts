/** nft's language, read and written. Beside the real nft: test/real/nft.test.ts. */
import { describe, expect, it } from '@jest/globals';
import { runNft, type NftRun } from '#dataplane/netfilter/nft/run.ts';
import { noRules, nftablesOf, type Netfilter } from '#node/netfilter.ts';
import { recorded } from '../../support/kube-proxy.ts';
import { shellWords } from '../../support/real-tools.ts';

/** kube-proxy's tables in a ruleset. */
function own(ruleset: string): string {
  return [...ruleset.matchAll(/^table ip6? kube-proxy \{\n[^]*?^\}\n/gm)].map(([table]) => table).join('');
}

const recordings = [
  ...['cp1', 'worker-a', 'worker-b', 'worker-c'].map((node) => `nftables/${node}`),
  ...['n1', 'n2'].map((node) => `market6/nftables/${node}`),
];

describe('what nft lists can be read back', () => {
  it.each(recordings)('%s', (node) => {
    const text = own(recorded(`${node}.nft`));
    expect(text.length).toBeGreaterThan(10_000);
    const { netfilter, stderr } = runNft(['-f', '/rules.nft'], noRules, () => ({ text }));
    expect(stderr).toBe('');
    expect(runNft(['list', 'ruleset'], netfilter!, () => ({ problem: '' })).stdout).toBe(text);
  });
});

/** Runs lines one after the other; says what the last one did. */
function session(...lines: readonly string[]): Omit<NftRun, 'netfilter'> & { readonly netfilter: Netfilter; readonly changed: boolean } {
  let netfilter = noRules;
  let last: NftRun = { stdout: '', stderr: '', exitCode: 0 };
  for (const line of lines) {
    last = runNft(shellWords(line).slice(1), netfilter, () => ({ problem: 'No such file or directory' }));
    netfilter = last.netfilter ?? netfilter;
  }
  return { ...last, netfilter, changed: last.netfilter !== undefined };
}

describe('commands', () => {
  it('are applied all or not at all', () => {
    const { stderr, netfilter } = session("nft 'add table ip t; add chain ip t c; add rule ip t c jump nosuch'");
    expect(nftablesOf(netfilter)).toHaveLength(0);
    expect(stderr).toBe(
      'Error: Could not process rule: No such file or directory\n' +
        'add table ip t; add chain ip t c; add rule ip t c jump nosuch\n' +
        `${' '.repeat(55)}^^^^^^\n`,
    );
  });

  it('that only list or check change nothing', () => {
    expect(session('nft add table ip t', 'nft list ruleset').changed).toBe(false);
    expect(session('nft -c add table ip t').changed).toBe(false);
    expect(session('nft add table ip t', 'nft add table ip t').changed).toBe(false);
  });

  it('name rules by handles that stay the same', () => {
    const { stdout } = session(
      'nft add table ip t',
      'nft add chain ip t c',
      ...[1, 2, 3].map((port) => `nft add rule ip t c tcp dport ${port} accept`),
      'nft delete rule ip t c handle 3',
      'nft add rule ip t c drop',
      'nft -a list chain ip t c',
    );
    expect(stdout.match(/handle \d+/g)).toEqual(['handle 1', 'handle 2', 'handle 4', 'handle 5']);
  });

  it('guess what was meant', () => {
    const { stderr, exitCode } = session(
      'nft add table inet filter',
      'nft add chain inet filter input',
      'nft add rule inet filter inptu drop',
    );
    expect(stderr).toContain('did you mean chain ‘input’ in table inet ‘filter’?\n');
    expect(exitCode).toBe(1);
  });

  it('lists without elements, counters or names', () => {
    const lines = [
      'nft add table ip t',
      "nft add set ip t s '{ type ipv4_addr; elements = { 10.0.0.1 }; }'",
      "nft add chain ip t c '{ type filter hook input priority 0; }'",
      'nft add rule ip t c counter drop',
    ];
    expect(session(...lines, 'nft -t list ruleset').stdout).not.toContain('10.0.0.1');
    expect(session(...lines, 'nft -s list ruleset').stdout).toContain('\t\tcounter drop\n');
    expect(session(...lines, 'nft -y list ruleset').stdout).toContain('hook input priority 0;');
  });
});
