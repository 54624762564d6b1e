/** URLs as curl reads them (lib/urlapi.c), and the lists of URLs its globbing makes (src/tool_urlglob.c). */
import { parseIp } from '#net/ip.ts';

export interface Address {
  readonly scheme: string;
  readonly host: string;
  readonly port: number;
  readonly path: string;
  /** `user:password` in front of the host. */
  readonly user: string | undefined;
}

/** One of curl's errors, as it ends a transfer. */
export interface CurlError {
  readonly code: number;
  readonly message: string;
}

const usualPorts: Readonly<Record<string, number>> = { http: 80, https: 443, ftp: 21, telnet: 23, file: 0 };
const badUrl: CurlError = { code: 3, message: 'URL using bad/illegal format or missing URL' };

/** Takes a URL apart. Without a scheme it is HTTP, or what the beginning of the host's name says. */
export function parseUrl(text: string): Address | CurlError {
  const found = /^(?:([a-zA-Z][a-zA-Z0-9+.-]*):\/\/)?([^/?#]*)([/?#].*)?$/.exec(text);
  if (found === null || /[\s\x00-\x1f]/.test(text)) return badUrl;
  const scheme = (found[1] ?? (/^ftp\./i.test(found[2]!) ? 'ftp' : 'http')).toLowerCase();
  if (scheme === 'file') return { scheme, host: '', port: 0, path: found[3] ?? '/', user: undefined };
  const usual = usualPorts[scheme];
  if (usual === undefined) return { code: 1, message: `Protocol "${scheme}" not supported or disabled in libcurl` };
  const at = found[2]!.lastIndexOf('@');
  const parts = /^(\[[^\]]+\]|[^:]*)(?::(\d*))?$/.exec(found[2]!.slice(at + 1));
  if (parts === null || parts[1] === '' || /["<>^`{|}]/.test(parts[1]!)) return badUrl;
  const port = parts[2] === undefined || parts[2] === '' ? usual : Number(parts[2]);
  if (port > 65535) return badUrl;
  const host = parts[1]!.replace(/^\[|\]$/g, '');
  if (parts[1]!.startsWith('[') && parseIp(host) === undefined) return badUrl;
  const rest = (found[3] ?? '').replace(/#.*/, '');
  const path = rest.startsWith('/') ? rest : `/${rest}`;
  return { scheme, host, port, path, user: at < 0 ? undefined : decodeURIComponent(found[2]!.slice(0, at)) };
}

/** The host as it stands in a URL. */
export function bracketed(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}

/** The URL of an address, with the port only where it is not the usual one. */
export function urlText({ scheme, host, port, path }: Address): string {
  return `${scheme}://${bracketed(host)}${port === usualPorts[scheme] ? '' : `:${port}`}${path}`;
}

export function isUsualPort({ scheme, port }: Address): boolean {
  return port === usualPorts[scheme];
}

/** The URL that a Location leads to. */
export function redirectedTo(location: string, from: Address): string {
  try {
    return new URL(location, urlText(from)).href;
  } catch {
    return location;
  }
}

/** Where in a pattern globbing gave up. */
function globError(what: string, pattern: string, position: number): CurlError {
  return { code: 3, message: `${what} in URL position ${position}:\n${pattern}\n${' '.repeat(position - 1)}^` };
}

/** The URLs of `http://{a,b}/[1-3]`, the last part varying fastest. */
export function expandGlobs(pattern: string): readonly string[] | CurlError {
  let urls: readonly string[] = [''];
  for (let at = 0; at < pattern.length;) {
    const char = pattern[at]!;
    const literal = /^\[[0-9a-fA-F:.%]+\]/.exec(pattern.slice(at))?.[0];
    if (char === '[' && literal?.includes(':') === true && !/^\[\w-\w/.test(literal)) {
      urls = urls.map((url) => url + literal);
      at += literal.length;
    } else if (char === '{') {
      const end = pattern.indexOf('}', at);
      if (end < 0) return globError('unmatched brace', pattern, at + 1);
      const choices = pattern.slice(at + 1, end).split(',');
      urls = urls.flatMap((url) => choices.map((choice) => url + choice));
      at = end + 1;
    } else if (char === '[') {
      const range = /^\[(?:(\d+)-(\d+)|([a-zA-Z])-([a-zA-Z]))(?::(\d+))?\]/.exec(pattern.slice(at));
      const values = range === null ? undefined : rangeValues(range);
      if (values === undefined) return globError('bad range specification', pattern, at + 2);
      urls = urls.flatMap((url) => values.map((value) => url + value));
      at += range![0].length;
    } else if (char === '}' || char === ']') return globError('unmatched close brace/bracket', pattern, at + 1);
    else {
      urls = urls.map((url) => url + char);
      at++;
    }
  }
  return urls;
}

function rangeValues(range: RegExpExecArray): readonly string[] | undefined {
  const step = Number(range[5] ?? 1);
  const numbers = range[1] !== undefined;
  const [from, to] = numbers ? [Number(range[1]), Number(range[2])] : [range[3]!.charCodeAt(0), range[4]!.charCodeAt(0)];
  if (step < 1 || to < from || (to - from) / step > 10_000) return undefined;
  const width = numbers && range[1]!.startsWith('0') ? range[1]!.length : 0;
  const values: string[] = [];
  for (let value = from; value <= to; value += step) {
    values.push(numbers ? String(value).padStart(width, '0') : String.fromCharCode(value));
  }
  return values;
}
