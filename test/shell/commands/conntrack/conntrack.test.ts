import { describe, expect, it } from '@jest/globals';
import { ip } from '#net/ip.ts';
import type { ConntrackEntry } from '#node/conntrack.ts';
import { noRules } from '#node/netfilter.ts';
import { conntrack } from '#shell/commands/conntrack/conntrack.ts';
import { NetfilterTerminal } from '../../../support/netfilter-terminal.ts';

function tuple(src: string, sport: number, dst: string, dport: number) {
  return { src: ip(src), sport, dst: ip(dst), dport };
}

/** What `conntrack -I` made in a real kernel. */
const entries: readonly ConntrackEntry[] = [
  {
    protocol: 'udp',
    timeout: 29,
    original: tuple('10.0.0.1', 1001, '10.0.0.2', 53),
    reply: tuple('10.0.0.2', 53, '10.0.0.1', 1001),
    unreplied: true,
    mark: 0,
  },
  {
    protocol: 'icmp',
    timeout: 29,
    original: tuple('10.0.0.1', 7, '10.0.0.2', 7),
    reply: tuple('10.0.0.2', 7, '10.0.0.1', 7),
    unreplied: true,
    mark: 0,
  },
  {
    protocol: 'tcp',
    timeout: 49,
    state: 'TIME_WAIT',
    original: tuple('10.0.0.1', 1002, '10.96.0.1', 443),
    reply: tuple('10.0.0.9', 6443, '10.0.0.1', 1002),
    assured: true,
    mark: 5,
  },
  {
    protocol: 'udp',
    timeout: 29,
    original: tuple('fd00::1', 1001, 'fd00::2', 53),
    reply: tuple('fd00::2', 53, 'fd00::1', 1001),
    unreplied: true,
    mark: 0,
  },
];
const udp =
  'udp      17 29 src=10.0.0.1 dst=10.0.0.2 sport=1001 dport=53 [UNREPLIED] src=10.0.0.2 dst=10.0.0.1 sport=53 dport=1001 mark=0 use=1\n';
const icmp =
  'icmp     1 29 src=10.0.0.1 dst=10.0.0.2 type=8 code=0 id=7 [UNREPLIED] src=10.0.0.2 dst=10.0.0.1 type=0 code=0 id=7 mark=0 use=1\n';
const tcp =
  'tcp      6 49 TIME_WAIT src=10.0.0.1 dst=10.96.0.1 sport=1002 dport=443 src=10.0.0.9 dst=10.0.0.1 sport=6443 dport=1002 [ASSURED] mark=5 use=1\n';
const udp6 =
  'udp      17 29 src=fd00::1 dst=fd00::2 sport=1001 dport=53 [UNREPLIED] src=fd00::2 dst=fd00::1 sport=53 dport=1001 mark=0 use=1\n';

function terminal(): NetfilterTerminal {
  return new NetfilterTerminal([conntrack], { ...noRules, conntrack: entries });
}

describe('conntrack', () => {
  it.each([
    ['', udp + icmp + tcp + udp6],
    ['-f ipv6', udp6],
    ['-p udp', udp + udp6],
    ['-p tcp --dport 443', tcp],
    ['-p tcp --state TIME_WAIT', tcp],
    ['-s 10.0.0.1', udp + icmp + tcp],
    ['-d 10.96.0.1 -o extended', `ipv4     2 ${tcp}`],
    ['-d 10.0.0.0/24', udp + icmp],
    ['-u ASSURED', tcp],
    ['-m 5', tcp],
    ['--reply-src 10.0.0.9', tcp],
    ['--dst-nat', tcp],
    ['--src-nat', ''],
    ['-p 6', tcp],
  ])('-L %s', async (options, stdout) => {
    const shown = stdout.split('\n').length - 1;
    const stderr = `conntrack v1.4.7 (conntrack-tools): ${shown} flow entries have been shown.\n`;
    expect(await terminal().type(`conntrack -L ${options}`)).toEqual({ stdout, stderr, exitCode: 0 });
  });

  it('deletes, counts and empties', async () => {
    const program = 'conntrack v1.4.7 (conntrack-tools)';
    expect(
      await terminal().session([
        'conntrack -C',
        'conntrack -D -p udp',
        'conntrack -C',
        'conntrack -D -p udp',
        'conntrack -F',
        'conntrack -C',
      ]),
    ).toBe(
      `$ conntrack -C
4
$ conntrack -D -p udp
${udp}${udp6}${program}: 2 flow entries have been deleted.
$ conntrack -C
2
$ conntrack -D -p udp
${program}: 0 flow entries have been deleted.
[1]
$ conntrack -F
${program}: connection tracking table has been emptied.
$ conntrack -C
0
`,
    );
  });

  it.each([
    ['-L --dport 80', "unknown option `--dport'"],
    ['-L -p icmp --dport 8', "unknown option `--dport'"],
    ['-L -p udp --state ESTABLISHED', "unknown option `--state'"],
    ['-L -p foo', "`foo' unsupported protocol"],
    ['-L -s foo', "Invalid IP address `foo'"],
    ['-L -f foo', "`foo' unsupported protocol"],
    ['-L foo', "unknown type `foo'"],
    ['-L -D', 'Invalid commands combination'],
    ['-L -p tcp --state FOO', "unknown TCP state `FOO'"],
    ['-L -u FOO', "Bad parameter `FOO'"],
    ['-L -o foo', "Bad parameter `foo'"],
    ['-p tcp', "Illegal option `--protonum' with this command"],
    ['-C -p tcp', "Illegal option `--protonum' with this command"],
    ['-L -p', "option `-p' requires an argument"],
    ['--foo', "unknown option `--foo'"],
  ])('%s is wrong', async (options, message) => {
    const hint = "Try `conntrack -h' or 'conntrack --help' for more information.\n";
    const stderr = `conntrack v1.4.7 (conntrack-tools): ${message}\n${hint}`;
    expect(await terminal().type(`conntrack ${options}`)).toEqual({ stdout: '', stderr, exitCode: 2 });
  });

  it('needs CAP_NET_ADMIN', async () => {
    expect((await terminal().type('conntrack -L', { pod: 'plain' })).stderr).toContain('sorry, you must be root or get CAP_NET_ADMIN');
    expect((await terminal().type('conntrack -V', { pod: 'plain' })).exitCode).toBe(0);
  });
});
