import { describe, expect, it } from '@jest/globals';
import type { LabelSelector } from '#kube/kinds/label-selector.ts';
import { parseSelector } from '#kube/selector-parse.ts';
import { labelSelectorText, matchesAll, matchesLabels, matchesMap, matchesRequirement, selectorText } from '#kube/selector.ts';

const labels = { app: 'web', tier: 'front', old: '', rank: '7' };

describe('-l on app=web,tier=front,old=,rank=7', () => {
  it.each([
    ['', true],
    ['app', true],
    ['app=web', true],
    ['app==web', true],
    [' app = web , tier=front ', true],
    ['app=api', false],
    ['app!=api', true],
    ['app!=web', false],
    ['nope!=web', true],
    ['!nope', true],
    ['!app', false],
    ['old=', true],
    ['old', true],
    ['app=', false],
    ['tier in (front,back)', true],
    ['tier in (back)', false],
    ['tier notin (back,side)', true],
    ['tier notin (front)', false],
    ['nope notin (front)', true],
    ['nope in (front)', false],
    ['old in (,x)', true],
    ['rank>6', true],
    ['rank>7', false],
    ['rank<10', true],
    ['app>1', false],
    ['app=web,tier=back', false],
    ['in in (x)', false],
    ['in!=in', true],
  ])('%s → %s', (text, want) => {
    const parsed = parseSelector(text);
    expect(parsed.ok && matchesAll(parsed.value, labels)).toBe(want);
  });
});

describe('-l is printed with its keys sorted', () => {
  it.each([
    ['b=2,a=1', 'a=1,b=2'],
    ['a==1', 'a==1'],
    ['!z,y', 'y,!z'],
    ['x notin (c, b,b)', 'x notin (b,c)'],
    ['x in (one)', 'x in (one)'],
    ['x in (b,,a)', 'x in (,a,b)'],
    ['n>3,m<4', 'm<4,n>3'],
    ['a!=1', 'a!=1'],
  ])('%s → %s', (text, want) => {
    const parsed = parseSelector(text);
    expect(parsed.ok && selectorText(parsed.value)).toBe(want);
  });
});

describe('-l is refused', () => {
  const name =
    "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
  it.each([
    ['app in stall', "unable to parse requirement: found 'stall' expected: '('"],
    ['app===b', "unable to parse requirement: found '=', expected: identifier"],
    ['app,,b', "found ',', expected: identifier after ','"],
    ['=b', "found '=', expected: !, identifier, or 'end of string'"],
    ['app,', "found '', expected: identifier after ','"],
    ['a b', "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt"],
    ['a=b c', "found 'c', expected: ',' or 'end of string'"],
    ['a=(b)', "unable to parse requirement: found '(', expected: identifier"],
    ['a in (b', "unable to parse requirement: found '', expected: ',' or ')'"],
    ['a in ()', "unable to parse requirement: values: Invalid value: []: for 'in', 'notin' operators, values set can't be empty"],
    ['!', "unable to parse requirement: found '', expected: identifier"],
    ['a>b', "unable to parse requirement: values[0]: Invalid value: \"b\": for 'Gt', 'Lt' operators, the value must be an integer"],
    ['-a=b', `unable to parse requirement: <nil>: Invalid value: "-a": ${name}`],
    [
      'a=-b',
      'unable to parse requirement: values[0][a]: Invalid value: "-b": a valid label must be an empty string or consist of alphanumeric characters, ' +
        "'-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', " +
        "regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')",
    ],
  ])('%s: %s', (text, want) => expect(parseSelector(text)).toEqual({ ok: false, error: want }));
});

describe('a LabelSelector', () => {
  const rows: readonly [selector: LabelSelector | undefined, selects: boolean, text: string][] = [
    [undefined, false, '<none>'],
    [{}, true, '<none>'],
    [{ matchLabels: { app: 'web' } }, true, 'app=web'],
    [{ matchLabels: { tier: 'back', app: 'web' } }, false, 'app=web,tier=back'],
    [{ matchExpressions: [{ key: 'tier', operator: 'In', values: ['side', 'front'] }] }, true, 'tier in (front,side)'],
    [{ matchExpressions: [{ key: 'tier', operator: 'NotIn', values: ['front'] }] }, false, 'tier notin (front)'],
    [{ matchLabels: { tier: 'front' }, matchExpressions: [{ key: 'app', operator: 'Exists' }] }, true, 'app,tier=front'],
    [{ matchExpressions: [{ key: 'app', operator: 'DoesNotExist' }] }, false, '!app'],
    [{ matchExpressions: [{ key: 'app', operator: 'Sometimes' }] }, false, '<error>'],
  ];
  it.each(rows)('%j', (selector, selects, text) => {
    expect(matchesLabels(selector, labels)).toBe(selects);
    expect(labelSelectorText(selector)).toBe(text);
  });
});

describe('the selector of a Service', () => {
  it.each([
    [undefined, false],
    [{}, false],
    [{ app: 'web' }, true],
    [{ app: 'web', tier: 'back' }, false],
    [{ toString: 'x' }, false],
  ])('%j → %s', (selector, want) => expect(matchesMap(selector, labels)).toBe(want));
});

describe('a condition on a node', () => {
  it.each([
    [{ key: 'rank', operator: 'Gt', values: ['6'] }, true],
    [{ key: 'rank', operator: 'Lt', values: ['7'] }, false],
    [{ key: 'app', operator: 'In', values: ['web'] }, true],
    [{ key: 'app', operator: 'Near', values: ['web'] }, false],
  ])('%j → %s', (requirement, want) => expect(matchesRequirement(requirement, labels)).toBe(want));
});
