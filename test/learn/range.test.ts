import { describe, expect, it } from '@jest/globals';
import { compute, Computed } from '#learn/computed.ts';
import { ToyCluster } from './toy-cluster.ts';

const value = async (range: object) => (await compute(Computed.parse({ range }), new ToyCluster({}))).text;

describe('a sum over a range', () => {
  // Worked out by hand.
  it.each([
    ['172.16.20.7/22', 'network', '172.16.20.0/22'],
    ['172.16.20.7/22', 'broadcast', '172.16.23.255'],
    ['172.16.20.7/22', 'mask', '255.255.252.0'],
    ['172.16.20.7/22', 'first', '172.16.20.1'],
    ['172.16.20.7/22', 'last', '172.16.23.254'],
    ['172.16.20.7/22', 'size', '1024'],
    ['172.16.20.7/22', 'hosts', '1022'],
    ['10.0.0.130/25', 'network', '10.0.0.128/25'],
    ['192.168.1.5/30', 'hosts', '2'],
    ['fd00:10:244:1::5/64', 'network', 'fd00:10:244:1::/64'],
    ['fd00:10:244:1::5/64', 'size', '18446744073709551616'],
  ])('%s %s is %s', async (of, show, want) => expect(await value({ of, show })).toBe(want));

  it.each([
    ['10.244.0.0/16', 24, undefined, '256'],
    ['10.244.0.0/16', 24, 0, '10.244.0.0/24'],
    ['10.244.0.0/16', 24, 255, '10.244.255.0/24'],
    ['10.1.0.0/18', 22, 3, '10.1.12.0/22'],
    ['10.0.0.0/24', 24, undefined, '1'],
  ])('%s cut into /%d, number %s: %s', async (of, cut, piece, want) =>
    expect(await value({ of, cut, ...(piece !== undefined && { piece }) })).toBe(want),
  );

  it.each([
    [{ of: '10.0.0.0/24', cut: 26, piece: 4 }, 'has no number 4'],
    [{ of: '10.0.0.0/24', cut: 20 }, 'smaller than a /20'],
    [{ of: 'fd00::/64', show: 'mask' }, 'has no mask'],
    [{ of: '10.0.0.0/31', show: 'hosts' }, 'has no hosts'],
  ])('%j cannot be had', async (range, message) => await expect(value(range)).rejects.toThrow(message));

  it('shows its sum, the bits of the network before the bar', async () => {
    const { evidence } = await compute(Computed.parse({ range: { of: '10.0.0.130/25', show: 'broadcast' } }), new ToyCluster({}));
    expect(evidence.lines[0]).toBe('address    10.0.0.130       00001010.00000000.00000000.1|0000010');
    expect(evidence.proves.map((index) => evidence.lines[index])).toEqual([
      'broadcast  10.0.0.255       00001010.00000000.00000000.1|1111111',
    ]);
  });
});
