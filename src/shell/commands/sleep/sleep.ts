/** sleep(1): lets simulated time pass, and none of the learner's. */
import { failure, type Command } from '../../command.ts';
import { Timeline } from '../../timeline.ts';

const units: Readonly<Record<string, number>> = { '': 1, s: 1, m: 60, h: 3600, d: 86_400 };

export const sleep: Command = {
  name: 'sleep',
  run(args) {
    if (args.length === 0) return failure("sleep: missing operand\nTry 'sleep --help' for more information.\n");
    let seconds = 0;
    for (const arg of args) {
      const found = /^(\d+(?:\.\d+)?|infinity|inf)([smhd]?)$/.exec(arg);
      if (found === null) return failure(`sleep: invalid time interval '${arg}'\nTry 'sleep --help' for more information.\n`);
      // Who sleeps for ever would press Ctrl-C at once.
      seconds += found[1]!.startsWith('inf') ? 0 : Number(found[1]) * units[found[2]!]!;
    }
    const timeline = new Timeline();
    timeline.wait(Math.min(seconds, 366 * 86_400) * 1000);
    return timeline.end(0);
  },
};
