/** The program `time`, beside bash's keyword: the cluster's time that a program takes. (GNU time 1.9; busybox: miscutils/time.c) */
import { failure, type Command } from '../../command.ts';
import { userlandAt } from '../../network/dialect.ts';
import { timeReport } from '../../timed.ts';

export const time: Command = {
  name: 'time',
  async run(args, io, here) {
    const posix = args[0] === '-p';
    const words = posix ? args.slice(1) : args;
    const applet = here.place.kind === 'pod' && userlandAt(here).applets === 'all';
    const [program] = words;
    if (program === undefined)
      return failure(
        applet
          ? `${userlandAt(here).busyboxBanner}\n\nUsage: time [-vpa] [-o FILE] PROG ARGS\n`
          : 'Usage: time [-apvV] [-f format] [-o file] [--append] [--verbose]\n       [--portability] [--format=format] [--output=file] [--version]\n       [--quiet] [--help] command [arg...]\n',
        applet ? 1 : 125,
      );
    if (program.startsWith('-')) return failure(`time: invalid option -- '${program[1] ?? ''}'\n`, applet ? 1 : 125);
    const { lab } = here;
    const began = lab.now;
    const missing = !io.has(program);
    const ran = missing
      ? failure(
          applet
            ? `time: can't execute '${program}': No such file or directory\n`
            : `time: cannot run ${program}: No such file or directory\n`,
          127,
        )
      : await io.run(words, { stdin: io.stdin });
    const took = lab.now - began;
    const report = posix || applet ? timeReport(took, posix, here) : gnuReport(took, ran.exitCode);
    return { ...ran, stderr: ran.stderr + report };
  },
};

/** Memory and processors are not simulated: nothing of them was used. */
function gnuReport(milliseconds: number, status: number): string {
  const minutes = Math.floor(milliseconds / 60_000);
  const seconds = (milliseconds / 1000 - minutes * 60).toFixed(2).padStart(5, '0');
  const failed = status === 0 ? '' : `Command exited with non-zero status ${status}\n`;
  return `${failed}0.00user 0.00system ${minutes}:${seconds}elapsed 0%CPU (0avgtext+0avgdata 0maxresident)k\n0inputs+0outputs (0major+0minor)pagefaults 0swaps\n`;
}
