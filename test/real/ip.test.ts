/** ip beside the real one: the same lines typed into a fresh namespace, where links are made, changed, and shown after each. */
import { describe, expect, it } from '@jest/globals';
import { ip } from '#shell/commands/ip/ip.ts';
import { nodeName } from '#kube/names.ts';
import { KernelDraft } from '#node/cni/kernel-draft.ts';
import type { Io } from '#shell/command.ts';
import { freshPlace } from '../support/fresh-place.ts';
import { cannotRun, inNamespace, settled } from '../support/real-tools.ts';

const reason = cannotRun('ip');

const setUp = [
  'ip link set lo up',
  'ip link add d0 type veth peer name d1',
  'ip link set d0 address 02:00:00:00:00:01',
  'ip link set d1 address 02:00:00:00:00:02',
  'ip link set d1 up',
  'ip link set d0 up',
];

const lines = [
  'ip link',
  'ip -br link',
  'ip -o link show d0',
  'ip -j link show d0',
  'ip -s link show lo',
  'ip link add d0 type bridge',
  'ip link set d0 mtu foo',
  'ip link set d0 mtu 10',
  'ip link set d0 master nosuch',
  'ip link set nosuch up',
  'ip link set d0 blah',
  'ip link set dev',
  'ip link set',
  'ip link del nosuch',
  'ip link del lo',
  'ip link add foo type nosuch',
  'ip addr add foo dev d0',
  'ip addr add 10.1.1.1/24',
  'ip addr add 10.1.1.1/24 dev nosuch',
  'ip addr add 10.1.1.1/24 dev d0',
  'ip addr add 10.1.1.1/24 dev d0',
  'ip addr add 10.1.1.2/24 dev d0',
  'ip addr add 10.8.8.8/24 brd + dev d0',
  'ip addr del 10.1.1.9/24 dev d0',
  'ip -4 addr show d0',
  'ip -4 -o addr',
  'ip -br -4 addr',
  'ip addr show nosuch',
  'ip route add 10.5.0.0/16 via 10.1.1.9',
  'ip route add 10.5.0.0/16 via 10.1.1.9',
  'ip route add 10.6.0.0/16 via 10.77.1.1',
  'ip route add 10.6.0.0/16 dev nosuch',
  'ip route add 10.6.0.1/16 dev d0',
  'ip route add 10.4.0.0/16 dev d0',
  'ip route add 10.5.0.0/24 via 10.1.1.9',
  'ip route add 10.5.0.0/17 via 10.1.1.9 metric 7',
  'ip route add 10.5.0.0/17 via 10.1.1.9 metric 3',
  'ip route add blackhole 10.7.0.0/16',
  'ip route add default via 10.1.1.254',
  'ip route del 10.99.0.0/16',
  'ip route add foo',
  'ip route add 10.6.0.0/16 via foo',
  'ip route',
  'ip -j route',
  'ip -o route show match 10.5.1.1',
  'ip route show dev d0',
  'ip route show proto kernel',
  'ip route show table local',
  'ip route show table 99',
  'ip route get 10.5.1.1',
  'ip route get 10.7.1.1',
  'ip route get 10.1.1.77',
  'ip route get 10.1.1.255',
  'ip route get 127.0.0.1',
  'ip -j -p route get 10.5.1.1',
  'ip route get nosuch',
  'ip route get',
  'ip route flush',
  'ip neigh add 10.1.1.9 lladdr 02:00:00:00:00:09 dev d0',
  'ip neigh add 10.1.1.9 lladdr 02:00:00:00:00:09 dev d0',
  'ip neigh',
  'ip -j neigh',
  'ip neigh del 10.1.1.77 dev d0',
  'ip neigh add 10.1.1.9',
  'ip neigh show nosuch',
  'ip neigh show dev nosuch',
  'ip foo',
  'ip addr foo',
  'ip link foo',
  'ip route foo',
  'ip neigh foo',
  'ip -z',
  'ip rule',
  'ip -6 rule',
  'ip -j rule',
  'ip netns exec nosuch ls',
  'ip -n nosuch link',
  'ip netns foo',
  'ip netns exec',
  'ip route replace default via 10.1.1.253 metric 50',
  'ip route show default',
  'ip route del default',
  'ip link set d1 down',
  'ip link show d0',
  'ip route',
  'ip link set d1 up',
  'ip link set d0 down',
  'ip route',
  'ip link show d0',
  'ip link set d0 name e0',
  'ip -br -4 addr show e0',
  'ip link del e0',
  'ip -br link',
];

