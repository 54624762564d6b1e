/** Where the learner's own data lie: below the XDG directories, or all in `CKA_NET_HOME`. */
import { homedir } from 'node:os';
import { join } from 'node:path';

type Environment = Readonly<Record<string, string | undefined>>;

/** The directory of data that must be kept. A relative XDG path is not valid and counts as unset (XDG Base Directory Specification). */
export function dataDirectory(env: Environment = process.env): string {
  const own = env['CKA_NET_HOME'];
  if (own !== undefined && own !== '') return own;
  const xdg = env['XDG_DATA_HOME'];
  return join(xdg?.startsWith('/') === true ? xdg : join(homedir(), '.local', 'share'), 'cka-net');
}

/** The directory of what may be lost: the history of the terminal. */
export function stateDirectory(env: Environment = process.env): string {
  const own = env['CKA_NET_HOME'];
  if (own !== undefined && own !== '') return own;
  const xdg = env['XDG_STATE_HOME'];
  return join(xdg?.startsWith('/') === true ? xdg : join(homedir(), '.local', 'state'), 'cka-net');
}

/** The directory of what can be made again at any time. */
export function cacheDirectory(env: Environment = process.env): string {
  const own = env['CKA_NET_HOME'];
  if (own !== undefined && own !== '') return join(own, 'cache');
  const xdg = env['XDG_CACHE_HOME'];
  return join(xdg?.startsWith('/') === true ? xdg : join(homedir(), '.cache'), 'cka-net');
}
