import { describe, expect, it } from '@jest/globals';
import { ip } from '#net/ip.ts';
import {
  addressOfReverse,
  fqdn,
  isDomainName,
  isFqdn,
  isSubDomain,
  labelsOf,
  reverseFamily,
  reverseName,
  sameName,
  wireLength,
} from '#dataplane/dns/name.ts';

describe('labels', () => {
  it.each([
    ['.', [], 1],
    ['org.', ['org'], 5],
    ['a.b.c.', ['a', 'b', 'c'], 7],
    ['a.b.c', ['a', 'b', 'c'], 7],
    ['a\\.b.c.', ['a\\.b', 'c'], 7],
    ['a\\046b.c.', ['a\\046b', 'c'], 7],
    ['a\\\\.b.', ['a\\\\', 'b'], 6],
  ])('%s', (name, labels, octets) => {
    expect(labelsOf(name)).toEqual(labels);
    expect(wireLength(name)).toBe(octets);
  });

  it.each([
    ['a.b', false],
    ['a.b.', true],
    ['a.b\\.', false],
    ['a.b\\\\.', true],
  ])('%s is absolute: %s', (name, absolute) => {
    expect(isFqdn(name)).toBe(absolute);
    expect(fqdn(name)).toBe(absolute ? name : `${name}.`);
  });

  it.each([
    ['', false],
    ['.', true],
    ['a..b.', false],
    [`${'x'.repeat(63)}.`, true],
    [`${'x'.repeat(64)}.`, false],
    [`${'abc.'.repeat(63)}`, true],
    [`${'abc.'.repeat(64)}`, false],
  ])('%s can be a name: %s', (name, can) => expect(isDomainName(name)).toBe(can));
});

describe('names and zones', () => {
  it.each([
    ['.', 'a.b.', true],
    ['b.', 'a.b.', true],
    ['b.', 'ab.', false],
    ['B.', 'a.b.', true],
    ['a.b.', 'b.', false],
    ['a.b.', 'a.b.', true],
  ])('%s holds %s: %s', (zone, name, holds) => expect(isSubDomain(zone, name)).toBe(holds));

  it('compares without letter case', () => {
    expect(sameName('A.b.', 'a.B.')).toBe(true);
    expect(sameName('a.', 'b.')).toBe(false);
  });
});

describe('reverse names', () => {
  it.each([
    ['10.1.2.3', '3.2.1.10.in-addr.arpa.'],
    ['2001:db8::1', '1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa.'],
  ])('%s', (address, name) => {
    expect(reverseName(ip(address))).toBe(name);
    expect(addressOfReverse(name)).toBe(address);
    expect(addressOfReverse(name.toUpperCase())).toBe(address);
    expect(reverseFamily(name)).toBe(address.includes(':') ? 'IPv6' : 'IPv4');
  });

  it.each(['1.10.in-addr.arpa.', 'x.2.1.10.in-addr.arpa.', '1.0.ip6.arpa.', 'example.org.'])('%s stands for none', (name) =>
    expect(addressOfReverse(name)).toBeUndefined(),
  );
});
