/** nohup(1) of GNU coreutils 9.4 (src/nohup.c). */
import { normalize } from '#node/files.ts';
import { failure, type Command } from '../../command.ts';
import { tryHelp } from '../../gnu-options.ts';

export const nohup: Command = {
  name: 'nohup',
  async run(args, io) {
    const argv = args[0] === '--' ? args.slice(1) : args;
    const [program] = argv;
    if (program === undefined) return failure(`nohup: missing operand\n${tryHelp('nohup')}`, 125);
    const own = io.interactive === true && io.background?.redirect('nohup.out') === true;
    const notice = own
      ? "nohup: ignoring input and appending output to 'nohup.out'\n"
      : io.interactive === true
        ? 'nohup: ignoring input\n'
        : '';
    if (!io.has(program)) return failure(`${notice}nohup: failed to run command '${program}': No such file or directory\n`, 127);
    const result = await io.run(argv);
    if (!own) return { ...result, stderr: notice + result.stderr };
    const file = normalize('nohup.out', io.cwd);
    io.files.write(file, (io.files.read(file) ?? '') + result.stdout + result.stderr);
    return { ...result, stdout: '', stderr: notice, written: [{ to: 'stderr', text: notice }] };
  },
};
