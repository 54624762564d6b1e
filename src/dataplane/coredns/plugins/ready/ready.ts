/** Says on a port of its own whether all plugins are ready. (coredns: plugin/ready) */
import { CorefileError } from '../../corefile/dispenser.ts';
import { splitAddress } from '../../go/address.ts';
import { quote } from '../../go/quote.ts';
import { once, type CorednsPlugin, type HttpReply, type Setup } from '../../plugin.ts';
import { atLeast } from '../../release.ts';

export const notFound: HttpReply = { status: 404, contentType: 'text/plain; charset=utf-8', body: '404 page not found\n', log: [] };

/** The address of a plugin's HTTP server; `taken` is what Go says when it cannot be listened on. */
export function httpAddress(setup: Setup, text: string): { readonly ip: string; readonly port: number; taken(): string | undefined } {
  const split = splitAddress(text);
  if (!split.ok) throw new CorefileError(split.error);
  const { host, port } = split.value;
  return {
    ip: host,
    port: Number(port),
    taken() {
      const reason = setup.environment.listenError(host, Number(port));
      return reason === undefined ? undefined : `listen tcp ${text}: bind: ${reason}`;
    },
  };
}

export const ready: CorednsPlugin = {
  name: 'ready',
  setup(setup) {
    let address = ':8181';
    let keep = false;
    for (let i = 0; setup.next(); i++) {
      if (i > 0) throw once();
      const args = setup.remainingArgs();
      if (args.length > 1) throw setup.argumentError();
      if (args[0] !== undefined) httpAddress(setup, (address = args[0]));
      while (setup.nextBlock()) {
        if (setup.word() !== 'monitor' || !atLeast(setup.environment.version, '1.12.1')) throw setup.argumentError();
        const monitor = setup.remainingArgs();
        if (monitor.length !== 1) throw setup.argumentError();
        if (monitor[0] !== 'until-ready' && monitor[0] !== 'continuously') throw setup.error(`monitor type '${monitor[0]}' not supported`);
        keep = monitor[0] === 'continuously';
      }
    }
    const { ip, port, taken } = httpAddress(setup, address);
    const known = new Set<unknown>();
    /** The plugins of the blocks that use this address; once ready, a plugin is not asked again. */
    const waiting = () => {
      const names: string[] = [];
      for (const hook of setup.block.hooks) {
        if (hook.isReady === undefined || (known.has(hook) && !keep)) continue;
        if (hook.isReady()) known.add(hook);
        else names.push(hook.name);
      }
      return names.sort();
    };
    setup.hook('ready', {
      start: taken,
      http: {
        ip,
        port,
        get(path) {
          if (path !== '/ready') return notFound;
          const names = waiting();
          if (names.length === 0) return { status: 200, contentType: 'text/plain; charset=utf-8', body: 'OK', log: [] };
          const told = atLeast(setup.environment.version, '1.12.0') ? 'Plugins not ready' : 'Still waiting on';
          return {
            status: 503,
            contentType: 'text/plain; charset=utf-8',
            body: names.join(','),
            log: [`[INFO] plugin/ready: ${told}: ${quote(names.join(','))}`],
          };
        },
      },
    });
  },
};
