/** Directives that are taken and change no answer. (coredns: plugin/{cancel,metadata,trace,pprof,dnstap,multisocket,quic}, coredns/caddy: onevent) */
import type { CorednsPlugin } from '../../plugin.ts';

/** A directive whose words are read and forgotten. */
export function passive(name: string): CorednsPlugin {
  return {
    name,
    setup(setup) {
      while (setup.next()) setup.remainingArgs();
      if (name === 'metadata' || name === 'cancel') setup.add({ name, serve: (request, next) => next(request) });
    },
  };
}
