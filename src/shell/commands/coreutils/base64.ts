/** base64(1) of GNU coreutils 9.4 (src/basenc.c). */
import { failure, output, type Command } from '../../command.ts';
import { gnuOptions, tryHelp } from '../../gnu-options.ts';
import { localeQuoted } from '../../locale-quotes.ts';
import { readInput } from '../../program-input.ts';

const words = { decode: 'd', 'ignore-garbage': 'i', wrap: 'w:', version: 'version' };

export const base64: Command = {
  name: 'base64',
  run(args, io) {
    const given = gnuOptions({ name: 'base64', letters: 'diw:', words }, args);
    if ('exitCode' in given) return given;
    if (given.has('version')) return output('base64 (GNU coreutils) 9.4\n');
    const width = given.value('w') ?? '76';
    if (!/^\d+$/.test(width)) return failure(`base64: invalid wrap size: ${localeQuoted(io.env, width)}\n`);
    const [name = '-', extra] = given.operands;
    if (extra !== undefined) return failure(`base64: extra operand ${localeQuoted(io.env, extra)}\n${tryHelp('base64')}`);
    const read = readInput(io, name);
    if ('problem' in read)
      return failure(read.problem === 'Is a directory' ? 'base64: read error: Is a directory\n' : `base64: ${name}: ${read.problem}\n`);
    return given.has('d') ? decoded(read.text, given.has('i')) : output(encoded(read.text, Number(width)));
  },
};

function encoded(text: string, width: number): string {
  const base64 = btoa(Array.from(new TextEncoder().encode(text), (byte) => String.fromCharCode(byte)).join(''));
  if (width === 0 || base64 === '') return base64;
  return `${base64.match(new RegExp(`.{1,${width}}`, 'g'))!.join('\n')}\n`;
}

/** What can be decoded is printed, also before what cannot. */
function decoded(text: string, ignoreGarbage: boolean): ReturnType<typeof output> {
  const all = ignoreGarbage ? text.replace(/[^A-Za-z0-9+/=]/g, '') : text.replaceAll('\n', '');
  const [, good = ''] = /^((?:[A-Za-z0-9+/]{4}|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{2}==)*)/.exec(all)!;
  const rest = all.slice(good.length);
  const [, tail = ''] = /^([A-Za-z0-9+/]{2,3})/.exec(rest) ?? [];
  const bytes = good.match(/.{4}/g)?.flatMap(bytesOf) ?? [];
  const last = tail === '' ? [] : bytesOf(tail.padEnd(4, '=')).slice(0, tail.length - 1);
  const stdout = new TextDecoder().decode(Uint8Array.from([...bytes, ...last]));
  return rest === '' ? output(stdout) : { stdout, stderr: 'base64: invalid input\n', exitCode: 1 };
}

function bytesOf(group: string): readonly number[] {
  return Array.from(atob(group), (char) => char.charCodeAt(0));
}
