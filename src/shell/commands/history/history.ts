/** `history`: what was typed before (bash: builtins/history.def). Without somebody at a prompt there is none. */
import { failure, output, type Command } from '../../command.ts';

export const history: Command = {
  name: 'history',
  run(args, { history: lines = [] }) {
    const [count] = args;
    if (args.length > 1) return failure('bash: history: too many arguments\n');
    if (count !== undefined && !/^\d+$/.test(count))
      return count.startsWith('-')
        ? failure(
            `bash: history: ${count}: invalid option\nhistory: usage: history [-c] [-d offset] [n] or history -anrw [filename] or history -ps arg [arg...]\n`,
            2,
          )
        : failure(`bash: history: ${count}: numeric argument required\n`);
    const from = count === undefined ? 0 : Math.max(0, lines.length - Number(count));
    return output(
      lines
        .slice(from)
        .map((line, i) => `${String(from + i + 1).padStart(5)}  ${line}\n`)
        .join(''),
    );
  },
};
