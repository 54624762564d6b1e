/** What the controller's nginx answers: the configuration decides, a backend is asked over the network, nginx's own pages for the rest. */
import type { Backend, Configuration, Endpoint } from '#dataplane/ingress/model.ts';
import { headersFor, route, type Decision, type IncomingRequest, type Proxied as ProxiedDecision } from '#dataplane/ingress/route.ts';
import { certificateConfigured } from '#dataplane/ingress/server.ts';
import { hostOf } from '#dataplane/ingress/uri.ts';
import { hexOf } from '#kube/chance.ts';
import { hostPort, parseIp } from '#net/ip.ts';
import type { ContainerContext, HttpRequest, HttpResponse, Outbound, Passage, Reached } from '#node/program.ts';
import { timeLocal } from '../nginx/log-time.ts';
import { errorPage, nginxPhrase } from '../nginx/error-page.ts';
import { processNumber } from './release.ts';

interface Serving {
  readonly context: ContainerContext;
  readonly configuration: Configuration;
  readonly request: HttpRequest;
  readonly outbound: Outbound;
  readonly id: string;
}

/** How nginx calls itself. */
const serverName = ({ global }: Configuration) => (global.serverTokens ? 'nginx/1.25.5' : 'nginx');

/** How often nginx tries another endpoint (proxy_next_upstream_tries). */
const mostTries = 3;

export function serveHttp(context: ContainerContext, configuration: Configuration, request: HttpRequest, outbound: Outbound): HttpResponse {
  const id = hexOf(`${context.change.objects.seed}/request/${context.sandbox.id}/${context.now}/${outbound.draw(1 << 30)}`, 32);
  const serving: Serving = { context, configuration, request, outbound, id };
  const incoming: IncomingRequest = {
    scheme: request.scheme,
    host: request.host === '' ? undefined : request.host,
    target: request.path,
    headers: request.headers,
    source: request.source,
  };
  const decision = route(configuration, incoming, (bound) => outbound.draw(bound) + 1);
  return decision.kind === 'answer' ? ownAnswer(serving, decision) : proxied(serving, decision, incoming);
}

/** A page of nginx itself. */
function page(serving: Serving, status: number, more: Readonly<Record<string, string>> = {}): HttpResponse {
  const { configuration, request } = serving;
  const body = status === 200 ? '' : errorPage(status, serverName(configuration));
  return {
    status,
    reason: nginxPhrase(status),
    headers: {
      ...(configuration.global.serverTokens && { server: serverName(configuration) }),
      ...common(serving, 'text/html', body.length),
      ...more,
      ...strictTransport(configuration, request),
    },
    body,
    http2: configuration.global.useHttp2 && request.scheme === 'https',
  };
}

function common({ context }: Serving, type: string, length: number): Readonly<Record<string, string>> {
  return { date: new Date(context.now).toUTCString(), 'content-type': type, 'content-length': String(length), connection: 'keep-alive' };
}

function strictTransport(configuration: Configuration, { scheme, host }: HttpRequest): Readonly<Record<string, string>> {
  const { global } = configuration;
  const name = hostOf(host);
  if (!global.hsts || scheme !== 'https' || name === undefined || certificateConfigured(configuration, name) === undefined) return {};
  const more = `${global.hstsIncludeSubdomains ? '; includeSubDomains' : ''}${global.hstsPreload ? '; preload' : ''}`;
  return { 'strict-transport-security': `max-age=${global.hstsMaxAge}${more}` };
}

function ownAnswer(serving: Serving, decision: Extract<Decision, { kind: 'answer' }>): HttpResponse {
  const { status, target, challenge, location, because } = decision;
  const answered = page(serving, status, {
    ...(challenge !== undefined && { 'www-authenticate': challenge }),
    ...(target !== undefined && { location: target }),
  });
  const logged = location?.settings.accessLog === true && !serving.configuration.global.disableAccessLog;
  const upstream = location?.backend ?? '-';
  return {
    ...answered,
    proxied: { backend: null, path: serving.request.path, headers: serving.request.headers, because, passages: [], waited: 0 },
    ...(logged && { logs: [{ stream: 'stdout', text: accessLine(serving, answered, upstream, '', ['-', '-', '-', '-']) }] }),
  };
}

