/** curl's command line: every option by name and letter, and what a command line comes to. (curl: src/tool_getparam.c, tool_paramhlp.c) */

/** Long names of options with a value, with their letters. */
const valued =
  'abstract-unix-socket alt-svc aws-sigv4 cacert capath cert:E cert-type ciphers config:K connect-timeout connect-to continue-at:C cookie:b cookie-jar:c create-file-mode crlfile curves data:d data-ascii data-binary data-raw data-urlencode delegation dns-interface dns-ipv4-addr dns-ipv6-addr dns-servers doh-url dump-header:D egd-file engine etag-compare etag-save expect100-timeout form:F form-string ftp-account ftp-alternative-to-user ftp-method ftp-port:P ftp-ssl-ccc-mode happy-eyeballs-timeout-ms header:H hostpubmd5 hostpubsha256 hsts interface json keepalive-time key key-type krb libcurl limit-rate local-port login-options mail-auth mail-from mail-rcpt max-filesize max-redirs max-time:m netrc-file noproxy oauth2-bearer output:o output-dir parallel-max pass pinnedpubkey preproxy proto proto-default proto-redir proxy:x proxy-cacert proxy-capath proxy-cert proxy-cert-type proxy-ciphers proxy-crlfile proxy-header proxy-key proxy-key-type proxy-pass proxy-pinnedpubkey proxy-service-name proxy-tls13-ciphers proxy-tlsauthtype proxy-tlspassword proxy-tlsuser proxy-user:U proxy1.0 pubkey quote:Q random-file range:r rate referer:e request:X request-target resolve retry retry-delay retry-max-time sasl-authzid service-name socks4 socks4a socks5 socks5-gssapi-service socks5-hostname speed-limit:Y speed-time:y stderr telnet-option:t tftp-blksize time-cond:z tls-max tls13-ciphers tlsauthtype tlspassword tlsuser trace trace-ascii unix-socket upload-file:T url url-query user:u user-agent:A variable write-out:w';
const flags =
  'anyauth append:a basic cert-status compressed compressed-ssh create-dirs crlf digest disable:q disable-eprt disable-epsv disallow-username-in-url doh-cert-status doh-insecure eprt epsv fail:f fail-early fail-with-body false-start form-escape ftp-create-dirs ftp-pasv ftp-pret ftp-skip-pasv-ip ftp-ssl-ccc ftp-ssl-control get:G globoff:g haproxy-protocol head:I help:h http0.9 http1.0:0 http1.1 http2 http2-prior-knowledge http3 http3-only ignore-content-length include:i insecure:k ipv4:4 ipv6:6 junk-session-cookies:j keepalive list-only:l location:L location-trusted mail-rcpt-allowfails manual:M metalink negotiate netrc:n netrc-optional next:: alpn buffer clobber npn progress-meter sessionid ntlm ntlm-wb parallel:Z parallel-immediate path-as-is post301 post302 post303 progress-bar:# proxy-anyauth proxy-basic proxy-digest proxy-insecure proxy-negotiate proxy-ntlm proxy-ssl-allow-beast proxy-ssl-auto-client-cert proxy-tlsv1 proxytunnel:p raw remote-header-name:J remote-name:O remote-name-all remote-time:R remove-on-error retry-all-errors retry-connrefused sasl-ir show-error:S silent:s show-headers socks5-basic socks5-gssapi socks5-gssapi-nec ssl ssl-allow-beast ssl-auto-client-cert ssl-no-revoke ssl-reqd ssl-revoke-best-effort sslv2:2 sslv3:3 styled-output suppress-connect-headers tcp-fastopen tcp-nodelay tftp-no-options tlsv1:1 tlsv1.0 tlsv1.1 tlsv1.2 tlsv1.3 tr-encoding trace-ids trace-time use-ascii:B verbose:v version:V xattr';

interface Option {
  readonly name: string;
  readonly value: boolean;
}

