import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { answerKindOf, compare, listed, tidy } from '#learn/answer.ts';
import { answerKinds } from '#learn/answers/index.ts';

const right: [kind: string, value: string, typed: string][] = [
  ['ip', '10.96.12.7', '10.96.12.7'],
  ['ip', '10.96.12.7', ' `10.96.12.7` '],
  ['ip', 'fd00::1', 'fd00:0:0::1'],
  ['ip', 'fd00::1', '[FD00::1]'],
  ['cidr', '10.244.1.0/24', '10.244.1.0/24'],
  ['port', '8080', '8080/TCP'],
  ['port', '8080', ':8080'],
  ['port', '80/TCP', '80'],
  ['number', '3', '3'],
  ['number', '1000000', '1,000,000'],
  ['number', '65536', '65 536'],
  ['path', '/etc/cni/net.d', '/etc/cni/net.d/'],
  ['path', '/etc/cni/net.d', '/etc//cni/net.d'],
  ['name', 'web', 'service/web'],
  ['name', 'web.shop.svc.cluster.local', 'web.shop.svc.cluster.local.'],
  ['text', 'Connection refused', '"connection  refused"'],
];

// prettier-ignore
const near: [kind: string, value: string, typed: string, word: RegExp | undefined][] = [
  ['ip', '10.96.12.7', '10.96.12.7:80', /port behind it/],
  ['ip', '10.96.12.7', '10.96.12.7/24', /length of its network/],
  ['ip', '10.96.12.7', '10.96.12.8', /right network/],
  ['ip', '10.96.12.7', '10.244.1.5', undefined],
  ['ip', '10.96.12.7', 'web', /Asked is an IP address/],
  ['cidr', '10.244.1.0/24', '10.244.1.7/24', /host bits/],
  ['cidr', '10.244.1.0/24', '10.244.1.0/16', /length is not: a \/16 has more/],
  ['cidr', '10.244.1.0/24', '10.244.2.0/24', undefined],
  ['cidr', '10.244.0.0/24', '10.244.0.0/16', /more addresses/],
  ['cidr', '10.244.1.0/24', '10.244.1.0', /length behind a slash/],
  ['port', '8080', 'localhost:8080', /before it was not asked/],
  ['number', '3', '4', /Off by one/],
  ['number', '3', '3 pods', /without the unit/],
  ['path', '/etc/cni/net.d/10-flannel.conflist', '10-flannel.conflist', /from the root/],
  ['path', '/etc/cni/net.d/10-flannel.conflist', '/etc/cni/net.d/x', /another file/],
  ['name', 'web', 'Web', /capitals/],
  ['name', 'web.shop.svc.cluster.local', 'web.shop', /beginning of the name/],
  ['name', 'web', 'web.shop', /not asked for/],
  ['text', 'a', 'b', undefined],
];

describe('answers', () => {
  it.each(right)('%s %s may be typed %j', (kind, value, typed) => {
    expect(compare(answerKindOf(kind, value), typed, value)).toMatchObject({ equal: true });
  });

  it.each(near)('%s %s is not %j', (kind, value, typed, word) => {
    const { equal, near } = compare(answerKindOf(kind, value), typed, value);
    expect(equal).toBe(false);
    if (word === undefined) expect(near).toBeUndefined();
    else expect(near).toMatch(word);
  });

  it.each(answerKinds.map((kind) => [kind.kind]))('an empty answer is no right %s', (kind) => {
    for (const value of ['', '0', '10.0.0.0', 'x']) expect(compare(answerKindOf(kind, value), '', value)).toMatchObject({ equal: false });
  });

  it.each([
    ['10.0.0.1', 'ip'],
    ['10.0.0.0/8', 'cidr'],
    ['80/TCP', 'port'],
    ['80', 'number'],
    ['/etc/hosts', 'path'],
    ['web.shop', 'name'],
    ['Connection refused', 'text'],
  ])('%s is seen to be of kind %s', (value, kind) => {
    expect(answerKindOf(undefined, value).kind).toBe(kind);
  });

  it('normalises once and for all', () => {
    fc.assert(
      fc.property(fc.constantFrom(...answerKinds), fc.oneof(fc.ipV4(), fc.ipV6(), fc.integer().map(String), fc.string()), (kind, text) => {
        const once = kind.normalize(text);
        if (once !== undefined) expect(kind.normalize(once)).toBe(once);
      }),
    );
  });

  it('takes lists apart', () => {
    expect(listed(' 10.0.0.1, 10.0.0.2\n10.0.0.3;')).toEqual(['10.0.0.1', '10.0.0.2', '10.0.0.3']);
    expect(tidy(' "a b" ')).toBe('a b');
  });
});
