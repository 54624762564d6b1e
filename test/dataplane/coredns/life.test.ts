/** What servers do besides answering: loops, reloads, signals, a deaf API server, HTTP ports (test/recorded/coredns/logs.jsonl). */
import { describe, expect, it } from '@jest/globals';
import { Cluster } from '#kube/cluster.ts';
import { ip } from '#net/ip.ts';
import type { Environment } from '#dataplane/coredns/plugin.ts';
import { lookAtCorefile, reloadBySignal } from '#dataplane/coredns/reload.ts';
import { createServer, type CorednsServer } from '#dataplane/coredns/server.ts';
import { queryOf, type Outcome, type Query, type ServerAddress } from '#dataplane/dns/message.ts';
import { filesOf, recordedEnvironment, recordedLines, sendOutside } from '../../support/coredns.ts';
import { begin, Place, runTool } from '../../support/dns-place.ts';

interface Step {
  readonly argv?: readonly string[];
  readonly stdout?: string;
  readonly do?: string;
  readonly corefile?: string | null;
  readonly log?: readonly string[];
  readonly digShort?: Readonly<Record<string, string>>;
  readonly startedAfterSeconds?: number;
}

interface Recorded {
  readonly id: string;
  readonly corefile: string;
  readonly stdout?: string;
  readonly exit: number;
  readonly steps?: readonly Step[];
}

const recorded = (id: string) => recordedLines<Recorded>('logs.jsonl').find((one) => one.id === id)!;

/** The lines of a process, without those that all have in common, and what happens to be. */
function lines(stdout: string | undefined): string[] {
  return (stdout ?? '')
    .split('\n')
    .filter((line) => line !== '' && !/^(maxprocs|linux)/.test(line))
    .map(mask);
}