function table(): { readonly names: ReadonlyMap<string, Option>; readonly letters: ReadonlyMap<string, Option> } {
  const names = new Map<string, Option>();
  const letters = new Map<string, Option>([['N', { name: 'no-buffer', value: false }]]);
  for (const [list, value] of [
    [valued, true],
    [flags, false],
  ] as const) {
    for (const word of list.split(' ')) {
      const name = /^[^:]+/.exec(word)![0];
      const letter = word.slice(name.length + 1);
      const option: Option = { name, value };
      names.set(name, option);
      if (letter !== '') letters.set(letter, option);
    }
  }
  return { names, letters };
}

const { names, letters } = table();

/** What a request body is made of, in the order given. */
export type Data =
  | { readonly kind: 'plain' | 'raw' | 'binary' | 'urlencode' | 'json'; readonly text: string }
  | { readonly kind: 'form'; readonly text: string; readonly literal: boolean };

export interface CurlOptions {
  readonly urls: readonly string[];
  readonly silent: boolean;
  readonly showError: boolean;
  readonly verbose: boolean;
  readonly progress: 'meter' | 'bar' | 'none';
  readonly head: boolean;
  readonly include: boolean;
  readonly insecure: boolean;
  readonly follow: boolean;
  readonly maxRedirs: number;
  readonly fail: 'no' | 'early' | 'with-body';
  readonly method: string | undefined;
  readonly headers: readonly string[];
  readonly data: readonly Data[];
  readonly get: boolean;
  readonly upload: string | undefined;
  /** By the order of the URLs: a file's name, or `remote` for the URL's own. */
  readonly outputs: readonly (string | { readonly remote: true })[];
  readonly remoteNameAll: boolean;
  readonly outputDir: string | undefined;
  readonly createDirs: boolean;
  readonly dumpHeader: string | undefined;
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
  readonly bearer: string | undefined;
  readonly cookie: string | undefined;
  readonly referer: string | undefined;
  readonly range: string | undefined;
  readonly compressed: boolean;
  readonly family: 4 | 6 | undefined;
  readonly interface: string | undefined;
  readonly proxy: string | undefined;
  readonly caFile: string | undefined;
  readonly cert: string | undefined;
  readonly key: string | undefined;
  readonly http: '1.0' | '1.1' | '2' | undefined;
  readonly retry: number;
  readonly retryDelay: number | undefined;
  readonly retryConnRefused: boolean;
  readonly retryAllErrors: boolean;
  readonly protocols: string | undefined;
  readonly globOff: boolean;
  readonly failEarly: boolean;
}

export type Parsed =
  | { readonly kind: 'options'; readonly options: CurlOptions }
  | { readonly kind: 'error'; readonly lines: readonly string[]; readonly code: number }
  | { readonly kind: 'version' | 'help' };

/** What is wrong with one option; `option -m: requires parameter`. */
class Mistake extends Error {}

export interface Reading {
  /** The text of a file; `-` is standard input. */
  readFile(path: string): string | undefined;
  /** Names of options may be cut short, as before 8.0. */
  readonly abbreviations: boolean;
}

/** Parses a command line as curl does: letters may be joined, a value may follow its letter at once. */
export function parseOptions(args: readonly string[], reading: Reading): Parsed {
  const seen = new Seen();
  try {
    readArguments(args, seen, reading);
  } catch (error) {
    if (!(error instanceof Mistake)) throw error;
    return { kind: 'error', lines: error.message.split('\n'), code: 2 };
  }
  if (seen.has('version')) return { kind: 'version' };
  if (seen.has('help') || seen.has('manual')) return { kind: 'help' };
  return { kind: 'options', options: seen.options() };
}

