/** Resolvers of the world outside: a master file, questions, and what comes back. */
import { describe, expect, it } from '@jest/globals';
import { queryOf } from '#dataplane/dns/message.ts';
import { outsideProblem, outsideReply } from '#dataplane/dns/outside.ts';
import type { RecordType } from '#dataplane/dns/type.ts';

const names = `
example.com.      3600 IN SOA ns.example.com. admin.example.com. 7 2 3 4 300
example.com.       300 IN A 192.0.2.10
example.com.       300 IN MX 10 mail.example.com.
www.example.com.    60 IN CNAME example.com.
shop.example.com.   60 IN CNAME shop.example.net.
gone.example.com.   60 IN CNAME nowhere.example.net.
ring.example.com.   60 IN CNAME ring.example.com.
a.b.example.com.    60 IN AAAA 2001:db8::1
shop.example.net.   30 IN A 198.51.100.7
shop.example.net.   30 IN A 198.51.100.8
`;

const com = 'example.com. 300 SOA ns.example.com. admin.example.com. 7 2 3 4 300';
const root = '. 86400 SOA a.root-servers.net. nstld.verisign-grs.com. 2026112300 1800 900 604800 86400';
const ring = 'ring.example.com. 60 CNAME ring.example.com.';

const rows: readonly (readonly [question: string, rcode: string, answer: readonly string[], authority: readonly string[], why: string])[] =
  [
    ['example.com. A', 'NOERROR', ['example.com. 300 A 192.0.2.10'], [], 'it is there'],
    ['EXAMPLE.com. A', 'NOERROR', ['example.com. 300 A 192.0.2.10'], [], 'letters are one, large or small'],
    ['example.com. MX', 'NOERROR', ['example.com. 300 MX 10 mail.example.com.'], [], 'another type of the same name'],
    ['example.com. AAAA', 'NOERROR', [], [com], 'the name has no such record: NODATA, with its zone for how long'],
    ['b.example.com. A', 'NOERROR', [], [com], 'nothing but a name below it: it exists'],
    ['nosuch.example.com. A', 'NXDOMAIN', [], [com], 'its zone knows that it does not exist'],
    [
      'www.example.com. A',
      'NOERROR',
      ['www.example.com. 60 CNAME example.com.', 'example.com. 300 A 192.0.2.10'],
      [],
      'the alias and what it stands for',
    ],
    ['www.example.com. CNAME', 'NOERROR', ['www.example.com. 60 CNAME example.com.'], [], 'the alias itself was asked for'],
    [
      'shop.example.com. A',
      'NOERROR',
      ['shop.example.com. 60 CNAME shop.example.net.', 'shop.example.net. 30 A 198.51.100.7', 'shop.example.net. 30 A 198.51.100.8'],
      [],
      'into another zone',
    ],
    [
      'gone.example.com. A',
      'NXDOMAIN',
      ['gone.example.com. 60 CNAME nowhere.example.net.'],
      [root],
      'the end of the chain decides (RFC 2308 §2.1)',
    ],
    ['ring.example.com. A', 'NOERROR', Array<string>(16).fill(ring), [com], 'a ring is followed for a while'],
    ['web.shop. A', 'NXDOMAIN', [], [root], 'no such top-level domain'],
  ];

describe('asked from inside the cluster', () => {
  it.each(rows)('%s: %s', (question, rcode, answer, authority) => {
    const [name = '', type = ''] = question.split(' ');
    const reply = outsideReply(names, queryOf({ name, type: type as RecordType }, 1));
    const shown = (records: typeof reply.answer) => records.map((one) => `${one.name} ${one.ttl} ${one.type} ${one.data}`);
    expect([reply.rcode, shown(reply.answer), shown(reply.authority)]).toEqual([rcode, answer, authority]);
    expect(reply.flags).toMatchObject({ aa: false, ra: true, rd: true });
  });
});

it('tells what is wrong with a master file', () => {
  expect(outsideProblem(names)).toBeUndefined();
  expect(outsideProblem('example.com. A 192.0.2.300')).toBe('dns: bad A A: "192.0.2.300" at line: 1:11');
});
