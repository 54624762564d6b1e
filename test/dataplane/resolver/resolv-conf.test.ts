import { describe, expect, it } from '@jest/globals';
import { hostByAddress, hostByName, hostSources, parseHosts } from '#dataplane/resolver/hosts.ts';
import { candidates } from '#dataplane/resolver/libc.ts';
import { parseResolvConf } from '#dataplane/resolver/resolv-conf.ts';
import { ip } from '#net/ip.ts';

const defaults = { nameservers: ['127.0.0.1'], search: [], ndots: 1, timeout: 5, attempts: 2, rotate: false, tcp: false, noAaaa: false };

describe('resolv.conf', () => {
  it.each([
    ['nothing', undefined, {}],
    [
      'four nameservers',
      'nameserver 10.0.0.1\nnameserver 10.0.0.2\nnameserver fd00::3\nnameserver 10.0.0.4\n',
      { nameservers: ['10.0.0.1', '10.0.0.2', 'fd00::3'] },
    ],
    ['what is no address', 'nameserver dns.example\nnameserver 10.0.0.1 # good\n', { nameservers: ['10.0.0.1'] }],
    ['the last of search and domain', 'search a b\ndomain c d\nsearch e f\n', { search: ['e', 'f'] }],
    ['a domain', 'search a\ndomain c d\n', { search: ['c'] }],
    [
      'options',
      'options ndots:5 timeout:1 attempts:3\noptions rotate use-vc no-aaaa edns0\n',
      { ndots: 5, timeout: 1, attempts: 3, rotate: true, tcp: true, noAaaa: true },
    ],
    ['options beyond their limits', 'options ndots:99 timeout:99 attempts:99\n', { ndots: 15, timeout: 30, attempts: 5 }],
    ['comments', '# nameserver 10.0.0.9\n; search x\nsearch a ; b\n', { search: ['a'] }],
    ['keywords that are indented', ' nameserver 10.0.0.9\n', {}],
  ])('%s', (_, text, changes) => expect(parseResolvConf(text)).toEqual({ ...defaults, ...changes }));

  it('has other limits in musl', () => {
    expect(parseResolvConf('options ndots:99 timeout:99 attempts:99\n', 'musl')).toMatchObject({ ndots: 15, timeout: 60, attempts: 10 });
  });
});

describe('the names that are tried', () => {
  const conf = parseResolvConf('search shop.svc.cluster.local svc.cluster.local cluster.local\noptions ndots:5\n');
  const plain = parseResolvConf('search a.test b.test\n');
  const suffixed = (name: string) => [`${name}.shop.svc.cluster.local`, `${name}.svc.cluster.local`, `${name}.cluster.local`];
  it.each([
    ['web', conf, [...suffixed('web'), 'web'], [...suffixed('web'), 'web']],
    ['web.shop', conf, [...suffixed('web.shop'), 'web.shop'], [...suffixed('web.shop'), 'web.shop']],
    [
      'web.shop.svc.cluster.local',
      conf,
      [...suffixed('web.shop.svc.cluster.local'), 'web.shop.svc.cluster.local'],
      [...suffixed('web.shop.svc.cluster.local'), 'web.shop.svc.cluster.local'],
    ],
    ['a.b.c.d.e.f', conf, ['a.b.c.d.e.f', ...suffixed('a.b.c.d.e.f')], ['a.b.c.d.e.f']],
    ['web.', conf, ['web'], ['web']],
    ['www.example', plain, ['www.example', 'www.example.a.test', 'www.example.b.test'], ['www.example']],
    ['www', plain, ['www.a.test', 'www.b.test', 'www'], ['www.a.test', 'www.b.test', 'www']],
    ['www', parseResolvConf(''), ['www'], ['www']],
  ])('%s', (name, from, glibc, musl) => {
    expect(candidates(from, name)).toEqual(glibc);
    expect(candidates(from, name, 'musl')).toEqual(musl);
  });
});

describe('the hosts file', () => {
  const lines = parseHosts(
    '127.0.0.1\tlocalhost\n::1 localhost ip6\n# 10.0.0.1 no\n10.0.0.5 shell Shell.example # own\n10.0.0.6 shell\nbroken line\n10.0.0.7\n',
  );
  it.each([
    ['shell', 'IPv4', { name: 'shell', aliases: ['Shell.example'], addresses: ['10.0.0.5', '10.0.0.6'] }],
    ['SHELL.EXAMPLE.', 'IPv4', { name: 'shell', aliases: ['Shell.example'], addresses: ['10.0.0.5'] }],
    ['localhost', 'IPv6', { name: 'localhost', aliases: ['ip6'], addresses: ['::1'] }],
    ['shell', 'IPv6', undefined],
    ['no', 'IPv4', undefined],
  ] as const)('%s, %s', (name, family, entry) => expect(hostByName(lines, name, family)).toEqual(entry));

  it('goes back from addresses', () => {
    expect(hostByAddress(lines, ip('10.0.0.6'))).toEqual({ name: 'shell', aliases: [], addresses: ['10.0.0.6'] });
    expect(hostByAddress(lines, ip('10.0.0.7'))).toBeUndefined();
  });
});

it.each([
  [undefined, ['files', 'dns']],
  ['passwd: files\n', ['files', 'dns']],
  ['hosts: dns files # first the DNS\n', ['dns', 'files']],
  ['hosts:\tfiles mdns4_minimal [NOTFOUND=return] dns\n', ['files', 'mdns4_minimal', 'dns']],
])('sources of names in %j', (text, sources) => expect(hostSources(text)).toEqual(sources));
