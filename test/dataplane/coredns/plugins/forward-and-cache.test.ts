/** What forward and cache remember: health, order, ages. */
import { describe, expect, it } from '@jest/globals';
import type { CorednsServer } from '#dataplane/coredns/server.ts';
import { queryOf, replyTo, type Outcome, type Query, type ServerAddress } from '#dataplane/dns/message.ts';
import { ask, serverWith } from '../../../support/coredns.ts';

/** Upstreams that write down who was asked; `behaviour` decides what comes back. */
function upstreams(behaviour: (ip: string, query: Query) => 'ok' | 'timeout' | 'refused' | 'SERVFAIL' | 'NXDOMAIN') {
  const asked: string[] = [];
  const upstream = (query: Query, { ip }: ServerAddress): Outcome => {
    const what = behaviour(ip, query);
    // Probes are not of interest.
    if (query.question.type !== 'NS') asked.push(ip);
    if (what === 'timeout') return { kind: 'timeout' };
    if (what === 'refused') return { kind: 'refused', milliseconds: 0 };
    const reply = replyTo(query, 'upstream', what === 'ok' ? 'NOERROR' : what);
    const record = { name: query.question.name, ttl: 100, class: 'IN', type: query.question.type, data: '192.0.2.1' } as const;
    return {
      kind: 'reply',
      milliseconds: 0.4,
      reply: { ...reply, flags: { ...reply.flags, ra: true }, answer: what === 'ok' ? [record] : [] },
    };
  };
  return { asked, upstream };
}

const all = (count: number, from = 0) => Array.from({ length: count }, (_, i) => from + i);

describe('forward', () => {
  it.each([
    ['sequential', ['10.0.0.1', '10.0.0.1', '10.0.0.1', '10.0.0.1']],
    ['round_robin', ['10.0.0.2', '10.0.0.3', '10.0.0.1', '10.0.0.2']],
  ])('policy %s', (policy, order) => {
    const { asked, upstream } = upstreams(() => 'ok');
    const server = serverWith(`. {\n forward . 10.0.0.1 10.0.0.2 10.0.0.3 {\n policy ${policy}\n }\n}\n`, { upstream });
    for (const i of all(4)) ask(server, 'x.test. A', { id: i });
    expect(asked).toEqual(order);
  });

  it('policy random asks all of them now and then', () => {
    const { asked, upstream } = upstreams(() => 'ok');
    const server = serverWith('. {\n forward . 10.0.0.1 10.0.0.2 10.0.0.3\n}\n', { upstream });
    for (const i of all(60)) ask(server, 'x.test. A', { id: i, at: i * 1000 });
    for (const ip of ['10.0.0.1', '10.0.0.2', '10.0.0.3']) expect(asked.filter((one) => one === ip).length).toBeGreaterThan(8);
  });

  it('asks the next server after a failure, and leaves one alone that stays silent', () => {
    const { asked, upstream } = upstreams((ip) => (ip === '10.0.0.1' ? 'timeout' : 'ok'));
    const server = serverWith('. {\n forward . 10.0.0.1 10.0.0.2 {\n policy sequential\n }\n}\n', { upstream });
    expect(ask(server, 'x.test. A', { at: 0 })).toEqual(['NOERROR rd ra', 'x.test. 100 A 192.0.2.1']);
    expect(asked.splice(0)).toEqual(['10.0.0.1', '10.0.0.2']);
    // Three probes have failed by now.
    ask(server, 'x.test. A', { at: 20_000 });
    expect(asked).toEqual(['10.0.0.2']);
  });

  it('asks one that came back', () => {
    let silent = true;
    const { asked, upstream } = upstreams((ip) => (ip === '10.0.0.1' && silent ? 'timeout' : 'ok'));
    const server = serverWith('. {\n forward . 10.0.0.1 10.0.0.2 {\n policy sequential\n }\n}\n', { upstream });
    ask(server, 'x.test. A', { at: 0 });
    ask(server, 'x.test. A', { at: 20_000 });
    silent = false;
    ask(server, 'x.test. A', { at: 40_000 });
    asked.length = 0;
    ask(server, 'x.test. A', { at: 60_000 });
    expect(asked).toEqual(['10.0.0.1']);
  });

  it('hands on what it is not for', () => {
    const { asked, upstream } = upstreams(() => 'ok');
    const server = serverWith('. {\n forward a.test 10.0.0.1 {\n except no.a.test\n }\n whoami\n}\n', { upstream });
    expect(ask(server, 'x.a.test. A')).toEqual(['NOERROR rd ra', 'x.a.test. 100 A 192.0.2.1']);
    expect(ask(server, 'x.no.a.test. A')[0]).toBe('NOERROR aa rd');
    expect(ask(server, 'x.b.test. A')[0]).toBe('NOERROR aa rd');
    expect(asked).toEqual(['10.0.0.1']);
  });

  it('tries the next forward for codes that are named', () => {
    const { asked, upstream } = upstreams((ip) => (ip === '10.0.0.1' ? 'NXDOMAIN' : 'ok'));
    const server = serverWith('. {\n forward . 10.0.0.1 {\n next NXDOMAIN\n }\n forward . 10.0.0.2\n}\n', { upstream, version: '1.13.1' });
    expect(ask(server, 'x.test. A')[1]).toBe('x.test. 100 A 192.0.2.1');
    expect(asked).toEqual(['10.0.0.1', '10.0.0.2']);
  });

  it('fails with SERVFAIL', () => {
    for (const how of ['timeout', 'refused'] as const) {
      const { upstream } = upstreams(() => how);
      const server = serverWith('. {\n errors\n forward . 10.0.0.1\n}\n', { upstream });
      expect(ask(server, 'x.test. A')).toEqual(['SERVFAIL rd']);
    }
  });
});

