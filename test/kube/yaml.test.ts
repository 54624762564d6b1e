import { describe, expect, it } from '@jest/globals';
import { duplicateFields, parseYaml, readDocuments, splitDocuments } from '#kube/yaml.ts';
import { recordedLines, recordedText } from '../support/recorded.ts';

describe('the errors of kubectl apply', () => {
  it.each(recordedLines('market/yaml-errors.jsonl').map(({ stdin, stderr }) => [stdin, stderr] as const))('%j', (stdin, stderr) => {
    const parsed = parseYaml(stdin!);
    expect(parsed.ok ? '' : `error: error parsing STDIN: error converting YAML to JSON: ${parsed.error}\n`).toBe(stderr);
  });
});

/** Worded by libyaml; lines as go-yaml counts them: parsers give the line before, and no line at all for the first. */
describe('more errors', () => {
  it.each([
    ['a: b: c\n', 'yaml: mapping values are not allowed in this context'],
    ['x: y\na: b: c\n', 'yaml: line 2: mapping values are not allowed in this context'],
    ['a:\n  b: c\n d: e\n', 'yaml: line 2: did not find expected key'],
    ['a:\n  - b\n -c\n', 'yaml: line 2: did not find expected key'],
    ['- a\nb: c\n', "yaml: line 1: did not find expected '-' indicator"],
    ['x:\n  y: [1, 2\nz: 3\n', "yaml: line 2: did not find expected ',' or ']'"],
    ['a: b\nc: - d\n', 'yaml: line 2: block sequence entries are not allowed in this context'],
    ['a: b\nc: @d\n', 'yaml: line 2: found character that cannot start any token'],
    ['a: b\nc: "\\q"\n', 'yaml: line 2: found unknown escape character'],
    ['a: |x\n', 'yaml: did not find expected comment or line break'],
    ['a: b\n"c: d\n', 'yaml: line 3: found unexpected end of stream'],
    ['a: {b: c]\n', "yaml: did not find expected ',' or '}'"],
    ['a: b\n  <<: c\n', 'yaml: line 2: mapping values are not allowed in this context'],
    ['<<: c\n', 'yaml: map merge requires map or sequence of maps as the value'],
    ['a: \u0001\n', 'yaml: control characters are not allowed'],
  ])('%j', (text, want) => expect(parseYaml(text)).toEqual({ ok: false, error: want }));

  it('a key that stands twice, when reading strictly', () => {
    expect(parseYaml('a: 1\nb:\n  c: 2\n  c: 3\na: 4\n', { strict: true })).toEqual({
      ok: false,
      error: 'yaml: unmarshal errors:\n  line 4: key "c" already set in map\n  line 5: key "a" already set in map',
    });
  });
});

describe('scalars are those of YAML 1.1', () => {
  it.each<[string, unknown]>([
    ['1', 1],
    ['-1', -1],
    ['0644', 420],
    ['0o17', 15],
    ['0x1F', 31],
    ['0b101', 5],
    ['1_000', 1000],
    ['08', 8],
    ['1.5', 1.5],
    ['.5', 0.5],
    ['1e3', 1000],
    ['yes', true],
    ['Off', false],
    ['y', true],
    ['true', true],
    ['tRue', 'tRue'],
    ['~', null],
    ['', null],
    ['12:30', '12:30'],
    ['2026-11-23', '2026-11-23'],
    ['10.0.0.1', '10.0.0.1'],
    ['1.2.3', '1.2.3'],
    ['100m', '100m'],
    ['"1"', '1'],
    ["'yes'", 'yes'],
    ["'it''s'", "it's"],
    ['"a\\tb\\x41\\u00e9"', 'a\tbAé'],
    ['!!str 1', '1'],
    ['a b # c', 'a b'],
    ['a#b', 'a#b'],
    ['http://x:80/', 'http://x:80/'],
    ['*', undefined],
  ])('%s', (text, want) => {
    const parsed = parseYaml(`x: ${text}\n`);
    expect(parsed.ok ? (parsed.value as { x: unknown }).x : undefined).toEqual(want);
  });
});

describe('collections and blocks', () => {
  it.each<[string, unknown]>([
    ['', null],
    ['# nothing\n', null],
    ['---\na: 1\n...\n', { a: 1 }],
    ['a:\n- b\n- c: d\n  e: f\n-\n', { a: ['b', { c: 'd', e: 'f' }, null] }],
    ['- - a\n  - b\n- c\n', [['a', 'b'], 'c']],
    ['{a: 1, b: [x, {c: d}], "e": f, g}', { a: 1, b: ['x', { c: 'd' }], e: 'f', g: null }],
    ['[a: b, c]', [{ a: 'b' }, 'c']],
    ['a:\n  b:\nc:\n', { a: { b: null }, c: null }],
    ['? a\n: b\n', { a: 'b' }],
    ['1: a\ntrue: b\n', { 1: 'a', true: 'b' }],
    ['a: 1\na: 2\n', { a: 2 }],
    ['a: &x {b: 1}\nc: *x\nd:\n  <<: *x\n  e: 2\n', { a: { b: 1 }, c: { b: 1 }, d: { b: 1, e: 2 } }],
    ['a: |\n  x\n   y\n\n  z\n\nb: 1\n', { a: 'x\n y\n\nz\n', b: 1 }],
    ['a: |-\n  x\nb: |+\n  y\n\n', { a: 'x', b: 'y\n\n' }],
    ['a: >\n  x\n  y\n\n  z\n   w\n  v\n', { a: 'x y\nz\n w\nv\n' }],
    ['a: |2\n    x\n', { a: '  x\n' }],
    ['a: "x\n  y\n\n  z"\nb: w\n  v\n', { a: 'x y\nz', b: 'w v' }],
    ['a: "x\\\n  y"\n', { a: 'xy' }],
    ['a: 1\r\nb:\r\n- c\r\n', { a: 1, b: ['c'] }],
    ['\uFEFFa: 1\n', { a: 1 }],
    ['a: b\t# c\n', { a: 'b' }],
    ['__proto__: 1\n', Object.fromEntries([['__proto__', 1]])],
  ])('%j', (text, want) => expect(parseYaml(text)).toEqual({ ok: true, value: want }));
});

describe('a stream of documents', () => {
  it('is parted by lines of three dashes', () => {
    expect(splitDocuments('---\na\n--- # x\nb\n---\n')).toEqual(['a\n', 'b\n']);
    expect(splitDocuments('a: |\n  ---\n')).toEqual(['a: |\n  ---\n']);
    expect(readDocuments('a: 1\n---\n# none\n---\nb: 2\n')).toEqual({ ok: true, value: [{ a: 1 }, { b: 2 }] });
  });

  it('has as many objects as kubectl applied', () => {
    const read = readDocuments(recordedText('market/manifests.yaml'));
    expect(read.ok && read.value.length).toBe(126);
  });
});

describe('keys that stand twice', () => {
  it.each([
    ['{"a": 1, "b": {"c": 1, "c": 2}, "a": 3}', ['b.c', 'a']],
    ['{"spec": {"ports": [{"port": 80}, {"port": 80, "port": 81}]}}', ['spec.ports[1].port']],
    ['a: 1\nb: 2\na: 3\n', ['a']],
    ['{"a": 1}', []],
    ['{"a": ', []],
  ])('%s', (text, want) => expect(duplicateFields(text)).toEqual(want));
});
