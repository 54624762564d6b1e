/** A file as a text: white space that does not belong there, and nothing at all. */
import { problemAt, type SourceFile } from '../source.ts';
import type { Finding } from './finding.ts';

export function layoutOf(file: SourceFile): readonly Finding[] {
  const text = file.text.replace(/^\uFEFF/, '');
  const found = (offset: number, message: string, from: string, to: string): Finding => ({
    ...problemAt({ ...file, text }, offset, message),
    rule: 'white-space',
    severity: 'warning',
    fix: { from, to },
  });
  const trailing = [...text.matchAll(/[ \t]+(?=\r?\n|$)/g)].map(({ index, 0: blanks }) =>
    found(index, 'blanks at the end of the line', blanks, ''),
  );
  const carriage = text.indexOf('\r\n');
  return [
    ...(text.split('\n').every((line) => /^\s*(?:#.*|---\s*)?$/.test(line)) ? [nothing({ ...file, text })] : []),
    ...trailing,
    ...(carriage >= 0
      ? [...text.matchAll(/\r\n/g)].slice(0, 1).map(({ index }) => ({ ...found(index, 'lines end as on Windows', '\r\n', '\n') }))
      : []),
    ...(text === '' || text.endsWith('\n') ? [] : [found(text.length, 'the last line does not end', '', '\n')]),
  ];
}

function nothing(file: SourceFile): Finding {
  return {
    ...problemAt(file, 0, 'there is nothing in this file', '`cka-net new` writes a scenario to begin with'),
    rule: 'empty',
    severity: 'warning',
  };
}
