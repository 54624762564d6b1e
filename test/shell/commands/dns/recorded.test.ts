/** Every command of the recorded transcripts, answered by the recorded Corefile's server. */
import { describe, expect, it } from '@jest/globals';
import { recordedLines } from '../../../support/coredns.ts';
import { inOrder } from '../../../support/record-order.ts';
import { begin, Place, podResolvConf, runTool } from '../../../support/dns-place.ts';

interface Recorded {
  readonly n: number;
  readonly at?: number;
  readonly cmd: string;
  readonly exit: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly seconds?: number;
  readonly log?: readonly string[];
  readonly resolvConf?: string;
  readonly variant?: string;
}

/** The pods that `dig -b` was run for. */
const otherPods = ['10.10.2.8'];

// prettier-ignore
const transcripts = [
  'default', 'verified-log', 'stub-hosts-rewrite', 'dead-upstream', 'silent-upstream', 'cluster-zone-only', 'only-market-pods-disabled', 'autopath',
  'hosts-swallows-everything', 'rewrite-kinds', 'default.other-resolv-conf', 'no-server',
];

/** What cannot come out the same, and why. */
const exceptions: { readonly [command: string]: { readonly part: 'log' | 'ttl'; readonly why: string } } = {
  'dead-upstream 4': { part: 'log', why: 'the kernel limits the rate of ICMP refusals by its own clock: refused or timed out' },
  'dead-upstream 5': { part: 'log', why: 'what the server was still waiting for was logged with the next command' },
  'dead-upstream 6': { part: 'log', why: 'lines of the command before' },
  'hosts-swallows-everything 10': { part: 'log', why: 'which question has the last retry is a race' },
  'autopath 14': { part: 'ttl', why: 'recorded within a tenth of the second in which the TTL falls' },
  'default.other-resolv-conf 20': { part: 'ttl', why: 'recorded without the time, after six seconds' },
};

/** What happened to be: ids, cookies, clocks, durations, ports; serials, which are clock readings. */
function mask(text: string): string {
  return text
    .replace(/, id: \d+/g, ', id: ID')
    .replace(/COOKIE: [0-9a-f]+/g, 'COOKIE: COOKIE')
    .replace(/Query time: \d+ msec/g, 'Query time: N msec')
    .replace(/WHEN: .*/g, 'WHEN')
    .replace(/_time: .*/g, '_time: TIME')
    .replace(/^ +id: \d+$/m, 'id: ID')
    .replace(/ in \d+ ms/g, ' in N ms')
    .replace(/\b1795\d{6}\b/g, 'SERIAL');
}

function maskLog(line: string): string {
  return line
    .replace(/\d+\.\d+s$/, 'Ns')
    .replace(/(\d+\.\d+\.\d+\.\d+):\d+ - \d+/, '$1:PORT - ID')
    .replace(/10\.10\.0\.2:\d+->/, '10.10.0.2:PORT->');
}

describe.each(transcripts)('%s', (name) => {
  const corefile = name === 'no-server' ? undefined : name.replace('.other-resolv-conf', '');
  const recorded = recordedLines<Recorded>(`transcripts/${name}.jsonl`);
  const place = new Place(corefile, otherPods);
  it.each(recorded.map((one) => [`${one.n}. ${one.cmd}`, one] as const))('%s', (_, one) => {
    if (one.at !== undefined) place.time = Math.max(place.time, begin + one.at * 1000);
    place.files.set('/etc/resolv.conf', one.resolvConf ?? (one.variant === undefined ? podResolvConf : ''));
    place.log = [];
    const before = place.time;
    const { stdout, stderr, exitCode } = runTool(one.cmd, place);
    const exception = exceptions[`${name} ${one.n}`]?.part;
    const shape = (text: string, lines: readonly string[]) => ({
      stdout: inOrder(one.cmd, mask(exception === 'ttl' ? text.replace(/\b(24|29|30)\b(?=\s+IN\s)/g, 'TTL') : text)),
      log: exception === 'log' ? [] : lines.map(maskLog).sort(),
    });
    expect({ ...shape(stdout, place.log), stderr, exitCode }).toEqual({
      ...shape(one.stdout, one.log ?? []),
      stderr: one.stderr,
      exitCode: one.exit,
    });
    if (exception !== 'log') expect(Math.abs((place.time - before) / 1000 - (one.seconds ?? 0))).toBeLessThan(1);
  });
});