function proxied(serving: Serving, decision: ProxiedDecision, incoming: IncomingRequest): HttpResponse {
  const { configuration, request, outbound } = serving;
  const { backend, primary, location, path } = decision;
  const headers = headersFor(decision, configuration, incoming, serving.id);
  const because = [...decision.because];
  const tries = attempts(endpointsNow(backend, outbound), outbound);
  if (tries.length === 0) return unanswered(serving, decision, 503, [], because);
  const passages: Passage[] = [];
  const addresses: string[] = [];
  const errors: string[] = [];
  let reached: Reached | undefined;
  for (const { address, port } of tries) {
    addresses.push(hostPort(address, port));
    if (isNginxItself(backend)) break;
    reached = outbound.ask(address, port, { method: request.method, scheme: 'http', host: headers['host']!, path, headers });
    passages.push(...reached.passages);
    if (reached.response !== undefined) break;
    errors.push(errorLine(serving, reached, hostPort(address, port), path, decision.server.hostname));
  }
  const response = isNginxItself(backend) ? notFound(serving) : reached?.response;
  if (response === undefined)
    return unanswered(serving, decision, reached?.outcome === 'timeout' ? 504 : 502, errors, because, addresses, passages);
  const service = backend.service;
  const {
    date: _date,
    server: _server,
    connection: _connection,
    'content-type': type,
    'content-length': length,
    ...others
  } = response.headers;
  const answer: HttpResponse = {
    status: response.status,
    ...(response.reason !== undefined && { reason: response.reason }),
    headers: {
      ...(configuration.global.serverTokens && { server: serverName(configuration) }),
      date: new Date(serving.context.now).toUTCString(),
      ...(type !== undefined && { 'content-type': type }),
      ...(length !== undefined && { 'content-length': length }),
      connection: 'keep-alive',
      ...others,
      ...strictTransport(configuration, request),
    },
    body: response.body,
    http2: configuration.global.useHttp2 && request.scheme === 'https',
  };
  const logged = location.settings.accessLog && !configuration.global.disableAccessLog;
  const upstream = [addresses.join(', '), String(response.body.length), '0.001', String(response.status)] as const;
  return {
    ...answer,
    proxied: {
      backend: service === undefined ? null : `${service.namespace}/${service.name}:${backend.port}`,
      path,
      headers,
      because,
      passages,
      waited: 0,
    },
    logs: [
      ...errors.map((text) => ({ stream: 'stderr' as const, text })),
      ...(logged
        ? [
            {
              stream: 'stdout' as const,
              text: accessLine(serving, answer, primary.name, backend === primary ? '' : backend.name, upstream),
            },
          ]
        : []),
    ],
  };
}

const isNginxItself = ({ endpoints }: Backend) =>
  endpoints.length === 1 && endpoints[0]!.address === '127.0.0.1' && endpoints[0]!.port === 8181;

/** nginx's own server for what nobody serves. */
function notFound({ configuration }: Serving): HttpResponse {
  const body = errorPage(404, serverName(configuration));
  return { status: 404, reason: nginxPhrase(404), headers: { 'content-type': 'text/html', 'content-length': String(body.length) }, body };
}

/** The endpoints as they are now: the name of an ExternalName is looked up. */
function endpointsNow({ endpoints }: Backend, outbound: Outbound): readonly Endpoint[] {
  return endpoints.flatMap(({ address, port }) =>
    parseIp(address) === undefined ? outbound.resolve(address).map((found) => ({ address: found, port })) : [{ address, port }],
  );
}

/** One after the other from a drawn one on, as round robin goes, and not more than nginx tries. */
function attempts(endpoints: readonly Endpoint[], outbound: Outbound): readonly Endpoint[] {
  if (endpoints.length === 0) return [];
  const first = outbound.draw(endpoints.length);
  return Array.from({ length: mostTries }, (_, i) => endpoints[(first + i) % endpoints.length]!);
}

