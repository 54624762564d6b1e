/** timeout of GNU coreutils and of busybox: a program that takes longer is ended, in simulated time. (coreutils: src/timeout.c; busybox: coreutils/timeout.c) */
import { localeQuoted } from '../../locale-quotes.ts';
import { failure, output, type Command, type Output } from '../../command.ts';
import { isApplet, userlandAt } from '../../network/dialect.ts';
import { cutAt, elapsedOf } from '../../timeline.ts';

const units: Readonly<Record<string, number>> = { '': 1, s: 1, m: 60, h: 3600, d: 86_400 };
const tryHelp = "Try 'timeout --help' for more information.\n";

/** Milliseconds of `5`, `0.5`, `2m`; undefined when it is no duration. */
function durationOf(text: string): number | undefined {
  const found = /^(\d+\.?\d*|\.\d+)([smhd]?)$/.exec(text);
  return found === null ? undefined : Number(found[1]) * units[found[2]!]! * 1000;
}

export const timeout: Command = {
  name: 'timeout',
  async run(args, io, here) {
    const applet = isApplet(here, 'timeout');
    let preserve = false;
    let signal = 'TERM';
    let at = 0;
    for (; at < args.length && args[at]!.startsWith('-') && args[at] !== '--'; at++) {
      const arg = args[at]!;
      if (arg === '--preserve-status') preserve = true;
      else if (arg === '--foreground' || arg === '-v' || arg === '--verbose') continue;
      else if (arg === '-s' || arg === '-k') {
        if (arg === '-s') signal = args[at + 1] ?? '';
        at++;
      } else if (/^--(signal|kill-after)=/.test(arg)) signal = arg.startsWith('--signal=') ? arg.slice(9) : signal;
      else if (arg === '--version') return output('timeout (GNU coreutils) 9.4\n');
      else if (/^-[sk]./.test(arg)) signal = arg.startsWith('-s') ? arg.slice(2) : signal;
      else if (arg === '-t') continue;
      else {
        const problem = arg.startsWith('--') ? `unrecognized option '${arg}'` : `invalid option -- '${arg[1]}'`;
        return failure(`timeout: ${problem}\n${applet ? `${userlandAt(here).busyboxBanner}\n` : tryHelp}`, applet ? 1 : 125);
      }
    }
    const [limit, ...program] = args.slice(args[at] === '--' ? at + 1 : at);
    if (limit === undefined || program.length === 0) {
      return failure(
        limit === undefined ? `timeout: missing operand\n${tryHelp}` : `timeout: missing operand after '${limit}'\n${tryHelp}`,
        applet ? 1 : 125,
      );
    }
    const milliseconds = durationOf(limit);
    if (milliseconds === undefined) {
      return failure(
        applet ? `timeout: invalid number '${limit}'\n` : `timeout: invalid time interval '${limit}'\n${tryHelp}`,
        applet ? 1 : 125,
      );
    }
    if (!io.has(program[0]!))
      return failure(
        `timeout: ${applet ? "can't execute" : 'failed to run command'} ${applet ? `'${program[0]!}'` : localeQuoted(io.env, program[0]!)}: No such file or directory\n`,
        127,
      );
    const { lab } = here;
    const deadline = milliseconds === 0 ? Infinity : lab.now + milliseconds;
    const whole = await io.run(program, { stdin: io.stdin, deadline });
    // What a shell wrote that was ended has no moments.
    const ended = lab.now >= deadline && elapsedOf(whole) === 0;
    const cut: Output | undefined = milliseconds === 0 ? undefined : (cutAt(whole, milliseconds) ?? (ended ? whole : undefined));
    if (cut === undefined) return whole;
    const killed = /^(KILL|SIGKILL|9)$/.test(signal);
    return { ...cut, exitCode: killed ? 137 : applet || preserve ? 143 : 124 };
  },
};
