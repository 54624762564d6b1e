/** cut(1) of GNU coreutils 9.4 (src/cut.c, src/set-fields.c). */
import { failure, output, type Command, type Io, type Output } from '../../command.ts';
import { gnuOptions, tryHelp, type GivenOptions } from '../../gnu-options.ts';
import { localeQuoted } from '../../locale-quotes.ts';
import { linesOf, readInput } from '../../program-input.ts';

const words = {
  bytes: 'b:',
  characters: 'c:',
  delimiter: 'd:',
  fields: 'f:',
  'only-delimited': 's',
  'output-delimiter': 'output-delimiter:',
  complement: 'complement',
  'zero-terminated': 'z',
  version: 'version',
};

type Range = readonly [from: number, to: number];

const wrong = (text: string) => failure(`cut: ${text}\n${tryHelp('cut')}`);

export const cut: Command = {
  name: 'cut',
  run(args, io) {
    const given = gnuOptions({ name: 'cut', letters: 'b:c:d:f:nsz', words }, args);
    if ('exitCode' in given) return given;
    if (given.has('version')) return output('cut (GNU coreutils) 9.4\n');
    const lists = given.options.filter(({ id }) => 'bcf'.includes(id));
    if (lists.length === 0) return wrong('you must specify a list of bytes, characters, or fields');
    if (lists.length > 1) return wrong('only one list may be specified');
    const byField = lists[0]!.id === 'f';
    const delimiter = given.value('d') ?? '\t';
    if (!byField && given.has('d')) return wrong('an input delimiter may be specified only when operating on fields');
    if (!byField && given.has('s')) return wrong('suppressing non-delimited lines makes sense\n\tonly when operating on fields');
    if ([...delimiter].length > 1) return wrong('the delimiter must be a single character');
    const ranges = rangesOf(lists[0]!.value!, byField, io);
    if ('exitCode' in ranges) return ranges;
    const isWanted = (n: number) => ranges.some(([from, to]) => n >= from && n <= to) !== given.has('complement');
    const joint = given.value('output-delimiter');
    const line = byField
      ? (text: string) => fieldsOf(text, delimiter === '' ? '\0' : delimiter, isWanted, joint, given.has('s'))
      : (text: string) => charactersOf(text, ranges, isWanted, joint);
    return printed(given, io, line);
  },
};

function printed(given: GivenOptions, io: Io, cut: (line: string) => string | undefined): Output {
  const end = given.has('z') ? '\0' : '\n';
  let stdout = '';
  let stderr = '';
  for (const name of given.operands.length === 0 ? ['-'] : given.operands) {
    const read = readInput(io, name);
    if ('problem' in read) stderr += `cut: ${name}: ${read.problem}\n`;
    else for (const text of linesOf(read.text, end)) stdout += [cut(text)].map((part) => (part === undefined ? '' : part + end)).join('');
  }
  return { stdout, stderr, exitCode: stderr === '' ? 0 : 1 };
}

/** A line without the delimiter is printed as it is, or not at all. */
function fieldsOf(
  text: string,
  delimiter: string,
  isWanted: (n: number) => boolean,
  joint: string | undefined,
  onlyDelimited: boolean,
): string | undefined {
  if (!text.includes(delimiter)) return onlyDelimited ? undefined : text;
  return text
    .split(delimiter)
    .filter((_, i) => isWanted(i + 1))
    .join(joint ?? delimiter);
}

/** Characters are bytes to cut; where runs begin, the output delimiter stands between. */
function charactersOf(text: string, ranges: readonly Range[], isWanted: (n: number) => boolean, joint: string | undefined): string {
  const bytes = new TextEncoder().encode(text);
  const starts = new Set(ranges.map(([from]) => from));
  let parts = '';
  let kept: number[] = [];
  const flush = () => {
    parts += new TextDecoder().decode(Uint8Array.from(kept));
    kept = [];
  };
  bytes.forEach((byte, i) => {
    if (!isWanted(i + 1)) return;
    if (joint !== undefined && parts + kept.join('') !== '' && (starts.has(i + 1) || !isWanted(i))) {
      flush();
      parts += joint;
    }
    kept.push(byte);
  });
  flush();
  return parts;
}

/** `1,3-5,7-`. */
function rangesOf(list: string, byField: boolean, { env }: Io): readonly Range[] | Output {
  const ranges: Range[] = [];
  for (const part of list.split(/[, \t]/)) {
    const found = /^(\d*)(-?)(\d*)$/.exec(part);
    if (found === null)
      return wrong(
        part.replace(/^\d+/, '').startsWith('-')
          ? 'invalid range with no endpoint: -'
          : `invalid ${byField ? 'field' : 'byte/character position'} value ${localeQuoted(env, part)}`,
      );
    const [, from, dash, to] = found;
    if (from === '' && to === '')
      return wrong(
        dash === '-' ? 'invalid range with no endpoint: -' : `${byField ? 'fields' : 'byte/character positions'} are numbered from 1`,
      );
    const first = from === '' ? 1 : Number(from);
    const last = dash === '' ? first : to === '' ? Infinity : Number(to);
    if (first === 0) return wrong(`${byField ? 'fields' : 'byte/character positions'} are numbered from 1`);
    if (last < first) return wrong('invalid decreasing range');
    ranges.push([first, last]);
  }
  return ranges;
}
