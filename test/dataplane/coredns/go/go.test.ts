/** Go's texts: durations, quotes, numbers, expressions, templates, addresses. */
import { describe, expect, it } from '@jest/globals';
import { splitAddress } from '#dataplane/coredns/go/address.ts';
import { formatDuration, parseDuration } from '#dataplane/coredns/go/duration.ts';
import { atoi, parseUint } from '#dataplane/coredns/go/number.ts';
import { quote } from '#dataplane/coredns/go/quote.ts';
import { compileRegexp } from '#dataplane/coredns/go/regexp.ts';
import { compileTemplate } from '#dataplane/coredns/go/template.ts';

const valueOf = <T>(result: { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: string }) =>
  result.ok ? result.value : result.error;

describe('durations', () => {
  it.each([
    ['0', 0, '0s'],
    ['5s', 5e9, '5s'],
    ['1h30m', 5400e9, '1h30m0s'],
    ['1.5s', 1.5e9, '1.5s'],
    ['-250ms', -0.25e9, '-250ms'],
    ['10us', 1e4, '10µs'],
    ['90s', 90e9, '1m30s'],
    ['.5s', 0.5e9, '500ms'],
  ])('%s', (text, nanoseconds, written) => {
    expect(valueOf(parseDuration(text))).toBe(nanoseconds);
    expect(formatDuration(nanoseconds)).toBe(written);
  });

  it.each([
    ['', 'time: invalid duration ""'],
    ['5', 'time: missing unit in duration "5"'],
    ['5x', 'time: unknown unit "x" in duration "5x"'],
    ['s', 'time: invalid duration "s"'],
    ['5 s', 'time: unknown unit " s" in duration "5 s"'],
    ['.s', 'time: invalid duration ".s"'],
  ])('%j is none', (text, error) => expect(valueOf(parseDuration(text))).toBe(error));
});

it.each([
  ['plain', '"plain"'],
  ['a"b\\c', '"a\\"b\\\\c"'],
  ['\t\n\x07\x01', '"\\t\\n\\a\\x01"'],
  ['é 世', '"é 世"'],
  ['\u200b\u{e0001}', '"\\u200b\\U000e0001"'],
])('quotes %j', (text, quoted) => expect(quote(text)).toBe(quoted));

it.each([
  ['12', 12],
  ['+3', 3],
  ['-3', -3],
  ['1e3', 'strconv.Atoi: parsing "1e3": invalid syntax'],
  ['99999999999999999999', 'strconv.Atoi: parsing "99999999999999999999": value out of range'],
])('Atoi(%j)', (text, value) => expect(valueOf(atoi(text))).toBe(value));

it.each([
  ['65535', 16, 10, 65535],
  ['65536', 16, 10, 'strconv.ParseUint: parsing "65536": value out of range'],
  ['-1', 16, 10, 'strconv.ParseUint: parsing "-1": invalid syntax'],
  ['0x1F', 32, 0, 31],
  ['017', 32, 0, 15],
] as const)('ParseUint(%j, %i bits, base %i)', (text, bits, base, value) => expect(valueOf(parseUint(text, bits, base))).toBe(value));

it.each([
  ['10.0.0.1:53', { host: '10.0.0.1', port: '53' }],
  ['[fd00::1]:53', { host: 'fd00::1', port: '53' }],
  [':8080', { host: '', port: '8080' }],
  ['8080', 'address 8080: missing port in address'],
  ['a:b:c', 'address a:b:c: too many colons in address'],
])('SplitHostPort(%j)', (text, value) => expect(valueOf(splitAddress(text))).toEqual(value));

