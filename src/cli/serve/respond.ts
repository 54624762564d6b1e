/** Answers over HTTP: one body, or a stream of what happens. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { follow, handle, watch, type ApiRequest, type ApiResponse } from '#apiserver/handle.ts';
import { marshal } from '#kube/json.ts';
import type { Lab } from '#lab/lab.ts';

/** A body may be no longer than etcd takes (apiserver's maxRequestBodyBytes). */
const mostBytes = 3 * 1024 * 1024;

/** Serves a request that has been let in. */
export function serveRequest(lab: Lab, request: ApiRequest, outgoing: ServerResponse): void {
  const asks = (name: string) => request.method === 'GET' && ['1', 'true'].includes(request.query.get(name) ?? '');
  if (asks('watch')) startWatching(lab, request, outgoing);
  else if (asks('follow') && request.path.endsWith('/log')) startFollowing(lab, request, outgoing);
  else respond(outgoing, handle(lab, request), request);
}

export function respond(
  outgoing: ServerResponse,
  { code, body, contentType, warnings }: ApiResponse,
  request?: Pick<ApiRequest, 'query' | 'headers'>,
): void {
  if (warnings.length > 0)
    outgoing.setHeader(
      'Warning',
      warnings.map((text) => `299 - ${JSON.stringify(text)}`),
    );
  outgoing.writeHead(code, { ...general, 'Content-Type': contentType });
  // What is protobuf has one character a byte.
  outgoing.end(typeof body === 'string' ? body : written(body, isPretty(request)), contentType.includes('protobuf') ? 'latin1' : 'utf8');
}

const general = { 'Cache-Control': 'no-cache, private', 'X-Content-Type-Options': 'nosniff' };

/** Indented for curl, wget and browsers, without a line's end then (apiserver: negotiation, isPrettyPrint). */
function written(body: unknown, pretty: boolean): string {
  return pretty ? marshal(body, { ordered: true, indent: '  ' }) : `${marshal(body, { ordered: true })}\n`;
}

function isPretty(request: Pick<ApiRequest, 'query' | 'headers'> | undefined): boolean {
  const wanted = request?.query.get('pretty');
  if (wanted != null) return wanted !== '0' && wanted !== 'false';
  return /^(curl|Wget|Mozilla\/5\.0)/.test(request?.headers['user-agent'] ?? '');
}

/** A stream that begins with what is said before the answer's head can be sent. */
function startStream<Stop>(
  outgoing: ServerResponse,
  contentType: string,
  start: (send: (text: string) => void, end: () => void) => { ok: true; value: Stop } | { ok: false; error: ApiResponse },
  stop: (value: Stop) => void,
): void {
  const early: string[] = [];
  let open = false;
  let over = false;
  const started = start(
    (text) => (open ? void outgoing.write(text) : void early.push(text)),
    () => (open ? void outgoing.end() : void (over = true)),
  );
  if (!started.ok) {
    respond(outgoing, started.error);
    return;
  }
  outgoing.on('close', () => stop(started.value));
  outgoing.writeHead(200, { ...general, 'Content-Type': contentType });
  outgoing.flushHeaders();
  open = true;
  for (const text of early) outgoing.write(text);
  if (over) outgoing.end();
}

function startWatching(lab: Lab, request: ApiRequest, outgoing: ServerResponse): void {
  startStream(
    outgoing,
    'application/json',
    (send) => watch(lab, request, (event) => send(`${JSON.stringify(event)}\n`)),
    (started) => started.stop(),
  );
  const seconds = Number(request.query.get('timeoutSeconds') ?? '0');
  if (!(seconds > 0)) return;
  const timer = setTimeout(() => outgoing.end(), Math.min(seconds, 86_400) * 1000);
  timer.unref();
  outgoing.on('close', () => clearTimeout(timer));
}

function startFollowing(lab: Lab, request: ApiRequest, outgoing: ServerResponse): void {
  startStream(
    outgoing,
    'text/plain; charset=utf-8',
    (send, end) => follow(lab, request, send, end),
    (stop) => stop(),
  );
}

/** The body as text, one character a byte when it is protobuf; undefined when it is longer than a server takes. */
export async function bodyOf(incoming: IncomingMessage): Promise<string | undefined> {
  if (Number(incoming.headers['content-length'] ?? 0) > mostBytes) return undefined;
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of incoming as AsyncIterable<Buffer>) {
    length += part.length;
    if (length > mostBytes) return undefined;
    parts.push(part);
  }
  return Buffer.concat(parts).toString(incoming.headers['content-type']?.includes('protobuf') === true ? 'latin1' : 'utf8');
}
