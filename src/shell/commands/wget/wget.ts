/** GNU Wget. (wget 1.21: src/{main,retr,http,connect,host,progress,gnutls,openssl}.c) */
import type { Trace } from '#dataplane/trace/trace.ts';
import { normalize } from '#node/files.ts';
import { hostPort, parseIp, type Family, type Ip } from '#net/ip.ts';
import { pick } from '#kube/chance.ts';
import { failure, output, type Here, type Io, type Output } from '../../command.ts';
import { attempt, blockingDelay, bothFamilies, resolve, type Attempt } from '../../network/dial.ts';
import { userlandAt } from '../../network/dialect.ts';
import { gaiStrerror, strerror } from '../../network/errno.ts';
import { exchange, listenerOf, type HttpAnswer } from '../../network/http.ts';
import { namesHost, tlsServerOf } from '../../network/tls.ts';
import { doubtOf } from '../../network/verification.ts';
import { parseCertificates, type Certificate } from '#net/x509.ts';
import { localeQuoted } from '../../locale-quotes.ts';
import { Timeline } from '../../timeline.ts';
import { getopt } from '../../getopt.ts';
import { bracketed, isUsualPort, parseUrl, redirectedTo, urlText, type Address } from '../curl/url.ts';

const usage = "Usage: wget [OPTION]... [URL]...\n\nTry `wget --help' for more options.\n";

/** Long options, with their letters; a colon where they want a value. */
const long: Readonly<Record<string, string>> = {
  'append-output': 'a:', background: 'b', 'base': 'B:', 'bind-address': 'bind-address:', 'ca-certificate': 'ca-certificate:', certificate: 'certificate:', 'private-key': 'private-key:', 'ca-directory': 'ca-directory:',
  'connect-timeout': 'connect-timeout:', 'dns-timeout': 'dns-timeout:', 'read-timeout': 'read-timeout:', 'content-on-error': 'content-on-error', continue: 'c', debug: 'd', 'delete-after': 'delete-after', 'directory-prefix': 'P:',
  execute: 'e:', 'force-directories': 'x', header: 'header:', help: 'h', 'http-user': 'http-user:', 'http-password': 'http-password:', user: 'http-user:', password: 'http-password:', 'inet4-only': '4', 'inet6-only': '6', 'input-file': 'i:',
  level: 'l:', 'limit-rate': 'limit-rate:', 'max-redirect': 'max-redirect:', method: 'method:', 'body-data': 'post-data:', 'body-file': 'post-file:', 'no-check-certificate': 'no-check-certificate', 'check-certificate': 'check-certificate:', 'no-clobber': 'nc', 'no-cache': 'no-cache',
  'no-directories': 'nd', 'no-verbose': 'nv', 'no-proxy': 'no-proxy', 'no-hsts': 'no-hsts', 'no-dns-cache': 'no-dns-cache', 'output-document': 'O:', 'output-file': 'o:', 'post-data': 'post-data:', 'post-file': 'post-file:', progress: 'progress:', 'prefer-family': 'prefer-family:', quiet: 'q', recursive: 'r',
  'retry-connrefused': 'retry-connrefused', 'retry-on-http-error': 'retry-on-http-error:', 'save-headers': 'save-headers', 'secure-protocol': 'secure-protocol:', 'server-response': 'S', 'show-progress': 'show-progress', spider: 'spider', timeout: 'T:', timestamping: 'N', tries: 't:',
  'user-agent': 'U:', verbose: 'v', version: 'V', wait: 'w:', waitretry: 'waitretry:', 'referer': 'referer:',
}; // prettier-ignore

/** Wget's two-letter options stand among the short ones. */
function spelledOut(args: readonly string[]): readonly string[] {
  const words: Readonly<Record<string, string>> = {
    '-nv': '--no-verbose',
    '-nc': '--no-clobber',
    '-nd': '--no-directories',
    '-nH': '--no-directories',
  };
  return args.map((arg) => words[arg] ?? arg);
}

