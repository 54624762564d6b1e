/** wget of busybox. (busybox: networking/wget.c) */
import { normalize } from '#node/files.ts';
import { hostPort } from '#net/ip.ts';
import { failure, type Here, type Io, type Output } from '../../command.ts';
import { attempt, blockingDelay, resolve } from '../../network/dial.ts';
import { userlandAt } from '../../network/dialect.ts';
import { strerror } from '../../network/errno.ts';
import { exchange, type HttpAnswer } from '../../network/http.ts';
import { tlsServerOf } from '../../network/tls.ts';
import { Timeline } from '../../timeline.ts';
import { getopt } from '../../getopt.ts';
import { parseUrl, redirectedTo, type Address } from '../curl/url.ts';

const long: Readonly<Record<string, string>> = {
  continue: 'c', quiet: 'q', 'server-response': 'S', 'output-document': 'O:', 'output-file': 'o:', 'directory-prefix': 'P:', proxy: 'Y:', 'user-agent': 'U:', timeout: 'T:', tries: 't:',
  header: 'header:', 'post-data': 'post-data:', 'post-file': 'post-file:', spider: 'spider', 'no-check-certificate': 'no-check-certificate',
}; // prettier-ignore

function usage(full: boolean): string {
  return `Usage: wget [-cqS] [--spider] [-O FILE] [-o LOGFILE] [--header STR]
\t[--post-data STR | --post-file FILE] [-Y on/off]
\t[--no-check-certificate] [-P DIR] [-U AGENT]${full ? ' [-T SEC]' : ''} URL...

Retrieve files via HTTP or FTP

\t--spider\tOnly check URL existence: $? is 0 if exists
\t--header STR\tAdd STR (of form 'header: value') to headers
\t--post-data STR\tSend STR using POST method
\t--post-file FILE\tSend FILE using POST method
\t--no-check-certificate\tDon't validate the server's certificate
\t-c\t\tContinue retrieval of aborted transfer
\t-q\t\tQuiet
\t-P DIR\t\tSave to DIR (default .)
\t-S    \t\tShow server response
${full ? '\t-T SEC\t\tNetwork read timeout is SEC seconds\n' : ''}\t-O FILE\t\tSave to FILE ('-' for stdout)
\t-o LOGFILE\tLog messages to FILE
\t-U STR\t\tUse STR for User-Agent header
\t-Y on/off\tUse proxy
`;
}

const mostRedirects = 20;

/** A URL taken apart, and its host and port as they stand in it. */
interface Target extends Address {
  readonly shown: string;
}

/** Ends the program with its complaint. */
class Complaint extends Error {}

export function busyboxWget(args: readonly string[], io: Io, here: Here): Output {
  const { busyboxBanner, name } = userlandAt(here);
  // Debian's is built without timeouts.
  const full = !/debian|ubuntu/.test(name);
  const explain = (problem: string) => failure(`${problem === '' ? '' : `wget: ${problem}\n`}${busyboxBanner}\n\n${usage(full)}`);
  const parsed = getopt(args, `cqSO:o:P:Y:U:t:n:s${full ? 'T:' : ''}`, full ? long : { ...long, timeout: 't:' });
  if ('problem' in parsed) return explain(parsed.problem);
  if (parsed.rest.length === 0) return explain('');
  const run = new BusyboxWget(io, here, parsed.found);
  return run.run(parsed.rest);
}

class BusyboxWget {
  readonly #io: Io;
  readonly #here: Here;
  readonly #found: readonly { readonly id: string; readonly value?: string }[];
  readonly #timeline: Timeline;

  constructor(io: Io, here: Here, found: readonly { readonly id: string; readonly value?: string }[]) {
    this.#io = io;
    this.#here = here;
    this.#found = found;
    this.#timeline = new Timeline({ buffered: !io.tty });
  }

  run(urls: readonly string[]): Output {
    for (const url of urls) {
      try {
        this.#fetch(url);
      } catch (error) {
        if (!(error instanceof Complaint)) throw error;
        this.#timeline.err(`wget: ${error.message}\n`);
        return this.#timeline.end(1);
      }
    }
    return this.#timeline.end(0);
  }

