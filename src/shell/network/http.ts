/** HTTP over a connection that has been made: what the server at its end answers, the API server and the kubelet included. */
import { handle } from '#apiserver/handle.ts';
import type { ApiRequest } from '#apiserver/request.ts';
import { hexOf, pick, uuidOf } from '#kube/chance.ts';
import { marshal } from '#kube/json.ts';
import { request } from '#lab/connect.ts';
import { writeLogs } from '#lab/server-log.ts';
import type { Trace } from '#dataplane/trace/trace.ts';
import type { Listener, Tunnel } from '#node/host.ts';
import type { HttpResponse } from '#node/program.ts';
import { reasonPhrase } from '#net/reason-phrase.ts';
import type { Here } from '../command.ts';
import type { Certificate } from '#net/x509.ts';

export interface HttpMessage {
  readonly method: string;
  readonly scheme: 'http' | 'https';
  /** As in the Host header. */
  readonly host: string;
  readonly path: string;
  /** As sent, in order. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body?: string;
  /** What the client can speak beside HTTP/1.1. */
  readonly http2?: boolean;
  /** The certificate the client has shown. */
  readonly certificate?: Certificate;
}

export type HttpAnswer =
  | {
      readonly kind: 'response';
      readonly version: '1.0' | '1.1' | '2';
      readonly status: number;
      readonly reason: string;
      /** In order, spelled as the server spells them. */
      readonly headers: readonly (readonly [name: string, value: string])[];
      readonly body: string;
      /** The server ends the connection after it. */
      readonly closes: boolean;
      /** Milliseconds until its first byte. */
      readonly took: number;
    }
  /** The server closes the connection without a word. */
  | { readonly kind: 'closed' }
  /** The server waits for something else. */
  | { readonly kind: 'silent' }
  /** The server says something that is no HTTP. */
  | { readonly kind: 'other'; readonly greeting: string };

/** Servers that speak first, and what they say. */
const greetings: Readonly<Record<string, string>> = {
  sshd: 'SSH-2.0-OpenSSH_9.6p1 Ubuntu-3ubuntu13.14\r\n',
};

export function listenerOf(trace: Trace): Listener | undefined {
  return trace.destination?.listening?.listener;
}

/** What the server says before it is asked anything. */
export function greetingOf(trace: Trace): string {
  return greetings[listenerOf(trace)?.process ?? ''] ?? '';
}

/** Sends a request, and hears the answer. TLS, where the scheme has it, is done already. */
export function exchange(here: Here, trace: Trace, message: HttpMessage): HttpAnswer {
  const listener = listenerOf(trace);
  if (listener === undefined) return { kind: 'closed' };
  const took = 0.4 + pick(`${here.lab.snapshot.cluster.seed}/serve/${message.path}/${here.lab.now}/${trace.flow.srcIp}`, 1000) / 1500;
  if (listener.process === 'kube-apiserver') return apiServer(here, message, took);
  if (listener.tunnel?.to === 'api') return proxied(here, message, listener.tunnel, took);
  if (listener.speaks === 'https' && message.scheme === 'http' && listener.process !== 'nginx') return plainToTls(took);
  const greeting = greetingOf(trace);
  if (greeting !== '') return { kind: 'other', greeting };
  if (listener.speaks === 'silent' || listener.speaks === 'dns') return { kind: 'closed' };
  const port = trace.destination!.port;
  const { method, scheme, host, path } = message;
  const headers = Object.fromEntries(message.headers.map(([name, value]) => [name.toLowerCase(), value]));
  const { lab } = here;
  const answered = request(lab.snapshot, trace, { method, scheme, host, port, path, headers }, lab.programs, () => lab.nextConnection());
  if (answered === undefined) return { kind: 'closed' };
  logAnswer(here, trace, answered);
  const http2 = answered.http2 === true && message.http2 === true;
  const { connection, ...others } = answered.headers;
  // HTTP/2 has no connection to speak of in a message.
  const fields = Object.entries(http2 ? others : answered.headers);
  return {
    kind: 'response',
    version: http2 ? '2' : '1.1',
    status: answered.status,
    reason: http2 ? '' : (answered.reason ?? reasonPhrase(answered.status)),
    headers: http2 ? fields : fields.map(([name, value]) => [spelled(name), value]),
    body: method === 'HEAD' ? '' : answered.body,
    closes: connection?.toLowerCase() === 'close',
    took: took + (answered.proxied?.waited ?? 0),
  };
}

