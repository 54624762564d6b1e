/** How long connections of encrypted transports may idle; no answer depends on it. (coredns: plugin/timeouts, plugin/pkg/durations) */
import { hour, parseDuration, formatDuration, second } from '../../go/duration.ts';
import { atoi } from '../../go/number.ts';
import type { CorednsPlugin } from '../../plugin.ts';

export const timeouts: CorednsPlugin = {
  name: 'timeouts',
  setup(setup) {
    while (setup.next()) {
      if (setup.remainingArgs().length > 0) throw setup.argumentError();
      let options = 0;
      while (setup.nextBlock()) {
        const option = setup.word();
        const args = setup.remainingArgs();
        if (args.length !== 1) throw setup.argumentError();
        const duration = parseDuration(atoi(args[0]!).ok ? `${args[0]}s` : args[0]!);
        if (!duration.ok) throw setup.error(`failed to parse duration '${args[0]}'`);
        if (duration.value < second || duration.value > 24 * hour)
          throw setup.error(`timeout provided '${formatDuration(duration.value)}' needs to be between 1 second and 24 hours`);
        if (!['read', 'write', 'idle'].includes(option)) throw setup.error(`unknown option: '${option}'`);
        options++;
      }
      if (options === 0) throw setup.argumentError();
    }
  },
};
