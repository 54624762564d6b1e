import { describe, expect, it } from '@jest/globals';
import { output, type Output, type Written } from '#shell/command.ts';
import { inOrder, ofLine, textOf, write } from '#shell/written.ts';

const out = (text: string): Written => ({ to: 'stdout', text });
const err = (text: string): Written => ({ to: 'stderr', text });

function program(...pieces: readonly Written[]): Output {
  const of = (to: Written['to']) =>
    pieces
      .filter((piece) => piece.to === to)
      .map(({ text }) => text)
      .join('');
  return { ...output(of('stdout'), of('stderr')), written: pieces };
}

describe('the order of both streams', () => {
  it('is that of the pieces, or else the output before the errors', () => {
    const written: Written[] = [];
    write(written, 'stderr', 'a');
    write(written, 'stderr', 'b\n');
    write(written, 'stdout', '');
    write(written, 'stdout', 'c\n');
    expect(written).toEqual([err('ab\n'), out('c\n')]);
    expect(inOrder(program(...written))).toEqual(written);
    expect(inOrder(output('c\n', 'ab\n'))).toEqual([out('c\n'), err('ab\n')]);
    expect(inOrder(output(''))).toEqual([]);
    expect(textOf(program(...written))).toBe('ab\nc\n');
  });

  const warned = program(err('Warning: old\n'), out('NAME\nweb\n'));
  const refused = output('', 'not found\n', 1);
  const drained = program(out('cordoned\n'), err('Warning: ignoring\n'), out('evicted\n'));
  it.each<[what: string, line: Output, programs: readonly Output[], shown: string]>([
    ['one program', output('NAME\nweb\n', 'Warning: old\n'), [warned], 'Warning: old\nNAME\nweb\n'],
    ['in between', output('cordoned\nevicted\n', 'Warning: ignoring\n'), [drained], 'cordoned\nWarning: ignoring\nevicted\n'],
    [
      'several',
      output('NAME\nweb\nNAME\nweb\n', 'not found\nWarning: old\nnot found\nWarning: old\n'),
      [refused, warned, refused, warned],
      'not found\nWarning: old\nNAME\nweb\nnot found\nWarning: old\nNAME\nweb\n',
    ],
    ['its output went into a pipe', output('web\n', 'Warning: old\n'), [warned], 'Warning: old\nweb\n'],
    ['both went into a file', output('hello\n'), [warned], 'hello\n'],
    ['a builtin before it', output('hello\nNAME\nweb\n', 'Warning: old\n'), [warned], 'Warning: old\nhello\nNAME\nweb\n'],
    ['a builtin that failed', output('NAME\nweb\n', 'ls: no\nWarning: old\n'), [warned], 'ls: no\nWarning: old\nNAME\nweb\n'],
    ['builtins alone', output('hello\n', 'ls: no\n'), [], 'hello\nls: no\n'],
  ])('of a line: %s', (_, line, programs, shown) => {
    const written = ofLine(line, programs);
    expect(written.map(({ text }) => text).join('')).toBe(shown);
    // Nothing is lost, and nothing is there twice.
    for (const to of ['stdout', 'stderr'] as const)
      expect(
        written
          .filter((piece) => piece.to === to)
          .map(({ text }) => text)
          .join(''),
      ).toBe(line[to]);
  });

  it('of a line puts in what came from the background', () => {
    const programs = [output('a\n'), { ...output('Handling\n'), aside: true as const }, output('b\n')];
    expect(ofLine(output('a\nb\n'), programs)).toEqual([out('a\nHandling\nb\n')]);
  });
});
