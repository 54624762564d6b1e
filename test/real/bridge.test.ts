/** bridge, ip -d and ss beside the real ones: ports of a bridge in a fresh namespace, and a socket that listens there. */
import { describe, expect, it } from '@jest/globals';
import { bridge } from '#shell/commands/bridge/bridge.ts';
import { ip } from '#shell/commands/ip/ip.ts';
import type { Io } from '#shell/command.ts';
import { freshPlace } from '../support/fresh-place.ts';
import { cannotRun, inNamespace, settled } from '../support/real-tools.ts';

const reason = cannotRun('ip', 'bridge');
if (reason !== undefined) process.stderr.write(`skipped: ${reason}\n`);

const setUp = [
  'ip link add br0 type bridge',
  'ip link set br0 address 02:00:00:00:00:aa',
  'ip link add p0 type veth peer name q0',
  'ip link add p1 type veth peer name q1',
  'ip link set p0 address 02:00:00:00:00:10',
  'ip link set p1 address 02:00:00:00:00:11',
  'ip link set q0 address 02:00:00:00:00:20',
  'ip link set q1 address 02:00:00:00:00:21',
  'ip link set p0 master br0',
  'ip link set p1 master br0',
  'ip addr add 10.3.0.1/24 dev br0',
  'ip link set br0 up',
  'ip link set p0 up',
  'ip link set q0 up',
  'ip link set q1 up',
  'ip link set p1 up',
];

const lines = [
  'bridge link',
  'bridge -j link',
  'bridge link show dev p0',
  'bridge link show dev nosuch',
  'bridge fdb show br br0',
  'bridge fdb show dev p0',
  'bridge -j fdb show dev p0',
  'bridge fdb show br nosuch',
  'bridge foo',
  'bridge vlan',
  'ip link show type bridge',
  'ip link show master br0',
  'ip -br link show master br0',
  'ip -br -4 addr show br0',
  'ip -j -4 addr show br0',
  'ip -d link show q0',
  'ip -d link show lo',
  'ip link set p1 nomaster',
  'bridge link',
  'ip link del br0',
  'bridge link',
  'ip -br link',
];

/** What a bridge has learned from frames, which is not simulated: without it. */
function unlearned(text: string): string {
  const json = /^\[\{"mac"/.test(text)
    ? `${JSON.stringify((JSON.parse(text) as { state: string }[]).filter(({ state }) => state !== ''))}\n`
    : text;
  return json.replaceAll(/^\S+ (dev \S+ )?master \S+ *\n/gm, '');
}

(reason === undefined ? describe : describe.skip)('beside the real bridge and ip', () => {
  const here = freshPlace();
  const all = [...setUp, ...lines];
  const real = reason === undefined ? inNamespace(settled(all)) : [];
  it.each(all.map((line, i) => [line, i] as const))('%s', async (line, i) => {
    const [program, ...args] = line.split(' ');
    const command = program === 'bridge' ? bridge : ip;
    const { stdout, stderr, exitCode } = await command.run(args, {} as Io, here);
    const wanted = real[i]!;
    expect({ stdout, stderr, exitCode }).toEqual({ ...wanted, stdout: unlearned(wanted.stdout) });
  });
});
