/**
 * A lesson's API server on loopback, for the real kubectl. Only who has read its kubeconfig gets in: paths begin with a secret there, since
 * client-go sends no token over plain HTTP.
 */
import { randomBytes, timingSafeEqual } from 'node:crypto';
import { createServer, STATUS_CODES, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type WebSocket } from 'ws';
import { connect, handle, isServing, watch, type ApiRequest, type ApiResponse } from '#apiserver/handle.ts';
import type { Lesson } from '#lesson/lesson.ts';
import { placeOfContainer } from './exec-place.ts';

/** Whom kubeadm's admin.conf stands for. */
const admin = { name: 'kubernetes-admin', groups: ['kubeadm:cluster-admins', 'system:masters', 'system:authenticated'] };
/** A body may be no longer than etcd takes (apiserver's maxRequestBodyBytes). */
const mostBytes = 3 * 1024 * 1024;

export interface Served {
  /** `http://127.0.0.1:41234` */
  readonly url: string;
  /** The text of a kubeconfig that leads here. */
  readonly kubeconfig: string;
  close(): void;
}

export async function serve(lesson: Lesson): Promise<Served> {
  const secret = randomBytes(32).toString('hex');
  const server = createServer((incoming, outgoing) => void answer(lesson, secret, incoming, outgoing));
  const sockets = new WebSocketServer({ noServer: true, handleProtocols: (offered) => protocols.find((one) => offered.has(one)) ?? false });
  server.on('upgrade', (incoming, socket, head) => upgrade(lesson, secret, sockets, incoming, socket, head));
  await listening(server);
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    kubeconfig: kubeconfigOf(`${url}/${secret}`),
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

function listening(server: Server): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
}

function kubeconfigOf(url: string): string {
  return `apiVersion: v1
kind: Config
clusters:
- name: kubernetes
  cluster:
    server: ${url}
contexts:
- name: kubernetes-admin@kubernetes
  context:
    cluster: kubernetes
    user: kubernetes-admin
current-context: kubernetes-admin@kubernetes
users:
- name: kubernetes-admin
  user: {}
`;
}

/** The request as the API server takes it; undefined from somebody who does not know the way. A service account's token stands before us. */
function requestOf(secret: string, incoming: IncomingMessage, body?: string): ApiRequest | undefined {
  const url = new URL(incoming.url ?? '/', 'http://127.0.0.1');
  const [, first = ''] = url.pathname.split('/', 2);
  if (!isSame(first, secret)) return undefined;
  const headers = Object.entries(incoming.headers).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, String(value)] as const],
  );
  return {
    method: (incoming.method ?? 'GET') as ApiRequest['method'],
    path: decodeURIComponent(url.pathname.slice(secret.length + 1)) || '/',
    query: url.searchParams,
    headers: Object.fromEntries(headers),
    user: admin,
    ...(body !== undefined && body !== '' && { body }),
  };
}

function isSame(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}

async function answer({ lab }: Lesson, secret: string, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  // Where no API server runs, nobody accepts the connection.
  if (!isServing(lab.snapshot)) {
    incoming.socket.destroy();
    return;
  }
  const body = await bodyOf(incoming);
  if (body === undefined) {
    outgoing.writeHead(413).end();
    return;
  }
  const request = requestOf(secret, incoming, body);
  if (request === undefined) {
    outgoing.writeHead(401).end();
    return;
  }
  if (request.method === 'GET' && ['1', 'true'].includes(request.query.get('watch') ?? '')) {
    startWatching(lab, request, outgoing);
    return;
  }
  respond(outgoing, handle(lab, request));
}

function respond(outgoing: ServerResponse, { code, body, contentType, warnings }: ApiResponse): void {
  if (warnings.length > 0)
    outgoing.setHeader(
      'Warning',
      warnings.map((text) => `299 - ${JSON.stringify(text)}`),
    );
  outgoing.writeHead(code, { 'Content-Type': contentType, 'Cache-Control': 'no-cache, private' });
  outgoing.end(typeof body === 'string' ? body : JSON.stringify(body));
}

