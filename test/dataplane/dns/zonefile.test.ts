import { describe, expect, it } from '@jest/globals';
import { parseRecord, parseZone } from '#dataplane/dns/zonefile.ts';

const shown = (text: string, ttl?: number, read?: (path: string) => string | undefined) => {
  const parsed = parseZone(text, { origin: 'example.org.', ...(ttl !== undefined && { ttl }), ...(read && { read }) });
  return parsed.ok ? parsed.value.map(({ name, ttl: seconds, type, data }) => `${name} ${seconds} ${type} ${data}`) : parsed.error;
};

describe('a master file', () => {
  it('knows relative names, defaults, comments, brackets and strings', () => {
    expect(
      shown(`$TTL 1h
@   IN SOA ns admin.example.org. ( 1 ; serial
        2h 30m 1w
        1d )
    IN NS ns
ns  60 A 192.0.2.1   ; the name server
www CNAME @
txt IN 30 TXT "a; b" c "(" ")"
$ORIGIN sub.example.org.
mail 5m IN MX 10 mx.other.
*   AAAA 2001:DB8:0::1
`),
    ).toEqual([
      'example.org. 3600 SOA ns.example.org. admin.example.org. 1 7200 1800 604800 86400',
      'example.org. 3600 NS ns.example.org.',
      'ns.example.org. 60 A 192.0.2.1',
      'www.example.org. 3600 CNAME example.org.',
      'txt.example.org. 30 TXT "a; b" "c" "(" ")"',
      'mail.sub.example.org. 300 MX 10 mx.other.',
      '*.sub.example.org. 3600 AAAA 2001:db8::1',
    ]);
  });

  it('includes others', () => {
    const read = (path: string) => (path === 'more' ? 'x A 192.0.2.9\n' : undefined);
    expect(shown('$INCLUDE more sub\n$INCLUDE more\n', 60, read)).toEqual([
      'x.sub.example.org. 60 A 192.0.2.9',
      'x.example.org. 60 A 192.0.2.9',
    ]);
    expect(shown('$INCLUDE none\n', 60, read)).toMatch(/^dns: failed to open `none'/);
    const loop = (path: string) => `$INCLUDE ${path}\n`;
    expect(shown('$INCLUDE a\n', 60, loop)).toBe('dns: too deeply nested $INCLUDE');
  });

  it.each([
    ['a A 192.0.2.1', 'dns: missing TTL with no previous value: "A" at line: 1:1'],
    ['$TTL x', 'dns: expecting $TTL value, not this...: "x" at line: 1:1'],
    ['a 60 NOPE x', 'dns: unknown RR type: "NOPE" at line: 1:4'],
    ['\n\na 60 A 300.0.0.1', 'dns: bad A A: "300.0.0.1" at line: 3:9'],
    ['a 60 MX ten mx', 'dns: bad MX RR: "ten" at line: 1:3'],
    ['a..b 60 A 192.0.2.1', 'dns: bad owner name: "a..b" at line: 1:4'],
    ['a 60 TXT ( "x"', 'dns: unbalanced brace at line: 1'],
    ['a 60 A 192.0.2.1 )', 'dns: extra closing brace: ")" at line: 1'],
  ])('%j is wrong', (text, error) => expect(shown(text)).toBe(error));
});

it.each([
  ['web.shop. IN A 192.0.2.1', { name: 'web.shop.', ttl: 3600, class: 'IN', type: 'A', data: '192.0.2.1' }],
  ['  web.shop. 5 CH TXT hello', { name: 'web.shop.', ttl: 5, class: 'CH', type: 'TXT', data: '"hello"' }],
  ['db.shop. 1m SRV 0 1 5432 a.shop.', { name: 'db.shop.', ttl: 60, class: 'IN', type: 'SRV', data: '0 1 5432 a.shop.' }],
  ['', undefined],
])('one record: %j', (text, record) => expect(parseRecord(text)).toEqual({ ok: true, value: record }));
