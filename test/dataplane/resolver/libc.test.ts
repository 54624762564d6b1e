/** How the C libraries go about finding names: whom they ask, in which order, how long it takes, and what comes of it. */
import { describe, expect, it } from '@jest/globals';
import type { Ip } from '#net/ip.ts';
import { replyTo, type Outcome, type Query, type ResourceRecord } from '#dataplane/dns/message.ts';
import type { Rcode } from '#dataplane/dns/type.ts';
import { Resolver, type Libc } from '#dataplane/resolver/libc.ts';
import type { DnsClient } from '#dataplane/resolver/client.ts';

type Behaviour = Rcode | 'timeout' | 'refused' | 'slow' | readonly string[];

/** Servers by address; each says what it makes of `NAME TYPE`, NXDOMAIN otherwise. A list is the answer's data. */
type Servers = Readonly<Record<string, Readonly<Record<string, Behaviour>>>>;

const conf = 'search shop.svc.cluster.local svc.cluster.local cluster.local\nnameserver 10.96.0.10\noptions ndots:5\n';

function placeOf(
  servers: Servers,
  resolvConf = conf,
  files: Readonly<Record<string, string>> = {},
  addresses = ['10.244.1.5'],
): DnsClient & { readonly asked: string[] } {
  let time = 0;
  const asked: string[] = [];
  return {
    asked,
    now: () => time,
    wait: (milliseconds) => void (time += milliseconds),
    exchange: (query, { ip }) => {
      const { name, type } = query.question;
      asked.push(`${ip} ${type} ${name}`);
      const known = servers[ip];
      if (known === undefined) return { kind: 'timeout' };
      return outcomeOf(query, known[`${name} ${type}`] ?? known[name] ?? known['*'] ?? 'NXDOMAIN');
    },
    readFile: (path) => ({ '/etc/resolv.conf': resolvConf, ...files })[path],
    addresses: addresses.map((ip) => ({ ip: ip as Ip, length: ip.includes(':') ? 64 : 24 })),
    hostname: 'client',
    draw: () => 7,
  };
}

function outcomeOf(query: Query, behaviour: Behaviour): Outcome {
  if (behaviour === 'timeout') return { kind: 'timeout' };
  if (behaviour === 'refused') return { kind: 'refused', milliseconds: 0 };
  const { name, type } = query.question;
  const data = typeof behaviour === 'string' ? [] : behaviour;
  const answer = data.map((one): ResourceRecord => {
    const [owner, alias] = one.split('>');
    return alias === undefined
      ? { name, ttl: 30, class: 'IN', type, data: one }
      : { name: owner!, ttl: 30, class: 'IN', type: /[a-z]\.$/.test(alias) ? 'CNAME' : type, data: alias };
  });
  const rcode = typeof behaviour === 'string' && behaviour !== 'slow' ? behaviour : 'NOERROR';
  return { kind: 'reply', milliseconds: behaviour === 'slow' ? 60_000 : 1, reply: { ...replyTo(query, 'test', rcode), answer } };
}

const web = { 'web.shop.svc.cluster.local. A': ['10.96.7.7'], 'web.shop.svc.cluster.local. AAAA': 'NOERROR' } as const;

