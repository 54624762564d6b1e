/** `-w`: variables of a transfer in a text. (curl: src/tool_writeout.c) */
import { userlandAt } from '../../network/dialect.ts';
import type { Here } from '../../command.ts';
import type { Result } from './transfer.ts';

export interface WriteOutInput {
  readonly here: Here;
  readonly result: Result;
  /** As given on the command line. */
  readonly url: string;
  readonly urlNumber: number;
  readonly file: string | undefined;
}

type Value = string | number | null;

function seconds(milliseconds: number): string {
  return (milliseconds / 1000).toFixed(6);
}

function valuesOf({ result, url, urlNumber, file }: WriteOutInput): ReadonlyMap<string, Value> {
  const { times, error } = result;
  const speed = (bytes: number) => (times.total === 0 ? 0 : Math.floor((bytes * 1000) / times.total));
  return new Map<string, Value>([
    ['certs', ''],
    ['content_type', result.headers.find(([name]) => /^content-type$/i.test(name))?.[1] ?? null],
    ['errormsg', error?.message ?? null],
    ['exitcode', error?.code ?? 0],
    ['filename_effective', file ?? null],
    ['ftp_entry_path', null],
    ['http_code', result.status],
    ['http_connect', 0],
    ['http_version', result.version],
    ['local_ip', result.local?.ip ?? ''],
    ['local_port', result.local?.port ?? 0],
    ['method', result.method],
    ['num_certs', 0],
    ['num_connects', result.connects],
    ['num_headers', result.headers.length],
    ['num_redirects', result.redirects],
    ['proxy_ssl_verify_result', 0],
    ['redirect_url', result.redirectUrl === '' ? null : result.redirectUrl],
    ['referer', null],
    ['remote_ip', result.remote?.ip ?? ''],
    ['remote_port', result.remote?.port ?? 0],
    ['response_code', result.status],
    ['scheme', result.scheme === '' ? null : result.scheme],
    ['size_download', result.size],
    ['size_header', result.headerSize],
    ['size_request', result.requestSize],
    ['size_upload', result.uploaded],
    ['speed_download', speed(result.size)],
    ['speed_upload', speed(result.uploaded)],
    ['ssl_verify_result', result.verifyResult],
    ['time_appconnect', seconds(times.tls)],
    ['time_connect', seconds(times.connect)],
    ['time_namelookup', seconds(times.lookup)],
    ['time_pretransfer', seconds(times.pretransfer)],
    ['time_redirect', seconds(times.redirect)],
    ['time_starttransfer', seconds(times.first)],
    ['time_total', seconds(times.total)],
    ['url', url],
    ['url_effective', result.effectiveUrl],
    ['urlnum', urlNumber],
  ]);
}

/** Names that are no text of a value's own. */
const codes = new Set(['http_code', 'response_code', 'http_connect']);
const escapes: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t' };

export interface Written {
  readonly stdout: string;
  readonly stderr: string;
}

/** Writes the text: to stdout, or after `%{stderr}` to stderr. */
export function writeOut(format: string, input: WriteOutInput): Written {
  const values = valuesOf(input);
  const out = { stdout: '', stderr: '' };
  let complaints = '';
  let stream: 'stdout' | 'stderr' = 'stdout';
  const token = /%\{([^}]*)\}|%header\{([^}]*)\}|%%|\\(.)|[\s\S]/g;
  for (const [whole, name, header, escaped] of format.matchAll(token)) {
    if (name === 'stdout' || name === 'stderr') stream = name;
    else if (name === 'onerror') {
      if (input.result.error === undefined) break;
    } else if (name === 'json') out[stream] += jsonText(values, input.here);
    else if (name === 'header_json') out[stream] += headerJson(input.result);
    else if (name !== undefined) {
      const value = values.get(name);
      if (value === undefined) complaints += `curl: unknown --write-out variable: '${name}'\n`;
      else out[stream] += codes.has(name) ? String(value).padStart(3, '0') : String(value ?? '');
    } else if (header !== undefined) {
      out[stream] += input.result.headers.find(([one]) => one.toLowerCase() === header.toLowerCase())?.[1] ?? '';
    } else if (whole === '%%') out[stream] += '%';
    else if (escaped !== undefined) out[stream] += escapes[escaped] ?? whole;
    else out[stream] += whole;
  }
  return { stdout: out.stdout, stderr: complaints + out.stderr };
}

function jsonText(values: ReadonlyMap<string, Value>, here: Here): string {
  const fields = [...values].map(([name, value]) => `"${name}":${name.startsWith('time_') ? String(value) : JSON.stringify(value)}`);
  const { curl, openssl } = userlandAt(here).releases;
  return `{${fields.join(',')},"curl_version":${JSON.stringify(`libcurl/${curl} ${openssl}`)}}`;
}

function headerJson({ headers }: Result): string {
  const names = [...new Set(headers.map(([name]) => name.toLowerCase()))];
  const lines = names.map((name) => {
    const all = headers.filter(([one]) => one.toLowerCase() === name).map(([, value]) => value.trim());
    return `${JSON.stringify(name)}:${JSON.stringify(all)}`;
  });
  return `{${lines.join(',\n')}\n}`;
}
