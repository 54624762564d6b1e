/** curl: the same walk as any packet, with the words, statuses and patience of the release that the place has. (curl: src/tool_operate.c) */
import { normalize } from '#node/files.ts';
import { failure, output, type Command, type Here, type Io, type Output } from '../../command.ts';
import { userlandAt } from '../../network/dialect.ts';
import { Timeline } from '../../timeline.ts';
import { parseOptions, type CurlOptions } from './options.ts';
import { ConnectionPool, Transfer, type Result, type Sink, type TransferContext } from './transfer.ts';
import { expandGlobs, parseUrl } from './url.ts';
import { isAtLeast } from './words.ts';
import { writeOut } from './write-out.ts';

const tryHelp = "curl: try 'curl --help' or 'curl --manual' for more information\n";

export const curl: Command = {
  name: 'curl',
  run(args, io, here) {
    const { releases } = userlandAt(here);
    const readFile = (path: string) => (path === '-' ? io.stdin : io.files.read(normalize(path, io.cwd)));
    const parsed = parseOptions(args, { readFile, abbreviations: !isAtLeast(releases.curl, '8.0.0') });
    switch (parsed.kind) {
      case 'error':
        return failure(parsed.lines.map((line) => `curl: ${line}\n`).join('') + tryHelp, parsed.code);
      case 'version':
        return output(versionText(releases.curl, releases.openssl));
      case 'help':
        return output(helpText);
      case 'options':
        break;
    }
    const { options } = parsed;
    if (options.urls.length === 0) {
      return failure(
        args.length === 0
          ? tryHelp
          : `curl: ${isAtLeast(releases.curl, '8.0.0') ? '(2) no URL specified' : 'no URL specified!'}\n${tryHelp}`,
        2,
      );
    }
    return new Run(options, io, here, readFile).run();
  },
};

/** When releases were made. */
const dates: Readonly<Record<string, string>> = {
  '7.81.0': '2022-01-05',
  '7.88.1': '2023-02-20',
  '8.5.0': '2023-12-06',
  '8.14.1': '2025-06-04',
  '8.16.0': '2025-09-10',
  '8.17.0': '2025-11-05',
};

function versionText(release: string, openssl: string): string {
  const date = dates[release];
  return `curl ${release} (x86_64-pc-linux-gnu) libcurl/${release} ${openssl} zlib/1.3.1 nghttp2/1.59.0\n${date === undefined ? '' : `Release-Date: ${date}\n`}Protocols: file ftp http https telnet\nFeatures: AsynchDNS HTTP2 IPv6 Largefile SSL\n`;
}

const helpText = `Usage: curl [options...] <url>
 -d, --data <data>          HTTP POST data
 -f, --fail                 Fail fast with no output on HTTP errors
 -h, --help <category>      Get help for commands
 -i, --include              Include protocol response headers in the output
 -o, --output <file>        Write to file instead of stdout
 -O, --remote-name          Write output to a file named as the remote file
 -s, --silent               Silent mode
 -T, --upload-file <file>   Transfer local FILE to destination
 -u, --user <user:password> Server user and password
 -A, --user-agent <name>    Send User-Agent <name> to server
 -v, --verbose              Make the operation more talkative
 -V, --version              Show version number and quit

This is not the full help, this menu is stripped into categories.
Use "--help category" to get an overview of all categories.
For all options use the manual or "--help all".
`;

/** Statuses that `--retry` takes for passing troubles. */
const passing = new Set([408, 429, 500, 502, 503, 504]);
/** How wide warnings are. */
const width = 79;

class Run {
  readonly #options: CurlOptions;
  readonly #io: Io;
  readonly #here: Here;
  readonly #readFile: (path: string) => string | undefined;
  readonly #timeline: Timeline;
  readonly #pool = new ConnectionPool();

  constructor(options: CurlOptions, io: Io, here: Here, readFile: (path: string) => string | undefined) {
    this.#options = options;
    this.#timeline = new Timeline({ buffered: !io.tty });
    this.#io = io;
    this.#here = here;
    this.#readFile = readFile;
  }