function logAnswer({ lab }: Here, { destination }: Trace, { logs = [] }: HttpResponse): void {
  const { sandbox, container } = destination?.listening ?? {};
  if (logs.length === 0 || sandbox === undefined || container === undefined) return;
  const lines = logs.map((line) => ({ ...line, at: lab.now }));
  writeLogs(lab, [{ node: destination!.at.host.name, podUid: sandbox.podUid, container, lines }]);
}

/** What Go's net/http says to somebody who does not speak TLS. */
function plainToTls(took: number): HttpAnswer {
  const body = 'Client sent an HTTP request to an HTTPS server.\n';
  return { kind: 'response', version: '1.0', status: 400, reason: 'Bad Request', headers: [], body, closes: true, took };
}

/** kubectl proxy: asks the API server with its own credentials, if it likes the host and the path (FilterServer.ServeHTTP). */
function proxied(here: Here, message: HttpMessage, { user, accepts, rejects }: ApiTunnel, took: number): HttpAnswer {
  const host = /^(\[.*\]|[^:]*)/.exec(message.host)![0];
  const path = message.path.split('?')[0]!;
  const isLetIn = accepts.length === 0 || accepts.some((one) => new RegExp(one).test(host));
  if (isLetIn && !rejects.some((one) => new RegExp(one).test(path))) {
    const answer = apiServer(here, { ...message, scheme: 'https', http2: false }, took, user);
    // Go's server writes what it hands on in the order of names.
    return answer.kind === 'response' ? { ...answer, headers: [...answer.headers].sort(([a], [b]) => (a < b ? -1 : 1)) } : answer;
  }
  const body = 'Forbidden\n';
  const headers = [
    ['Content-Type', 'text/plain; charset=utf-8'],
    ['X-Content-Type-Options', 'nosniff'],
    ['Date', new Date(here.lab.now).toUTCString()],
    ['Content-Length', String(body.length)],
  ] as const;
  const shown = message.method === 'HEAD' ? '' : body;
  return { kind: 'response', version: '1.1', status: 403, reason: 'Forbidden', headers, body: shown, closes: false, took };
}

type ApiTunnel = Extract<Tunnel, { readonly to: 'api' }>;

const anonymous = { name: 'system:anonymous', groups: ['system:unauthenticated'] };

/** The API server, for whoever has shown a certificate, has a token, or is nobody in particular. */
function apiServer(here: Here, message: HttpMessage, took: number, user = userOf(message.certificate)): HttpAnswer {
  if (message.scheme === 'http') return plainToTls(took);
  const url = new URL(`https://apiserver${message.path}`);
  const method = (message.method === 'HEAD' ? 'GET' : message.method) as ApiRequest['method'];
  const headers = Object.fromEntries(message.headers.map(([name, value]) => [name.toLowerCase(), value]));
  const response = handle(here.lab, {
    method,
    path: url.pathname,
    query: url.searchParams,
    headers,
    user,
    ...(message.body !== undefined && { body: message.body }),
  });
  // For curl, wget and browsers JSON is indented (apiserver/pkg/endpoints/handlers/negotiation, isPrettyPrint).
  const pretty = url.searchParams.get('pretty') !== 'false' && /^(curl|Wget|Mozilla\/5\.0)/.test(headers['user-agent'] ?? '');
  const body = typeof response.body === 'string' ? response.body : marshalled(response.body, pretty);
  const { seed } = here.lab.snapshot.cluster;
  const json = response.contentType === 'application/json';
  const fields: (readonly [string, string])[] = [
    ['audit-id', uuidOf(`${seed}/audit/${message.method}/${message.path}/${here.lab.now}`)],
    ['cache-control', 'no-cache, private'],
    ['content-type', response.contentType],
    ...(json && response.code < 400 ? [] : [['x-content-type-options', 'nosniff'] as const]),
    ['x-kubernetes-pf-flowschema-uid', uuidOf(`${seed}/flow-schema`)],
    ['x-kubernetes-pf-prioritylevel-uid', uuidOf(`${seed}/priority-level`)],
    ...response.warnings.map((text) => ['warning', `299 - "${text}"`] as const),
    ['content-length', String(new TextEncoder().encode(body).length)],
    ['date', new Date(here.lab.now).toUTCString()],
  ];
  const version = message.http2 === true ? '2' : '1.1';
  return {
    kind: 'response',
    version,
    status: response.code,
    reason: version === '2' ? '' : reasonPhrase(response.code),
    headers: version === '2' ? fields : fields.map(([name, value]) => [spelled(name), value]),
    body: message.method === 'HEAD' ? '' : body,
    closes: false,
    took,
  };
}

