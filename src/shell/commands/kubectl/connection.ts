/** From a client configuration to a client: where the server is, whether it can be reached, and who it takes us for. */
import { connect as connectContainer, discoveryFollows, handle, type ApiRequest, type ApiResponse } from '#apiserver/handle.ts';
import type { Status } from '#kube/status.ts';
import { parseCertificates } from '#net/x509.ts';
import { Client, type Connector, type Transport } from './client.ts';
import { identityOf } from './credentials.ts';
import type { Dial, DialRequest } from './dial.ts';
import { ApiError, ConnectionError, KubectlError } from './errors.ts';
import { parseDuration } from './flags.ts';
import type { Invocation } from './invocation.ts';
import { homeOf } from './kubeconfig.ts';

const unauthorized: Status = { code: 401, reason: 'Unauthorized', message: 'Unauthorized' };

export function connect(kubectl: Invocation, dial: Dial): Client {
  const { server, impersonate } = kubectl.clientConfig;
  const timeout = requestTimeout(kubectl.globals['request-timeout']);
  if (!URL.canParse(server)) throw new KubectlError(`host must be a URL or a host:port pair: ${JSON.stringify(server)}`);
  const url = new URL(server);
  const identity = identityOf(kubectl);
  let refusal: Status | undefined;
  let connected = false;

  const dialed = () => {
    if (connected) return;
    const answer = dial(kubectl.here, dialRequest(kubectl, url));
    if (!answer.connected) throw unreachable(kubectl, server, answer.error, timeout);
    connected = true;
    if (url.protocol === 'http:' && answer.speaksTls) refusal = unknownReason;
    else if (identity.kind === 'rejected') refusal = unauthorized;
    else rememberDiscovery(kubectl, url);
  };
  const transport: Transport = (request) => {
    dialed();
    if (refusal === undefined) return handle(kubectl.here.lab, request);
    if (!/^\/(api|api\/v1|apis|apis\/[^/]+\/[^/]+)$/.test(request.path)) return response(refusal, request);
    // What discovery said is kept on disk: who has asked with other credentials before has it.
    if (isCached(kubectl, url)) return handle(kubectl.here.lab, { ...request, user: discoverer });
    const message = refusal === unauthorized ? 'the server has asked for the client to provide credentials' : refusal.message;
    logDiscovery(kubectl, message);
    throw new ApiError({ ...refusal, message });
  };
  const connector: Connector = (request) => {
    dialed();
    if (refusal !== undefined) return response(refusal, request);
    const answer = connectContainer(kubectl.here.lab, request);
    return answer.ok ? undefined : answer.error;
  };
  const headers = {
    ...(impersonate.user !== '' && { 'Impersonate-User': impersonate.user }),
    ...(impersonate.groups.length > 0 && { 'Impersonate-Group': impersonate.groups.join(',') }),
    ...(impersonate.uid !== '' && { 'Impersonate-Uid': impersonate.uid }),
  };
  return new Client({
    transport,
    connector,
    headers,
    discoveryFollows() {
      dialed();
      // Whether somebody may act as another user depends on more.
      if (refusal !== undefined || identity.kind !== 'user' || Object.keys(headers).length > 0) return undefined;
      const { name, groups } = identity.user;
      return [name, groups.join('\n'), ...discoveryFollows(kubectl.here.lab.snapshot.cluster)];
    },
    warn: (text) => kubectl.warn(text),
    ...(identity.kind === 'user' && { user: identity.user }),
  });
}

/** To plain HTTP a server that speaks TLS says 400, in a text that kubectl does not show. */
const unknownReason: Status = { code: 400, reason: 'BadRequest', message: 'the server rejected our request for an unknown reason' };

const discoverer = { name: 'system:anonymous', groups: ['system:masters'] };

function response(refusal: Status, { method, path }: ApiRequest): ApiResponse {
  const verb = method.toLowerCase();
  const what = refusal === unknownReason ? ` (${verb} ${path.split('/').findLast((part) => part !== '') ?? ''})` : '';
  const body = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', ...refusal, message: `${refusal.message}${what}` };
  return { code: refusal.code, body, contentType: 'application/json', warnings: [] };
}

function dialRequest({ clientConfig, io }: Invocation, url: URL): DialRequest {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const secure = url.protocol === 'https:';
  const port = Number(url.port || (secure ? 443 : 80));
  if (!secure) return { host, port };
  const { cluster } = clientConfig;
  const data = cluster['certificate-authority-data'];
  const file = cluster['certificate-authority'];
  const pem = data ? atob(data) : file ? (io.files.read(file) ?? '') : '';
  const serverName = cluster['tls-server-name'] || host;
  return { host, port, tls: { authorities: parseCertificates(pem), insecure: cluster['insecure-skip-tls-verify'] === true, serverName } };
}

/** `--request-timeout` in Go's words; throws when it is none (clientcmd.ParseTimeout). */
function requestTimeout(text: string): string {
  if (/^\d+$/.test(text)) return text === '0' ? '32s' : `${text}s`;
  if (typeof parseDuration(text) === 'string') {
    throw new KubectlError(
      'Invalid timeout value. Timeout must be a single integer in seconds, or an integer followed by a corresponding time unit (e.g. 1s | 2m | 3h)',
    );
  }
  return text;
}

function cacheFile(kubectl: Invocation, url: URL): string {
  return `${homeOf(kubectl.io)}/.kube/cache/discovery/${url.host.replaceAll(/[^(\w|.)]/g, '_')}/servergroups.json`;
}

function isCached(kubectl: Invocation, url: URL): boolean {
  return kubectl.io.files.stat(cacheFile(kubectl, url)) !== undefined;
}

/** Discovery asks five times before it gives up, and logs each time. */
function logDiscovery(kubectl: Invocation, why: string): void {
  const message = `couldn't get current server API group list: ${why}`;
  const logged = kubectl.atLeast(31) ? `"Unhandled Error" err=${JSON.stringify(message)}` : message;
  for (let i = 0; i < 5; i++) kubectl.log('E', 'memcache.go:265', logged);
}

/** An earlier run may have left discovery's answer on disk (for 6 hours): then nothing is logged. */
function unreachable(kubectl: Invocation, server: string, why: string, timeout: string): ConnectionError {
  const url = `${server}/api?timeout=${timeout}`;
  if (!isCached(kubectl, new URL(server))) logDiscovery(kubectl, `Get "${url}": ${why}`);
  return new ConnectionError('GET', url, why);
}

function rememberDiscovery(kubectl: Invocation, url: URL): void {
  if (!isCached(kubectl, url)) kubectl.io.files.write(cacheFile(kubectl, url), '{"kind":"APIGroupList","apiVersion":"v1","groups":null}\n');
}
