/** A file as a text: white space that does not belong there, and nothing at all. */
import { parseSource, problemAt, type SourceFile } from '../source.ts';
import type { Finding } from './finding.ts';

export function layoutOf(file: SourceFile): readonly Finding[] {
  const text = file.text.replace(/^\uFEFF/, '');
  const found = (offset: number, message: string, from: string, to: string): Finding => ({
    ...problemAt({ ...file, text }, offset, message, 'nobody sees it: `cka-net lint --fix` puts it right'),
    rule: 'white-space',
    severity: 'warning',
    fix: { from, to },
  });
  const trailing = trailingBlanks({ ...file, text }).map(({ index, 0: blanks }) =>
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

/** Those that mean nothing: at the end of a line of a block text they are a part of it. */
function trailingBlanks(file: SourceFile): readonly RegExpExecArray[] {
  const all = [...file.text.matchAll(/[ \t]+(?=\r?\n|$)/g)];
  if (all.length === 0) return [];
  const values = (text: string) => JSON.stringify(parseSource({ ...file, text }).documents.map(({ value }) => value));
  const before = values(file.text);
  if (values(file.text.replaceAll(/[ \t]+(?=\r?\n|$)/g, '')) === before) return all;
  return all.filter(({ index, 0: blanks }) => values(file.text.slice(0, index) + file.text.slice(index + blanks.length)) === before);
}

function nothing(file: SourceFile): Finding {
  return {
    ...problemAt(file, 0, 'there is nothing in this file', '`cka-net new` writes a scenario to begin with'),
    rule: 'empty',
    severity: 'warning',
  };
}
