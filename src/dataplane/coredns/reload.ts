/** A changed Corefile taken over while the server runs. (coredns: plugin/reload/reload.go; coredns/caddy: caddy.go Restart, sigtrap_posix.go) */
import { CorefileError } from './corefile/dispenser.ts';
import { parseCorefile } from './corefile/parse.ts';
import type { Environment, LogLine } from './plugin.ts';
import { corefileSum, createServer, type CorednsServer, type StartOptions } from './server.ts';

/** What became of it: the lines, and the server that runs now. */
export interface Reloaded {
  readonly log: readonly LogLine[];
  readonly server: CorednsServer;
  /** The sum of the file that was tried last: one that was refused is not tried again before it changes. */
  readonly tried: string;
}

const defaultName = '/etc/coredns/Corefile';

/**
 * One look of the `reload` plugin at the file, whose text may be undefined when it is gone. `tried` is that of the look before (at first the running
 * sum). Nothing happens while the words and their lines stay the same.
 */
export function lookAtCorefile(
  server: CorednsServer,
  tried: string,
  text: string | undefined,
  environment: Environment,
  at: number,
  options: StartOptions = {},
): Reloaded {
  if (text === undefined || server.reload === undefined) return { log: [], server, tried };
  let sum: string;
  try {
    const { files, env } = environment;
    const sources = { read: files.read, isDirectory: files.isDirectory, glob: files.glob, env, log: () => undefined };
    sum = corefileSum(parseCorefile(options.fileName ?? defaultName, text, sources));
    // Words that no plugin knows are let through here: the restart finds them.
  } catch (error) {
    if (!(error instanceof CorefileError)) throw error;
    return { log: [{ at, text: `[WARNING] plugin/reload: Corefile parse failed: ${error.message}` }], server, tried };
  }
  if (sum === tried) return { log: [], server, tried };
  const { log, server: next, error } = restart(server, text, environment, at, options);
  const complaint = `[ERROR] plugin/reload: Corefile changed but reload failed: ${error}`;
  return { log: error === undefined ? log : [...log, { at, text: complaint }], server: next, tried: sum };
}

/** `kill -USR1`: the file is taken over whether it changed or not. */
export function reloadBySignal(
  server: CorednsServer,
  text: string | undefined,
  environment: Environment,
  at: number,
  options: StartOptions = {},
): Omit<Reloaded, 'tried'> {
  const first = { at, text: '[INFO] SIGUSR1: Reloading' };
  if (text === undefined) {
    const reason = `open ${options.fileName ?? defaultName}: no such file or directory`;
    return { log: [first, { at, text: `[ERROR] SIGUSR1: loading updated Caddyfile: ${reason}` }], server };
  }
  const { log, server: next, error } = restart(server, text, environment, at, options);
  const rest = error === undefined ? [] : [{ at, text: `[ERROR] SIGUSR1: ${error}` }];
  return { log: [first, ...log, ...rest], server: next };
}

/** Starts a server beside the running one, which goes on when that fails. */
function restart(
  server: CorednsServer,
  text: string,
  environment: Environment,
  at: number,
  options: StartOptions,
): { readonly log: readonly LogLine[]; readonly server: CorednsServer; readonly error?: string } {
  const line = (one: string) => ({ at, text: one });
  const started = createServer(text, environment, at, { ...options, quiet: true });
  if (!started.ok) {
    const reason = started.error.error.trimEnd();
    const log = [line('[INFO] Reloading'), ...started.error.log, line(`[ERROR] Restart failed: ${reason}`)];
    return { log, server, error: `starting with listener file descriptors: ${reason}` };
  }
  const log = [line('[INFO] Reloading'), ...started.value.startupLog, line('[INFO] Reloading complete')];
  return { log, server: started.value };
}