interface Options {
  has(id: string): boolean;
  last(id: string): string | undefined;
  all(id: string): readonly string[];
  readonly tries: number;
  /** Milliseconds. */
  readonly connectTimeout: number | undefined;
  readonly dnsTimeout: number | undefined;
  readonly readTimeout: number;
  readonly maxRedirect: number;
  readonly waitRetry: number;
  readonly quiet: boolean;
  readonly brief: boolean;
  readonly spider: boolean;
  readonly document: string | undefined;
}

/** Statuses of Wget's exit (src/exits.c). */
const exits = { general: 1, parse: 2, io: 3, network: 4, tls: 5, server: 8 } as const;

export function gnuWget(args: readonly string[], io: Io, here: Here): Output {
  const parsed = getopt(spelledOut(args), 'a:bB:cdD:e:Ehi:I:kKl:mnN46O:o:pP:qQ:rR:SsT:t:U:vVw:xX:', long);
  if ('problem' in parsed) return failure(`wget: ${parsed.problem}\n${usage}`, exits.parse);
  const { found, rest } = parsed;
  const all = (id: string) => found.filter((one) => one.id === id).flatMap(({ value }) => (value === undefined ? [] : [value]));
  const last = (id: string) => all(id).at(-1);
  const has = (id: string) => found.some((one) => one.id === id);
  const { releases } = userlandAt(here);
  if (has('V')) return output(`GNU Wget ${releases.wget} built on linux-gnu.\n`);
  if (has('h')) return output(`GNU Wget ${releases.wget}, a non-interactive network retriever.\nUsage: wget [OPTION]... [URL]...\n`);
  for (const [id, option] of [
    ['T', 'timeout'],
    ['connect-timeout', 'connect-timeout'],
    ['dns-timeout', 'dns-timeout'],
    ['read-timeout', 'read-timeout'],
  ] as const) {
    const value = last(id);
    if (value !== undefined && !/^\d*\.?\d+[smhdw]?$/.test(value))
      return failure(`wget: --${option}: Invalid time period ${localeQuoted(io.env, value)}\n`, exits.parse);
  }
  const tries = last('t');
  if (tries !== undefined && !/^(\d+|inf)$/.test(tries))
    return failure(`wget: --tries: Invalid number ${localeQuoted(io.env, tries)}.\n`, exits.parse);
  const listed = last('i') === undefined ? [] : listedUrls(io, last('i')!);
  if (typeof listed === 'string') return failure(listed, 0);
  const urls = [...rest, ...listed];
  if (urls.length === 0) return failure(`wget: missing URL\n${usage}`, exits.general);
  const milliseconds = (id: string) => (last(id) === undefined ? undefined : Number.parseFloat(last(id)!) * 1000);
  const general = milliseconds('T');
  const options: Options = {
    has,
    last,
    all,
    tries: tries === undefined ? 20 : tries === 'inf' || tries === '0' ? 20 : Number(tries),
    connectTimeout: milliseconds('connect-timeout') ?? general,
    dnsTimeout: milliseconds('dns-timeout') ?? general,
    readTimeout: milliseconds('read-timeout') ?? general ?? 900_000,
    maxRedirect: Number(last('max-redirect') ?? 20),
    waitRetry: milliseconds('waitretry') ?? 10_000,
    quiet: has('q'),
    brief: has('nv'),
    spider: has('spider'),
    document: last('O'),
  };
  return new Wget(io, here, options).run(urls);
}

function listedUrls(io: Io, file: string): readonly string[] | string {
  const text = file === '-' ? io.stdin : io.files.read(normalize(file, io.cwd));
  if (text === undefined) return `${file}: No such file or directory\nNo URLs found in ${file}.\n`;
  return text.split('\n').flatMap((line) => (line.trim() === '' ? [] : [line.trim()]));
}

type Step =
  | { readonly kind: 'done' }
  | { readonly kind: 'failed'; readonly status: number }
  /** Worth another try. */
  | { readonly kind: 'again' }
  | { readonly kind: 'redirect'; readonly to: string };

class Wget {
  readonly #io: Io;
  readonly #here: Here;
  readonly #options: Options;
  readonly #timeline: Timeline;
  /** The connection that is kept, by the server it leads to. */
  #kept: { readonly key: string; readonly attempt: Attempt } | undefined;
  #status = 0;
  #log: string | undefined;

