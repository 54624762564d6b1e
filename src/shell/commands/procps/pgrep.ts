/** pgrep, pkill and pidof of procps-ng 4.0.4 (src/pgrep.c, src/pidof.c), and killall of psmisc 23.7. */
import { failure, output, type Command, type Here, type Output } from '../../command.ts';
import { gnuOptions, type GivenOptions } from '../../gnu-options.ts';
import { PatternError, posixPattern } from '../../posix-patterns.ts';
import type { Process } from '../ps/processes.ts';
import { others, send, signalNamed } from './signals.ts';

/** The kernel keeps fifteen signs of a program's name. */
const nameOf = ({ argv }: Process): string => (argv[0] ?? '').split('/').at(-1)!.slice(0, 15);
const lineOf = ({ argv }: Process): string => argv.join(' ');

const words = {
  delimiter: 'd:',
  'list-name': 'l',
  'list-full': 'a',
  inverse: 'v',
  count: 'c',
  full: 'f',
  'ignore-case': 'i',
  newest: 'n',
  oldest: 'o',
  parent: 'P:',
  euid: 'u:',
  exact: 'x',
  signal: 'signal:',
  echo: 'e',
  version: 'V',
};

function programOf(name: 'pgrep' | 'pkill'): Command {
  const hint = `Try \`${name} --help' for more information.\n`;
  return {
    name,
    run(args, _io, here) {
      // A signal may stand for an option: -9, -HUP.
      const given = args.map((arg) => (name === 'pkill' && /^-[A-Z0-9]+$/.test(arg) ? signalNamed(arg.slice(1)) : undefined));
      const rest = args.filter((_, i) => given[i] === undefined);
      const letters = name === 'pgrep' ? 'acd:filnoP:u:vVx' : 'cefinoP:u:vVx';
      const options = gnuOptions({ name, letters, words, hint, status: 2 }, rest);
      if ('exitCode' in options) return options;
      if (options.has('V')) return output(`${name} from procps-ng 4.0.4\n`);
      const found = matching(name, options, here, [name, ...args], hint);
      if ('exitCode' in found) return found;
      if (name === 'pgrep') return printed(options, found);
      const signal = given.findLast((one) => one !== undefined) ?? signalNamed(options.value('signal') ?? 'TERM');
      if (signal === undefined) return failure(`pkill: Unknown signal "${options.value('signal')!}".\n`, 2);
      const refusals = found.flatMap((one) => send(here, one, signal) ?? []);
      const stdout = options.has('e')
        ? found.map((one) => `${nameOf(one)} killed (pid ${one.pid})\n`).join('')
        : options.has('c')
          ? `${found.length}\n`
          : '';
      return {
        stdout,
        stderr: refusals.map((text) => `cka-net: pkill: ${text}\n`).join(''),
        exitCode: found.length > refusals.length ? 0 : 1,
      };
    },
  };
}

function matching(
  name: string,
  { operands, has, value }: GivenOptions,
  here: Here,
  asking: readonly string[],
  hint: string,
): readonly Process[] | Output {
  const [text, extra] = operands;
  if (extra !== undefined) return failure(`${name}: only one pattern can be provided\n${hint}`, 2);
  if (text === undefined && !['P', 'u', 'n', 'o'].some(has)) return failure(`${name}: no matching criteria specified\n${hint}`, 2);
  if (text !== undefined && !has('f') && text.length > 15 && /^\w+$/.test(text))
    return failure(
      `${name}: pattern that searches for process name longer than 15 characters will result in zero matches\nTry \`${name} -f' option to match against the complete command line.\n`,
    );
  let test: (text: string) => boolean = () => true;
  try {
    if (text !== undefined) {
      const pattern = posixPattern(text, { extended: true, ignoreCase: has('i'), ...(has('x') && { whole: 'line' as const }) });
      test = (one) => pattern.test(one);
    }
  } catch (error) {
    if (error instanceof PatternError) return failure(`${name}: regex error: ${error.message}\n`, 2);
    throw error;
  }
  const parents = value('P')?.split(',').map(Number);
  const users = value('u')
    ?.split(',')
    .map((one) => (one === '0' ? 'root' : one));
  const fits = (one: Process) =>
    test(has('f') ? lineOf(one) : nameOf(one)) && parents?.includes(one.parent) !== false && users?.includes(one.user) !== false;
  const found = others(here, asking).filter((one) => fits(one) !== has('v'));
  if (!has('n') && !has('o')) return found;
  const sorted = [...found].sort((a, b) => a.startedAt - b.startedAt || a.pid - b.pid);
  return has('n') ? sorted.slice(-1) : sorted.slice(0, 1);
}

function printed({ has, value }: GivenOptions, found: readonly Process[]): Output {
  const line = (one: Process) => `${one.pid}${has('a') ? ` ${lineOf(one)}` : has('l') ? ` ${nameOf(one)}` : ''}`;
  const delimiter = value('d') ?? '\n';
  const stdout = has('c') ? `${found.length}\n` : found.length === 0 ? '' : `${found.map(line).join(delimiter)}\n`;
  return { stdout, stderr: '', exitCode: found.length === 0 ? 1 : 0 };
}

export const pgrep = programOf('pgrep');
export const pkill = programOf('pkill');

export const pidof: Command = {
  name: 'pidof',
  run(args, _io, here) {
    const names = args.filter((arg) => !arg.startsWith('-'));
    const pids = others(here, ['pidof', ...args])
      .filter((one) => names.includes(nameOf(one)) || names.includes(one.argv[0] ?? ''))
      .map(({ pid }) => pid)
      .reverse();
    const shown = args.includes('-s') ? pids.slice(0, 1) : pids;
    return shown.length === 0 ? failure('') : output(`${shown.join(' ')}\n`);
  },
};

export const killall: Command = {
  name: 'killall',
  onlyIn: 'machines',
  run(args, _io, here) {
    const signal = args.filter((arg) => arg.startsWith('-')).map((arg) => signalNamed(arg.slice(1)) ?? arg);
    const names = args.filter((arg) => !arg.startsWith('-'));
    if (names.length === 0) return failure('cka-net: killall: the long usage text is not simulated\n');
    let [stderr, sent] = ['', 0];
    for (const name of names) {
      const found = others(here, ['killall', ...args]).filter((one) => nameOf(one) === name.slice(0, 15));
      if (found.length === 0 && !signal.includes('-q')) stderr += `${name}: no process found\n`;
      for (const one of found) {
        const refused = send(here, one, signal.find((word) => !word.startsWith('-')) ?? 'TERM');
        if (refused === undefined) sent++;
        else stderr += `cka-net: killall: ${refused}\n`;
      }
    }
    return { stdout: '', stderr, exitCode: sent > 0 && stderr === '' ? 0 : 1 };
  },
};
