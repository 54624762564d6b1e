/** Says on a port of its own that the process is alive, and keeps it alive for a while at its end. (coredns: plugin/health) */
import { CorefileError } from '../../corefile/dispenser.ts';
import { formatDuration, parseDuration } from '../../go/duration.ts';
import type { CorednsPlugin } from '../../plugin.ts';
import { httpAddress, notFound } from '../ready/ready.ts';

/** Seconds. */
const askingTakes = 0.0004;

export const health: CorednsPlugin = {
  name: 'health',
  setup(setup) {
    let address = ':8080';
    let lameduck = 0;
    while (setup.next()) {
      const args = setup.remainingArgs();
      if (args.length > 1) throw setup.argumentError();
      if (args[0] !== undefined) httpAddress(setup, (address = args[0]));
      while (setup.nextBlock()) {
        if (setup.word() !== 'lameduck') throw setup.argumentError();
        const durations = setup.remainingArgs();
        if (durations.length !== 1) throw setup.argumentError();
        const duration = parseDuration(durations[0]!);
        if (!duration.ok) throw new CorefileError(`unable to parse lameduck duration value: '${durations[0]}' : ${duration.error}`);
        lameduck = duration.value;
      }
    }
    const { ip, port, taken } = httpAddress(setup, address);
    const { metrics } = setup.server;
    setup.hook('health', {
      start(context) {
        // It asks itself once a second.
        metrics.beforeRead((at) => {
          const count = Math.max(0, Math.floor((at - context.now) / 1000));
          metrics.set('coredns_health_request_duration_seconds_sum', {}, (count * askingTakes * 1e6) / 1e6);
          metrics.set('coredns_health_request_duration_seconds_count', {}, count);
        });
        return taken();
      },
      http: {
        ip,
        port,
        get: (path) => (path === '/health' ? { status: 200, contentType: 'text/plain; charset=utf-8', body: 'OK', log: [] } : notFound),
      },
      stop: () => (lameduck > 0 ? [`[INFO] plugin/health: Going into lameduck mode for ${formatDuration(lameduck)}`] : []),
    });
  },
};
