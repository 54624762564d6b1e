/** jq: the real one (1.7.1), with the files, the environment and the clock of the place. */
import type { Command } from '../../command.ts';
import { jqBinary } from './binary.ts';
import { runProcess } from './system-calls.ts';

export const jq: Command = {
  name: 'jq',
  async run(args, io, { lab }) {
    // Ubuntu's build calls itself 1.7.
    const asks = args.some((arg) => /^-([a-zA-Z]*[hV]|-help$|-version$)/.test(arg));
    const ran = runProcess(await jqBinary(), {
      argv: ['jq', ...args],
      env: io.env,
      cwd: io.cwd,
      stdin: io.stdin,
      now: lab.now,
      read: (path) => (io.files.stat(path)?.kind === 'directory' ? 'directory' : io.files.read(path)),
      // What it says of itself it leaves in a buffer that is emptied by lines only.
      lineByLine: asks,
    });
    return asks ? { ...ran, stdout: ran.stdout.replace('1.7.1-dirty', '1.7') } : ran;
  },
};