describe('getaddrinfo', () => {
  it.each(['glibc', 'musl'] as const)('asks for both families of a name at once (%s)', (libc) => {
    const place = placeOf({ '10.96.0.10': web });
    expect(new Resolver(place, libc).addresses('web')).toMatchObject({
      addresses: ['10.96.7.7'],
      canonicalName: 'web.shop.svc.cluster.local',
    });
    expect(place.asked).toEqual(['10.96.0.10 A web.shop.svc.cluster.local.', '10.96.0.10 AAAA web.shop.svc.cluster.local.']);
  });

  it('leaves out families that the place has no address of, when asked to', () => {
    const place = placeOf({ '10.96.0.10': web });
    new Resolver(place).addresses('web', ['IPv4', 'IPv6'], true);
    expect(place.asked).toEqual(['10.96.0.10 A web.shop.svc.cluster.local.']);
  });

  it('walks the whole list for a name from outside', () => {
    const place = placeOf({ '10.96.0.10': { 'example.org. A': ['192.0.2.80'], 'example.org. AAAA': ['2001:db8::80'] } });
    expect(new Resolver(place).addresses('example.org', ['IPv4'])).toMatchObject({ addresses: ['192.0.2.80'] });
    expect(place.asked.map((one) => one.split(' ')[2])).toEqual([
      'example.org.shop.svc.cluster.local.',
      'example.org.svc.cluster.local.',
      'example.org.cluster.local.',
      'example.org.',
    ]);
  });

  it('follows aliases', () => {
    const answer = ['pay.shop.svc.cluster.local.>gw.example.', 'gw.example.>192.0.2.40'];
    const place = placeOf({ '10.96.0.10': { 'pay.shop.svc.cluster.local. A': answer } });
    expect(new Resolver(place).addresses('pay', ['IPv4'])).toMatchObject({ addresses: ['192.0.2.40'], canonicalName: 'gw.example' });
  });

  it('takes no answer about another name', () => {
    const place = placeOf({ '10.96.0.10': { 'web.shop.svc.cluster.local. A': ['other.>10.9.9.9'] } });
    expect(new Resolver(place).addresses('web', ['IPv4'])).toMatchObject({ addresses: [], error: 'EAI_NONAME' });
  });

  it('looks into the hosts file first, or where nsswitch.conf says', () => {
    const hosts = { '/etc/hosts': '10.9.9.9 web\n' };
    expect(new Resolver(placeOf({ '10.96.0.10': web }, conf, hosts)).addresses('web', ['IPv4']).addresses).toEqual(['10.9.9.9']);
    const dnsFirst = { ...hosts, '/etc/nsswitch.conf': 'hosts: dns files\n' };
    expect(new Resolver(placeOf({ '10.96.0.10': web }, conf, dnsFirst)).addresses('web', ['IPv4']).addresses).toEqual(['10.96.7.7']);
    // musl knows no nsswitch.conf.
    expect(new Resolver(placeOf({ '10.96.0.10': web }, conf, dnsFirst), 'musl').addresses('web', ['IPv4']).addresses).toEqual(['10.9.9.9']);
  });

  it('asks nobody about an address', () => {
    const place = placeOf({});
    expect(new Resolver(place).addresses('10.1.2.3')).toMatchObject({ addresses: ['10.1.2.3'], canonicalName: '10.1.2.3' });
    expect(new Resolver(place).addresses('fd00::1', ['IPv4'])).toMatchObject({ addresses: [], error: 'EAI_NONAME' });
    expect(place.asked).toEqual([]);
  });

  it('puts IPv6 first where there is some, last where there is none', () => {
    const both = { '10.96.0.10': { 'example.org. A': ['192.0.2.80'], 'example.org. AAAA': ['2001:db8::80'] } };
    const only4 = new Resolver(placeOf(both, 'nameserver 10.96.0.10\n')).addresses('example.org');
    expect(only4.addresses).toEqual(['192.0.2.80', '2001:db8::80']);
    const dual = new Resolver(placeOf(both, 'nameserver 10.96.0.10\n', {}, ['10.244.1.5', 'fd00::5'])).addresses('example.org');
    expect(dual.addresses).toEqual(['2001:db8::80', '192.0.2.80']);
  });
});

