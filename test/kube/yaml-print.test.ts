import { describe, expect, it } from '@jest/globals';
import { parseYaml, splitDocuments } from '#kube/yaml.ts';
import { yamlText } from '#kube/yaml-print.ts';
import { recordedLines } from '../support/recorded.ts';

describe('what kubectl -o yaml printed is printed again', () => {
  it.each(recordedLines('market/yaml-output.jsonl').map(({ command, stdout }) => [command, stdout] as const))('%s', (_, stdout) => {
    for (const document of splitDocuments(stdout)) {
      const parsed = parseYaml(document);
      expect(parsed.ok && yamlText(parsed.value)).toBe(document);
    }
  });
});

describe('texts are quoted when they would be read as something else', () => {
  it.each([
    ['', '""'],
    ['yes', '"yes"'],
    ['y', '"y"'],
    ['null', '"null"'],
    ['~', '"~"'],
    ['1', '"1"'],
    ['012', '"012"'],
    ['0x1F', '"0x1F"'],
    ['1e3', '"1e3"'],
    ['.5', '".5"'],
    ['2026-11-23', '"2026-11-23"'],
    ['2026-11-23T03:01:28Z', '"2026-11-23T03:01:28Z"'],
    ['2026-13-23', '2026-13-23'],
    ['10:30', '"10:30"'],
    ['80:8080', '80:8080'],
    ['10.0.0.1', '10.0.0.1'],
    ['100m', '100m'],
    ['*', "'*'"],
    ['- a', "'- a'"],
    ['-a', '-a'],
    ['a: b', "'a: b'"],
    ['a:b', 'a:b'],
    ['a #b', "'a #b'"],
    ["it's", "it's"],
    ["'it's", "'''it''s'"],
    [' a', "' a'"],
    ['a\tb', '"a\\tb"'],
    ['a\u001bb\u0001', '"a\\eb\\x01"'],
    ['a \nb', '"a \\nb"'],
    ['a\n', '|\n  a'],
    ['a\nb', '|-\n  a\n  b'],
    ['a\n\n', '|+\n  a\n'],
    [' a\n', '|2\n   a'],
    ['é😀', 'é😀'],
  ])('%j', (text, want) => expect(yamlText({ x: text })).toBe(`x: ${want}\n`));
});

it('sorts keys as people count', () => {
  const keys = ['ab', 'a10', 'a9', 'a.b', 'a', 'B', 'f:a', '.', 'a-b', 'a1b', 'a1.'];
  const printed = yamlText(Object.fromEntries(keys.map((key) => [key, 0])));
  expect(printed.replaceAll(': 0\n', ' ')).toBe('. B a a-b a.b a1b a1. a9 a10 ab f:a ');
});

it('prints numbers, empty collections and nested sequences', () => {
  const value = { a: [], b: {}, c: null, d: true, e: 1.5, f: 1e21, g: [['x', ['z']], { h: 1, i: [{ j: 2 }] }], k: undefined };
  expect(yamlText(value)).toBe('a: []\nb: {}\nc: null\nd: true\ne: 1.5\nf: 1e+21\ng:\n- - x\n  - - z\n- h: 1\n  i:\n  - j: 2\n');
});

/** The data of a ConfigMap, as kubectl v1.33.1 printed it. */
const folded = String.raw`data:
  a: '0/4 nodes are available: 1 node(s) had  untolerated taint(s), 3 node(s) didn''t  match
    pod topology spread constraints. no new claims to deallocate'
  b: 0/4 nodes are available 1 node(s) had untolerated taint(s), 3 node(s) did not  match
    pod topology spread constraints. no new claims to deallocate
  c: "line with trailing blank \nis here for a long time, and even longer it becomes
    \nsomewhere  with  double  blanks \"quotes\"  \nand   then it ends because all
    must"
  d: plain text that is rather long and goes on until column 81 is reached here now
    or not
  dd: plain text that is rather long and goes on until column 80 is reached here now
    a or
  e: "tab\there is a text that is double quoted and long, so that it has to be folded
    \   with several    blanks    in a row"
  f: ünïcödé in a text that is double quoted and long, so that it has to be folded
    at eighty columns as anything
`;

describe('beyond column 80 a blank becomes a line break', () => {
  it.each(folded.split(/^(?= {2}\w+:)/m).slice(1))('%s', (field) => {
    const document = `data:\n${field}`;
    const parsed = parseYaml(document);
    expect(parsed.ok && yamlText(parsed.value)).toBe(document);
  });
});
