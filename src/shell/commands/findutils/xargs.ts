/** xargs(1) of GNU findutils 4.9 (xargs/xargs.c). Programs run one after the other, also with `-P`. */
import { failure, output, type Command, type Io, type Output } from '../../command.ts';
import { gnuOptions } from '../../gnu-options.ts';
import { localeQuoted } from '../../locale-quotes.ts';
import { linesOf, readInput } from '../../program-input.ts';

const words = {
  null: '0',
  'arg-file': 'a:',
  delimiter: 'd:',
  eof: 'e::',
  replace: 'i::',
  'max-lines': 'l::',
  'max-args': 'n:',
  'open-tty': 'o',
  'max-procs': 'P:',
  interactive: 'p',
  'process-slot-var': 'process-slot-var:',
  'no-run-if-empty': 'r',
  'max-chars': 's:',
  'show-limits': 'show-limits',
  verbose: 't',
  exit: 'x',
  version: 'version',
};

export const xargs: Command = {
  name: 'xargs',
  async run(args, io) {
    const given = gnuOptions({ name: 'xargs', letters: '+0a:E:e::i::I:l::L:n:prs:txP:d:o', words }, args);
    if ('exitCode' in given) return given;
    if (given.has('version')) return output('xargs (GNU findutils) 4.9.0\n');
    if (given.has('p')) return failure('xargs: failed to open /dev/tty for reading: No such device or address\n', 1);
    for (const [id, name] of [
      ['n', 'n'],
      ['L', 'L'],
      ['s', 's'],
      ['P', 'P'],
    ] as const) {
      const value = given.value(id);
      if (value !== undefined && !/^\d+$/.test(value)) return failure(`xargs: invalid number "${value}" for -${name} option\n`, 1);
      if (value !== undefined && Number(value) === 0 && id !== 'P')
        return failure(`xargs: value 0 for -${name} option should be >= 1\n`, 1);
    }
    const file = given.value('a');
    const input = file === undefined ? { text: io.stdin } : readInput(io, file);
    if ('problem' in input) return failure(`xargs: Cannot open input file ${localeQuoted(io.env, file!)}: ${input.problem}\n`, 1);
    // Of those that exclude each other the last one counts.
    const manner = given.options.findLast(({ id }) => 'iIlLn'.includes(id));
    const mark = manner?.id === 'I' || manner?.id === 'i' ? (manner.value ?? '{}') : lastReplace(given.options, manner);
    const delimiter = given.has('0') ? '\0' : given.value('d') === undefined ? undefined : unescaped(given.value('d')!);
    const read =
      delimiter !== undefined
        ? { items: delimited(input.text, delimiter) }
        : itemsIn(input.text, mark !== undefined, given.value('E') ?? given.value('e'));
    const command = given.operands.length === 0 ? ['echo'] : given.operands;
    const lines = manner?.id === 'L' || manner?.id === 'l' ? Number(manner.value ?? 1) : undefined;
    const most = manner?.id === 'n' ? Number(manner.value) : Infinity;
    const batches: (readonly string[])[] =
      mark !== undefined
        ? read.items.map((item) => command.map((word) => word.replaceAll(mark, item.text)))
        : batchesOf(read.items, most, lines).map((batch) => [...command, ...batch.map(({ text }) => text)]);
    if (batches.length === 0 && mark === undefined && !given.has('r') && read.problem === undefined) batches.push(command);
    const ran = await runAll(batches, io, given.has('t'), given.has('a') ? io.stdin : '');
    return read.problem === undefined ? ran : { ...ran, stderr: `${ran.stderr}${read.problem}`, exitCode: ran.exitCode || 1 };
  },
};

/** `-I` and `-n 1` do not exclude each other. */
function lastReplace(
  options: readonly { readonly id: string; readonly value?: string }[],
  last: { readonly id: string; readonly value?: string } | undefined,
): string | undefined {
  if (last?.id !== 'n' || last.value !== '1') return undefined;
  const replace = options.findLast(({ id }) => id === 'I' || id === 'i');
  return replace === undefined ? undefined : (replace.value ?? '{}');
}

