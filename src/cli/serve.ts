/**
 * A lesson's API server over HTTPS, for the real kubectl. It listens on loopback unless another address is named, with a certificate of this
 * run alone, and lets in who has this run's token.
 */
import { randomBytes } from 'node:crypto';
import { STATUS_CODES, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { networkInterfaces } from 'node:os';
import type { Duplex } from 'node:stream';
import { createWebSocketStream, WebSocketServer } from 'ws';
import { connect, isServing, type ApiRequest, type ApiResponse } from '#apiserver/handle.ts';
import { refusal } from '#apiserver/response.ts';
import { base64 } from '#lab/bring-up/certificates.ts';
import type { Lesson } from '#lesson/lesson.ts';
import { placeOfContainer } from './exec-place.ts';
import { serverIdentity } from './serve/certificate.ts';
import { refusedBy, serveAttach, serveExec, type ContainerPlace } from './serve/exec.ts';
import { admitRequest, type Gate } from './serve/gate.ts';
import { portForwarder } from './serve/port-forward.ts';
import { bodyOf, respond, serveRequest } from './serve/respond.ts';
import { serveSpdy, type SpdySession } from './serve/spdy/session.ts';
import { remoteCommandVersions, spdyStreams, webSocketStreams, type RemoteStreams } from './serve/streams.ts';

export interface ServeOptions {
  /** The address to listen on; loopback when absent. */
  readonly address?: string;
  /** The port; a free one when absent. */
  readonly port?: number;
}

export interface Served {
  /** `https://127.0.0.1:41234` */
  readonly url: string;
  /** The text of a kubeconfig that leads here. */
  readonly kubeconfig: string;
  close(): void;
}

/** Serves a lesson until it is closed. Rejects with Node's error when the address cannot be listened on. */
export async function serve(lesson: Lesson, { address = '127.0.0.1', port = 0 }: ServeOptions = {}): Promise<Served> {
  const addresses = [...new Set([...addressesBehind(address), '127.0.0.1', '::1'])];
  const identity = serverIdentity(['localhost'], addresses, Date.now());
  const hosts = new Set<string>();
  const gate: Gate = { token: randomBytes(32).toString('hex'), hosts };
  const server = createServer({ cert: identity.certificate, key: identity.key, ALPNProtocols: ['http/1.1'], maxHeaderSize: 65_536 });
  server.on('request', (incoming, outgoing) => void answer(lesson, gate, incoming, outgoing));
  server.on('upgrade', (incoming, socket, head) => upgrade(lesson, gate, incoming, socket, head));
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => refuseMalformed(error, socket));
  const sockets = new Set<Duplex>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });

  const listen = (at: number) =>
    new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(at, address, () => {
        server.off('error', reject);
        resolve();
      });
    });
  const hangUp = () => {
    server.close();
    for (const socket of sockets) socket.destroy();
  };
  await listen(port);
  const { port: chosen } = server.address() as AddressInfo;
  for (const name of ['localhost', ...addresses.map(inUrl)]) hosts.add(`${name}:${chosen}`);
  // Where no API server runs, nobody accepts a connection.
  const follow = () => {
    const serving = isServing(lesson.lab.snapshot);
    if (!serving && server.listening) hangUp();
    else if (serving && !server.listening) listen(chosen).catch(() => undefined);
  };
  follow();
  const unfollow = lesson.lab.subscribe(follow);
  const url = `https://${inUrl(addressesBehind(address)[0]!)}:${chosen}`;
  return {
    url,
    kubeconfig: kubeconfigOf(url, identity.authority, gate.token),
    close() {
      unfollow();
      hangUp();
    },
  };
}

/** The addresses under which a listener there is reached. */
function addressesBehind(address: string): readonly string[] {
  if (address !== '0.0.0.0' && address !== '::') return [address];
  const own = Object.values(networkInterfaces()).flatMap((all) => all ?? []);
  const fitting = own.filter(
    ({ family, internal, scopeid }) => !internal && (scopeid ?? 0) === 0 && (address === '::' || family === 'IPv4'),
  );
  return [...fitting.map((one) => one.address), '127.0.0.1'];
}

function inUrl(address: string): string {
  return address.includes(':') ? `[${address}]` : address;
}

function kubeconfigOf(url: string, authority: string, token: string): string {
  return `apiVersion: v1
kind: Config
clusters:
- name: kubernetes
  cluster:
    certificate-authority-data: ${base64(authority)}
    server: ${url}
contexts:
- name: kubernetes-admin@kubernetes
  context:
    cluster: kubernetes
    user: kubernetes-admin
current-context: kubernetes-admin@kubernetes
users:
- name: kubernetes-admin
  user:
    token: ${token}
`;
}

async function answer(lesson: Lesson, gate: Gate, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  try {
    const admitted = admitRequest(gate, incoming);
    if (!admitted.ok) {
      outgoing.setHeader('Connection', 'close');
      respond(outgoing, admitted.error);
      return;
    }
    const body = await bodyOf(incoming);
    if (body === undefined) {
      outgoing.setHeader('Connection', 'close');
      respond(outgoing, tooLarge);
      return;
    }
    await lesson.carryOn();
    serveRequest(lesson.lab, { ...admitted.value, ...(body !== '' && { body }) }, outgoing);
    // Whoever watches hears of what follows.
    if (admitted.value.method !== 'GET') lesson.carryOn(true).catch(crashed);
  } catch (error) {
    if (outgoing.headersSent || outgoing.destroyed) outgoing.destroy();
    else respond(outgoing, crashed(error));
  }
}

const tooLarge = refusal({ code: 413, reason: 'RequestEntityTooLarge', message: 'Request entity too large: limit is 3145728' });