function startWatching(lab: Lesson['lab'], request: ApiRequest, outgoing: ServerResponse): void {
  const early: string[] = [];
  let open = false;
  const started = watch(lab, request, (event) => {
    const line = `${JSON.stringify(event)}\n`;
    if (open) outgoing.write(line);
    else early.push(line);
  });
  if (!started.ok) {
    respond(outgoing, started.error);
    return;
  }
  outgoing.writeHead(200, { 'Content-Type': 'application/json', 'Cache-Control': 'no-cache, private' });
  open = true;
  outgoing.flushHeaders();
  for (const line of early) outgoing.write(line);
  const seconds = Number(request.query.get('timeoutSeconds') ?? '0');
  const timer = seconds > 0 ? setTimeout(() => outgoing.end(), seconds * 1000) : undefined;
  outgoing.on('close', () => {
    clearTimeout(timer);
    started.value.stop();
  });
}

/** The body as text, one character a byte when it is protobuf; undefined when it is longer than a server takes. */
async function bodyOf(incoming: IncomingMessage): Promise<string | undefined> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of incoming as AsyncIterable<Buffer>) {
    length += part.length;
    if (length > mostBytes) return undefined;
    parts.push(part);
  }
  return Buffer.concat(parts).toString(incoming.headers['content-type']?.includes('protobuf') === true ? 'latin1' : 'utf8');
}

/** Versions of the channels that exec runs over (staging:apimachinery/pkg/util/remotecommand/constants.go). */
const protocols = ['v5.channel.k8s.io', 'v4.channel.k8s.io'];
const channel = { stdin: 0, stdout: 1, stderr: 2, status: 3, close: 255 };

function upgrade(lesson: Lesson, secret: string, sockets: WebSocketServer, incoming: IncomingMessage, socket: Duplex, head: Buffer): void {
  const request = requestOf(secret, incoming);
  const refuse = (code: number, text: string) => {
    const body = text === '' ? '' : text;
    socket.end(
      `HTTP/1.1 ${code} ${STATUS_CODES[code]}\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
    );
  };
  if (request === undefined) return refuse(401, '');
  const place = connect(lesson.lab, request);
  if (!place.ok) return refuse(place.error.code, JSON.stringify(place.error.body));
  const isExec = request.path.endsWith('/exec') && incoming.headers.upgrade?.toLowerCase() === 'websocket';
  if (!isExec) return refuse(501, '');
  sockets.handleUpgrade(
    incoming,
    socket,
    head,
    (client) => void execute(lesson, request, placeOfContainer(lesson.lab, place.value), client),
  );
}

/** Runs the command where it was asked for; its streams and its status go over channels of the socket. */
async function execute(
  lesson: Lesson,
  { query }: ApiRequest,
  place: ReturnType<typeof placeOfContainer>,
  client: WebSocket,
): Promise<void> {
  const send = (to: number, text: string) => client.send(Buffer.concat([Buffer.from([to]), Buffer.from(text)]));
  const stdin = query.get('stdin') === 'true' ? await stdinOf(client) : '';
  const { stdout, stderr, exitCode } = await lesson.open({}, place).runArgv(query.getAll('command'), { stdin });
  if (stdout !== '') send(channel.stdout, stdout);
  if (stderr !== '') send(channel.stderr, stderr);
  send(channel.status, JSON.stringify(statusOf(exitCode)));
  client.close(1000);
}

function stdinOf(client: WebSocket): Promise<string> {
  const parts: Buffer[] = [];
  return new Promise((resolve) => {
    const end = () => resolve(Buffer.concat(parts).toString());
    client.on('close', end);
    client.on('message', (data: Buffer) => {
      if (data[0] === channel.close) end();
      else if (data[0] === channel.stdin) parts.push(data.subarray(1));
    });
  });
}

/** (staging:apiserver … remotecommand: a NonZeroExitCode is a cause of a failure.) */
function statusOf(exitCode: number): object {
  if (exitCode === 0) return { metadata: {}, status: 'Success' };
  return {
    metadata: {},
    status: 'Failure',
    message: `command terminated with non-zero exit code: exit status ${exitCode}`,
    reason: 'NonZeroExitCode',
    details: { causes: [{ reason: 'ExitCode', message: String(exitCode) }] },
  };
}
