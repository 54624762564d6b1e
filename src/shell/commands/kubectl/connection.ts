/** From a client configuration to a client: where the server is, whether it can be reached, and who it takes us for. */
import { connect as connectContainer, handle } from '#apiserver/handle.ts';
import type { Here } from '../../command.ts';
import { Client, type Connector, type Transport } from './client.ts';
import { ConnectionError } from './errors.ts';
import { credentialsOf } from './credentials.ts';
import { parseDuration } from './flags.ts';
import type { Invocation } from './invocation.ts';
import { homeOf } from './kubeconfig.ts';

/**
 * What a TCP connection from `here` meets: `connected` to a kube-apiserver, or Go's words for why not
 * (`dial tcp 10.0.0.1:6443: connect: connection refused`, `dial tcp: lookup nosuch on 10.96.0.10:53: no such host`).
 */
export type Dial = (
  here: Here,
  host: string,
  port: number,
) => { readonly connected: true } | { readonly connected: false; readonly error: string };

export function connect(kubectl: Invocation, dial: Dial): Client {
  const { server, impersonate } = kubectl.clientConfig;
  const timeout = requestTimeout(kubectl.globals['request-timeout']);
  const url = new URL(server);
  const user = credentialsOf(kubectl);
  let connected = false;

  const dialed = () => {
    if (connected) return;
    const answer = dial(kubectl.here, url.hostname.replace(/^\[|\]$/g, ''), Number(url.port || (url.protocol === 'https:' ? 443 : 80)));
    if (!answer.connected) throw unreachable(kubectl, server, answer.error, timeout);
    connected = true;
    rememberDiscovery(kubectl, url);
  };
  const transport: Transport = (request) => {
    dialed();
    return handle(kubectl.here.lab, request);
  };
  const connector: Connector = (request) => {
    dialed();
    const answer = connectContainer(kubectl.here.lab, request);
    return answer.ok ? undefined : answer.error;
  };
  const headers = {
    ...(impersonate.user !== '' && { 'Impersonate-User': impersonate.user }),
    ...(impersonate.groups.length > 0 && { 'Impersonate-Group': impersonate.groups.join(',') }),
    ...(impersonate.uid !== '' && { 'Impersonate-Uid': impersonate.uid }),
  };
  return new Client({ transport, connector, headers, warn: (text) => kubectl.warn(text), ...(user !== undefined && { user }) });
}

/** `--request-timeout` in Go's words; throws when it is none (clientcmd.ParseTimeout). */
function requestTimeout(text: string): string {
  if (/^\d+$/.test(text)) return text === '0' ? '32s' : `${text}s`;
  if (typeof parseDuration(text) === 'string') {
    throw new Error(
      'Invalid timeout value. Timeout must be a single integer in seconds, or an integer followed by a corresponding time unit (e.g. 1s | 2m | 3h)',
    );
  }
  return text;
}

function cacheFile(kubectl: Invocation, url: URL): string {
  return `${homeOf(kubectl.io)}/.kube/cache/discovery/${url.host.replaceAll(/[^(\w|.)]/g, '_')}/servergroups.json`;
}

/** Discovery asks five times before it gives up, and logs each time, unless an earlier run has left its answer on disk (6 hours). */
function unreachable(kubectl: Invocation, server: string, why: string, timeout: string): ConnectionError {
  const url = `${server}/api?timeout=${timeout}`;
  if (kubectl.io.files.stat(cacheFile(kubectl, new URL(server))) === undefined) {
    const message = `couldn't get current server API group list: Get "${url}": ${why}`;
    const logged = kubectl.atLeast(31) ? `"Unhandled Error" err=${JSON.stringify(message)}` : message;
    for (let i = 0; i < 5; i++) kubectl.log('E', 'memcache.go:265', logged);
  }
  return new ConnectionError('GET', url, why);
}

function rememberDiscovery(kubectl: Invocation, url: URL): void {
  const file = cacheFile(kubectl, url);
  if (kubectl.io.files.stat(file) === undefined) kubectl.io.files.write(file, '{"kind":"APIGroupList","apiVersion":"v1","groups":null}\n');
}
