/** uname(1) */
import { failure, output, type Command } from '../../command.ts';
import { hostAt, sandboxAt } from '../../place.ts';

export const uname: Command = {
  name: 'uname',
  run(args, _io, { lab, place }) {
    const { release } = hostAt(lab, place).kernel;
    const name = sandboxAt(lab, place)?.hostname ?? place.node;
    const fields: Readonly<Record<string, string>> = {
      s: 'Linux',
      n: name,
      r: release,
      v: '#89-Ubuntu SMP PREEMPT_DYNAMIC Sat Oct 11 01:02:46 UTC 2025',
      m: 'x86_64',
      p: 'x86_64',
      i: 'x86_64',
      o: 'GNU/Linux',
    };
    const letters = args.length === 0 ? ['s'] : args.flatMap((arg) => (arg === '--all' ? ['a'] : [...arg.replace(/^-/, '')]));
    const bad = letters.find((letter) => letter !== 'a' && fields[letter] === undefined);
    if (bad !== undefined) return failure(`uname: invalid option -- '${bad}'\nTry 'uname --help' for more information.\n`);
    const wanted = letters.includes('a')
      ? 'snrvmpio'
      : 'snrvmpio'
          .split('')
          .filter((letter) => letters.includes(letter))
          .join('');
    return output(`${[...wanted].map((letter) => fields[letter]).join(' ')}\n`);
  },
};
