/** curl: the same walk as any packet, with curl's words, statuses and patience. (curl 8.5: lib/{url,connect,http}.c, src/tool_operate.c) */
import { parseIp, type Family } from '#net/ip.ts';
import { request } from '#lab/connect.ts';
import type { Trace } from '#dataplane/trace/trace.ts';
import { failure, output, type Command, type Here, type Io, type Output } from '../../command.ts';
import { arpTimeout, dial, failsAtOnce, synTimeout } from '../../network/dial.ts';
import { parseOptions, type CurlOptions } from './options.ts';

const version = '8.5.0';
const tryHelp = "curl: try 'curl --help' or 'curl --manual' for more information\n";

export const curl: Command = {
  name: 'curl',
  run(args, io, here) {
    const parsed = parseOptions(args);
    if (parsed.kind === 'error') return failure(`curl: ${parsed.message}\n${tryHelp}`, 2);
    if (parsed.kind === 'version') return output(`curl ${version} (x86_64-pc-linux-gnu) libcurl/${version} OpenSSL/3.0.13\nRelease-Date: 2023-12-06\nProtocols: http https\n`);
    if (parsed.kind === 'help') return output('Usage: curl [options...] <url>\n -d, --data <data>          HTTP POST data\n -f, --fail                 Fail fast with no output on HTTP errors\n -h, --help <category>      Get help for commands\n -i, --include              Include protocol response headers in the output\n -o, --output <file>        Write to file instead of stdout\n -O, --remote-name          Write output to a file named as the remote file\n -s, --silent               Silent mode\n -u, --user <user:password> Server user and password\n -A, --user-agent <name>    Send User-Agent <name> to server\n -v, --verbose              Make the operation more talkative\n -V, --version              Show version number and quit\n');
    if (parsed.options.urls.length === 0) return failure(tryHelp, 2);
    const outputs = parsed.options.urls.map((url) => fetchUrl(url, parsed.options, io, here));
    return { stdout: outputs.map((one) => one.stdout).join(''), stderr: outputs.map((one) => one.stderr).join(''), exitCode: outputs.at(-1)!.exitCode };
  },
};

interface Address {
  readonly scheme: 'http' | 'https';
  readonly host: string;
  readonly port: number;
  readonly path: string;
}

/** How it went, whatever is printed of it. */
interface Result {
  readonly error?: { readonly code: number; readonly message: string };
  readonly verbose: readonly string[];
  readonly status: number;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: string;
  readonly remote?: { readonly ip: string; readonly port: number };
  /** Seconds. */
  readonly took: number;
  readonly redirect?: string;
}

