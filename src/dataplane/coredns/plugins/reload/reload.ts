/** Looks at the Corefile again and again. What comes of a change is decided where the process is kept. (coredns: plugin/reload) */
import { CorefileError } from '../../corefile/dispenser.ts';
import { parseDuration, second } from '../../go/duration.ts';
import type { CorednsPlugin } from '../../plugin.ts';

export const reload: CorednsPlugin = {
  name: 'reload',
  setup(setup) {
    while (setup.next()) {
      const args = setup.remainingArgs();
      if (args.length > 2) throw setup.argumentError();
      const [interval, jitter] = [args[0] ?? '30s', args[1] ?? '15s'].map((text) => {
        const duration = parseDuration(text);
        if (!duration.ok) throw new CorefileError(duration.error);
        return duration.value / second;
      }) as [number, number];
      if (interval < 2) throw new CorefileError('interval value must be greater or equal to 2s');
      if (jitter < 1) throw new CorefileError('jitter value must be greater or equal to 1s');
      setup.hook('reload', { started: (context) => context.reload(interval, Math.min(jitter, interval / 2)) });
    }
  },
};
