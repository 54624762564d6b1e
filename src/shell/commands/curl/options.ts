/** curl's command line (curl 8.5, src/tool_getparam.c): what is simulated, what is accepted and changes nothing, and what is unknown. */

export interface CurlOptions {
  readonly urls: readonly string[];
  readonly silent: boolean;
  readonly showError: boolean;
  readonly verbose: boolean;
  readonly head: boolean;
  readonly include: boolean;
  readonly insecure: boolean;
  readonly follow: boolean;
  readonly fail: boolean;
  readonly method: string | undefined;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly data: string | undefined;
  readonly output: string | undefined;
  readonly remoteName: boolean;
  readonly writeOut: string | undefined;
  /** Milliseconds. */
  readonly maxTime: number | undefined;
  readonly connectTimeout: number | undefined;
  /** `host:port:address` */
  readonly resolve: readonly string[];
  /** `host:port:host:port` */
  readonly connectTo: readonly string[];
  readonly userAgent: string | undefined;
  readonly user: string | undefined;
  readonly family: 4 | 6 | undefined;
}

/** Long names with a value, and their letters. */
const valued: Readonly<Record<string, string>> = {
  request: 'X', header: 'H', data: 'd', output: 'o', 'write-out': 'w', 'max-time': 'm', 'connect-timeout': '', resolve: '', 'connect-to': '', 'user-agent': 'A', user: 'u', url: '', cacert: '', cert: 'E', key: '', retry: '', 'retry-delay': '', interface: '', proxy: 'x', cookie: 'b',
  'data-raw': '', 'data-binary': '', 'data-urlencode': '', noproxy: '', 'max-redirs': '', range: 'r', referer: 'e', 'unix-socket': '', 'dns-servers': '', 'local-port': '', form: 'F', 'upload-file': 'T', 'tls-max': '', capath: '', 'oauth2-bearer': '', 'retry-max-time': '',
};
const plain: Readonly<Record<string, string>> = {
  silent: 's', 'show-error': 'S', verbose: 'v', head: 'I', include: 'i', insecure: 'k', location: 'L', fail: 'f', ipv4: '4', ipv6: '6', 'remote-name': 'O', 'http1.1': '', http2: '', 'http1.0': '0', compressed: '', get: 'G', 'no-buffer': 'N', 'progress-bar': '#', tlsv1: '1', 'tlsv1.2': '', 'tlsv1.3': '', help: 'h', version: 'V', globoff: 'g', 'fail-with-body': '', 'location-trusted': '', 'no-progress-meter': '', 'path-as-is': '', 'retry-connrefused': '', 'no-keepalive': '', basic: '', digest: '', 'fail-early': '', 'remote-header-name': 'J', 'tcp-nodelay': '',
};

export type Parsed = { readonly kind: 'options'; readonly options: CurlOptions } | { readonly kind: 'error'; readonly message: string } | { readonly kind: 'version' } | { readonly kind: 'help' };

/** Parses a command line as curl does: letters may be joined, a value may follow its letter at once. */
export function parseOptions(args: readonly string[]): Parsed {
  const byLetter = new Map<string, string>([...Object.entries(valued), ...Object.entries(plain)].flatMap(([name, letter]) => (letter === '' ? [] : [[letter, name] as const])));
  const set = new Map<string, string[]>();
  const urls: string[] = [];
  const add = (name: string, value = '') => set.set(name, [...(set.get(name) ?? []), value]);
  for (let i = 0; i < args.length; i++) {
    const arg = args[i]!;
    if (arg === '--') {
      urls.push(...args.slice(i + 1));
      break;
    }
    if (arg.startsWith('--')) {
      const name = arg.slice(2);
      const negated = name.startsWith('no-') && plain[name.slice(3)] !== undefined;
      if (valued[name] !== undefined) {
        const value = args[++i];
        if (value === undefined) return { kind: 'error', message: `option ${arg}: requires parameter` };
        if (name === 'url') urls.push(value);
        else add(name, value);
      } else if (plain[name] !== undefined) add(name);
      else if (negated) set.delete(name.slice(3));
      else return { kind: 'error', message: `option ${arg}: is unknown` };
    } else if (arg.startsWith('-') && arg.length > 1) {
      for (let at = 1; at < arg.length; at++) {
        const name = byLetter.get(arg[at]!);
        if (name === undefined) return { kind: 'error', message: `option ${arg}: is unknown` };
        if (plain[name] !== undefined) {
          add(name);
          continue;
        }
        const rest = arg.slice(at + 1);
        const value = rest !== '' ? rest : args[++i];
        if (value === undefined) return { kind: 'error', message: `option ${arg}: requires parameter` };
        add(name, value);
        break;
      }
    } else urls.push(arg);
  }
  if (set.has('version')) return { kind: 'version' };
  if (set.has('help')) return { kind: 'help' };
  const last = (name: string) => set.get(name)?.at(-1);
  const seconds = (name: string) => (last(name) === undefined ? undefined : Math.round(Number(last(name)) * 1000));
  for (const name of ['max-time', 'connect-timeout']) if (last(name) !== undefined && Number.isNaN(Number(last(name)))) return { kind: 'error', message: `option ${name === 'max-time' ? '-m' : `--${name}`}: expected a proper numerical parameter` };
  const data = ['data', 'data-raw', 'data-binary', 'data-urlencode'].flatMap((name) => set.get(name) ?? []);
  return {
    kind: 'options',
    options: {
      urls,
      silent: set.has('silent'),
      showError: set.has('show-error'),
      verbose: set.has('verbose'),
      head: set.has('head'),
      include: set.has('include'),
      insecure: set.has('insecure'),
      follow: set.has('location') || set.has('location-trusted'),
      fail: set.has('fail') || set.has('fail-with-body'),
      method: last('request'),
      headers: (set.get('header') ?? []).flatMap((text) => {
        const colon = text.indexOf(':');
        return colon < 0 ? [] : [[text.slice(0, colon).trim(), text.slice(colon + 1).trim()] as const];
      }),
      data: data.length === 0 ? undefined : data.join('&'),
      output: last('output'),
      remoteName: set.has('remote-name'),
      writeOut: last('write-out'),
      maxTime: seconds('max-time'),
      connectTimeout: seconds('connect-timeout'),
      resolve: set.get('resolve') ?? [],
      connectTo: set.get('connect-to') ?? [],
      userAgent: last('user-agent'),
      user: last('user'),
      family: set.has('ipv6') ? 6 : set.has('ipv4') ? 4 : undefined,
    },
  };
}
