/** kill, as bash has it built in (bash 5.2: builtins/kill.def). */
import { failure, output, type Command, type Here, type Output } from '../../command.ts';
import type { Jobs } from '../../jobs.ts';
import { userlandAt } from '../../network/dialect.ts';
import { others, send, signalNamed, signals } from './signals.ts';

const usage = 'kill: usage: kill [-s sigspec | -n signum | -sigspec] pid | jobspec ... or kill -l [sigspec]\n';

export const kill: Command = {
  name: 'kill',
  run(args, io, here) {
    const [first = ''] = args;
    if (first === '-l' || first === '-L') return listed(args.slice(1));
    let signal = 'TERM';
    let at = 0;
    const problem = (text: string) => failure(`bash: kill: ${text}: invalid signal specification\n`);
    if (/^-[sn]$/.test(first)) {
      if (args.length < 2) return failure(`bash: kill: ${first}: option requires an argument\n`);
      const name = signalNamed(args[1]!);
      if (name === undefined) return problem(args[1]!);
      signal = name;
      at = 2;
    } else if (first !== '--' && /^-./.test(first)) {
      const name = signalNamed(first.slice(1));
      if (name === undefined) return problem(first.slice(1));
      signal = name;
      at = 1;
    }
    if (args[at] === '--') at++;
    const targets = args.slice(at);
    if (targets.length === 0) return failure(usage, 2);
    return all(targets, signal, ['kill', ...args], here, io.jobs);
  },
};

function all(targets: readonly string[], signal: string, argv: readonly string[], here: Here, jobs: Jobs | undefined): Output {
  const applet = /alpine|busybox/.test(userlandAt(here).name);
  let stderr = '';
  let sent = 0;
  for (const target of targets) {
    const job = target.startsWith('%') ? jobs?.find(target) : undefined;
    if (target.startsWith('%') && job === undefined) stderr += `bash: kill: ${target}: no such job\n`;
    else if (job === undefined && !/^-?\d+$/.test(target)) stderr += `bash: kill: ${target}: arguments must be process or job IDs\n`;
    else {
      const process = others(here, argv).find(({ pid }) => pid === (job?.pid ?? Number(target)));
      const refused = process === undefined ? undefined : send(here, process, signal);
      if (process === undefined)
        stderr += applet ? `sh: can't kill pid ${target}: No such process\n` : `bash: kill: (${target}) - No such process\n`;
      else if (refused !== undefined) stderr += `cka-net: kill: ${refused}\n`;
      else sent++;
    }
  }
  return { stdout: '', stderr, exitCode: sent > 0 ? 0 : 1 };
}

/** All signals, five to a line; or the other name of each that was named. */
function listed(names: readonly string[]): Output {
  if (names.length === 0) {
    const cells = [...signals].map(([number, name]) => `${String(number).padStart(2)}) SIG${name}`);
    return output(`${cells.map((cell, i) => cell + (i % 5 === 4 ? '\n' : '\t')).join('')}\n`);
  }
  let stdout = '';
  let stderr = '';
  for (const name of names) {
    // A status above 128 says which signal has ended a program.
    const number = Number(name) > 128 ? Number(name) - 128 : Number(name);
    const found = /^\d+$/.test(name)
      ? signals.get(number)
      : [...signals].find(([, one]) => one === name.toUpperCase().replace(/^SIG/, ''))?.[0];
    if (found === undefined) stderr += `bash: kill: ${name}: invalid signal specification\n`;
    else stdout += `${found}\n`;
  }
  return { stdout, stderr, exitCode: stderr === '' ? 0 : 1 };
}
