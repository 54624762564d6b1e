/** The command line of nft(8). (nftables 1.0.6: src/main.c, erec.c) */
import type { Netfilter } from '#node/netfilter.ts';
import { applyCommands } from './apply.ts';
import { NftError, type NftCommand } from './command.ts';
import { parseNft } from './parse.ts';
import { priorityNumber } from './print.ts';

export interface NftRun {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number;
  /** Absent when nothing changed. */
  readonly netfilter?: Netfilter;
}

/** A file's text, or the words of the system for why there is none. `-` is standard input. */
export type ReadFile = (name: string) => { readonly text: string } | { readonly problem: string };

const version = 'nftables v1.0.6 (Lester Gooch #5)\n';

const flags: Readonly<Record<string, string>> = {
  h: 'help',
  v: 'version',
  V: 'long-version',
  c: 'check',
  i: 'interactive',
  o: 'optimize',
  a: 'handle',
  s: 'stateless',
  t: 'terse',
  S: 'service',
  N: 'reversedns',
  u: 'guid',
  n: 'numeric',
  y: 'numeric-priority',
  p: 'numeric-protocol',
  T: 'numeric-time',
  e: 'echo',
  j: 'json',
};
const withArgument: Readonly<Record<string, string>> = { f: 'file', D: 'define', I: 'includepath', d: 'debug' };

interface Arguments {
  readonly options: ReadonlySet<string>;
  readonly file?: string;
  readonly words: readonly string[];
}

function failed(stderr: string, exitCode = 1): NftRun {
  return { stdout: '', stderr, exitCode };
}

/** Options stand before commands, and nothing else does. */
function parseArguments(argv: readonly string[]): Arguments | NftRun {
  const options = new Set<string>();
  let file: string | undefined;
  let i = 0;
  for (; i < argv.length; i++) {
    const word = argv[i]!;
    if (word === '--') {
      i++;
      break;
    }
    if (!word.startsWith('-') || word === '-') break;
    if (word.startsWith('--')) {
      const [name = '', value] = word.slice(2).split(/=(.*)/s);
      if (Object.values(withArgument).includes(name)) {
        const argument = value ?? argv[++i];
        if (argument === undefined) return failed(`nft: option '--${name}' requires an argument\n`);
        if (name === 'file') file = argument;
      } else if (Object.values(flags).includes(name)) options.add(name);
      else return failed(`nft: unrecognized option '${word}'\n`);
      continue;
    }
    for (let at = 1; at < word.length; at++) {
      const letter = word[at]!;
      const option = flags[letter];
      if (option !== undefined) options.add(option);
      else if (withArgument[letter] === undefined) return failed(`nft: invalid option -- '${letter}'\n`);
      else {
        const argument = word.slice(at + 1) || argv[++i];
        if (argument === undefined) return failed(`nft: option requires an argument -- '${letter}'\n`);
        if (letter === 'f') file = argument;
        break;
      }
    }
  }
  const words = argv.slice(i);
  const late = words.findIndex((word) => word.startsWith('-') && word.length > 1);
  if (late >= 0 && file === undefined) {
    const before = ['nft', ...argv.slice(0, i), ...words.slice(0, late)].join(' ').length + 1;
    const stderr = `Error: syntax error, options must be specified before commands\nnft ${argv.join(' ')} `;
    // The line with the marks goes to the other stream.
    return { stdout: `\n${' '.repeat(3)}^${' '.repeat(before - 4)}~~\n`, stderr, exitCode: 1 };
  }
  return { options, words, ...(file !== undefined && { file }) };
}

/** One mistake, its line, and its place in it. */
function errorText({ message, line, column, length, also }: NftError, lines: readonly string[], file?: string): string {
  const text = lines[line - 1] ?? '';
  const mark: string[] = [...text].map((char) => (char === '\t' ? char : ' '));
  const underline = (from: number, count: number, char: string) => {
    for (let i = from; i < from + count; i++) mark[i] = char;
  };
  if (also !== undefined) underline(also.column, also.length, '~');
  underline(column, length, '^');
  const at = file === undefined ? '' : `${file}:${line}:${column + 1}-${column + length}: `;
  return `${at}Error: ${message}\n${text}\n${Array.from(mark, (char) => char ?? ' ')
    .join('')
    .trimEnd()}\n`;
}

