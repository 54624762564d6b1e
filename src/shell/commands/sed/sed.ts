/** sed(1), GNU sed 4.9. */
import { failure, output, type Command } from '../../command.ts';
import { gnuOptions } from '../../gnu-options.ts';
import { linesOf, readInput } from '../../program-input.ts';
import { NoPattern, Sed } from './run.ts';
import { compileScript, ScriptError, type Piece, type SedCommand } from './script.ts';
import { usage } from './usage.ts';

const words = {
  binary: 'b',
  regexp: 'E',
  'regexp-extended': 'E',
  debug: 'debug',
  'in-place': 'i::',
  expression: 'e:',
  file: 'f:',
  'follow-symlinks': 'follow-symlinks',
  'line-length': 'l:',
  'null-data': 'z',
  quiet: 'n',
  silent: 'n',
  posix: 'posix',
  sandbox: 'sandbox',
  separate: 's',
  unbuffered: 'u',
  version: 'version',
  help: 'help',
};

export const sed: Command = {
  name: 'sed',
  async run(args, io) {
    const given = gnuOptions({ name: 'sed', letters: 'bsnrzuEe:f:l:i::s', words, hint: usage }, args);
    if ('exitCode' in given) return given;
    if (given.has('version')) return output('sed (GNU sed) 4.9\n');
    if (given.has('help')) return output(`${usage}E-mail bug reports to: <bug-sed@gnu.org>.\n`);
    if (given.has('debug')) return failure('cka-net: sed: --debug is not simulated\n');
    const pieces: Piece[] = [];
    for (const { id, value } of given.options) {
      if (id === 'e') pieces.push({ text: value! });
      if (id !== 'f') continue;
      const read = readInput(io, value!);
      if ('problem' in read) return failure(`sed: couldn't open file ${value!}: ${read.problem}\n`, 4);
      pieces.push({ text: linesOf(read.text).join('\n'), file: value! });
    }
    let files = given.operands;
    if (pieces.length === 0) {
      if (files.length === 0) return failure(usage);
      pieces.push({ text: files[0]! });
      files = files.slice(1);
    }
    let commands: readonly SedCommand[];
    try {
      commands = compileScript(pieces, given.has('E') || given.has('r'));
    } catch (error) {
      if (error instanceof ScriptError) return failure(`sed: ${error.message}\n`, error.status);
      throw error;
    }
    const inPlace = given.has('i') ? (given.value('i') ?? '') : undefined;
    if (inPlace !== undefined && files.length === 0) return failure('sed: no input files\n', 4);
    const options = {
      quiet: given.has('n') || /^#n(\n|$)/.test(pieces[0]!.text),
      separate: given.has('s'),
      inPlace,
      zero: given.has('z'),
      lineLength: Number(given.value('l') ?? 70),
      sandbox: given.has('sandbox'),
    };
    if (options.sandbox && commands.some(({ name, substitution }) => 'ewrWR'.includes(name) || substitution?.evaluate === true))
      return failure('sed: -e expression #1, char 0: e/r/w commands disabled in sandbox mode\n');
    try {
      return await new Sed(commands, options, io).run(files.length === 0 ? ['-'] : files);
    } catch (error) {
      if (error instanceof NoPattern) return failure('sed: -e expression #1, char 0: no previous regular expression\n');
      throw error;
    }
  },
};