interface Item {
  readonly text: string;
  /** It ends a line of input, which no blank continues. */
  readonly endsLine: boolean;
}

function delimited(text: string, delimiter: string): readonly Item[] {
  return linesOf(text, delimiter).map((part) => ({ text: part, endsLine: true }));
}

/** `\n`, `\t`, `\0`, `\x2c` as a delimiter. */
function unescaped(text: string): string {
  const named: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', a: '\x07', b: '\b', f: '\f', v: '\v', '\\': '\\' };
  const [, letter, hex, octal] = /^\\(?:([ntrabfv\\])|x([0-9a-fA-F]{1,2})|([0-7]{1,3}))$/.exec(text) ?? [];
  if (letter !== undefined) return named[letter]!;
  if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex, 16));
  return octal === undefined ? text : String.fromCharCode(Number.parseInt(octal, 8));
}

/** Words between blanks, with quotes and backslashes; whole lines without the blanks before them when they are to replace something. */
function itemsIn(
  text: string,
  wholeLines: boolean,
  last: string | undefined,
): { readonly items: readonly Item[]; readonly problem?: string } {
  const items: Item[] = [];
  let word: string | undefined;
  let quote = '';
  const end = (endsLine: boolean): boolean => {
    if (word !== undefined && word === last) return false;
    if (word !== undefined) items.push({ text: word, endsLine });
    else if (endsLine && items.length > 0 && !wholeLines) items.push({ ...items.pop()!, endsLine });
    word = undefined;
    return true;
  };
  for (let i = 0; i < text.length; i++) {
    const char = text[i]!;
    if (quote !== '') {
      if (char === '\n')
        return {
          items,
          problem: `xargs: unmatched ${quote === '"' ? 'double' : 'single'} quote; by default quotes are special to xargs unless you use the -0 option\n`,
        };
      if (char === quote) quote = '';
      else word = (word ?? '') + char;
    } else if (char === '"' || char === "'") {
      quote = char;
      word ??= '';
    } else if (char === '\\' && i + 1 < text.length) word = (word ?? '') + text[++i]!;
    else if (char === '\n') {
      // A blank at the end goes on with the next line (-L).
      if (!end(!/[ \t]$/.test(text.slice(0, i)) || wholeLines)) return { items };
    } else if (/[ \t\v\f\r]/.test(char) && (!wholeLines || word === undefined)) {
      if (!end(false)) return { items };
    } else word = (word ?? '') + char;
  }
  if (quote !== '')
    return {
      items,
      problem: `xargs: unmatched ${quote === '"' ? 'double' : 'single'} quote; by default quotes are special to xargs unless you use the -0 option\n`,
    };
  end(true);
  return { items };
}

/** As many items, or lines of items, as one command may have. */
function batchesOf(items: readonly Item[], most: number, lines: number | undefined): readonly (readonly Item[])[] {
  const batches: Item[][] = [];
  let room = 0;
  for (const item of items) {
    if (room <= 0) {
      batches.push([]);
      room = lines ?? most;
    }
    batches.at(-1)!.push(item);
    if (lines === undefined || item.endsLine) room--;
  }
  return batches;
}

/** 123 when one of them failed; 124, 126 and 127 end it all. */
async function runAll(batches: readonly (readonly string[])[], io: Io, verbose: boolean, stdin: string): Promise<Output> {
  let stdout = '';
  let stderr = '';
  let exitCode = 0;
  for (const argv of batches) {
    if (verbose) stderr += `${argv.map(shown).join(' ')}\n`;
    const program = argv[0]!;
    if (!io.has(program)) return { stdout, stderr: `${stderr}xargs: ${program}: No such file or directory\n`, exitCode: 127 };
    const ran = await io.run(argv, { stdin });
    stdout += ran.stdout;
    stderr += ran.stderr;
    if (ran.exitCode === 255) return { stdout, stderr: `${stderr}xargs: ${program}: exited with status 255; aborting\n`, exitCode: 124 };
    if (ran.exitCode !== 0) exitCode = 123;
  }
  return { stdout, stderr, exitCode };
}

/** As `-t` shows a word. */
function shown(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