describe('cache', () => {
  const corefile = (options = '') => `. {\n cache 60 {\n ${options}\n }\n forward . 10.0.0.1\n}\n`;

  it('answers again with the time that is left, and with authority', () => {
    const { asked, upstream } = upstreams(() => 'ok');
    const server = serverWith(corefile(), { upstream });
    const ttls = [0, 10_500, 59_500, 60_500, 61_600].map((at) => ask(server, 'x.test. A', { at }).join(' | '));
    expect(ttls).toEqual([
      'NOERROR rd ra | x.test. 60 A 192.0.2.1',
      'NOERROR aa rd ra | x.test. 50 A 192.0.2.1',
      'NOERROR aa rd ra | x.test. 1 A 192.0.2.1',
      'NOERROR rd ra | x.test. 60 A 192.0.2.1',
      'NOERROR aa rd ra | x.test. 59 A 192.0.2.1',
    ]);
    expect(asked).toHaveLength(2);
  });

  it('keeps types, DO and CD apart, but not letter case', () => {
    const { asked, upstream } = upstreams(() => 'ok');
    const server = serverWith(corefile(), { upstream });
    const edns = { udpSize: 1232, version: 0, flags: 0x8000, options: [] };
    ask(server, 'x.test. A');
    ask(server, 'X.test. A', { at: 2000 });
    expect(asked).toHaveLength(1);
    ask(server, 'x.test. TXT');
    ask(server, 'x.test. A', { edns });
    ask(server, 'x.test. A', { flags: { cd: true } });
    expect(asked).toHaveLength(4);
  });

  it.each([
    ['success 9984 30', 30],
    ['success 9984 3600 200', 200],
    ['keepttl', 60],
  ])('%s', (options, ttl) => {
    const { upstream } = upstreams(() => 'ok');
    const server = serverWith(corefile(options), { upstream });
    expect(ask(server, 'x.test. A', { at: 0 })[1]).toBe(`x.test. ${ttl} A 192.0.2.1`);
  });

  it('keeps failures for five seconds, or as long as is said', () => {
    for (const [options, seconds] of [
      ['', 5],
      ['servfail 2s', 2],
      ['servfail 0', 0],
    ] as const) {
      const { asked, upstream } = upstreams(() => 'SERVFAIL');
      const server = serverWith(corefile(options), { upstream });
      for (const at of [0, 1000, 3000, 6000]) ask(server, 'x.test. A', { at });
      expect(asked).toHaveLength(
        [0, 1000, 3000, 6000].filter((at, i, times) => i === 0 || at - lastAsked(times.slice(0, i), seconds * 1000) >= seconds * 1000)
          .length,
      );
    }
  });

  it('leaves out what it is told to', () => {
    const { asked, upstream } = upstreams(() => 'ok');
    const server = serverWith(corefile('disable success a.test'), { upstream });
    for (const name of ['x.a.test.', 'x.b.test.']) for (const at of [0, 1000]) ask(server, `${name} A`, { at });
    expect(asked).toHaveLength(3);
  });

  it('serves what is stale for a while', () => {
    const { asked, upstream } = upstreams(() => 'ok');
    const server = serverWith(corefile('serve_stale 1m'), { upstream });
    ask(server, 'x.test. A', { at: 0 });
    expect(ask(server, 'x.test. A', { at: 90_000 })[1]).toBe('x.test. 0 A 192.0.2.1');
    // Meanwhile it was asked for anew.
    expect(asked).toHaveLength(2);
    expect(ask(server, 'x.test. A', { at: 91_500 })[1]).toBe('x.test. 59 A 192.0.2.1');
  });
});

/** When the failure that is kept was asked for. */
function lastAsked(times: readonly number[], kept: number): number {
  let last = times[0]!;
  for (const time of times) if (time - last >= kept) last = time;
  return last;
}

it('answers nobody while it waits for itself', () => {
  const upstream = (query: Query): Outcome => itself.answer(query, { ip: '10.10.0.2', port: 1 }, 0).outcome;
  const itself: CorednsServer = serverWith('. {\n forward . 10.10.0.2\n}\n', { upstream });
  expect(itself.answer(queryOf({ name: 'x.test.', type: 'A' }, 1), { ip: '10.10.1.5', port: 2 }, 0).outcome).toMatchObject({
    kind: 'reply',
    reply: { rcode: 'SERVFAIL' },
  });
});
