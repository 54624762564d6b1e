/** The request that a command line asks for: method, headers in curl's order, body. (curl: lib/http.c, src/tool_formparse.c) */
import { hexOf } from '#kube/chance.ts';
import type { CurlOptions, Data } from './options.ts';
import { bracketed, isUsualPort, type Address } from './url.ts';

export interface Request {
  readonly method: string;
  readonly path: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: string | undefined;
}

export interface Sources {
  readFile(path: string): string | undefined;
  /** A file that could not be read, told as a warning. */
  missing(path: string): void;
}

/** The data of `-d` and its kin, joined; undefined where there is none. */
export function dataOf(data: readonly Data[], sources: Sources): string | undefined {
  const parts = data.filter((one) => one.kind !== 'form').map((one) => partOf(one, sources));
  if (parts.length === 0) return undefined;
  return data.some(({ kind }) => kind === 'json') ? parts.join('') : parts.join('&');
}

function partOf({ kind, text }: Data, sources: Sources): string {
  const read = (path: string) => {
    const content = sources.readFile(path);
    if (content === undefined) sources.missing(path);
    return content ?? '';
  };
  if (kind === 'raw') return text;
  if (kind === 'urlencode') {
    const [, name = '', mark, content = ''] = /^([^=@]*)([=@])([\s\S]*)$/.exec(text) ?? [text, '', '=', text];
    const encoded = encode(mark === '@' ? read(content) : content);
    return name === '' ? encoded : `${name}=${encoded}`;
  }
  if (!text.startsWith('@')) return text;
  const content = read(text.slice(1));
  return kind === 'plain' ? content.replace(/[\r\n]/g, '') : content;
}

function encode(text: string): string {
  return encodeURIComponent(text)
    .replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%20', '+');
}

/** A body of multipart/form-data, with its boundary. */
function formOf(data: readonly Data[], sources: Sources, purpose: string): { readonly type: string; readonly body: string } | undefined {
  const parts = data.filter((one) => one.kind === 'form');
  if (parts.length === 0) return undefined;
  const boundary = `------------------------${hexOf(`boundary/${purpose}`, 16)}`;
  const body = parts.map(({ text, ...part }) => {
    const [, name = text, value = ''] = /^([^=]*)=([\s\S]*)$/.exec(text) ?? [];
    const literal = part.kind === 'form' && part.literal;
    const file = !literal && value.startsWith('@') ? value.slice(1).replace(/;.*$/, '') : undefined;
    const fileName = file === undefined ? '' : `; filename="${file.split('/').at(-1)}"`;
    const type = file === undefined ? '' : 'Content-Type: application/octet-stream\r\n';
    const content =
      file === undefined
        ? literal || !value.startsWith('<')
          ? value
          : (sources.readFile(value.slice(1)) ?? '')
        : (sources.readFile(file) ?? '');
    return `--${boundary}\r\nContent-Disposition: form-data; name="${name}"${fileName}\r\n${type}\r\n${content}\r\n`;
  });
  return { type: `multipart/form-data; boundary=${boundary}`, body: `${body.join('')}--${boundary}--\r\n` };
}

/** The credentials of `-u` or the URL. */
export function userOf(options: CurlOptions, address: Address): string | undefined {
  return options.user ?? address.user;
}

/** Makes the request for an address. `redirected`: a POST that has become a GET on the way. */
export function requestFor(
  address: Address,
  options: CurlOptions,
  version: string,
  sources: Sources,
  purpose: string,
  redirected: boolean,
): Request {
  const data = redirected ? undefined : dataOf(options.data, sources);
  const form = redirected ? undefined : formOf(options.data, sources, purpose);
  const upload = options.upload === undefined || redirected ? undefined : sources.readFile(options.upload);
  const body = options.get || options.head ? undefined : (upload ?? form?.body ?? data);
  const path = options.get && data !== undefined ? `${address.path}${address.path.includes('?') ? '&' : '?'}${data}` : address.path;
  const usual = options.head ? 'HEAD' : upload !== undefined ? 'PUT' : body !== undefined ? 'POST' : 'GET';
  const own = options.headers.flatMap(parseHeader);
  const given = new Set(own.map(([name]) => name.toLowerCase()));
  const host = own.find(([name]) => name.toLowerCase() === 'host')?.[1];
  const isJson = options.data.some(({ kind }) => kind === 'json');
  const user = userOf(options, address);
  const unless = (name: string, value: string | undefined): readonly (readonly [string, string])[] =>
    value === undefined || given.has(name.toLowerCase()) ? [] : [[name, value]];
  const name = bracketed(address.host);
  const headers: readonly (readonly [string, string])[] = [
    ['Host', host ?? (isUsualPort(address) ? name : `${name}:${address.port}`)],
    ...unless(
      'Authorization',
      options.bearer !== undefined ? `Bearer ${options.bearer}` : user === undefined ? undefined : `Basic ${btoa(user)}`,
    ),
    ...unless('Range', options.range === undefined ? undefined : `bytes=${options.range}`),
    ...unless('User-Agent', options.userAgent === '' ? undefined : (options.userAgent ?? `curl/${version}`)),
    ...(isJson ? unless('Content-Type', 'application/json') : []),
    ...unless('Accept', isJson ? 'application/json' : '*/*'),
    ...unless('Accept-Encoding', options.compressed ? 'deflate, gzip, br, zstd' : undefined),
    ...unless('Referer', options.referer),
    ...unless('Cookie', options.cookie?.includes('=') === true ? options.cookie : undefined),
    ...own.filter(([key, value]) => key.toLowerCase() !== 'host' && value !== undefined).map(([key, value]) => [key, value!] as const),
    ...(body === undefined ? [] : unless('Content-Length', String(new TextEncoder().encode(body).length))),
    ...(body === undefined || isJson ? [] : unless('Content-Type', bodyType(upload, form?.type))),
    ...(upload === undefined ? [] : unless('Expect', '100-continue')),
  ];
  return { method: options.method ?? usual, path, headers, body };
}

function bodyType(upload: string | undefined, formType: string | undefined): string | undefined {
  return upload !== undefined ? undefined : (formType ?? 'application/x-www-form-urlencoded');
}

/** `Name: value`; `Name:` takes a header away, `Name;` sends it empty. */
function parseHeader(text: string): readonly (readonly [name: string, value: string | undefined])[] {
  const found = /^([^:;]+)([:;])\s*([\s\S]*?)\s*$/.exec(text);
  if (found === null) return [];
  const [, name, mark, value] = found;
  if (mark === ';') return value === '' ? [[name!, '']] : [];
  return [[name!, value === '' ? undefined : value!]];
}