/** Only the indented form is without a line's end. */
function marshalled(body: unknown, pretty: boolean): string {
  return pretty ? marshal(body, { ordered: true, indent: '  ' }) : `${marshal(body, { ordered: true })}\n`;
}

function userOf(certificate: Certificate | undefined): NonNullable<ApiRequest['user']> {
  if (certificate === undefined) return anonymous;
  const values = (type: string) => certificate.subject.filter((one) => one.type === type).map(({ value }) => value);
  return { name: values('CN')[0] ?? '', groups: [...values('O'), 'system:authenticated'] };
}

/** Header names as HTTP/1.1 servers spell them. */
function spelled(name: string): string {
  return name.replace(/(^|-)([a-z])/g, (_, dash: string, letter: string) => dash + letter.toUpperCase());
}

/** A pointer as programs print it. */
export function pointerText(purpose: string): string {
  return `0x5${hexOf(`pointer/${purpose}`, 8)}2b0`;
}

/** A request as somebody types it into a raw connection, and the answer as it comes over the wire; undefined: the server says nothing. */
export function rawExchange(
  here: Here,
  trace: Trace,
  text: string,
  secured: Pick<HttpMessage, 'scheme' | 'certificate'> = { scheme: 'http' },
): { readonly answer: string; readonly closes: boolean } | undefined {
  const greeting = greetingOf(trace);
  if (greeting !== '') return { answer: greeting, closes: false };
  const listener = listenerOf(trace);
  if (listener === undefined || (listener.speaks !== 'http' && listener.speaks !== 'https')) return undefined;
  const [head = '', body = ''] = text.split(/\r?\n\r?\n/, 2);
  const [line = '', ...fields] = head.split(/\r?\n/);
  if (line === '') return undefined;
  const request = /^([A-Z]+) (\S+)(?: HTTP\/(1\.[01]))?$/.exec(line.trim());
  if (request === null) {
    const page = '400 Bad Request';
    return { answer: `HTTP/1.1 ${page}\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n${page}`, closes: true };
  }
  // The request is not over before an empty line.
  if (!/\r?\n\r?\n/.test(text) && request[3] !== undefined) return undefined;
  const headers = fields.flatMap((field) => {
    const colon = field.indexOf(':');
    return colon < 0 ? [] : [[field.slice(0, colon).trim(), field.slice(colon + 1).trim()] as const];
  });
  const given = (name: string) => headers.find(([one]) => one.toLowerCase() === name)?.[1];
  const answered = exchange(here, trace, {
    ...secured,
    method: request[1]!,
    host: given('host') ?? '',
    path: request[2]!,
    headers,
    ...(body !== '' && { body }),
  });
  if (answered.kind !== 'response') return undefined;
  const status = `HTTP/${answered.version} ${answered.status} ${answered.reason}`;
  const lines = [status, ...answered.headers.map(([name, value]) => `${name}: ${value}`), '', answered.body];
  return { answer: lines.join('\r\n'), closes: answered.closes || request[3] === '1.0' || given('connection')?.toLowerCase() === 'close' };
}