function mask(line: string): string {
  return line
    .replace(/\d+\.\d+s$/, 'Ns')
    .replace(/(\d+\.\d+\.\d+\.\d+):\d+ (-> |- \d+)/, '$1:PORT $2')
    .replace(/- \d+ "/, '- ID "')
    .replace(/HINFO \d+\.\d+\./, 'HINFO N.N.');
}

const texts = (log: readonly { readonly text: string }[]) => log.map(({ text }) => mask(text)).filter((text) => !text.startsWith('linux'));

function start(corefile: string, changes: Partial<Environment> = {}): CorednsServer {
  const started = createServer(corefile, recordedEnvironment({ startedAt: begin, ...changes }), begin);
  if (!started.ok) throw new Error(started.error.error);
  return started.value;
}

/** An environment in which one address is the server itself, seen from another. */
function looped(address: string, from: string): { readonly environment: Partial<Environment>; use(server: CorednsServer): void } {
  let itself: CorednsServer | undefined;
  const upstream = (query: Query, server: ServerAddress): Outcome =>
    server.ip === address ? itself!.answer(query, { ip: from, port: 35_033 }, begin).outcome : sendOutside(query, server);
  return { environment: { upstream }, use: (server) => void (itself = server) };
}

describe('a loop', () => {
  it.each([
    ['loop-detected', '172.20.0.10', '10.10.0.1'],
    ['loop-localhost', '127.0.0.1', '127.0.0.1'],
  ])('%s ends the process', (id, address, from) => {
    const one = recorded(id);
    const { environment, use } = looped(address, from);
    const server = start(one.corefile, environment);
    use(server);
    const after = server.afterStart(begin);
    expect([...texts(server.startupLog), ...texts(after.log)]).toEqual(lines(one.stdout));
    expect(after.exit).toBe(one.exit);
  });

  it('goes round without the plugin until nobody answers', () => {
    const { environment, use } = looped('172.20.0.10', '10.10.0.1');
    const server = start(recorded('loop-without-plugin').corefile, environment);
    use(server);
    const from = { ip: '10.10.1.5', port: 40_000 };
    const inside = server.answer(queryOf({ name: 'storefront.market.svc.cluster.local.', type: 'A' }, 1), from, begin);
    expect(inside.outcome).toMatchObject({ kind: 'reply', reply: { rcode: 'NOERROR' } });
    const outside = server.answer(queryOf({ name: 'example.org.', type: 'A' }, 2), from, begin);
    expect(outside.outcome).toMatchObject({ kind: 'reply', reply: { rcode: 'SERVFAIL' } });
    expect(outside.log.map(({ text }) => text).join('\n')).toMatch(
      /plugin\/errors: 2 example\.org\. A: read udp .*->172\.20\.0\.10:53: i\/o timeout/,
    );
  });
});

describe('reload', () => {
  const one = recorded('reload');
  const environment = (corefile: string | undefined) =>
    recordedEnvironment({
      startedAt: begin,
      files: filesOf({
        '/etc/resolv.conf': 'nameserver 203.0.113.53\n',
        ...(corefile !== undefined && { '/etc/coredns/Corefile': corefile }),
      }),
    });
  const first = start(one.corefile);
  let state: { server: CorednsServer; tried: string } = { server: first, tried: first.reload!.sum };
  it.each(one.steps!.map((step) => [step.do!, step] as const))('%s', (_, step) => {
    const looked = lookAtCorefile(state.server, state.tried, step.corefile ?? undefined, environment(step.corefile ?? undefined), begin);
    state = looked;
    // A file that cannot be read is complained of at every look.
    expect(texts(looked.log)).toEqual([...new Set(step.log!.map(mask))]);
    for (const [name, answer] of Object.entries(step.digShort ?? {})) {
      const { outcome } = state.server.answer(queryOf({ name: `${name}.`, type: 'A' }, 7), { ip: '10.10.1.5', port: 40_000 }, begin);
      const shown = outcome.kind === 'reply' ? outcome.reply.answer.map(({ data }) => `${data}\n`).join('') : expect.stringContaining('');
      expect(outcome.kind === 'reply' ? shown : '').toBe(outcome.kind === 'reply' ? answer : '');
    }
    // Looked at again, nothing has changed.
    if (!step.log?.some((line) => line.startsWith('[WARNING]')))
      expect(
        lookAtCorefile(state.server, state.tried, step.corefile ?? undefined, environment(step.corefile ?? undefined), begin).log,
      ).toEqual([]);
  });
});

describe('signals', () => {
  it('USR1 reloads, INT stops', () => {
    const one = recorded('sigusr1-sigint');
    let server = start(one.corefile);
    const log = [...texts(server.startupLog)];
    for (const corefile of [
      one.corefile.replace('errors\n', 'errors\n    log\n'),
      one.corefile.replace('errors\n', 'whoamy\n    errors\n'),
    ]) {
      const reloaded = reloadBySignal(server, corefile, recordedEnvironment(), begin);
      log.push(...texts(reloaded.log));
      ({ server } = reloaded);
    }
    log.push(...texts(server.stop('SIGINT', begin)));
    expect(log).toEqual(lines(one.stdout));
  });
});

/** A place whose only DNS server is this one. */
function placeOf(server: CorednsServer, at: number): Place {
  const place = new Place(undefined);
  place.time = at;
  place.exchange = (query) => {
    const answered = server.answer(query, { ip: '10.10.1.5', port: 40_000 }, place.time);
    place.log.push(...texts(answered.log));
    return answered.outcome;
  };
  return place;
}

const maskReply = (text: string | undefined) =>
  (text ?? '')
    .replace(/id: \d+/, 'id: ID')
    .replace(/COOKIE: \w+/, 'COOKIE: C')
    .replace(/Query time: \d+/, 'Query time: N')
    .replace(/WHEN: .*/, 'WHEN');

describe('an API server that does not answer', () => {
  it.each(['api-refused', 'api-unauthorized'])('%s', (id) => {
    const one = recorded(id);
    const environment = recordedEnvironment({
      startedAt: begin,
      files: filesOf({
        '/etc/resolv.conf': 'nameserver 203.0.113.53\n',
        '/etc/coredns/kc': 'apiVersion: v1\nkind: Config\nclusters: []\n',
      }),
    });
    const nothing = new Cluster();
    const kubernetes = {
      ...environment.kubernetes!,
      objects: () => nothing,
      modified: () => 0,
      synced: () => false,
      failures: () => ['connection refused'],
    };
    const server = start(one.corefile, { ...environment, kubernetes });
    // How often the watches are tried again is chance: their lines are not counted.
    const counted = (all: readonly string[]) => [...new Set(all)].sort();
    const log = texts(server.startupLog);
    const place = placeOf(server, server.startedAt);
    for (const { argv, stdout } of one.steps!) {
      if (argv?.[0] === 'dig') expect(maskReply(runTool(argv.join(' '), place).stdout)).toBe(maskReply(stdout));
      if (argv?.[0] === 'curl') {
        const url = new URL(argv.at(-1)!);
        expectReply(server.http(ip(url.hostname), Number(url.port), url.pathname, place.time), stdout!);
      }
    }
    log.push(...place.log, ...texts(server.stop('SIGTERM', place.time)));
    const missing = lines(one.stdout).filter((line) => line.includes('Plugins not ready'));
    expect(counted([...log, ...missing])).toEqual(counted(lines(one.stdout)));
    const { startedAfterSeconds } = one.steps!.find((step) => step.startedAfterSeconds !== undefined) ?? {};
    if (startedAfterSeconds !== undefined) expect((server.startedAt - begin) / 1000).toBeCloseTo(startedAfterSeconds, 0);
  });
});

function expectReply(reply: ReturnType<CorednsServer['http']>, recordedText: string): void {
  const [head = '', body = ''] = recordedText.split('\r\n\r\n');
  expect(reply).toMatchObject({ status: Number(/ (\d+)/.exec(head)![1]), contentType: /content-type: (.*)/i.exec(head)![1]!.trim(), body });
}

describe('HTTP', () => {
  const one = recorded('http-endpoints-and-lameduck');
  const server = start(one.corefile);
  const place = placeOf(server, begin);
  const get = (url: string) => {
    const { hostname, port, pathname } = new URL(url);
    return server.http(hostname, Number(port), pathname, place.time);
  };
  const asked = one.steps!.filter(({ argv }) => argv?.[0] === 'curl');
  it.each(asked.filter(({ argv }) => argv!.at(-1) !== 'http://10.10.0.2:9153/metrics').map((step) => [step.argv!.at(-1)!, step] as const))(
    '%s',
    (url, step) => expectReply(get(url), step.stdout!),
  );

  it('counts', () => {
    for (let i = 0; i < 3; i++)
      for (const name of ['storefront.market.svc.cluster.local', 'nosuch.storefront.market.svc.cluster.local', 'example.org'])
        runTool(`dig @172.20.0.10 ${name} A`, place);
    const shown = asked.find(({ argv }) => argv!.at(-1)!.endsWith('/metrics'))!.stdout!;
    const kept = (text: string) =>
      text
        .split('\n')
        .filter((line) => !/_bucket\{|rest_client|^(# (HELP|TYPE) )?(go|process|promhttp)_/.test(line))
        .map((line) => line.replace('go1.26.3', 'go1.25.2').replace(/(duration_seconds_sum\S*) .*/, '$1 N'))
        .filter((line) => line.includes('coredns_'));
    expect(kept(get('http://10.10.0.2:9153/metrics')!.body)).toEqual(kept(shown));
  });

  it('goes on for a while when stopped', () => {
    expect(texts(server.stop('SIGTERM', begin))).toEqual(lines(one.stdout).slice(-2));
  });
});