  #has(id: string): boolean {
    return this.#found.some((one) => one.id === id);
  }

  #last(id: string): string | undefined {
    return this.#found.filter((one) => one.id === id).at(-1)?.value;
  }

  #say(text: string): void {
    if (!this.#has('q')) this.#timeline.err(text);
  }

  /** Milliseconds of silence that are too much. */
  get #limit(): number {
    const given = this.#last('T');
    return given === undefined ? 900_000 : Number.parseFloat(given) * 1000;
  }

  /** Saving is told of since 1.31. */
  get #tellsSaving(): boolean {
    const [, minor = '99'] = /v1\.(\d+)/.exec(userlandAt(this.#here).busyboxBanner) ?? [];
    return Number(minor) >= 31;
  }

  #address(url: string): Target {
    const scheme = /^([a-z0-9+.-]+):\/\//i.exec(url)?.[1];
    if (scheme !== undefined && !/^(https?|ftp)$/.test(scheme)) throw new Complaint(`not an http or ftp url: ${url}`);
    const port = /^[^/:]*:([^/]*)/.exec(url.replace(/^[a-z]+:\/\//i, ''))?.[1];
    if (port !== undefined && !/^\d+$/.test(port) && !url.includes('[')) throw new Complaint(`bad port '${port}'`);
    const parsed = parseUrl(url);
    if ('code' in parsed) throw new Complaint(`bad address '${url.replace(/^[a-z]+:\/\//i, '')}'`);
    const shown = url.replace(/^[a-z]+:\/\//i, '').split(/[/?#]/)[0]!;
    return { ...parsed, shown };
  }

  #fetch(url: string): void {
    let address = this.#address(url);
    const { spider, answer } = this.#followed(address, (next) => (address = next));
    if (spider) {
      this.#say('remote file exists\n');
      return;
    }
    this.#save(address, answer);
  }

  #followed(
    first: Target,
    moved: (address: Target) => void,
  ): { readonly spider: boolean; readonly answer: Extract<HttpAnswer, { kind: 'response' }> } {
    let address = first;
    let told = '';
    const spider = this.#has('spider');
    for (let redirects = 0; ; redirects++) {
      const answer = this.#request(address, told);
      told = hostPort(address.host, address.port);
      const { status, reason } = answer;
      if (this.#has('S')) {
        const lines = [
          `HTTP/1.1 ${status} ${reason}`,
          ...(status >= 200 && status < 400 ? [...answer.headers.map(([name, value]) => `${name}: ${value}`), ''] : []),
        ];
        this.#timeline.err(lines.map((line) => `  ${line}\n`).join(''));
      }
      const location = answer.headers.find(([name]) => name.toLowerCase() === 'location')?.[1];
      if (location !== undefined && status >= 300 && status < 400) {
        if (redirects >= mostRedirects) throw new Complaint('too many redirections');
        address = this.#address(redirectedTo(location, address));
        moved(address);
        continue;
      }
      if (status < 200 || status > 299) throw new Complaint(`server returned error: HTTP/1.1 ${status} ${reason}`);
      return { spider, answer };
    }
  }

  #request(address: Target, told: string): Extract<HttpAnswer, { kind: 'response' }> {
    const { libc, name: distribution } = userlandAt(this.#here);
    const lookup = resolve(this.#here, address.host);
    if (lookup.milliseconds > this.#limit) {
      this.#timeline.wait(this.#limit);
      throw new Complaint('download timed out');
    }
    this.#timeline.wait(lookup.milliseconds);
    const [ip] = lookup.addresses;
    if (ip === undefined) throw new Complaint(`bad address '${address.shown}'`);
    if (told !== hostPort(address.host, address.port)) this.#say(`Connecting to ${address.shown} (${hostPort(ip, address.port)})\n`);
    const tried = attempt(this.#here, ip, address.port);
    const after = tried.after + blockingDelay(tried);
    if (after > this.#limit) {
      this.#timeline.wait(this.#limit);
      throw new Complaint('download timed out');
    }
    this.#timeline.wait(after);
    if (tried.errno !== undefined) throw new Complaint(`can't connect to remote host (${ip}): ${strerror(tried.errno, libc)}`);
    if (address.scheme === 'https') {
      // Debian's hands TLS to a helper that is not there.
      if (/debian|ubuntu/.test(distribution)) throw new Complaint('error getting response: Connection reset by peer');
      if (!this.#has('no-check-certificate')) this.#timeline.err('wget: note: TLS certificate validation not implemented\n');
      if (tlsServerOf(this.#here, tried.trace) === undefined) throw new Complaint('error getting response: Connection reset by peer');
    }
    const postFile = this.#last('post-file');
    const body = this.#last('post-data') ?? (postFile === undefined ? undefined : this.#io.files.read(normalize(postFile, this.#io.cwd)));
    const own = this.#found.flatMap(({ id, value = '' }) => {
      const colon = value.indexOf(':');
      return id !== 'header' || colon < 0 ? [] : [[value.slice(0, colon).trim(), value.slice(colon + 1).trim()] as const];
    });
    const host = own.find(([name]) => name.toLowerCase() === 'host')?.[1] ?? address.shown;
    const headers: readonly (readonly [string, string])[] = [
      ['Host', host],
      ['User-Agent', this.#last('U') ?? 'Wget'],
      ['Connection', 'close'],
      ...own.filter(([name]) => name.toLowerCase() !== 'host'),
      ...(body === undefined
        ? []
        : [['Content-Type', 'application/x-www-form-urlencoded'] as const, ['Content-Length', String(body.length)] as const]),
    ];
    const method = body !== undefined ? 'POST' : this.#has('spider') ? 'HEAD' : 'GET';
    const scheme = address.scheme === 'https' ? 'https' : 'http';
    const answer = exchange(this.#here, tried.trace, {
      method,
      scheme,
      host,
      path: address.path,
      headers,
      ...(body !== undefined && { body }),
    });
    if (answer.kind !== 'response') throw new Complaint('error getting response');
    this.#timeline.wait(answer.took);
    return answer;
  }

  #save(address: Address, { body }: Extract<HttpAnswer, { kind: 'response' }>): void {
    const given = this.#last('O');
    const prefix = this.#last('P');
    const base = address.path.split('?')[0]!.split('/').at(-1) || 'index.html';
    const file = given ?? (prefix === undefined ? base : `${prefix.replace(/\/$/, '')}/${base}`);
    const bytes = new TextEncoder().encode(body).length;
    if (file === '-') {
      if (this.#tellsSaving) this.#say('writing to stdout\n');
      this.#timeline.out(body);
      this.#say(this.#progress('-', bytes));
      if (this.#tellsSaving) this.#say('written to stdout\n');
      return;
    }
    const path = normalize(file, this.#io.cwd);
    const folder = path.replace(/\/[^/]*$/, '') || '/';
    if (given === undefined && this.#io.files.stat(path) !== undefined && !this.#has('c'))
      throw new Complaint(`can't open '${file}': File exists`);
    if (folder !== '/' && folder !== '/dev' && this.#io.files.list(folder) === undefined)
      throw new Complaint(`can't open '${file}': No such file or directory`);
    if (this.#tellsSaving) this.#say(`saving to '${file}'\n`);
    if (path !== '/dev/null') this.#io.files.write(path, body);
    this.#say(this.#progress(file.split('/').at(-1)!, bytes));
    if (this.#tellsSaving) this.#say(`'${file}' saved\n`);
  }

  /** The progress bar when all is there; on a terminal it goes back to the line's beginning first. */
  #progress(name: string, bytes: number): string {
    const size = bytes < 100_000 ? `${bytes} ` : `${Math.floor(bytes / 1024)}k`;
    return `${this.#io.tty ? '\r' : ''}${name.slice(0, 20).padEnd(20)} 100% |${'*'.repeat(32)}|${size.padStart(7)} 0:00:00 ETA\n`;
  }
}
