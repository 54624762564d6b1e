import { describe, expect, it } from '@jest/globals';
import { indexOf } from '#dataplane/netfilter/iptables/lookup.ts';
import { pick } from '#kube/chance.ts';
import { ip, type Ip } from '#net/ip.ts';
import type { Rule } from '#node/netfilter.ts';
import { filterPacket } from '../../support/filter-packet.ts';

/** Addresses near one another and far apart, of both families, some of them twice. */
const addresses: readonly Ip[] = Array.from({ length: 3000 }, (_, i) => {
  const n = pick(`address ${i}`, 2 ** 32);
  const octets = [n >>> 24, (n >>> 16) & 255, (n >>> 8) & 255, n & 255];
  if (i % 10 === 0) return ip(`fd00::${(n >>> 16).toString(16)}`);
  return ip(i % 3 === 0 ? `10.96.${i >> 8}.${i & 255}` : i % 3 === 1 ? `10.96.0.${i & 255}` : octets.join('.'));
});

function ruleFor(address: Ip): Rule {
  return { matches: [{ kind: 'destination', cidr: `${address}/${address.includes(':') ? 128 : 32}` }], target: { kind: 'ACCEPT' } };
}

describe('the index of a chain', () => {
  const index = indexOf(addresses.map(ruleFor))!;
  const towards = (dst: Ip) => filterPacket({ protocol: 'tcp', src: ip('10.244.1.5'), dst, dport: 80 });

  it('finds the rules that name an address, in their order', () => {
    const places = new Map<Ip, number[]>();
    for (const [place, address] of addresses.entries()) places.set(address, [...(places.get(address) ?? []), place]);
    expect(new Set(addresses).size).toBeLessThan(addresses.length);
    for (const [address, expected] of places) expect(index.naming(index.numberOf(towards(address)))).toEqual(expected);
    expect(index.addresses).toBe(places.size + 1);
  });

  it.each(['10.95.255.255', '10.97.0.1', '0.0.0.0', '255.255.255.255', '128.0.0.0', 'fd01::1', '::'])('no rule names %s', (address) => {
    expect(addresses).not.toContain(address);
    expect(index.numberOf(towards(ip(address)))).toBe(0);
  });
});
