/** Every recorded call of the node's tools, against the state that `ip addr`, `ip route` and the like of the same machine tell of. */
import { describe, expect, it } from '@jest/globals';
import type { Port } from '#net/ip.ts';
import type { Listener } from '#node/host.ts';
import { arp } from '#shell/commands/arp/arp.ts';
import { bridge } from '#shell/commands/bridge/bridge.ts';
import { ifconfig } from '#shell/commands/ifconfig/ifconfig.ts';
import { ip } from '#shell/commands/ip/ip.ts';
import { netstat } from '#shell/commands/netstat/netstat.ts';
import { route } from '#shell/commands/route/route.ts';
import { ss } from '#shell/commands/ss/ss.ts';
import type { Command, Io } from '#shell/command.ts';
import { recordedPlace, recordedTools, type Recorded } from '../../../support/recorded-kernel.ts';

const tools = new Map<string, Command>([ip, bridge, ss, netstat, route, arp, ifconfig].map((tool) => [tool.name, tool]));

/** What the state does not have, with the reason. Numbers that count are blanked in both texts. */
const blanks: readonly (readonly [reason: string, command: RegExp, pattern: RegExp, by: string])[] = [
  ['the wire does not count', /^ifconfig/, /packets \d+ {2}bytes \d+ \([^)]+\)|dropped \d+/g, '#'],
  ['the wire does not count', /^netstat -i/, / +\d+(?= )/g, ' #'],
  ['the wire does not count', /^ip -s/, /^ +[\d ]+$/gm, '#'],
  ['a timer', /^ip -d link/, /gc_timer +[\d.]+/g, 'gc_timer'],
  ['files are numbered in the order of opening', /^(ss|netstat)/, /fd=\d+\)\) *|(?<=Process) +$/gm, ''],
  ['servers of the recording that wait for 128', /^ss/, /(LISTEN 0 +)(?:128 |4096)(?=.*python3)/g, '$1#'],
  ['namespaces of the recorded nodes had names; inside a pod a real one has none', /^ip/, /link-netns\S* \S+/g, 'link-netns'],
  ['numbers of namespaces tell the order of their making', /^ip -j/, /"link_netnsid":\d+/g, ''],
];

const unreproduced: Readonly<Record<string, string>> = {
  'ss -tn': 'connections are over before a command could see them',
  'ss -s': 'counts closed connections',
  'bridge fdb show br cni0': 'learned addresses and multicast groups of ports are not part of the state',
};

function listenersOf(where: string): readonly Listener[] {
  const named = recordedTools.find((one) => one.where === where && one.command === 'ss -tlnp');
  const bare = recordedTools.filter((one) => one.where === where && /^ss -(tl|ul)n$/.test(one.command));
  return [named, ...(named === undefined ? bare : [])].flatMap((one) =>
    [...(one?.stdout ?? '').matchAll(/^(LISTEN|UNCONN) \S+ +(\S+) +(\S+):(\d+) .*?(?:users:\(\("([^"]+)",pid=(\d+))?[^(]*$/gm)].map(
      ([, state, , address, port, process = '', pid = '0']): Listener => ({
        protocol: state === 'LISTEN' ? 'TCP' : 'UDP',
        address: address === '*' ? '::' : address!,
        port: Number(port) as Port,
        process,
        pid: Number(pid),
        speaks: 'silent',
      }),
    ),
  );
}

function blanked(command: string, text: string): string {
  return blanks.filter(([, of]) => of.test(command)).reduce((all, [, , pattern, by]) => all.replace(pattern, by), text);
}

async function run({ where, command }: Recorded) {
  const [name, ...args] = command.split(' ');
  return tools.get(name!)!.run(args, {} as Io, recordedPlace(where, listenersOf(where)));
}

/** A pod's processes cannot be seen from the recording's namespace, and its servers asked for 128. */
const comparable = recordedTools.filter(
  ({ where, command }) => unreproduced[command] === undefined && !(where.startsWith('pod') && command.startsWith('ss')),
);

describe.each([...new Set(comparable.map(({ where }) => where))])('on %s', (where) => {
  it.each(comparable.filter((one) => one.where === where).map((one) => [one.command, one] as const))('%s', async (command, one) => {
    const { stdout, stderr, exitCode } = await run(one);
    expect({ stdout: blanked(command, stdout), stderr, exitCode }).toEqual({
      stdout: blanked(command, one.stdout),
      stderr: one.stderr,
      exitCode: one.exitCode,
    });
  });
});
