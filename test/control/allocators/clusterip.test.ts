import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Cluster } from '#kube/cluster.ts';
import { Service } from '#kube/kinds/service.ts';
import { ServiceCIDR } from '#kube/kinds/service-cidr.ts';
import { cidr, compareIps, contains, ip, toNumber, type Cidr } from '#net/ip.ts';
import { ClusterIps } from '#control/allocators/clusterip.ts';

function allocator(ranges: readonly string[], { minorVersion = 36, services = [] as string[], cidrs = [] as string[] } = {}): ClusterIps {
  const draft = new Cluster('seed').edit();
  services.forEach((clusterIP, i) =>
    draft.keep(Service, {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: `s${i}`, namespace: 'default' },
      spec: { clusterIP, clusterIPs: [clusterIP] },
      status: { loadBalancer: {} },
    }),
  );
  cidrs.forEach((range, i) =>
    draft.keep(ServiceCIDR, {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'ServiceCIDR',
      metadata: { name: `more-${i}` },
      spec: { cidrs: [range] },
      status: {},
    } as ServiceCIDR),
  );
  return new ClusterIps(draft, ranges.map(cidr), minorVersion);
}

const mismatch = 'the provided network does not match the current range';
const taken = 'provided IP is already allocated';
const outside = (address: string, range: string) =>
  `the provided IP (${address}) is not in the valid range. The range of valid IPs is ${range}`;

const rows: [range: string, address: string, answer: string][] = [
  // the range       who asks for         is told
  ['10.50.0.0/24', '10.50.0.0', mismatch], //       the network address
  ['10.50.0.0/24', '10.50.0.1', 'ok'],
  ['10.50.0.0/24', '10.50.0.7', taken],
  ['10.50.0.0/24', '10.50.0.254', 'ok'],
  ['10.50.0.0/24', '10.50.0.255', mismatch], //     the broadcast address
  ['10.50.0.0/24', '10.51.0.1', mismatch],
  ['10.50.0.0/24', 'fd00::1', mismatch],
  ['fd00:50::/112', 'fd00:50::', mismatch],
  ['fd00:50::/112', 'fd00:50::ffff', 'ok'], //      IPv6 has no broadcast address
];

describe('an address by name', () => {
  it.each(rows)('%s: %s is %s', (range, address, answer) => {
    const result = allocator([range], { services: ['10.50.0.7'] }).take(ip(address), false);
    expect(result.ok ? 'ok' : result.error).toBe(answer);
  });

  it('was told the range, until 1.33', () => {
    const result = allocator(['10.50.0.0/24'], { minorVersion: 32 }).take(ip('10.51.0.1'), false);
    expect(result).toEqual({ ok: false, error: outside('10.51.0.1', '10.50.0.0/24') });
  });

  it('may lie in a ServiceCIDR that came later', () => {
    expect(allocator(['10.50.0.0/24'], { cidrs: ['10.99.0.0/24'] }).take(ip('10.99.0.5'), false).ok).toBe(true);
  });
});

describe('any address', () => {
  it('comes from the upper band, whose beginning leaves a sixteenth to those who choose', () => {
    const ips = allocator(['10.50.0.0/24']);
    const chosen = Array.from({ length: 238 }, (_, i) => ips.takeAny('IPv4', false, `s${i}`)).map((one) =>
      one.ok ? one.value : ip('0.0.0.0'),
    );
    expect(chosen.toSorted(compareIps)[0]).toBe('10.50.0.17');
  });

  it('comes from the lower band when the upper one is full, and then from nowhere', () => {
    const ips = allocator(['10.50.0.0/27']); // 30 addresses, the lower 16 of them for those who choose
    const answers = Array.from({ length: 31 }, (_, i) => ips.takeAny('IPv4', false, `s${i}`));
    expect(answers.slice(0, 30).every((one) => one.ok)).toBe(true);
    expect(answers[14]!.ok && Number(answers[14]!.value.split('.')[3]) <= 16).toBe(true);
    expect(answers[30]).toEqual({ ok: false, error: 'range is full' });
  });

  it('comes from the next range when the first is full', () => {
    const ips = allocator(['10.50.0.0/30'], { cidrs: ['10.99.0.0/24'] });
    const chosen = ['a', 'b', 'c'].map((purpose) => ips.takeAny('IPv4', false, purpose));
    expect(chosen.map((one) => one.ok && contains(cidr('10.99.0.0/24'), one.value))).toEqual([false, false, true]);
  });

  it('is the network address in a dry run', () => {
    expect(allocator(['10.50.0.0/24']).takeAny('IPv4', true, 's')).toEqual({ ok: true, value: '10.50.0.0' });
  });

  it('is another one each time that somebody asks for the same', () => {
    const ips = allocator(['10.96.0.0/12']);
    const chosen = [1, 2, 3].map(() => ips.takeAny('IPv4', false, 's')).map((one) => (one.ok ? one.value : ip('0.0.0.0')));
    const [first, second, third] = chosen.map((one) => toNumber(one));
    expect([first! + 1n === second, second! + 1n === third]).toEqual([false, false]);
    expect({ ok: true, value: chosen[0] }).toEqual(allocator(['10.96.0.0/12']).takeAny('IPv4', false, 's'));
  });

  it('is never given twice, and always inside its range', () => {
    const range = fc.constantFrom('10.0.0.0/28', '10.1.0.0/24', '172.16.0.0/20', 'fd00::/120', 'fd00:1::/112');
    fc.assert(
      fc.property(range, fc.integer({ min: 1, max: 60 }), (text, count) => {
        const ips = allocator([text]);
        const family = text.includes(':') ? 'IPv6' : 'IPv4';
        const chosen = Array.from({ length: count }, (_, i) => ips.takeAny(family, false, `s${i}`)).flatMap((one) =>
          one.ok ? [one.value] : [],
        );
        expect(new Set(chosen).size).toBe(chosen.length);
        expect(chosen.every((one) => contains(text as Cidr, one))).toBe(true);
      }),
    );
  });

  it('follows from the seed', () => {
    const [a, b] = [allocator(['10.96.0.0/12']).takeAny('IPv4', false, 's'), allocator(['10.96.0.0/12']).takeAny('IPv4', false, 's')];
    expect(a).toEqual(b);
  });
});
