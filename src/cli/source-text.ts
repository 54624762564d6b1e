/** Bytes as the text of a scenario. */
import type { Problem } from '#scenario/problem.ts';
import type { SourceFile } from '#scenario/source.ts';
import { BadScenario } from './failure.ts';

/** The text of a file; a {@link BadScenario} with the place of the first byte that is not UTF-8. */
export function sourceOf(name: string, bytes: Uint8Array): SourceFile {
  const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
  const replaced = text.indexOf('\ufffd');
  if (replaced < 0 || isUtf8(bytes)) return { name, text };
  throw new BadScenario([notUtf8(name, bytes, text, replaced)]);
}

function isUtf8(bytes: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
}

function notUtf8(name: string, bytes: Uint8Array, text: string, offset: number): Problem {
  const utf16 = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff);
  const before = text.slice(0, offset);
  const lineStart = before.lastIndexOf('\n') + 1;
  const at = {
    line: before.split('\n').length,
    column: [...before.slice(lineStart)].length + 1,
    text: text.slice(lineStart).split('\n')[0]!.slice(0, 200),
  };
  return {
    file: name,
    at: utf16 ? { line: 1, column: 1, text: '' } : at,
    message: utf16 ? 'this is UTF-16, not UTF-8' : 'this is not UTF-8',
    note: 'save the file as UTF-8 and try again',
  };
}
