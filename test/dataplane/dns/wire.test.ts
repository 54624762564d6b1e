/** Sizes of messages: against a writer of real ones, and as RFC 1035 compresses. */
// @ts-expect-error It has no types.
import packet from 'dns-packet';
import { describe, expect, it } from '@jest/globals';
import { replyTo, queryOf, type Reply, type ResourceRecord } from '#dataplane/dns/message.ts';
import { queryLength, replyLength } from '#dataplane/dns/wire.ts';

const record = (name: string, type: ResourceRecord['type'], data: string): ResourceRecord => ({ name, ttl: 30, class: 'IN', type, data });

function replyWith(name: string, answer: readonly ResourceRecord[], rest: Partial<Reply> = {}): Reply {
  return { ...replyTo(queryOf({ name, type: 'A' }, 1), 'test'), answer, ...rest };
}

const soa = { mname: 'ns.example.org', rname: 'admin.example.org', serial: 1, refresh: 2, retry: 3, expire: 4, minimum: 5 };

describe('as dns-packet writes them', () => {
  it.each([
    ['A', '10.0.0.1', '10.0.0.1'],
    ['AAAA', '2001:db8::1', '2001:db8::1'],
    ['CNAME', 'www.example.org.', 'www.example.org'],
    ['NS', 'ns1.example.org.', 'ns1.example.org'],
    ['PTR', 'a.b.c.', 'a.b.c'],
    ['DNAME', 'example.net.', 'example.net'],
    ['TXT', '"one" "two words"', ['one', 'two words']],
    ['MX', '10 mx.example.org.', { preference: 10, exchange: 'mx.example.org' }],
    ['SRV', '0 50 5432 db.example.org.', { priority: 0, weight: 50, port: 5432, target: 'db.example.org' }],
    ['SOA', 'ns.example.org. admin.example.org. 1 2 3 4 5', soa],
    ['CAA', '0 issue "ca.example.net"', { flags: 0, tag: 'issue', value: 'ca.example.net' }],
    ['HINFO', '"PC" "Linux"', { cpu: 'PC', os: 'Linux' }],
  ] as const)('%s %s', (type, data, theirs) => {
    for (const name of ['example.org', 'a.very.long.name.of.many.labels.example.org']) {
      const encoded: Uint8Array = packet.encode({
        type: 'response',
        questions: [{ type: 'A', name }],
        answers: [{ type, name, ttl: 30, data: theirs }],
      });
      expect(replyLength(replyWith(`${name}.`, [record(`${name}.`, type, data)]), false)).toBe(encoded.length);
    }
  });

  it('questions', () => {
    for (const name of ['.', 'org.', 'web.shop.svc.cluster.local.']) {
      const encoded: Uint8Array = packet.encode({
        type: 'query',
        questions: [{ type: 'A', name: name === '.' ? name : name.slice(0, -1) }],
      });
      expect(queryLength(queryOf({ name, type: 'A' }, 1))).toBe(encoded.length);
      const options = [{ code: 10, data: '0123456789abcdef' }];
      expect(queryLength({ ...queryOf({ name, type: 'A' }, 1), edns: { udpSize: 1232, version: 0, flags: 0, options } })).toBe(
        encoded.length + 11 + 12,
      );
    }
  });
});

describe('compressed', () => {
  const header = 12;
  const question = (name: string) => name.length + 1 + 4;
  it.each([
    ['the name of the question', [record('a.example.org.', 'A', '10.0.0.1')], [2 + 10 + 4]],
    ['its end', [record('b.example.org.', 'A', '10.0.0.1')], [2 + 2 + 10 + 4]],
    ['nothing in common', [record('x.test.', 'A', '10.0.0.1')], [8 + 10 + 4]],
    ['another letter case is another name', [record('a.Example.org.', 'A', '10.0.0.1')], [2 + 8 + 2 + 10 + 4]],
    ['a name in the data', [record('a.example.org.', 'CNAME', 'b.example.org.')], [2 + 10 + 2 + 2]],
    ['the data of newer types is not', [record('a.example.org.', 'SRV', '0 1 80 b.example.org.')], [2 + 10 + 6 + 15]],
    [
      'but others may point at it',
      [record('a.example.org.', 'SRV', '0 1 80 b.example.org.'), record('b.example.org.', 'A', '10.0.0.1')],
      [2 + 10 + 6 + 15, 2 + 10 + 4],
    ],
  ] as const)('%s', (_, answer, sizes) => {
    const reply = replyWith('a.example.org.', answer, { compressed: true });
    expect(replyLength(reply)).toBe(header + question('a.example.org.') + sizes.reduce((sum, size) => sum + size, 0));
  });

  it('is never longer, and never looks beyond 16 KiB', () => {
    const answer = Array.from({ length: 1200 }, (_, i) => record(`host-${i}.example.org.`, 'A', '10.0.0.1'));
    const far = [...answer, record('late.test.', 'A', '10.0.0.1'), record('late.test.', 'A', '10.0.0.2')];
    expect(replyLength(replyWith('example.org.', far), true)).toBeLessThan(replyLength(replyWith('example.org.', far), false));
    const lastTwo = replyLength(replyWith('example.org.', far), true) - replyLength(replyWith('example.org.', answer), true);
    expect(lastTwo).toBe(2 * (11 + 10 + 4));
  });
});
