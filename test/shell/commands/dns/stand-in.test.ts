/** The DNS commands recorded in a whole cluster, where a small server of A, CNAME and PTR records stood in for CoreDNS (test/recorded/dns-clients.jsonl). */
import fs from 'node:fs';
import { expect, it } from '@jest/globals';
import { stream } from '#kube/chance.ts';
import type { Ip } from '#net/ip.ts';
import type { DnsClient } from '#dataplane/resolver/client.ts';
import { replyTo, type Outcome, type Query, type ResourceRecord } from '#dataplane/dns/message.ts';
import { reverseName } from '#dataplane/dns/name.ts';
import { inOrder } from '../../../support/record-order.ts';
import { podHosts, runTool } from '../../../support/dns-place.ts';

interface Recorded {
  readonly from: string;
  readonly command: string;
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number;
  readonly seconds: number;
}

const services: { readonly [name: string]: readonly string[] } = {
  'stall.market': ['10.112.33.168'],
  'shopper.edge': ['10.112.136.86'],
  'ghost.market': ['10.112.95.207'],
  'stall-hl.market': ['10.60.2.4', '10.60.1.3', '10.60.3.3'],
  'till.ledger': ['10.60.1.11', '10.60.3.7', '10.60.2.12'],
  'till-0.till.ledger': ['10.60.1.11'],
  'kubernetes.default': ['10.112.0.1'],
  'kube-dns.kube-system': ['10.112.0.10'],
};

const full = (name: string) => `${name}.svc.cluster.local.`;
const one = (name: string, type: 'A' | 'CNAME' | 'PTR' | 'SOA', data: string): ResourceRecord => ({
  name,
  ttl: 30,
  class: 'IN',
  type,
  data,
});

const records: readonly ResourceRecord[] = [
  ...Object.entries(services).flatMap(([name, addresses]) => addresses.map((ip) => one(full(name), 'A', ip))),
  ...Object.entries(services).map(([name, [ip]]) => one(reverseName(ip as Ip), 'PTR', full(name))),
  one(full('partner.market'), 'CNAME', 'api.partner.example.'),
];

function answer(query: Query): Outcome {
  const { name, type } = query.question;
  const own = records.filter((record) => record.name === name);
  const found = own.filter((record) => record.type === type || record.type === 'CNAME');
  const reply = replyTo(query, 'stand-in', own.length > 0 ? 'NOERROR' : 'NXDOMAIN');
  const authority =
    found.length > 0 ? [] : [one('cluster.local.', 'SOA', 'ns.dns.cluster.local. hostmaster.cluster.local. 1 7200 1800 86400 30')];
  return {
    kind: 'reply',
    milliseconds: 0,
    reply: { ...reply, flags: { ...reply.flags, aa: true, ra: true }, answer: found, authority, compressed: true },
  };
}

const resolvConf = 'search edge.svc.cluster.local svc.cluster.local cluster.local\nnameserver 10.112.0.10\noptions ndots:5\n';

function place(): DnsClient {
  let time = Date.UTC(2026, 10, 23, 3, 42, 29);
  const silent = new Set(['10.112.200.200']);
  return {
    now: () => time,
    wait: (milliseconds) => void (time += milliseconds),
    exchange(query, { ip }) {
      if (silent.has(ip)) return { kind: 'timeout' };
      return ip === '10.112.0.10' || ip === '10.60.0.2' ? answer(query) : { kind: 'refused', milliseconds: 0.1 };
    },
    readFile: (path) => ({ '/etc/resolv.conf': resolvConf, '/etc/hosts': podHosts, '/etc/nsswitch.conf': 'hosts: files dns\n' })[path],
    addresses: [{ ip: '10.60.1.9' as Ip, length: 24 }],
    hostname: 'shopper',
    draw: stream('stand-in'),
  };
}

const lines = fs
  .readFileSync(new URL('../../../recorded/dns-clients.jsonl', import.meta.url), 'utf8')
  .trim()
  .split('\n');
const recorded = lines.map((line) => JSON.parse(line) as Recorded);

const mask = (text: string) =>
  text
    .replace(/, id: \d+/, ', id: ID')
    .replace(/WHEN: .*/, 'WHEN')
    .replace(/Query time: \d+/, 'Query time: N');
const compared = (command: string, text: string) => inOrder(command, mask(text));

it.each(recorded.map((line) => [`${line.from}: ${line.command}`, line] as const))('%s', (_, line) => {
  const client = place();
  const before = client.now();
  const { stdout, stderr, exitCode } = runTool(line.command, client);
  expect({ stdout: compared(line.command, stdout), stderr, exitCode }).toEqual({
    stdout: compared(line.command, line.stdout),
    stderr: line.stderr,
    exitCode: line.exitCode,
  });
  expect(Math.abs((client.now() - before) / 1000 - line.seconds)).toBeLessThan(1);
});