/** Our own mistake; the API server says as much when it panics. */
function crashed(error: unknown): ApiResponse {
  process.stderr.write(`cka-net: a request has met a mistake in cka-net: ${error instanceof Error ? error.message : String(error)}\n`);
  return refusal({ code: 500, reason: 'InternalError', message: 'This request caused apiserver to panic. Look in the logs for details.' });
}

/** What is no HTTP at all, or too much of it (as Go's net/http answers). */
function refuseMalformed({ code }: NodeJS.ErrnoException, socket: Duplex): void {
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const status = code === 'HPE_HEADER_OVERFLOW' ? 431 : code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 408 : 400;
  sendRaw(socket, status, 'text/plain; charset=utf-8', `${status} ${STATUS_CODES[status]}`);
}

function sendRaw(socket: Duplex, code: number, contentType: string, body: string): void {
  socket.on('error', () => undefined);
  const head = [`HTTP/1.1 ${code} ${STATUS_CODES[code]}`, `Content-Type: ${contentType}`, `Content-Length: ${Buffer.byteLength(body)}`];
  socket.end(`${[...head, 'Connection: close'].join('\r\n')}\r\n\r\n${body}`);
}

/** kubectl's name of SPDY inside a WebSocket is no word that one may offer (RFC 6455 has tokens there); it is told under another. */
const tunnel = 'SPDY/3.1+portforward.k8s.io';
const tunnelAlias = 'spdy-portforward';
const offers = [...remoteCommandVersions, tunnelAlias];
const webSockets = new WebSocketServer({
  noServer: true,
  maxPayload: 1 << 22,
  handleProtocols: (offered) => {
    const chosen = offers.find((one) => offered.has(one));
    return chosen === tunnelAlias ? tunnel : (chosen ?? false);
  },
});

/** exec, attach and port-forward: streams to a container, over WebSocket or SPDY. */
function upgrade(lesson: Lesson, gate: Gate, incoming: IncomingMessage, socket: Duplex, head: Buffer): void {
  socket.on('error', () => socket.destroy());
  const refuse = ({ code, body }: ApiResponse) => sendRaw(socket, code, 'application/json', `${JSON.stringify(body)}\n`);
  const admitted = admitRequest(gate, incoming);
  if (!admitted.ok) return refuse(admitted.error);
  const request = admitted.value;
  const place = connect(lesson.lab, request);
  if (!place.ok) return refuse(place.error);
  const at = placeOfContainer(lesson.lab, place.value) as ContainerPlace;
  const closed = refusedBy(lesson, request, at);
  if (closed !== undefined) return refuse(closed);
  const protocol = incoming.headers.upgrade?.toLowerCase();
  const bad = (message: string) => refuse(refusal({ code: 400, reason: 'BadRequest', message }));
  if (protocol === 'websocket') return overWebSocket(lesson, request, at, incoming, socket, head, bad);
  if (protocol === 'spdy/3.1') return overSpdy(lesson, request, at, incoming, socket, head, bad);
  return bad('Upgrade request required');
}

function converse(lesson: Lesson, request: ApiRequest, at: ContainerPlace, streams: RemoteStreams): void {
  const serving = request.path.endsWith('/exec') ? serveExec(lesson, request, at, streams) : serveAttach(lesson, request, at, streams);
  serving.catch((error: unknown) => streams.end(crashed(error).body as object));
}

function overWebSocket(
  lesson: Lesson,
  request: ApiRequest,
  at: ContainerPlace,
  incoming: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  refuse: (message: string) => void,
): void {
  const offered = incoming.headers['sec-websocket-protocol'] ?? '';
  incoming.headers['sec-websocket-protocol'] = offered.replace(tunnel, tunnelAlias);
  const forwards = request.path.endsWith('/portforward');
  const known = forwards ? [tunnel] : remoteCommandVersions;
  if (!offered.split(/ *, */).some((one) => (known as readonly string[]).includes(one)))
    return refuse(`unable to upgrade: unsupported protocol, this server speaks ${known.join(', ')}`);
  webSockets.handleUpgrade(incoming, socket, head, (client) => {
    client.on('error', () => client.terminate());
    if (forwards) serveSpdy(createWebSocketStream(client), portForwarder(lesson, at));
    else converse(lesson, request, at, webSocketStreams(client));
  });
}

function overSpdy(
  lesson: Lesson,
  request: ApiRequest,
  at: ContainerPlace,
  incoming: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  refuse: (message: string) => void,
): void {
  const offered = String(incoming.headers['x-stream-protocol-version'] ?? '').split(/ *, */);
  const forwards = request.path.endsWith('/portforward');
  const known: readonly string[] = forwards ? ['portforward.k8s.io'] : remoteCommandVersions;
  const version = known.find((one) => offered.includes(one));
  if (version === undefined)
    return refuse(
      `unable to upgrade: unable to negotiate protocol: client supports ${JSON.stringify(offered)}, server accepts ${JSON.stringify(known)}`,
    );
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\nX-Stream-Protocol-Version: ${version}\r\n\r\n`,
  );
  if (head.length > 0) socket.unshift(head);
  if (forwards) {
    serveSpdy(socket, portForwarder(lesson, at));
    return;
  }
  const asks = (name: string) => request.query.get(name) === 'true';
  const wanted = { stdin: asks('stdin'), stdout: asks('stdout'), stderr: asks('stderr'), tty: asks('tty') };
  const streams = spdyStreams(
    wanted,
    () => session,
    (ready) => converse(lesson, request, at, ready),
  );
  const session: SpdySession = serveSpdy(socket, streams.accept, streams.closed);
}
