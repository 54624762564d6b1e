import { describe, expect, it } from '@jest/globals';
import { packetTest } from '#dataplane/netfilter/iptables/packet-test.ts';
import { parseSave } from '#dataplane/netfilter/iptables/restore.ts';
import type { PacketContext } from '#dataplane/netfilter/packet.ts';
import { ip } from '#net/ip.ts';
import { filterPacket } from '../../support/filter-packet.ts';

/** Whether a packet from one address to another fits all of a rule's matches. */
function fits(matches: string, src: string, dst: string): boolean {
  const family = src.includes(':') ? 'IPv6' : 'IPv4';
  const tables = parseSave(`*filter\n:FORWARD ACCEPT [0:0]\n-A FORWARD ${matches} -j DROP\nCOMMIT\n`, family);
  const [rule] = tables.get('filter')!.chains.get('FORWARD')!.rules;
  const packet = filterPacket({ protocol: 'tcp', src: ip(src), dst: ip(dst), dport: 80 });
  return rule!.matches.every((match) => match.kind === 'statistic' || packetTest(match)?.(packet, {} as PacketContext) !== false);
}

describe('-m iprange', () => {
  const pods = '--src-range 10.244.1.5-10.244.1.9';
  const services = '--dst-range 10.96.0.1-10.96.0.9';
  it.each([
    [pods, '10.244.1.4', '10.96.0.1', false],
    [pods, '10.244.1.5', '10.96.0.1', true],
    [pods, '10.244.1.9', '10.96.0.1', true],
    [pods, '10.244.2.5', '10.96.0.1', false],
    [`! ${pods}`, '10.244.1.7', '10.96.0.1', false],
    [`! ${pods}`, '10.244.2.7', '10.96.0.1', true],
    [services, '10.96.0.2', '10.97.0.1', false],
    [`${pods} ${services}`, '10.244.1.6', '10.96.0.9', true],
    [`${pods} ! ${services}`, '10.244.1.6', '10.96.0.9', false],
    ['--src-range fd00::5-fd00::9', 'fd00::6', 'fd00::1', true],
    ['--src-range fd00::5-fd00::9', 'fd00::a', 'fd00::1', false],
  ])('%s: from %s to %s', (options, src, dst, expected) => {
    expect(fits(`-m iprange ${options}`, src, dst)).toBe(expected);
  });
});
