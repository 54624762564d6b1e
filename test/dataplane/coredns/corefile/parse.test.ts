/** Words, blocks, snippets, imports and variables of Corefiles. */
import { describe, expect, it } from '@jest/globals';
import { tokenize } from '#dataplane/coredns/corefile/lexer.ts';
import { parseCorefile } from '#dataplane/coredns/corefile/parse.ts';
import { filesOf } from '../../../support/coredns.ts';

describe('words', () => {
  it.each([
    ['a b\tc\nd', ['1 a', '1 b', '1 c', '2 d']],
    ['a # b c\nd', ['1 a', '2 d']],
    ['"a b" c', ['1 a b', '1 c']],
    ['"a\nb" c', ['1 a\nb', '2 c']],
    ['"a \\"b\\" \\d"', ['1 a "b" \\d']],
    ['a"b c"', ['1 a"b', '1 c"']],
    ['a#b c', ['1 a', '1 c']],
    ['""', ['1 ']],
    ['\uFEFFa\r\nb', ['1 a', '2 b']],
    ['"never ended', ['1 never ended']],
  ])('%j', (text, words) => expect(tokenize(text).map(({ line, text: word }) => `${line} ${word}`)).toEqual(words));
});

function parse(text: string, files: Readonly<Record<string, string>> = {}, env: Readonly<Record<string, string>> = {}) {
  const log: string[] = [];
  const { read, isDirectory, glob } = filesOf(files);
  const sources = { read, isDirectory, glob, env: new Map(Object.entries(env)), log: (line: string) => void log.push(line) };
  const blocks = parseCorefile('/etc/coredns/Corefile', text, sources).map(({ keys, directives }) => ({
    keys,
    directives: Object.fromEntries([...directives].map(([name, tokens]) => [name, tokens.map((token) => token.text).join(' ')])),
  }));
  return { blocks, log };
}

describe('blocks', () => {
  it.each([
    ['. {\n whoami\n}\n', [{ keys: ['.'], directives: { whoami: 'whoami' } }]],
    ['.:53 a.test, b.test:1053 {\n log\n}\n', [{ keys: ['.:53', 'a.test', 'b.test:1053'], directives: { log: 'log' } }]],
    ['a.test,\nb.test {\n log\n}\n', [{ keys: ['a.test', 'b.test'], directives: { log: 'log' } }]],
    [
      '. {\n forward . 1.1.1.1\n forward b 2.2.2.2 {\n  max_fails 3\n }\n}\n',
      [{ keys: ['.'], directives: { forward: 'forward . 1.1.1.1 forward b 2.2.2.2 { max_fails 3 }' } }],
    ],
    [
      'a.test {\n log\n}\nb.test {\n errors\n}\n',
      [
        { keys: ['a.test'], directives: { log: 'log' } },
        { keys: ['b.test'], directives: { errors: 'errors' } },
      ],
    ],
    ['a.test\nlog\nerrors\n', [{ keys: ['a.test'], directives: { log: 'log', errors: 'errors' } }]],
    ['', []],
  ])('%j', (text, blocks) => expect(parse(text).blocks).toEqual(blocks));

  it('takes snippets and files in', () => {
    const text = '(common) {\n log\n errors\n}\n. {\n import common\n import more\n}\nimport zones/*.conf\n';
    const files = {
      '/etc/coredns/more': 'cache 30',
      '/etc/coredns/zones/a.conf': 'a.test {\n whoami\n}\n',
      '/etc/coredns/zones/b.conf': 'b.test {\n import common\n}\n',
    };
    expect(parse(text, files).blocks).toEqual([
      { keys: ['.'], directives: { log: 'log', errors: 'errors', cache: 'cache 30' } },
      { keys: ['a.test'], directives: { whoami: 'whoami' } },
      { keys: ['b.test'], directives: { log: 'log', errors: 'errors' } },
    ]);
  });

  it('only warns of a pattern that nothing matches', () => {
    expect(parse('. {\n import custom/*.override\n log\n}\n')).toEqual({
      blocks: [{ keys: ['.'], directives: { log: 'log' } }],
      log: ['[WARNING] No files matching import glob pattern: custom/*.override'],
    });
  });

  it('puts variables of the environment in', () => {
    const { blocks } = parse('{$ZONE}:{%PORT%} {\n forward . {$UP} {$NONE}x\n}\n', {}, { ZONE: 'a.test', PORT: '1053', UP: '192.0.2.1' });
    expect(blocks).toEqual([{ keys: ['a.test:1053'], directives: { forward: 'forward . 192.0.2.1 x' } }]);
  });
});
