import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { markdown } from '#ui/markdown.ts';
import { clip, harmless, width, wrap } from '#ui/text.ts';
import { noTheme, themeOf } from '#ui/theme.ts';

describe('what may not reach the terminal', () => {
  it.each([
    ['a\u001b[2Jb', 'a␛[2Jb'],
    ['\u001b]0;title\u0007', '␛]0;title␇'],
    ['a\r\nb', 'a\nb'],
    ['over\rwritten', 'over␍written'],
    ['bell\u0007, nul\u0000', 'bell␇, nul␀'],
    ['\u009b31m', '\ufffd31m'],
    ['\u202ereversed', '\ufffdreversed'],
    ['tab\tand\nline', 'tab\tand\nline'],
  ])('%j', (text, want) => expect(harmless(text)).toBe(want));

  it('is never in what markdown prints', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 0x10ffff }), { maxLength: 200 }), (points) => {
        const text = String.fromCodePoint(...points);
        for (const line of markdown(text, 40, noTheme)) expect(line).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/);
      }),
    );
  });
});

describe('width', () => {
  it.each([
    ['abc', 3],
    ['\u001b[31mabc\u001b[39m', 3],
    ['日本', 4],
    ['é', 1],
    ['e\u0301', 1],
    ['🐳', 2],
    ['━✓▌', 3],
  ])('%s', (text, want) => expect(width(text)).toBe(want));

  it.each([
    ['abcdef', 4, 'abc…'],
    ['abc', 3, 'abc'],
    ['日本語', 5, '日本…'],
  ])('%s clipped to %d', (text, columns, want) => expect(clip(text, columns)).toBe(want));
});

describe('wrapping', () => {
  it('keeps every word, and no line is wider than the window', () => {
    fc.assert(
      fc.property(fc.array(fc.stringMatching(/^\S{1,30}$/), { minLength: 1 }), fc.integer({ min: 2, max: 60 }), (words, columns) => {
        const lines = wrap(words.join(' '), columns);
        expect(lines.join('').replaceAll(' ', '')).toBe(words.join(''));
        for (const line of lines) expect(width(line)).toBeLessThanOrEqual(columns);
      }),
    );
  });

  it('carries colours over the end of a line', () => {
    const theme = themeOf({ colors: 1, plain: false });
    expect(wrap(theme.bad('one two'), 4)).toEqual([theme.bad('one'), theme.bad('two')]);
    expect(wrap(theme.strong(`a ${theme.code('b c')}`), 3)).toEqual([theme.strong(`a ${theme.code('b')}`), theme.strong(theme.code('c'))]);
  });
});

describe('markdown', () => {
  it.each([
    ['# A title', ['A title']],
    ['one\ntwo', ['one two']],
    ['one\n\ntwo', ['one', '', 'two']],
    ['- a\n- b\n  goes on\n  - c', ['• a', '• b goes on', '  • c']],
    ['1. a\n2. b', ['1. a', '2. b']],
    ['> quoted\n> on', ['│ quoted on']],
    ['```yaml\na:   1\n  b: 2\n```\nafter', ['  a:   1', '    b: 2', '', 'after']],
    ['```\nnever closed', ['  never closed']],
    ['text\n\n    code\n\n    more\n\nend', ['text', '', '  code', '', '  more', '', 'end']],
    ['**bold** and *soft* and `code`', ['bold and soft and `code`']],
    ['2 * 3 * 4 and a*b*c', ['2 * 3 * 4 and a*b*c']],
    ['`*not* **soft**`', ['`*not* **soft**`']],
    ['[Services](https://kubernetes.io/docs/)', ['Services (https://kubernetes.io/docs/)']],
    ['', []],
  ])('%j', (text, want) => expect(markdown(text, 60, noTheme)).toEqual(want));

  it('replaces backticks by colour', () => {
    const theme = themeOf({ colors: 1, plain: false });
    expect(markdown('`code`', 60, theme)).toEqual([theme.code('code')]);
  });
});