  constructor(io: Io, here: Here, options: Options) {
    this.#io = io;
    this.#here = here;
    this.#options = options;
    this.#timeline = new Timeline({ buffered: !io.tty });
  }

  run(urls: readonly string[]): Output {
    const { document, spider } = this.#options;
    if (this.#options.last('o') !== undefined) this.#log = '';
    if (document !== undefined && document !== '-' && !this.#canWrite(document)) {
      this.#tell(`${document}: No such file or directory\n`, true);
      return this.#end(exits.general);
    }
    if (spider) this.#tell('Spider mode enabled. Check if remote file exists.\n');
    for (const url of urls) this.#retrieve(url);
    return this.#end(this.#status);
  }

  #end(status: number): Output {
    const file = this.#options.last('o');
    if (file !== undefined && this.#log !== undefined) this.#io.files.write(normalize(file, this.#io.cwd), this.#log);
    return this.#timeline.end(status);
  }

  /** Writes to the log: `always` also with `-nv`. */
  #tell(text: string, always = false): void {
    const { quiet, brief } = this.#options;
    if (quiet || (brief && !always)) return;
    if (this.#log !== undefined) this.#log += text;
    else this.#timeline.err(text);
  }

  #quote(text: string): string {
    return localeQuoted(this.#io.env, text);
  }

  #canWrite(file: string): boolean {
    const folder = normalize(file, this.#io.cwd).replace(/\/[^/]*$/, '') || '/';
    const parent = this.#io.files.stat(folder);
    return folder === '/' || folder === '/dev' || parent?.kind === 'directory' || parent?.kind === 'symlink';
  }

  #stamp(): string {
    return new Date(this.#here.lab.now + this.#timeline.now).toISOString().slice(0, 19).replace('T', ' ');
  }

  #failed(status: number): void {
    // The lowest status but 0 goes before the others, but a server's error goes last.
    this.#status = this.#status === 0 ? status : Math.min(this.#status, status);
  }