const linesOfIPv6 = [
  ...setUp,
  'ip -6 route',
  'ip addr add fd00:1::1/64 dev d0',
  'ip addr add fd00:1::2/64 dev d0',
  'ip addr add fd00:2::/128 dev d1',
  'ip -6 addr show d0',
  'ip -6 route show table local',
  'ip -6 route add default via fd00:1::9 proto static',
  'ip -6 route add fd00:1:0:0:8000::/65 via fd00:1::9',
  'ip -6 route add fd00::/16 via fd00:1::9',
  'ip -6 route add 2001:db8::/32 via fd00:1::9',
  'ip -6 route add fd00:1::/64 dev d1 metric 7',
  'ip -6 route add fd00:1::/64 via fd00:1::9 metric 300',
  'ip -6 route add fd00:1:: dev d1',
  'ip -6 route add blackhole 2002::/16',
  'ip -6 route',
  'ip -6 route show table all',
  'ip -6 route show root fd00:1::/64',
  'ip -6 route del 2002::/16',
  'ip link set d1 down',
  'ip -6 route',
  'ip -6 route show table local',
];

(reason === undefined ? describe : describe.skip)('beside the real ip', () => {
  const here = freshPlace();
  const all = [...setUp, ...lines];
  const real = reason === undefined ? inNamespace(settled(all)) : [];
  // Counters are not simulated.
  const blank = (text: string) => text.replaceAll(/^ +[\d ]+$/gm, '#');
  it.each(all.map((line, i) => [line, i] as const))('%s', async (line, i) => {
    const { stdout, stderr, exitCode } = await ip.run(line.split(' ').slice(1), {} as Io, here);
    const wanted = real[i]!;
    expect({ stdout: blank(stdout), stderr, exitCode }).toEqual({ ...wanted, stdout: blank(wanted.stdout) });
  });
});

(reason === undefined ? describe : describe.skip)('IPv6, on a router that does not ask whether somebody has its addresses', () => {
  const here = freshPlace();
  here.lab.change(({ hosts }) => {
    const host = hosts.get(nodeName('m'))!;
    const draft = new KernelDraft(host.kernel, 'test');
    draft.setSysctl('', 'net.ipv6.conf.all.forwarding', '1');
    hosts.set(nodeName('m'), { ...host, kernel: draft.kernel });
  });
  const router = ['all.forwarding=1', 'all.dad_transmits=0', 'default.dad_transmits=0'].map((one) => `sysctl -qw net.ipv6.conf.${one}`);
  const real = reason === undefined ? inNamespace([router.join('; '), ...settled(linesOfIPv6)]).slice(1) : [];
  // The two ends of a veth pair become ready at the same moment: which is first, there, is chance.
  const either = (text: string) => text.replaceAll(/^(.*)dev d1 (.*)\n\1dev d0 \2\n/gm, '$1dev d0 $2\n$1dev d1 $2\n');
  it.each(linesOfIPv6.map((line, i) => [line, i] as const))('%s', async (line, i) => {
    const { stdout, stderr, exitCode } = await ip.run(line.split(' ').slice(1), {} as Io, here);
    const wanted = real[i]!;
    expect({ stdout: either(stdout), stderr, exitCode }).toEqual({ ...wanted, stdout: either(wanted.stdout) });
  });
});
