/** dig, nslookup, host (BIND 9.18) and busybox's nslookup beside the real ones, both asking the same server. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { stream } from '#kube/chance.ts';
import type { Ip } from '#net/ip.ts';
import type { DnsClient } from '#dataplane/resolver/client.ts';
import { replyTo, type Outcome, type Query, type ResourceRecord, type ServerAddress } from '#dataplane/dns/message.ts';
import type { Rcode } from '#dataplane/dns/type.ts';
import { bindVersion } from '#shell/commands/dig/dig.ts';
import { runTool } from '../support/dns-place.ts';
import { answerTo } from './dns-answers.js';
import { commands } from './dns-commands.ts';

interface Result {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number;
}

const resolvConf = 'nameserver 127.0.0.1\nsearch s1.test s2.test\noptions ndots:2\n';
const hosts = '127.0.0.1 localhost\n';
const lines = commands.map((command) => {
  const [line = '', stdin = ''] = command.split(' <<< ');
  return { line, stdin };
});

function whyNot(): string | undefined {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'needs root on Linux';
  const { stderr, status } = spawnSync('dig', ['-v'], { encoding: 'utf8' });
  if (status !== 0) return 'no dig (apt-get install bind9-dnsutils bind9-host)';
  if (!stderr.includes(bindVersion)) return `another BIND: ${stderr.trim()}`;
  if (spawnSync('busybox', ['nslookup'], { encoding: 'utf8' }).stderr.includes('v1.35') !== true) return 'no busybox 1.35';
  if (spawnSync('unshare', ['-m', '-n', 'ip', 'link', 'set', 'lo', 'up']).status !== 0) return 'no network namespaces here';
  return undefined;
}

function runReal(): readonly Result[] {
  const folder = mkdtempSync(join(tmpdir(), 'dns-'));
  try {
    const runner = new URL('dns-runner.js', import.meta.url).pathname;
    const input = JSON.stringify({ folder, resolvConf, hosts, commands: lines });
    const { stdout, stderr, status } = spawnSync('unshare', ['-m', '-n', process.execPath, runner], {
      input,
      encoding: 'utf8',
      maxBuffer: 1 << 26,
    });
    if (status !== 0) throw new Error(stderr);
    return JSON.parse(stdout) as Result[];
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function exchange(query: Query, { ip, port }: ServerAddress): Outcome {
  if (port !== 53 || (ip !== '127.0.0.1' && ip !== '127.0.0.2')) return { kind: 'refused', milliseconds: 0 };
  const reply = answerTo(query.question.name, query.question.type, query.transport);
  if (reply === undefined) return { kind: 'timeout' };
  const { rcode, aa, ra, tc, answer, authority } = reply;
  const empty = replyTo(query, 'table', rcode as Rcode);
  const flags = { ...empty.flags, aa, ra, tc, cd: false };
  return {
    kind: 'reply',
    milliseconds: 0,
    reply: { ...empty, flags, answer: answer as ResourceRecord[], authority: authority as ResourceRecord[] },
  };
}

function runOurs({ line, stdin }: (typeof lines)[number]): Result {
  let time = 0;
  const place: DnsClient = {
    now: () => time,
    wait: (milliseconds) => void (time += milliseconds),
    exchange,
    readFile: (path) => ({ '/etc/resolv.conf': resolvConf, '/etc/hosts': hosts })[path],
    addresses: [{ ip: '127.0.0.1' as Ip, length: 8 }],
    hostname: 'here',
    draw: stream(line),
  };
  return runTool(line, place, stdin);
}

/** All name servers are asked at once, and answer in any order. */
const inOrder = (line: string, text: string) =>
  /nssearch| -C/.test(line)
    ? text
        .split(/^(?=Nameserver|SOA)/m)
        .sort()
        .join('')
        .replace(/from 127\.0\.0\.[12]#/g, 'from ONE#')
    : text;

/** Ids, cookies, clocks and durations. */
const mask = (line: string, { stdout, stderr, exitCode }: Result) => ({
  stdout: inOrder(line, stdout)
    .replace(/, id: \d+/g, ', id: ID')
    .replace(/COOKIE: \w+/g, 'COOKIE: C')
    .replace(/Query time: \d+ msec/g, 'Query time: N msec')
    .replace(/;; WHEN: .*/g, ';; WHEN')
    .replace(/in \d+ ms/g, 'in N ms')
    .replace(/Query #(\d+) completed in \d+ms/g, 'Query #$1 completed'),
  stderr,
  exitCode,
});

const reason = whyNot();
if (reason !== undefined) process.stderr.write(`skipped: ${reason}\n`);

(reason === undefined ? describe : describe.skip)(
  `DNS tools as the real ones${reason === undefined ? '' : ` (skipped: ${reason})`}`,
  () => {
    const real = reason === undefined ? runReal() : [];
    it.each(lines.map((one, i) => [commands[i]!, one, i] as const))('%s', (_, one, i) =>
      expect(mask(one.line, runOurs(one))).toEqual(mask(one.line, real[i]!)),
    );
  },
);
