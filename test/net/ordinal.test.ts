import { describe, expect, it } from '@jest/globals';
import { cidr, contains, ip, ordinalMask, ordinalOf, toUint32 } from '#net/ip.ts';

describe('the place of an address among those of IPv4', () => {
  it.each([
    ['0.0.0.0', -(2 ** 31), 0],
    ['0.0.0.1', 1 - 2 ** 31, 1],
    ['10.244.1.5', 0x0af4_0105 - 2 ** 31, 0x0af4_0105],
    ['127.255.255.255', -1, 0x7fff_ffff],
    ['128.0.0.0', 0, 0x8000_0000],
    ['192.168.0.255', 0xc0a8_00ff - 2 ** 31, 0xc0a8_00ff],
    ['255.255.255.255', 2 ** 31 - 1, 0xffff_ffff],
  ])('%s', (text, ordinal, unsigned) => {
    expect(ordinalOf(ip(text))).toBe(ordinal);
    expect(toUint32(ip(text))).toBe(unsigned);
  });

  it.each(['::', '::1', 'fd00:10:244::5', '2001:db8::1', 'fe80::a'])('%s has none', (text) => {
    expect(ordinalOf(ip(text))).toBeUndefined();
  });

  it.each([
    [0, '10.0.0.1', '200.1.2.3', true],
    [1, '127.255.255.255', '128.0.0.0', false],
    [8, '10.0.0.1', '10.255.0.0', true],
    [24, '172.30.1.2', '172.30.2.2', false],
    [31, '192.0.2.6', '192.0.2.7', true],
    [32, '192.0.2.6', '192.0.2.7', false],
  ])('a mask of %i bits: are %s and %s in one network? %s', (length, one, other, same) => {
    const network = (text: string) => ordinalOf(ip(text))! & ordinalMask(length);
    expect(network(one) === network(other)).toBe(same);
  });
});

describe('a range', () => {
  it.each([
    ['0.0.0.0/0', ['0.0.0.0', '127.255.255.255', '128.0.0.0', '255.255.255.255'], ['::', 'fd00::1']],
    ['10.244.0.0/16', ['10.244.0.0', '10.244.255.255'], ['10.243.255.255', '10.245.0.0', '::']],
    ['192.0.2.6/32', ['192.0.2.6'], ['192.0.2.7']],
    ['::/0', ['::', 'fd00::1'], ['0.0.0.0']],
    ['fd00:10:244::/48', ['fd00:10:244::5'], ['fd00:10:245::', '10.244.0.1']],
  ])('%s', (range, within, without) => {
    expect(within.filter((address) => !contains(cidr(range), ip(address)))).toEqual([]);
    expect(without.filter((address) => contains(cidr(range), ip(address)))).toEqual([]);
  });
});