  run(): Output {
    let exitCode = 0;
    let number = 0;
    const outputs = [...this.#options.outputs];
    for (const pattern of this.#options.urls) {
      const urls = this.#options.globOff ? [pattern] : expandGlobs(pattern);
      const file = outputs.shift();
      if ('code' in urls) {
        this.#timeline.err(`curl: (${urls.code}) ${urls.message}\n`);
        exitCode = urls.code;
        continue;
      }
      for (const url of urls) {
        exitCode = this.#fetch(url, number++, file ?? (this.#options.remoteNameAll ? { remote: true } : undefined));
        if (exitCode !== 0 && this.#options.failEarly) return this.#timeline.end(exitCode);
      }
    }
    return this.#timeline.end(exitCode);
  }

  #warn = (text: string): void => {
    if (this.#options.silent) return;
    const room = width - 'Warning: '.length;
    let rest = text;
    while (rest.length > room) {
      const cut = rest.lastIndexOf(' ', room - 1);
      const at = cut <= 0 ? room : cut + 1;
      this.#timeline.err(`Warning: ${rest.slice(0, at)}\n`);
      rest = rest.slice(at);
    }
    this.#timeline.err(`Warning: ${rest}\n`);
  };

  /** Where the body goes; undefined: to stdout. */
  #fileOf(url: string, target: string | { readonly remote: true } | undefined): string | undefined {
    const { outputDir } = this.#options;
    if (target === undefined || target === '-') return undefined;
    const parsed = parseUrl(url);
    const name = typeof target === 'string' ? target : 'code' in parsed ? '' : parsed.path.replace(/\?.*/, '').split('/').at(-1)!;
    return outputDir === undefined || name.startsWith('/') ? name : `${outputDir}/${name}`;
  }

  #fetch(url: string, number: number, target: string | { readonly remote: true } | undefined): number {
    const options = this.#options;
    const file = this.#fileOf(url, target);
    if (file === '') {
      this.#timeline.err('curl: Remote file name has no length!\n');
      return this.#report({ code: 23, message: 'Failed writing received data to disk/application' });
    }
    const terminal = this.#io.tty && file === undefined;
    const meter = options.progress === 'bar' ? 'bar' : options.progress === 'none' || terminal ? 'none' : 'meter';
    let result: Result;
    for (let retries = options.retry, delay = 1000; ; retries--, delay *= 2) {
      result = this.#once(url, file, terminal, meter);
      const trouble = retries > 0 ? this.#trouble(result) : undefined;
      if (trouble === undefined) break;
      if (result.error !== undefined) this.#report(result.error);
      const wait = options.retryDelay ?? delay;
      const plural = wait === 1000 && isAtLeast(userlandAt(this.#here).releases.curl, '8.0.0') ? 'second' : 'seconds';
      this.#warn(
        `Problem ${trouble}. Will retry in ${wait / 1000} ${plural}. ${retries} ${retries === 1 && plural === 'second' ? 'retry' : 'retries'} left.`,
      );
      this.#timeline.wait(wait);
    }
    if (options.writeOut !== undefined) {
      const format = options.writeOut.startsWith('@') ? (this.#readFile(options.writeOut.slice(1)) ?? '') : options.writeOut;
      const written = writeOut(format, { here: this.#here, result, url, urlNumber: number, file });
      this.#timeline.out(written.stdout);
      this.#timeline.err(written.stderr);
    }
    return result.error === undefined ? 0 : this.#report(result.error);
  }

  /** Why it is worth another try. */
  #trouble({ error, status }: Result): string | undefined {
    const { retryAllErrors, retryConnRefused } = this.#options;
    if (error?.code === 28 || error?.code === 6) return `: timeout`;
    if (error?.code === 7 && retryConnRefused) return ': connection refused';
    if (passing.has(status)) return ': HTTP error';
    return error !== undefined && retryAllErrors ? '(retrying all errors)' : undefined;
  }

  #report({ code, message }: { readonly code: number; readonly message: string }): number {
    if (!this.#options.silent || this.#options.showError) this.#timeline.err(`curl: (${code}) ${message}\n`);
    return code;
  }

  #once(url: string, file: string | undefined, terminal: boolean, meter: 'meter' | 'bar' | 'none'): Result {
    let saved: string | undefined;
    let dumped = '';
    const write = (text: string) => {
      if (file === undefined) this.#timeline.out(text);
      else saved = (saved ?? '') + text;
    };
    const { dumpHeader } = this.#options;
    const sink: Sink = {
      header: write,
      body: write,
      dump: (text) => {
        if (dumpHeader === '-') this.#timeline.out(text);
        else dumped += text;
      },
    };
    const context: TransferContext = {
      here: this.#here,
      io: this.#io,
      options: this.#options,
      timeline: this.#timeline,
      pool: this.#pool,
      terminal,
      readFile: this.#readFile,
      warn: this.#warn,
    };
    const result = new Transfer(context, sink, meter).run(url);
    if (dumpHeader !== undefined && dumpHeader !== '-' && dumped !== '') this.#save(dumpHeader, dumped, result);
    if (file !== undefined && (saved !== undefined || result.status > 0)) this.#save(file, saved ?? '', result);
    return result;
  }

  #save(file: string, text: string, result: Result): void {
    const path = normalize(file, this.#io.cwd);
    if (path === '/dev/null') return;
    const folder = path.replace(/\/[^/]*$/, '') || '/';
    const parent = this.#io.files.stat(folder);
    if (parent?.kind !== 'directory' && parent?.kind !== 'symlink' && folder !== '/' && !this.#options.createDirs) {
      this.#warn(`Failed to open the file ${file}: No such file or directory`);
      result.error = { code: 23, message: 'Failed writing received data to disk/application' };
      return;
    }
    this.#io.files.write(path, text);
  }
}