function shownAs(text: string, options: ReadonlySet<string>): string {
  let shown = text;
  if (options.has('stateless')) shown = shown.replace(/counter packets \d+ bytes \d+/g, 'counter');
  if (options.has('terse')) shown = shown.replace(/^\t\telements = \{ [^}]* \}\n/gm, '');
  if (options.has('numeric') || options.has('numeric-priority'))
    shown = shown.replace(/(?<= hook \w+ priority )[^;]+(?=;)/g, (priority) => String(priorityNumber(priority)));
  return shown;
}

/** What the kernel refuses to those without CAP_NET_ADMIN. What is listed, or looked up first, is read before anything else happens. */
function forbidden(commands: readonly NftCommand[], lines: readonly string[], file?: string): NftRun {
  const blind = commands.every(
    (one) => (one.kind === 'table' && one.action === 'add') || (one.kind === 'ruleset' && one.action === 'flush'),
  );
  if (!blind) return failed(`${notRoot}netlink: Error: cache initialization failed: Operation not permitted\n`);
  const [line = ''] = lines;
  return failed(errorText(new NftError(refused, { line: 1, column: 0 }, line.length + 1), lines, file));
}

const notRoot = 'Operation not permitted (you must be root)\n';
const refused = 'Could not process rule: Operation not permitted';

/** What nft knows, and this one does not: said as what it is, not as a mistake of whoever typed it. */
const notSimulated =
  /^\s*(monitor|describe|reset|export|import|rename|list\s+(?:counters?|quotas?|limits?|flowtables?|meters?|hooks|secmarks?|synproxys?|ct))\b/;

/** `permitted`: whether rules may be seen and changed. */
export function runNft(argv: readonly string[], netfilter: Netfilter, readFile: ReadFile, permitted = true): NftRun {
  const parsed = parseArguments(argv);
  if ('exitCode' in parsed) return parsed;
  const { options, file, words } = parsed;
  if (options.has('help')) return { stdout: usage, stderr: '', exitCode: 0 };
  if (options.has('version')) return { stdout: version, stderr: '', exitCode: 0 };
  if (options.has('long-version')) return { stdout: `${version}${build}`, stderr: '', exitCode: 0 };
  if (options.has('json')) return failed('Error: JSON support not compiled-in\n');
  let text = words.join(' ');
  let name: string | undefined;
  if (file !== undefined) {
    const read = readFile(file);
    name = file === '-' ? '/dev/stdin' : file;
    if ('problem' in read) {
      // A directory opens, and then cannot be read.
      if (read.problem === 'Is a directory') return failed('input in flex scanner failed\n', 2);
      return failed(`internal:0:0-0: Error: Could not open file "${file}": ${read.problem}\n\n\n`);
    }
    ({ text } = read);
  } else if (words.length === 0) return failed('nft: no command specified\n');
  const [, beyond] = notSimulated.exec(text) ?? [];
  if (beyond !== undefined) return failed(`cka-net: nft ${beyond.replace(/\s+/, ' ')} is not simulated\n`);
  const lines = text.split('\n');
  try {
    const commands = parseNft(text);
    if (!permitted) return forbidden(commands, lines, name);
    const applied = applyCommands(commands, netfilter, options.has('handle'));
    return {
      stdout: shownAs(applied.stdout, options),
      stderr: applied.stderr + applied.problems.map((problem) => errorText(problem, lines, name)).join(''),
      exitCode: applied.problems.length > 0 ? 1 : 0,
      ...(applied.netfilter !== undefined && !options.has('check') && { netfilter: applied.netfilter }),
    };
  } catch (error) {
    if (error instanceof NftError) return failed((permitted ? '' : notRoot) + errorText(error, lines, name));
    throw error;
  }
}

const build = '  cli:\t\tno\n  json:\t\tno\n  minigmp:\tno\n  libxtables:\tyes\n';

const usage = `Usage: nft [ options ] [ cmds... ]

Options (general):
  -h, --help                      Show this help
  -v, --version                   Show version information
  -V                              Show extended version information

Options (ruleset input handling):
  -f, --file <filename>           Read input from <filename>
  -c, --check                     Check commands validity without actually applying the changes.

Options (ruleset list formatting):
  -a, --handle                    Output rule handle.
  -s, --stateless                 Omit stateful information of ruleset.
  -t, --terse                     Omit contents of sets.
  -n, --numeric                   Print fully numerical output.
  -y, --numeric-priority          Print chain priority numerically.
`;