function readArguments(args: readonly string[], seen: Seen, reading: Reading): void {
  for (let i = 0; i < args.length; i++) {
    const arg = args[i]!;
    if (arg === '--') {
      seen.urls.push(...args.slice(i + 1));
      return;
    }
    if (!arg.startsWith('-') || arg === '-') {
      seen.urls.push(arg);
      continue;
    }
    if (arg.startsWith('--')) {
      const { option, on } = longOption(arg, reading);
      const value = option.value ? args[++i] : '';
      if (value === undefined) throw new Mistake(`option ${arg}: requires parameter`);
      accept(option, arg, value, on, seen, reading);
      continue;
    }
    for (let at = 1; at < arg.length; at++) {
      const option = letters.get(arg[at]!);
      if (option === undefined) throw new Mistake(`option ${arg}: is unknown`);
      if (!option.value) {
        accept(option, arg, '', true, seen, reading);
        continue;
      }
      const rest = arg.slice(at + 1);
      const value = rest !== '' ? rest : args[++i];
      if (value === undefined) throw new Mistake(`option ${arg}: requires parameter`);
      accept(option, arg, value, true, seen, reading);
      break;
    }
  }
}

/** `--no-` turns an option off; up to 7.88 a beginning that fits one name alone will do. */
function longOption(arg: string, { abbreviations }: Reading): { readonly option: Option; readonly on: boolean } {
  const word = arg.slice(2);
  const negative = word.startsWith('no-') && !names.has(word);
  const wanted = negative ? word.slice(3) : word;
  const exact = names.get(wanted);
  if (exact !== undefined && !(negative && exact.value)) return { option: exact, on: !negative };
  const fitting = abbreviations ? [...names.values()].filter(({ name }) => name.startsWith(wanted)) : [];
  if (fitting.length > 1) throw new Mistake(`option ${arg}: is ambiguous`);
  if (fitting.length === 0) throw new Mistake(`option ${arg}: is unknown`);
  return { option: fitting[0]!, on: !negative };
}

const numeric = new Set(['max-redirs', 'retry', 'speed-limit', 'speed-time', 'keepalive-time', 'parallel-max']);
const seconds = new Set(['max-time', 'connect-timeout', 'retry-delay', 'retry-max-time', 'expect100-timeout']);

function accept({ name }: Option, arg: string, value: string, on: boolean, seen: Seen, reading: Reading): void {
  if (numeric.has(name) || seconds.has(name)) {
    if (!/^-?\d*\.?\d+$/.test(value) || (numeric.has(name) && !/^-?\d+$/.test(value)))
      throw new Mistake(`option ${arg}: expected a proper numerical parameter`);
    if (value.startsWith('-') && !(name === 'max-redirs' && value === '-1'))
      throw new Mistake(`option ${arg}: expected a positive numerical parameter`);
  }
  if (name === 'fail' || name === 'fail-with-body') {
    const other = name === 'fail' ? 'fail-with-body' : 'fail';
    if (on && seen.has(other))
      throw new Mistake(`You must select either --fail or --fail-with-body, not both.\noption ${arg}: is badly used here`);
  }
  if (name === 'config') {
    const text = reading.readFile(value);
    if (text === undefined) throw new Mistake(`cannot read config from '${value}'\noption ${arg}: error encountered when reading a file`);
    readArguments(configArguments(text), seen, reading);
    return;
  }
  if (name === 'url') seen.urls.push(value);
  else if (on) seen.add(name, value);
  else seen.remove(name);
}

/** A config file's lines as arguments: `option = value`, `option value`, `--option value`; values may be quoted. */
function configArguments(text: string): readonly string[] {
  return text.split('\n').flatMap((line) => {
    const found = /^\s*(?:--?)?([\w.-]+)(?:\s*[=:]\s*|\s+)?(.*?)\s*$/.exec(line);
    if (found === null || line.trim().startsWith('#') || line.trim() === '') return [];
    const value = found[2]!.replace(/^"(.*)"$/, (_, quoted: string) => quoted.replace(/\\(.)/g, '$1'));
    const option = /^\s*-[^-]/.test(line) ? `-${found[1]}` : `--${found[1]}`;
    return value === '' ? [option] : [option, value];
  });
}

