/** sudo: everybody is root here already; `-i`, `-s` and `su` open a shell in the same place. */
import { failure, output, type Command, type Output } from '../../command.ts';

export const sudo: Command = {
  name: 'sudo',
  async run(args, io, here): Promise<Output> {
    let i = 0;
    let shell = false;
    for (; i < args.length && args[i]!.startsWith('-'); i++) {
      if (args[i] === '-i' || args[i] === '-s') shell = true;
      else if (args[i] === '-u' || args[i] === '-g') i++;
      else if (args[i] === '-V') return output('Sudo version 1.9.15p5\n');
      else if (args[i] === '-l') return output(`User root may run the following commands on ${here.place.node}:\n    (ALL : ALL) ALL\n`);
      else if (args[i] === '--') {
        i++;
        break;
      }
    }
    const words = args.slice(i);
    if (words.length === 0 && shell)
      return here.place.kind === 'node' && io.tty ? { stdout: '', stderr: '', exitCode: 0, enter: here.place } : output('');
    if (words.length === 0)
      return failure(
        'usage: sudo -h | -K | -k | -V\nusage: sudo [-ABbEHnPS] [-g group] [-h host] [-p prompt] [-u user] [VAR=value] [-i | -s] [command [arg ...]]\n',
      );
    if (!io.has(words[0]!)) return failure(`sudo: ${words[0]}: command not found\n`);
    return io.run(words, { stdin: io.stdin });
  },
};

export const su: Command = {
  name: 'su',
  async run(args, io, here): Promise<Output> {
    const c = args.indexOf('-c');
    if (c >= 0) return io.shell(args[c + 1] ?? '', { stdin: io.stdin });
    const user = args.filter((arg) => !arg.startsWith('-'))[0] ?? 'root';
    if (user !== 'root') return failure(`su: user ${user} does not exist or the user entry does not contain all the required fields\n`);
    return io.tty ? { stdout: '', stderr: '', exitCode: 0, enter: here.place } : output('');
  },
};