  #retrieve(url: string): void {
    let current = url;
    for (let redirects = 0; ; redirects++) {
      const parsed = parseUrl(current.replace(/^\s+/, ''));
      if ('code' in parsed || (parsed.scheme !== 'http' && parsed.scheme !== 'https')) {
        this.#tell(`${current}: ${this.#wrongUrl(current)}\n`, true);
        return this.#failed(exits.general);
      }
      const step = this.#withTries(parsed);
      if (step.kind === 'done') return;
      if (step.kind === 'failed') return this.#failed(step.status);
      if (step.kind !== 'redirect') return this.#failed(exits.network);
      if (redirects >= this.#options.maxRedirect) {
        this.#tell(`${this.#options.maxRedirect} redirections exceeded.\n`, true);
        return this.#failed(exits.server);
      }
      current = step.to;
    }
  }

  #wrongUrl(url: string): string {
    const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(url)?.[1];
    if (scheme !== undefined && !/^(https?|ftps?)$/i.test(scheme)) return `Unsupported scheme ${this.#quote(scheme)}.`;
    if (/^[a-z]+:\/\/(\/|$)/i.test(url)) return 'Invalid host name.';
    return /:\d{6,}|:[^/\d]/.test(url.replace(/^[a-z]+:\/\//i, '')) ? 'Bad port number.' : 'Invalid host name.';
  }

  #withTries(address: Address): Step {
    const { tries, waitRetry } = this.#options;
    for (let number = 1; ; number++) {
      const again = number === 1 ? '' : `${this.#options.brief ? '' : ` (try:${String(number).padStart(2)})`}`;
      this.#tell(`--${this.#stamp()}-- ${again} ${urlText(address)}\n`);
      const step = this.#once(address);
      if (step.kind !== 'again') return step;
      this.#tell(number >= tries ? 'Giving up.\n\n' : 'Retrying.\n\n', true);
      if (number >= tries) return { kind: 'failed', status: exits.network };
      this.#timeline.wait(Math.min(number * 1000, waitRetry));
    }
  }

  #once(address: Address): Step {
    const connected = this.#connect(address);
    if ('kind' in connected) return connected;
    let certificate: Certificate | undefined;
    if (address.scheme === 'https') {
      const shaken = this.#handshake(address, connected.trace);
      if ('kind' in shaken) return shaken;
      certificate = shaken.certificate;
    }
    this.#tell(`HTTP request sent, awaiting response... `);
    const answer = this.#request(address, connected.trace, certificate);
    if (answer.kind !== 'response') {
      this.#kept = undefined;
      if (answer.kind === 'other') {
        this.#tell('200 No headers, assuming HTTP/0.9\n');
        return this.#save(address, {
          kind: 'response',
          version: '1.0',
          status: 200,
          reason: '',
          headers: [],
          body: answer.greeting,
          closes: true,
          took: 0,
        });
      }
      this.#timeline.wait(0.6);
      this.#tell('No data received.\n', true);
      return { kind: 'again' };
    }
    this.#timeline.wait(answer.took);
    return this.#answered(address, answer);
  }

  #connect(address: Address): Attempt | Step {
    const key = `${address.scheme}://${hostPort(address.host, address.port)}`;
    const shown = `${bracketed(address.host)}:${address.port}`;
    if (this.#kept?.key === key) {
      this.#tell(`Reusing existing connection to ${shown}.\n`);
      return this.#kept.attempt;
    }
    const { has, dnsTimeout } = this.#options;
    const families: readonly Family[] = has('4') ? ['IPv4'] : has('6') ? ['IPv6'] : bothFamilies;
    const { libc } = userlandAt(this.#here);
    const literal = parseIp(address.host) !== undefined;
    if (!literal) this.#tell(`Resolving ${address.host} (${address.host})... `);
    const lookup = resolve(this.#here, address.host, families);
    const unable = (why: string): Step => {
      this.#tell(`failed: ${why}.\n`);
      this.#tell(`wget: unable to resolve host address ${this.#quote(address.host)}\n`, true);
      return { kind: 'failed', status: exits.network };
    };
    if (dnsTimeout !== undefined && dnsTimeout > 0 && lookup.milliseconds > dnsTimeout) {
      this.#timeline.wait(dnsTimeout);
      return unable('timed out');
    }
    this.#timeline.wait(lookup.milliseconds);
    if (lookup.addresses.length === 0) return unable(gaiStrerror(lookup.error, libc));
    // It tells of three addresses.
    const told = lookup.addresses.slice(0, 3).join(', ');
    if (!literal) this.#tell(`${told}${lookup.addresses.length > 3 ? ', ...' : ''}\n`);
    return this.#dial(address, key, lookup.addresses, literal);
  }

  #dial(address: Address, key: string, addresses: readonly Ip[], literal: boolean): Attempt | Step {
    const { connectTimeout, has } = this.#options;
    const { libc } = userlandAt(this.#here);
    let retriable = false;
    for (const ip of addresses) {
      const where = literal ? `${bracketed(ip)}:${address.port}` : `${address.host} (${address.host})|${ip}|:${address.port}`;
      this.#tell(`Connecting to ${where}... `);
      const tried = attempt(this.#here, ip, address.port);
      const after = tried.after + blockingDelay(tried);
      const expired = connectTimeout !== undefined && connectTimeout > 0 && after > connectTimeout;
      this.#timeline.wait(expired ? connectTimeout : after);
      if (!expired && tried.errno === undefined) {
        this.#tell('connected.\n');
        this.#kept = { key, attempt: tried };
        return tried;
      }
      const errno = expired ? 'ETIMEDOUT' : tried.errno!;
      this.#tell(`failed: ${strerror(errno, libc)}.\n`, true);
      const persistent = errno === 'ECONNREFUSED' || errno === 'ENETUNREACH' || errno === 'EHOSTUNREACH';
      retriable = !persistent || has('retry-connrefused');
    }
    return retriable ? { kind: 'again' } : { kind: 'failed', status: exits.network };
  }

  /** GnuTLS in Debian's Wget, OpenSSL in Ubuntu's. */
  #handshake(address: Address, trace: Trace): { readonly certificate: Certificate | undefined } | Step {
    const { has, last } = this.#options;
    this.#timeline.wait(2);
    const openssl = /ubuntu/.test(userlandAt(this.#here).name);
    const server = tlsServerOf(this.#here, trace);
    if (server === undefined) {
      const plain = listenerOf(trace)?.speaks === 'http';
      const gnutls = plain
        ? 'GnuTLS: An unexpected TLS packet was received.\n'
        : 'GnuTLS: The TLS connection was non-properly terminated.\n';
      const said = openssl ? (plain ? 'OpenSSL: error:0A00010B:SSL routines::wrong version number\n' : '') : gnutls;
      this.#tell(`${said}Unable to establish SSL connection.\n`, true);
      this.#kept = undefined;
      return { kind: 'failed', status: exits.network };
    }
    const read = (file: string | undefined) =>
      file === undefined ? [] : parseCertificates(this.#io.files.read(normalize(file, this.#io.cwd)) ?? '');
    const doubt = doubtOf(server.chain, read(last('ca-certificate')), this.#here.lab.now);
    const named = namesHost(server, address.host);
    const tolerant = has('no-check-certificate') || last('check-certificate') === 'off';
    const level = tolerant ? 'WARNING' : 'ERROR';
    const host = this.#quote(address.host);
    const issuer = server.chain[0]?.issuer.map(({ type, value }) => `${type}=${value}`).join(',') ?? '';
    const words: string[] = [];
    if (doubt !== undefined && openssl) {
      const reasons: Readonly<Record<number, string>> = {
        18: '  Self-signed certificate encountered.',
        10: '  Issued certificate has expired.',
        9: '  Issued certificate not yet valid.',
        20: "  Unable to locally verify the issuer's authority.",
      };
      words.push(
        `${level}: cannot verify ${address.host}'s certificate, issued by ${this.#quote(issuer)}:`,
        reasons[doubt.code] ?? `  ${doubt.text}`,
      );
    } else if (doubt !== undefined) {
      words.push(`${level}: The certificate of ${host} is not trusted.`);
      if (doubt.code === 10) words.push(`${level}: The certificate of ${host} has expired.`);
      else if (doubt.code === 9) words.push(`${level}: The certificate of ${host} is not yet activated.`);
      else words.push(`${level}: The certificate of ${host} doesn't have a known issuer.`);
    } else if (!named) {
      words.push(
        openssl
          ? `${level}: no certificate subject alternative name matches\n\trequested host name ${host}.`
          : `The certificate's owner does not match hostname ${host}`,
      );
    }
    if (words.length > 0) this.#tell(`${words.join('\n')}\n`, true);
    if (words.length > 0 && !tolerant) {
      if (openssl) this.#tell(`To connect to ${address.host} insecurely, use \`--no-check-certificate'.\n`, true);
      this.#kept = undefined;
      return { kind: 'failed', status: exits.tls };
    }
    return { certificate: read(last('certificate'))[0] };
  }

  #request(address: Address, trace: Trace, certificate: Certificate | undefined): HttpAnswer {
    const { all, last, spider } = this.#options;
    const postFile = last('post-file');
    const body = last('post-data') ?? (postFile === undefined ? undefined : this.#io.files.read(normalize(postFile, this.#io.cwd)));
    const own = all('header').flatMap((text) => {
      const colon = text.indexOf(':');
      return colon < 0 ? [] : [[text.slice(0, colon).trim(), text.slice(colon + 1).trim()] as const];
    });
    const host = isUsualPort(address) ? bracketed(address.host) : `${bracketed(address.host)}:${address.port}`;
    const user = last('http-user');
    const usual: readonly (readonly [string, string])[] = [
      ['Host', host],
      ...(last('referer') === undefined ? [] : [['Referer', last('referer')!] as const]),
      ['User-Agent', last('U') ?? `Wget/${userlandAt(this.#here).releases.wget}`],
      ['Accept', '*/*'],
      ['Accept-Encoding', 'identity'],
      ...(user === undefined ? [] : [['Authorization', `Basic ${btoa(`${user}:${last('http-password') ?? ''}`)}`] as const]),
      ['Connection', 'Keep-Alive'],
      ...(body === undefined
        ? []
        : [
            ['Content-Type', 'application/x-www-form-urlencoded'] as const,
            ['Content-Length', String(new TextEncoder().encode(body).length)] as const,
          ]),
    ];
    const given = new Map(own.map(([name, value]) => [name.toLowerCase(), value]));
    const headers = [
      ...usual.map(([name, value]) => [name, given.get(name.toLowerCase()) ?? value] as const),
      ...own.filter(([name]) => !usual.some(([one]) => one.toLowerCase() === name.toLowerCase())),
    ];
    return exchange(this.#here, trace, {
      method: last('method')?.toUpperCase() ?? (body !== undefined ? 'POST' : spider ? 'HEAD' : 'GET'),
      scheme: address.scheme as 'http' | 'https',
      host: headers[0]![1],
      path: address.path,
      headers,
      ...(body !== undefined && { body }),
      ...(certificate !== undefined && { certificate }),
    });
  }

  #answered(address: Address, answer: Extract<HttpAnswer, { kind: 'response' }>): Step {
    const { has, spider, brief } = this.#options;
    const { status, reason, headers } = answer;
    if (answer.closes) this.#kept = undefined;
    if (has('S')) {
      const lines = [`HTTP/${answer.version} ${status} ${reason}`, ...headers.map(([name, value]) => `${name}: ${value}`)];
      this.#tell(`\n${lines.map((line) => `  ${line}\n`).join('')}`, true);
    } else this.#tell(`${status} ${reason}\n`);
    const location = headers.find(([name]) => name.toLowerCase() === 'location')?.[1];
    if (location !== undefined && [300, 301, 302, 303, 307, 308].includes(status)) {
      this.#tell(`Location: ${location} [following]\n`);
      return { kind: 'redirect', to: redirectedTo(location, address) };
    }
    const ok = status >= 200 && status < 300;
    if (spider) {
      if (!ok) {
        this.#tell('Remote file does not exist -- broken link!!!\n\n', true);
        return { kind: 'failed', status: exits.server };
      }
      if (brief) this.#tell(`${this.#stamp()} URL: ${urlText(address)} ${status} ${reason}\n`, true);
      else this.#tell(`${this.#lengthLine(answer)}Remote file exists.\n\n`);
      return { kind: 'done' };
    }
    if (!ok) {
      if (has('content-on-error')) this.#write(address, answer.body);
      const what = brief ? `${urlText(address)}:\n` : '';
      this.#tell(`${what}${this.#stamp()} ERROR ${status}: ${reason || '(no description)'}.\n\n`, true);
      return { kind: 'failed', status: exits.server };
    }
    return this.#save(address, answer);
  }

  #lengthLine({ headers }: Extract<HttpAnswer, { kind: 'response' }>): string {
    const get = (wanted: string) => headers.find(([name]) => name.toLowerCase() === wanted)?.[1];
    const length = get('content-length');
    const type = get('content-type')?.split(';')[0];
    const size = length === undefined ? 'unspecified' : sizeText(Number(length));
    return `Length: ${size}${type === undefined ? '' : ` [${type}]`}\n`;
  }

  /** The file's name, or undefined when it exists and is not to be touched. */
  #fileFor(address: Address): string | undefined {
    const { document, last, has } = this.#options;
    if (document !== undefined) return document;
    const path = address.path.split('#')[0]!;
    const base = (path.split('?')[0]!.split('/').at(-1) || 'index.html') + (path.includes('?') ? path.slice(path.indexOf('?')) : '');
    const prefix = last('P');
    const name = prefix === undefined ? base : `${prefix.replace(/\/$/, '')}/${base}`;
    const exists = (one: string) => this.#io.files.stat(normalize(one, this.#io.cwd)) !== undefined;
    if (!exists(name) || has('c') || has('N')) return name;
    if (has('nc')) return undefined;
    for (let i = 1; ; i++) if (!exists(`${name}.${i}`)) return `${name}.${i}`;
  }

  #write(address: Address, body: string): string | undefined {
    const file = this.#fileFor(address);
    if (file === '-') this.#timeline.out(body);
    else if (file !== undefined && file !== '/dev/null') this.#io.files.write(normalize(file, this.#io.cwd), body);
    return file;
  }

  #save(address: Address, answer: Extract<HttpAnswer, { kind: 'response' }>): Step {
    const { brief } = this.#options;
    const file = this.#fileFor(address);
    if (file === undefined) {
      this.#tell(`File ${this.#quote(address.path.split('/').at(-1) || 'index.html')} already there; not retrieving.\n\n`);
      return { kind: 'done' };
    }
    const toStdout = file === '-';
    const { body } = answer;
    const bytes = new TextEncoder().encode(body).length;
    const length = answer.headers.find(([name]) => name.toLowerCase() === 'content-length')?.[1];
    this.#tell(`${this.#lengthLine(answer)}Saving to: ${this.#quote(toStdout ? 'STDOUT' : file)}\n\n`);
    const speed = this.#speed(bytes);
    if (this.#io.tty) this.#tell(bar(toStdout ? '-' : file.split('/').at(-1)!, 0, 0));
    this.#write(address, body);
    this.#tell(
      this.#io.tty ? `${bar(toStdout ? '-' : file.split('/').at(-1)!, 100, bytes)}\n\n` : dots(bytes, length !== undefined, speed.short),
    );
    const count = length === undefined ? String(bytes) : `${bytes}/${length}`;
    if (brief) this.#tell(`${this.#stamp()} URL:${urlText(address)} [${count}] -> "${file}" [1]\n`, true);
    else this.#tell(`${this.#stamp()} (${speed.long}) - ${toStdout ? 'written to stdout' : `${this.#quote(file)} saved`} [${count}]\n\n`);
    return { kind: 'done' };
  }

  /** How fast a few bytes were: what a disk and a wire would have it. */
  #speed(bytes: number): { readonly short: string; readonly long: string } {
    const rate =
      (bytes * 1000) / (0.002 + pick(`wget/${this.#here.lab.snapshot.cluster.seed}/${this.#timeline.now}/${bytes}`, 1000) / 250_000);
    const units = ['B/s', 'KB/s', 'MB/s', 'GB/s'];
    let [value, unit] = [rate, 0];
    while (value >= 1024 && unit < 3) [value, unit] = [value / 1024, unit + 1];
    const digits = value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
    const short = ['', 'K', 'M', 'G'][unit]!;
    return { short: `${value.toFixed(digits)}${short}`.padStart(5), long: `${value.toFixed(digits)} ${units[unit]}` };
  }
}