function parseUrl(text: string): Address | { readonly code: number; readonly message: string } {
  const found = /^(?:([a-zA-Z][a-zA-Z0-9+.-]*):\/\/)?([^/?#]*)([/?#].*)?$/.exec(text);
  const scheme = (found?.[1] ?? 'http').toLowerCase();
  const authority = (found?.[2] ?? '').replace(/^[^@]*@/, '');
  if (authority === '') return { code: 3, message: 'URL using bad/illegal format or missing URL' };
  if (scheme !== 'http' && scheme !== 'https') return { code: 1, message: `Protocol "${scheme}" not supported or disabled in libcurl` };
  const parts = /^(\[[^\]]+\]|[^:]*)(?::(\d*))?$/.exec(authority);
  if (parts === null || /[\s"<>]/.test(authority)) return { code: 3, message: 'URL using bad/illegal format or missing URL' };
  const port = parts[2] === undefined || parts[2] === '' ? (scheme === 'https' ? 443 : 80) : Number(parts[2]);
  if (port < 1 || port > 65535) return { code: 3, message: 'URL using bad/illegal format or missing URL' };
  const rest = (found?.[3] ?? '/').replace(/#.*/, '');
  return { scheme, host: parts[1]!.replace(/^\[|\]$/g, ''), port, path: rest.startsWith('/') ? rest : `/${rest}` };
}

function fetchUrl(url: string, options: CurlOptions, io: Io, here: Here): Output {
  let result: Result | undefined;
  let current = url;
  const verbose: string[] = [];
  let shown = '';
  for (let redirects = 0; redirects <= 50; redirects++) {
    const address = parseUrl(current);
    if ('code' in address) {
      result = { error: address, verbose: [], status: 0, headers: [], body: '', took: 0 };
      break;
    }
    result = perform(address, options, here);
    verbose.push(...result.verbose);
    if (options.follow && result.redirect !== undefined) {
      if (options.include || options.head) shown += headerText(result);
      current = new URL(result.redirect, `${address.scheme}://${address.host}:${address.port}${address.path}`).href;
      continue;
    }
    break;
  }
  return print(result!, options, io, shown, verbose, current);
}

function headerText(result: Result): string {
  return `HTTP/1.1 ${result.status} ${reason(result.status)}\r\n${result.headers.map(([name, value]) => `${headerName(name)}: ${value}\r\n`).join('')}\r\n`;
}

/** Headers as servers spell them. */
function headerName(name: string): string {
  return name.replace(/(^|-)([a-z])/g, (_, dash: string, letter: string) => dash + letter.toUpperCase());
}

function print(result: Result, options: CurlOptions, io: Io, before: string, verbose: readonly string[], url: string): Output {
  const failed = result.error ?? (options.fail && result.status >= 400 ? { code: 22, message: `The requested URL returned error: ${result.status}` } : undefined);
  let stdout = before;
  const received = result.status > 0;
  const body = options.head || (failed?.code === 22 && options.fail) ? '' : result.body;
  const all = (received && (options.include || options.head) ? headerText(result) : '') + body;
  const file = options.output ?? (options.remoteName ? url.replace(/[?#].*/, '').split('/').at(-1) : undefined);
  if (file !== undefined && file !== '-') {
    if (file !== '/dev/null' && received) io.files.write(file.startsWith('/') ? file : `${io.cwd === '/' ? '' : io.cwd}/${file}`, all);
  } else stdout += all;
  if (options.writeOut !== undefined) stdout += writeOut(options.writeOut, result, failed, url);
  const quiet = options.silent && !options.showError;
  const talk = options.verbose ? verbose.map((line) => `${line}\n`).join('') : '';
  const message = failed === undefined || quiet ? '' : `curl: (${failed.code}) ${failed.message}\n`;
  return { stdout, stderr: talk + message, exitCode: failed?.code ?? 0 };
}

function writeOut(format: string, result: Result, failed: { readonly code: number; readonly message: string } | undefined, url: string): string {
  const values: Readonly<Record<string, string>> = {
    http_code: String(result.status).padStart(3, '0'),
    response_code: String(result.status).padStart(3, '0'),
    errormsg: failed?.message ?? '',
    exitcode: String(failed?.code ?? 0),
    remote_ip: result.remote?.ip ?? '',
    remote_port: String(result.remote?.port ?? 0),
    url_effective: url,
    size_download: String(new TextEncoder().encode(result.body).length),
    content_type: result.headers.find(([name]) => name === 'content-type')?.[1] ?? '',
    redirect_url: result.redirect ?? '',
    time_total: result.took.toFixed(6),
    time_connect: (result.status > 0 ? 0.0008 : 0).toFixed(6),
    time_namelookup: (0.0004).toFixed(6),
    num_redirects: '0',
    method: 'GET',
    scheme: url.startsWith('https') ? 'HTTPS' : 'HTTP',
  };
  return format.replace(/%\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole).replaceAll('\\n', '\n').replaceAll('\\t', '\t').replaceAll('\\r', '\r');
}

/** Where `--connect-to` and `--resolve` send a host and port. */
function redirected(address: Address, options: CurlOptions): { readonly host: string; readonly port: number } {
  for (const rule of options.connectTo) {
    const [host, port, toHost, toPort] = splitColons(rule);
    if ((host === '' || host === address.host) && (port === '' || Number(port) === address.port)) return { host: toHost || address.host, port: toPort ? Number(toPort) : address.port };
  }
  for (const rule of options.resolve) {
    const [host, port, to] = splitColons(rule.replace(/^\+/, ''));
    if ((host === address.host || host === '*') && Number(port) === address.port && to) return { host: to.split(',')[0]!, port: address.port };
  }
  return address;
}

function splitColons(text: string): readonly string[] {
  return (text.match(/\[[^\]]*\]|[^:]*(?=:|$)/g) ?? []).filter((part, i, all) => part !== '' || i === 0 || i === all.length - 1 || all[i - 1] === '').map((part) => part.replace(/^\[|\]$/g, ''));
}

function perform(address: Address, options: CurlOptions, here: Here): Result {
  const { host, port } = redirected(address, options);
  const families: readonly Family[] = options.family === 6 ? ['IPv6'] : options.family === 4 ? ['IPv4'] : ['IPv4', 'IPv6'];
  const none = { status: 0, headers: [], body: '' };
  const dialled = dial(here, host, port, 'TCP', families);
  const limit = Math.min(options.maxTime ?? Infinity, options.connectTimeout ?? Infinity);
  if (dialled.kind === 'unresolved') {
    const { milliseconds } = dialled.lookup;
    if (milliseconds >= limit) return { ...none, verbose: [], took: limit / 1000, error: { code: 28, message: `Resolving timed out after ${limit} milliseconds` } };
    return { ...none, verbose: [`* Could not resolve host: ${address.host}`, '* Closing connection'], took: milliseconds / 1000, error: { code: 6, message: `Could not resolve host: ${address.host}` } };
  }
  const { trace, address: ip } = dialled;
  const shownIp = ip.includes(':') ? `[${ip}]` : ip;
  const verbose = [...(dialled.lookup === undefined ? [] : [`* Host ${address.host}:${port} was resolved.`, `* IPv6: ${dialled.lookup.addresses.filter((one) => one.includes(':')).join(', ') || '(none)'}`, `* IPv4: ${dialled.lookup.addresses.filter((one) => !one.includes(':')).join(', ') || '(none)'}`]), `*   Trying ${shownIp}:${port}...`];
  const resolving = dialled.lookup?.milliseconds ?? 0;
  if (trace.outcome !== 'connected') return { ...none, ...failedConnection(trace, address.host, port, limit, options, resolving, verbose) };
  verbose.push(`* Connected to ${address.host} (${ip}) port ${port}`);
  const remote = { ip, port };
  const speaks = trace.destination?.listening?.listener.speaks;
  if (address.scheme === 'https') {
    if (speaks === 'http') return { ...none, verbose: [...verbose, '* OpenSSL/3.0.13: error:0A00010B:SSL routines::wrong version number', '* Closing connection'], took: 0.002, remote, error: { code: 35, message: 'OpenSSL/3.0.13: error:0A00010B:SSL routines::wrong version number' } };
    if (speaks === 'https' && !options.insecure) return { ...none, verbose: [...verbose, '* SSL certificate problem: unable to get local issuer certificate', '* Closing connection'], took: 0.004, remote, error: { code: 60, message: 'SSL certificate problem: unable to get local issuer certificate\nMore details here: https://curl.se/docs/sslcerts.html\n\ncurl failed to verify the legitimacy of the server and therefore could not\nestablish a secure connection to it. To learn more about this situation and\nhow to fix it, please visit the web page mentioned above.' } };
  }
  if (speaks === 'silent' || speaks === 'dns' || speaks === undefined) {
    if (options.maxTime !== undefined) return { ...none, verbose, took: options.maxTime / 1000, remote, error: { code: 28, message: `Operation timed out after ${options.maxTime} milliseconds with 0 bytes received` } };
    return { ...none, verbose: [...verbose, '* Empty reply from server', '* Closing connection'], took: 0.01, remote, error: { code: 52, message: 'Empty reply from server' } };
  }
  return exchange(address, options, here, trace, remote, verbose);
}

function failedConnection(trace: Trace, host: string, port: number, limit: number, options: CurlOptions, resolving: number, verbose: readonly string[]): Pick<Result, 'error' | 'verbose' | 'took'> {
  const waits = trace.outcome === 'timeout' ? synTimeout : failsAtOnce(trace) ? 0 : arpTimeout;
  const total = waits + Math.round(resolving);
  if (total > limit) {
    const byConnect = options.connectTimeout !== undefined && options.connectTimeout <= (options.maxTime ?? Infinity);
    const message = byConnect ? `Failed to connect to ${host} port ${port} after ${limit + 1} ms: Timeout was reached` : `Connection timed out after ${limit + 1} milliseconds`;
    return { verbose: [...verbose, `* ${message}`, '* Closing connection'], took: limit / 1000, error: { code: 28, message } };
  }
  const word = trace.outcome === 'refused' ? 'Connection refused' : trace.outcome === 'timeout' ? 'Connection timed out' : waits === 0 ? 'Network is unreachable' : 'No route to host';
  const message = `Failed to connect to ${host} port ${port} after ${total} ms: Couldn't connect to server`;
  return { verbose: [...verbose, `* connect to ${trace.flow.dstIp} port ${port} failed: ${word}`, `* ${message}`, '* Closing connection'], took: total / 1000, error: { code: trace.outcome === 'timeout' ? 28 : 7, message } };
}

function exchange(address: Address, options: CurlOptions, here: Here, trace: Trace, remote: { ip: string; port: number }, verbose: readonly string[]): Result {
  const method = options.method ?? (options.head ? 'HEAD' : options.data !== undefined ? 'POST' : 'GET');
  const usual = address.scheme === 'https' ? 443 : 80;
  const bracketed = parseIp(address.host)?.includes(':') === true ? `[${address.host}]` : address.host;
  const own = new Map(options.headers.map(([name, value]) => [name.toLowerCase(), value]));
  const host = own.get('host') ?? (address.port === usual ? bracketed : `${bracketed}:${address.port}`);
  const headers: (readonly [string, string])[] = [
    ['Host', host],
    ...(options.user !== undefined ? [['Authorization', `Basic ${btoa(options.user)}`] as const] : []),
    ...(own.has('user-agent') ? [] : [['User-Agent', options.userAgent ?? `curl/${version}`] as const]),
    ...(own.has('accept') ? [] : [['Accept', '*/*'] as const]),
    ...options.headers.filter(([name]) => name.toLowerCase() !== 'host'),
  ];
  const response = request(here.lab.snapshot, trace, { method, scheme: address.scheme, host, port: trace.destination!.port, path: address.path, headers: Object.fromEntries(headers.map(([name, value]) => [name.toLowerCase(), value])) });
  const sent = [`> ${method} ${address.path} HTTP/1.1`, ...headers.map(([name, value]) => `> ${name}: ${value}`), '> '];
  if (response === undefined) return { status: 0, headers: [], body: '', verbose: [...verbose, ...sent, '* Empty reply from server'], took: 0.01, remote, error: { code: 52, message: 'Empty reply from server' } };
  const received = [`< HTTP/1.1 ${response.status} ${reason(response.status)}`, ...Object.entries(response.headers).map(([name, value]) => `< ${headerName(name)}: ${value}`), '< '];
  const location = response.headers['location'];
  return {
    status: response.status,
    headers: Object.entries(response.headers),
    body: method === 'HEAD' ? '' : response.body,
    verbose: [...verbose, ...sent, ...received, `* Connection #0 to host ${address.host} left intact`],
    took: 0.003,
    remote,
    ...(location !== undefined && response.status >= 300 && response.status < 400 && { redirect: location }),
  };
}

const phrases: Readonly<Record<number, string>> = { 200: 'OK', 201: 'Created', 204: 'No Content', 301: 'Moved Permanently', 302: 'Found', 307: 'Temporary Redirect', 308: 'Permanent Redirect', 400: 'Bad Request', 401: 'Unauthorized', 403: 'Forbidden', 404: 'Not Found', 405: 'Method Not Allowed', 421: 'Misdirected Request', 500: 'Internal Server Error', 502: 'Bad Gateway', 503: 'Service Unavailable', 504: 'Gateway Timeout' };

function reason(status: number): string {
  return phrases[status] ?? '';
}
