/** What all plugins have in common, in every release that is known. */
import { describe, expect, it } from '@jest/globals';
import { pluginNames, plugins } from '#dataplane/coredns/plugins/index.ts';
import { startCoredns } from '#dataplane/coredns/process.ts';
import { ask, filesOf, recordedEnvironment, serverWith } from '../../../support/coredns.ts';

const versions = ['1.8.6', '1.9.3', '1.10.1', '1.11.1', '1.11.3', '1.12.0', '1.12.1', '1.13.1', '1.14.2'];

/** Words that directives take, or choke on. */
const words = [
  '',
  '.',
  'a.test',
  '10.0.0.0/8',
  '/nosuch',
  '0',
  '-1',
  '30',
  '99999999999',
  '"',
  '*',
  '1.1.1.1',
  'tls://1.1.1.1',
  'a b',
  'a b c d',
  '{\n}',
  '{\n nosuch\n}',
  '. {\n nosuch x\n}',
  'a {\n',
];

const starts = versions.flatMap((version) => pluginNames(version).map((name) => [version, name] as const));

it.each(starts)('CoreDNS %s: %s either starts, or says what is wrong in one line', (version, name) => {
  for (const args of words) {
    const files = filesOf({ '/etc/resolv.conf': 'nameserver 203.0.113.53\n', '/etc/coredns/Corefile': `.:53 {\n ${name} ${args}\n}\n` });
    const started = startCoredns(recordedEnvironment({ version, files }), 0);
    if (started.server === undefined) {
      expect(started.exitCode).toBe(1);
      expect(started.stderr).toMatch(
        /^(plugin\/[\w]+: |\/etc\/coredns\/Corefile:\d+ - (Error during parsing|Syntax error): |Listen: |listen )[^]*\n$/,
      );
      continue;
    }
    expect(started.stdout.at(-1)!.text).toMatch(/^(linux\/amd64, go|\[)/);
    for (const question of ['x.a.test. A', '1.0.0.10.in-addr.arpa. PTR', '. NS', 'x.a.test. ANY'])
      expect(ask(started.server, question)[0]).toMatch(/^([A-Z]+|timeout|refused)( |$)/);
  }
});

describe('order', () => {
  it.each(versions)('is that of plugin.cfg in CoreDNS %s', (version) => {
    const order = plugins(version).map(({ name }) => name);
    expect(new Set(order).size).toBe(order.length);
    const before = (a: string, b: string) => expect(order.indexOf(a)).toBeLessThan(order.indexOf(b));
    for (const [a, b] of [
      ['reload', 'ready'],
      ['log', 'cache'],
      ['errors', 'log'],
      ['cache', 'rewrite'],
      ['rewrite', 'template'],
      ['template', 'hosts'],
      ['hosts', 'kubernetes'],
      ['kubernetes', 'file'],
      ['file', 'loop'],
      ['loop', 'forward'],
      ['forward', 'whoami'],
    ] as const)
      before(a, b);
  });

  it('is the same whatever the Corefile says', () => {
    const lines = [
      'whoami',
      'hosts {\n 192.0.2.1 a.test\n fallthrough\n }',
      'template IN A b.test {\n answer "{{ .Name }} 60 IN A 192.0.2.2"\n }',
    ];
    for (const order of [lines, [...lines].reverse()]) {
      const server = serverWith(`. {\n ${order.join('\n ')}\n}\n`);
      expect([ask(server, 'a.test. A'), ask(server, 'b.test. A')]).toEqual([
        ['NOERROR aa rd', 'a.test. 3600 A 192.0.2.1'],
        ['NOERROR aa rd', 'b.test. 60 A 192.0.2.2'],
      ]);
    }
  });
});