describe('what goes wrong, and how long it takes', () => {
  const one = 'nameserver 10.96.0.10\n';
  const two = 'nameserver 10.96.0.10\nnameserver 10.96.0.11\n';
  const good = { 'web. A': ['10.96.7.7'] } as const;
  const table: readonly (readonly [what: string, resolvConf: string, servers: Servers, libc: Libc, result: string, seconds: number])[] = [
    ['no such name', one, { '10.96.0.10': {} }, 'glibc', 'EAI_NONAME', 0],
    ['no such record', one, { '10.96.0.10': { 'web. A': 'NOERROR' } }, 'glibc', 'EAI_NODATA', 0],
    ['SERVFAIL', one, { '10.96.0.10': { 'web. A': 'SERVFAIL' } }, 'glibc', 'EAI_AGAIN', 0],
    ['REFUSED', one, { '10.96.0.10': { 'web. A': 'REFUSED' } }, 'glibc', 'EAI_AGAIN', 0],
    ['silence', one, {}, 'glibc', 'EAI_AGAIN', 10],
    ['silence, with other options', `${one}options timeout:1 attempts:3\n`, {}, 'glibc', 'EAI_AGAIN', 3],
    ['nobody listens', one, { '10.96.0.10': { '*': 'refused' } }, 'glibc', 'EAI_AGAIN', 0],
    ['an answer that comes too late', one, { '10.96.0.10': { '*': 'slow' } }, 'glibc', 'EAI_AGAIN', 10],
    ['the first server is silent', two, { '10.96.0.11': good }, 'glibc', '10.96.7.7', 5],
    ['the first server refuses', two, { '10.96.0.10': { '*': 'refused' }, '10.96.0.11': good }, 'glibc', '10.96.7.7', 0],
    ['the first server fails', two, { '10.96.0.10': { '*': 'SERVFAIL' }, '10.96.0.11': good }, 'glibc', '10.96.7.7', 0],
    ['the first server knows no such name', two, { '10.96.0.10': {}, '10.96.0.11': good }, 'glibc', 'EAI_NONAME', 0],
    ['both are silent', two, {}, 'glibc', 'EAI_AGAIN', 20],
    ['silence', one, {}, 'musl', 'EAI_AGAIN', 5],
    ['the first server is silent', two, { '10.96.0.11': good }, 'musl', '10.96.7.7', 0],
    ['the first server fails', two, { '10.96.0.10': { '*': 'SERVFAIL' }, '10.96.0.11': good }, 'musl', '10.96.7.7', 0],
  ];
  it.each(table)('%s (%s)', (_, resolvConf, servers, libc, result, seconds) => {
    const place = placeOf(servers, resolvConf);
    const found = new Resolver(place, libc).addresses('web', ['IPv4']);
    expect(found.error ?? found.addresses.join()).toBe(result);
    expect(Math.round(found.milliseconds / 1000)).toBe(seconds);
    expect(found.milliseconds).toBe(place.now());
  });

  it('goes on to other suffixes after SERVFAIL, but not after silence', () => {
    const failing = placeOf({ '10.96.0.10': { 'web.shop.svc.cluster.local.': 'SERVFAIL', 'web.svc.cluster.local. A': ['10.96.7.7'] } });
    expect(new Resolver(failing).addresses('web', ['IPv4']).addresses).toEqual(['10.96.7.7']);
    const silent = placeOf({ '10.96.0.10': { 'web.shop.svc.cluster.local.': 'timeout', 'web.svc.cluster.local. A': ['10.96.7.7'] } });
    expect(new Resolver(silent).addresses('web', ['IPv4'])).toMatchObject({ addresses: [], error: expect.stringContaining('EAI') });
  });

  it('musl ends the search where a name has no address of a family, glibc does not', () => {
    const servers = { '10.96.0.10': { 'web.shop.svc.cluster.local.': 'NOERROR', 'web.svc.cluster.local. A': ['10.96.7.7'] } } as const;
    expect(new Resolver(placeOf(servers)).addresses('web', ['IPv4']).addresses).toEqual(['10.96.7.7']);
    expect(new Resolver(placeOf(servers), 'musl').addresses('web', ['IPv4'])).toMatchObject({ addresses: [], error: 'EAI_NODATA' });
  });
});

describe('back from an address', () => {
  it('asks the hosts file, then the reverse zone', () => {
    const place = placeOf({ '10.96.0.10': { '7.7.96.10.in-addr.arpa. PTR': ['web.shop.svc.cluster.local.'] } }, conf, {
      '/etc/hosts': '10.244.1.5 client\n',
    });
    const resolver = new Resolver(place);
    expect(resolver.hostByAddress('10.244.1.5' as Ip)).toMatchObject({ name: 'client' });
    expect(resolver.hostByAddress('10.96.7.7' as Ip)).toEqual({
      name: 'web.shop.svc.cluster.local',
      aliases: [],
      addresses: ['10.96.7.7'],
    });
    expect(resolver.hostByAddress('10.96.7.8' as Ip)).toBe('EAI_NONAME');
  });
});