const dataKinds: Readonly<Record<string, Exclude<Data['kind'], 'form'>>> = {
  data: 'plain',
  'data-ascii': 'plain',
  'data-raw': 'raw',
  'data-binary': 'binary',
  'data-urlencode': 'urlencode',
  json: 'json',
};

/** The options so far: the last of a kind counts, except where all do. */
class Seen {
  readonly urls: string[] = [];
  readonly #values = new Map<string, string[]>();
  readonly #data: Data[] = [];
  readonly #outputs: (string | { readonly remote: true })[] = [];

  has(name: string): boolean {
    return this.#values.has(name);
  }

  add(name: string, value: string): void {
    this.#values.set(name, [...(this.#values.get(name) ?? []), value]);
    const kind = dataKinds[name];
    if (kind !== undefined) this.#data.push({ kind, text: value });
    if (name === 'form' || name === 'form-string') this.#data.push({ kind: 'form', text: value, literal: name === 'form-string' });
    if (name === 'output') this.#outputs.push(value);
    if (name === 'remote-name') this.#outputs.push({ remote: true });
  }

  remove(name: string): void {
    if (name === 'progress-meter' || name === 'buffer' || name === 'keepalive') this.add(`no-${name}`, '');
    this.#values.delete(name);
  }

  options(): CurlOptions {
    const has = (name: string) => this.#values.has(name);
    const all = (name: string) => this.#values.get(name) ?? [];
    const last = (name: string) => this.#values.get(name)?.at(-1);
    const milliseconds = (name: string) => (last(name) === undefined ? undefined : Math.round(Number(last(name)) * 1000));
    return {
      urls: this.urls,
      silent: has('silent'),
      showError: has('show-error'),
      verbose: has('verbose') || has('trace-ascii'),
      progress: has('silent') || has('no-progress-meter') ? 'none' : has('progress-bar') ? 'bar' : 'meter',
      head: has('head'),
      include: has('include') || has('show-headers'),
      insecure: has('insecure'),
      follow: has('location') || has('location-trusted'),
      maxRedirs: Number(last('max-redirs') ?? 50),
      fail: has('fail-with-body') ? 'with-body' : has('fail') ? 'early' : 'no',
      method: last('request'),
      headers: all('header'),
      data: this.#data,
      get: has('get'),
      upload: last('upload-file'),
      outputs: this.#outputs,
      remoteNameAll: has('remote-name-all'),
      outputDir: last('output-dir'),
      createDirs: has('create-dirs'),
      dumpHeader: last('dump-header'),
      writeOut: last('write-out'),
      maxTime: milliseconds('max-time') || undefined,
      connectTimeout: milliseconds('connect-timeout') || undefined,
      resolve: all('resolve'),
      connectTo: all('connect-to'),
      userAgent: last('user-agent'),
      user: last('user'),
      bearer: last('oauth2-bearer'),
      cookie: last('cookie'),
      referer: last('referer'),
      range: last('range'),
      compressed: has('compressed'),
      family: has('ipv6') ? 6 : has('ipv4') ? 4 : undefined,
      interface: last('interface'),
      proxy: last('proxy'),
      caFile: last('cacert'),
      cert: last('cert'),
      key: last('key'),
      http: has('http1.0') ? '1.0' : has('http1.1') ? '1.1' : has('http2') || has('http2-prior-knowledge') ? '2' : undefined,
      retry: Number(last('retry') ?? 0),
      retryDelay: milliseconds('retry-delay') || undefined,
      retryConnRefused: has('retry-connrefused'),
      retryAllErrors: has('retry-all-errors'),
      protocols: last('proto'),
      globOff: has('globoff'),
      failEarly: has('fail-early'),
    };
  }
}