describe('regular expressions', () => {
  it.each([
    ['a(b+)c', 'xabbc', ['abbc', 'bb']],
    ['(?i)AB', 'xab', ['ab']],
    ['(?P<host>[^.]+)\\.(?<zone>.*)', 'web.shop.', ['web.shop.', 'web', 'shop.']],
    ['^(a)|(b)$', 'b', ['b', '', 'b']],
    ['[[:alpha:]]+[[:^digit:]]', 'ab1c-', ['ab']],
    ['\\Qa.b\\E', 'a.b', ['a.b']],
    ['\\A\\d{2,3}\\z', '123', ['123']],
    ['(?U)a+', 'aaa', ['a']],
    ['(?s).', '\n', ['\n']],
    ['.', '\n', undefined],
    ['x*', '', ['']],
    ['[^a-c]', 'abcd', ['d']],
    ['\\pL\\x{e9}', 'xé', ['xé']],
    ['[\\d\\-]+', 'a1-2', ['1-2']],
    ['$', 'a\n', ['']],
    ['(?m)^b$', 'a\nb\nc', ['b']],
  ])('%s on %j', (pattern, text, groups) => {
    const compiled = compileRegexp(pattern);
    expect(compiled.ok && compiled.value.find(text)).toEqual(groups);
  });

  it('names groups', () => {
    const compiled = compileRegexp('(?P<a>x)(y)(?<b>z)');
    expect(compiled.ok && [compiled.value.groups, compiled.value.groupNames]).toEqual([3, ['', 'a', '', 'b']]);
  });

  it.each([
    ['(', 'missing closing ): `(`'],
    [')', 'unexpected ): `)`'],
    ['[a', 'missing closing ]: `[a`'],
    ['*', 'missing argument to repetition operator: `*`'],
    ['a**', 'invalid nested repetition operator: `**`'],
    ['a{1001}', 'invalid repeat count: `{1001}`'],
    ['a{2,1}', 'invalid repeat count: `{2,1}`'],
    ['[b-a]', 'invalid character class range: `b-a`'],
    ['\\8', 'invalid escape sequence: `\\8`'],
    ['a\\', 'trailing backslash at end of expression: ``'],
    ['(?=a)', 'invalid or unsupported Perl syntax: `(?=`'],
    ['(?P<a>x)(?P<a>y)', 'duplicate capture group name: `a`'],
    ['(?P<1a', 'invalid named capture: `(?P<1a`'],
    ['\\pQ', 'invalid character class range: `\\pQ`'],
  ])('%s is none', (pattern, error) => expect(valueOf(compileRegexp(pattern))).toBe(`error parsing regexp: ${error}`));
});

describe('templates', () => {
  const data = {
    Name: 'web.shop.',
    Match: ['web', 'shop'],
    Group: new Map([
      ['1', 'web'],
      ['a', 'shop'],
    ]),
    Question: { Name: 'web.', Qtype: 1 },
    Yes: true,
    No: '',
  };
  const run = (text: string) => {
    const compiled = compileTemplate('answer', text, {});
    if (!compiled.ok) return compiled.error;
    return valueOf(compiled.value.execute(data));
  };
  it.each([
    ['plain', 'plain'],
    ['{{ .Name }}', 'web.shop.'],
    ['{{.Question.Name}}{{ .Group.a }}{{ index .Match 1 }}', 'web.shopshop'],
    ['a {{- " b " -}} c', 'a b c'],
    ['{{ if .Yes }}1{{ else }}2{{ end }}{{ if .No }}3{{ else if .Yes }}4{{ end }}', '14'],
    ['{{ range $i, $one := .Match }}{{ $i }}={{ $one }};{{ end }}', '0=web;1=shop;'],
    ['{{ range .Match }}{{ . }},{{ end }}', 'web,shop,'],
    ['{{ with .Name }}<{{ . }}>{{ end }}', '<web.shop.>'],
    ['{{ len .Match }} {{ printf "%s-%d" .Name 7 }} {{ eq .Name "web.shop." }}', '2 web.shop.-7 true'],
    ['{{ $x := .Name }}{{ $x | printf "%q" }}', '"web.shop."'],
    ['{{ and .Yes .No }}|{{ or .No .Name }}|{{ not .No }}', '|web.shop.|true'],
    ['{{/* nothing */}}x', 'x'],
  ])('%s', (text, result) => expect(run(text)).toBe(result));

  it.each(['{{ .Name', '{{ end }}', '{{ if .Yes }}', '{{ nosuch .Name }}', '{{ }}', '{{ $x }}'])('%s is none', (text) =>
    expect(run(text)).toMatch(/^template: answer:1/),
  );
});