/** `612`, `1234567 (1.2M)`. */
function sizeText(bytes: number): string {
  if (bytes < 1024) return String(bytes);
  let [value, unit] = [bytes / 1024, 0];
  while (value >= 1024 && unit < 2) [value, unit] = [value / 1024, unit + 1];
  const digits = value < 10 ? 1 : 0;
  return `${bytes} (${value.toFixed(digits)}${['K', 'M', 'G'][unit]})`;
}

/** Progress in dots, one for each kilobyte, fifty a line. */
function dots(bytes: number, known: boolean, speed: string): string {
  const rows = Math.max(1, Math.ceil(bytes / 51_200));
  let text = '';
  for (let row = 0; row < rows; row++) {
    const inRow = Math.min(50, Math.floor((bytes - row * 51_200) / 1024));
    const marks = Array.from({ length: 50 }, (_, i) => (i % 10 === 0 ? ' ' : '') + (i < inRow ? '.' : ' ')).join('');
    const isLast = row === rows - 1;
    const done = known ? `${Math.floor((Math.min(bytes, (row + 1) * 51_200) * 100) / Math.max(1, bytes))}%`.padStart(4) : '';
    text += `${`${row * 50}K`.padStart(7)}${marks}${done} ${speed}${isLast ? '=0s' : ' 0s'}\n`;
  }
  return `${text}\n`;
}

/** Progress as a bar, in eighty columns. */
function bar(name: string, percent: number, bytes: number): string {
  const label = name.slice(0, 19).padEnd(20);
  const filled = percent === 100 ? '===================>' : ' '.repeat(20);
  const tail = percent === 100 ? '  --.-KB/s    in 0s      ' : '  --.-KB/s               ';
  return `\r${label}${`${percent}%`.padStart(4)}[${filled}] ${String(bytes).padStart(7)}${tail}`;
}