function unanswered(
  serving: Serving,
  { location, primary, backend, path }: ProxiedDecision,
  status: number,
  errors: readonly string[],
  because: readonly string[],
  addresses: readonly string[] = [],
  passages: readonly Passage[] = [],
): HttpResponse {
  const answer = page(serving, status);
  const each = (text: string) => addresses.map(() => text).join(', ');
  const waited = status === 504 ? location.settings.connectTimeout * 1000 * addresses.length : 0;
  const seconds = status === 504 ? `${location.settings.connectTimeout}.001` : '0.000';
  const upstream =
    addresses.length === 0
      ? (['-', '-', '-', '-'] as const)
      : ([addresses.join(', '), each('0'), each(seconds), each(String(status))] as const);
  const service = backend.service;
  return {
    ...answer,
    proxied: {
      backend: service === undefined ? null : `${service.namespace}/${service.name}:${backend.port}`,
      path,
      headers: serving.request.headers,
      because: [
        ...because,
        status === 503 ? 'its name has no address' : status === 504 ? 'no endpoint answers' : 'its endpoints refuse the connection',
      ],
      passages,
      waited,
    },
    logs: [
      ...errors.map((text) => ({ stream: 'stderr' as const, text })),
      { stream: 'stdout', text: accessLine(serving, answer, primary.name, backend === primary ? '' : backend.name, upstream) },
    ],
  };
}

function version({ configuration, request }: Serving): string {
  return configuration.global.useHttp2 && request.scheme === 'https' ? 'HTTP/2.0' : 'HTTP/1.1';
}

/** The log format `upstreaminfo`. */
function accessLine(
  serving: Serving,
  { status, body }: HttpResponse,
  upstream: string,
  alternative: string,
  [addresses, length, time, statuses]: readonly [string, string, string, string],
): string {
  const { request, context, id } = serving;
  const line = `${request.method} ${request.path} ${version(serving)}`;
  const { headers } = request;
  const size = line.length + 2 + Object.entries(headers).reduce((sum, [name, value]) => sum + name.length + value.length + 4, 0) + 2;
  const user = /^Basic +(.*)$/.exec(headers['authorization'] ?? '')?.[1];
  const remote = user === undefined ? '-' : (decodedUser(user) ?? '-');
  const sent = request.method === 'HEAD' ? 0 : body.length;
  const took =
    statuses === '-'
      ? '0.000'
      : time
          .split(', ')
          .reduce((sum, one) => sum + Number(one), 0)
          .toFixed(3);
  return `${request.source} - ${remote} [${timeLocal(context.now)}] "${line}" ${status} ${sent} "${headers['referer'] ?? '-'}" "${headers['user-agent'] ?? '-'}" ${size} ${took} [${upstream}] [${alternative}] ${addresses} ${length} ${time} ${statuses} ${headers['x-request-id'] ?? id}`;
}

function decodedUser(encoded: string): string | undefined {
  try {
    return atob(encoded).split(':')[0];
  } catch {
    return undefined;
  }
}

function errorLine(serving: Serving, { outcome }: Reached, upstream: string, path: string, hostname: string): string {
  const { request, context } = serving;
  const stamp = new Date(context.now).toISOString().slice(0, 19).replace(/-/g, '/').replace('T', ' ');
  const worker = 24 + processNumber;
  const why =
    outcome === 'timeout'
      ? 'upstream timed out (110: Operation timed out)'
      : outcome === 'refused'
        ? 'connect() failed (111: Connection refused)'
        : outcome === 'unreachable'
          ? 'connect() failed (113: Host is unreachable)'
          : 'upstream prematurely closed connection';
  const act = outcome === 'connected' ? 'reading response header from upstream' : 'connecting to upstream';
  return `${stamp} [error] ${worker}#${worker}: *${1 + serving.outbound.draw(9000)} ${why} while ${act}, client: ${request.source}, server: ${hostname}, request: "${request.method} ${request.path} ${version(serving)}", upstream: "http://${upstream}${path}", host: "${request.host}"`;
}
