/**
 * ss beside the real one: processes that listen in a fresh network namespace, and the same ones simulated. Lines are sorted: the kernel's
 * order is that of a hash.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import type { Host, Listener } from '#node/host.ts';
import { ss } from '#shell/commands/ss/ss.ts';
import type { Here, Io } from '#shell/command.ts';
import { freshPlace } from '../support/fresh-place.ts';
import { cannotRun } from '../support/real-tools.ts';

const reason = cannotRun('ss', 'python3');
if (reason !== undefined) process.stderr.write(`skipped: ${reason}\n`);

type Socket = readonly [protocol: 'TCP' | 'UDP', address: string, port: number];

/** By process: what it listens on, and the backlog that it asks for. */
const processes: readonly (readonly [name: string, backlog: number, sockets: readonly Socket[]])[] = [
  ['nginx', 511, [['TCP', '0.0.0.0', 80]]],
  ['sshd', 128, [['TCP', '0.0.0.0', 22]]],
  [
    'coredns',
    4096,
    [
      ['UDP', '::', 53],
      ['TCP', '::', 53],
      ['TCP', '::', 9153],
    ],
  ],
  [
    'kubelet',
    4096,
    [
      ['TCP', '127.0.0.1', 10248],
      ['TCP', '::', 10250],
    ],
  ],
  ['kube-controller-manager', 4096, [['TCP', '127.0.0.1', 10257]]],
  [
    'etcd',
    4096,
    [
      ['TCP', '127.0.0.1', 2379],
      ['TCP', '10.0.0.5', 2380],
      ['TCP', '::1', 2381],
    ],
  ],
];

const lines = [
  '-tlnp',
  '-tln',
  '-lnt4',
  '-lnt6',
  '-ulnp',
  '-uln',
  '-tulpn',
  '-tuln',
  '-Htln',
  '-tl',
  '-ltn sport = :80',
  '-ltnp sport = :10250',
  '-ltn sport = :81',
  '-lntu',
];

const server = `
import socket, sys, time
for word in sys.argv[2:]:
    protocol, address, port = word.split(',')
    family = socket.AF_INET6 if ':' in address else socket.AF_INET
    s = socket.socket(family, socket.SOCK_STREAM if protocol == 'TCP' else socket.SOCK_DGRAM)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if family == socket.AF_INET6: s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1 if address == '::1' else 0)
    s.bind((address, int(port)))
    if protocol == 'TCP': s.listen(int(sys.argv[1]))
    globals().setdefault('kept', []).append(s)
print('ready', flush=True)
time.sleep(60)
`;

interface Real {
  readonly pids: readonly number[];
  readonly outputs: readonly string[];
}

function runReal(): Real {
  const folder = mkdtempSync(join(tmpdir(), 'ss-'));
  const python = spawnSync('python3', ['-c', 'import sys; print(sys.executable)'], { encoding: 'utf8' }).stdout.trim();
  const starts = processes.map(([name, backlog, sockets]) => {
    symlinkSync(python, join(folder, name));
    const words = sockets.map((socket) => socket.join(',')).join(' ');
    return `${join(folder, name)} -c "$SERVER" ${backlog} ${words} > ${folder}/${name}.out & echo $!; until grep -q ready ${folder}/${name}.out; do sleep 0.05; done`;
  });
  const script = [
    'ip link set lo up; ip addr add 10.0.0.5/32 dev lo; sysctl -qw net.core.somaxconn=4096',
    ...starts,
    ...lines.map((line) => `echo "=-=-="; ss ${line}`),
    'kill $(jobs -p)',
  ].join('\n');
  const { stdout } = spawnSync('unshare', ['-n', 'bash', '-c', script], { encoding: 'utf8', env: { ...process.env, SERVER: server } });
  rmSync(folder, { recursive: true });
  const [pids = '', ...outputs] = stdout.split('=-=-=\n');
  return { pids: pids.trim().split('\n').map(Number), outputs };
}

/** The same processes on a simulated machine: containers in the machine's own network. */
function placeWith(pids: readonly number[]): Here {
  const here = freshPlace();
  const containers = processes.map(([name, , sockets], i) => ({
    name,
    listeners: sockets.map(
      ([protocol, address, port]) => ({ protocol, address, port, process: name, pid: pids[i]!, speaks: 'silent' }) as Listener,
    ),
  }));
  const sandbox = { podUid: 'u', network: { namespace: '' }, containers };
  here.lab.change(({ hosts }) => {
    const host = [...hosts.values()][0]!;
    hosts.set(host.name, { ...host, sandboxes: new Map([['u', sandbox]]), units: new Map() } as unknown as Host);
  });
  return here;
}

function sorted(text: string): readonly string[] {
  const [head = '', ...rows] = text.split('\n');
  return head.startsWith('State') || head.startsWith('Netid') ? [head, ...rows.sort()] : [head, ...rows].sort();
}

(reason === undefined ? describe : describe.skip)('beside the real ss', () => {
  const { pids, outputs } = reason === undefined ? runReal() : { pids: [], outputs: [] };
  const here = placeWith(pids);
  it.each(lines.map((line, i) => [line, i] as const))('ss %s', async (line, i) => {
    const { stdout } = await ss.run(line.split(' '), {} as Io, here);
    expect(outputs[i]).not.toBe('');
    expect(sorted(stdout)).toEqual(sorted(outputs[i]!));
  });
});
