/** chown(1) of GNU coreutils 9.4 (src/chown.c), where all files are root's: they can be given to nobody else. */
import { normalize } from '#node/files.ts';
import { failure, type Command } from '../../command.ts';
import { gnuOptions, tryHelp } from '../../gnu-options.ts';
import { localeQuoted } from '../../locale-quotes.ts';

const words = { changes: 'c', silent: 'f', quiet: 'f', verbose: 'v', recursive: 'R', 'no-dereference': 'h' };
const root = new Set(['', '0', 'root']);

export const chown: Command = {
  name: 'chown',
  run(args, io) {
    const given = gnuOptions({ name: 'chown', letters: 'cfhvRHLP', words }, args);
    if ('exitCode' in given) return given;
    const [owner, ...files] = given.operands;
    if (owner === undefined) return failure(`chown: missing operand\n${tryHelp('chown')}`);
    if (files.length === 0) return failure(`chown: missing operand after ${localeQuoted(io.env, owner)}\n${tryHelp('chown')}`);
    const [user = '', group = ''] = owner.split(/[:.]/);
    const users = (io.files.read('/etc/passwd') ?? '').split('\n').map((line) => line.split(':')[0]);
    if (!root.has(user) && !/^\d+$/.test(user) && !users.includes(user))
      return failure(`chown: invalid user: ${localeQuoted(io.env, owner)}\n`);
    if (!root.has(user) || !root.has(group)) return failure('cka-net: chown: owners other than root are not simulated\n');
    const missing = files.filter((name) => io.files.stat(normalize(name, io.cwd)) === undefined);
    const stderr = missing.map((name) => `chown: cannot access '${name}': No such file or directory\n`).join('');
    return { stdout: '', stderr: given.has('f') ? '' : stderr, exitCode: missing.length === 0 ? 0 : 1 };
  },
};
