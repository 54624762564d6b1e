/** Traefik as a second ingress controller, with rules of its own: the answers, logs and addresses that follow from Ingresses. (traefik v3) */
import { hostOf, parseUri } from '#dataplane/ingress/uri.ts';
import { EndpointSlice } from '#kube/kinds/endpoint-slice.ts';
import { IngressClass } from '#kube/kinds/ingress-class.ts';
import { Ingress } from '#kube/kinds/ingress.ts';
import { Secret } from '#kube/kinds/secret.ts';
import { Service } from '#kube/kinds/service.ts';
import { isEqual } from '#kube/equal.ts';
import { parseIp, type Port } from '#net/ip.ts';
import type { ContainerRun, Listener } from '#node/host.ts';
import { certificate } from '#node/pki/certificate.ts';
import type { ContainerContext, HttpRequest, HttpResponse, Outbound, Program, Started } from '#node/program.ts';
import { pidOf } from '../listening.ts';
import { optionsOf, type EntryPoint, type TraefikOptions } from './options.ts';
import { certificateFor, routingOf, servedBy, type Complaint, type Router } from './routers.ts';

const version = '3.3.5';

function start(context: ContainerContext): Started {
  const options = optionsOf(context.argv);
  if (options.unknown !== undefined) {
    const error = `command traefik error: failed to decode configuration from flags: field not found, node: ${options.unknown}`;
    const line = JSON.stringify({
      level: 'error',
      error,
      time: new Date(context.now).toISOString().replace(/\.\d+Z$/, 'Z'),
      message: 'Command error',
    });
    return { listeners: [], logs: [{ stderr: line }], exit: { after: 100, code: 1 } };
  }
  const info = options.level === 'INFO' || options.level === 'DEBUG';
  return {
    listeners: options.entryPoints.map((one) => listenerOf(context, one)),
    logs: info ? [consoleLine(context.now, 'INF', `Traefik version ${version} built on 2025-03-31T12:00:21Z`, { version })] : [],
    stopsAfter: 300,
  };
}

function listenerOf(context: ContainerContext, { port, tls }: EntryPoint): Listener {
  const speaks = tls || port === 443 || port === 8443 ? 'https' : 'http';
  return { protocol: 'TCP', address: '::', port: port as Port, process: 'traefik', pid: pidOf(context), speaks };
}

/** A line of zerolog's console writer: the error first, the other fields by name. */
function consoleLine(now: number, level: 'INF' | 'ERR', message: string, fields: Complaint['fields'] = {}): string {
  const names = Object.keys(fields).sort((a, b) => Number(b === 'error') - Number(a === 'error') || (a < b ? -1 : 1));
  const value = (text: string) => (/[\s"=\\]/.test(text) ? JSON.stringify(text) : text);
  const stamp = new Date(now).toISOString().replace(/\.\d+Z$/, 'Z');
  return [`${stamp} ${level} ${message}`, ...names.map((name) => `${name}=${value(fields[name]!)}`)].join(' ');
}

const watched = [Ingress, IngressClass, Service, EndpointSlice, Secret];

/** What has changed is noticed: complaints that are new are logged, addresses written. */
function act(context: ContainerContext, run: ContainerRun): ContainerRun {
  const { objects } = context.change;
  const revisions = watched.map((kind) => objects.revision(kind));
  const [before, ...known] = run.synced ?? [];
  if (run.synced !== undefined && revisions.every((one, i) => one === known[i])) return run;
  const options = optionsOf(context.argv);
  const complaints = routingOf(objects, options).complaints.map(({ message, fields }) => [message, fields] as const);
  const old = (before ?? []) as typeof complaints;
  const lines = complaints
    .filter((one) => !old.some((other) => isEqual(one, other)))
    .map(([message, fields]) => ({ at: context.now, stream: 'stdout' as const, text: consoleLine(context.now, 'ERR', message, fields) }));
  writeAddresses(context, options);
  // What it has written itself is nothing new.
  return {
    ...run,
    synced: [complaints, ...watched.map((kind) => objects.revision(kind))],
    logs: lines.length === 0 ? run.logs : [...run.logs, ...lines],
  };
}

/** Addresses in the Ingresses, if it has been told whose. (updateIngressStatus) */
function writeAddresses({ change }: ContainerContext, options: TraefikOptions): void {
  const { objects } = change;
  const [namespace = '', name = ''] = (options.publishedService ?? '').split('/');
  const addresses =
    options.publishedService === undefined
      ? options.endpoint && [options.endpoint]
      : objects.get(Service, namespace, name)?.status?.loadBalancer?.ingress?.map(({ ip, hostname }) => ({
          ...(ip !== undefined && { ip }),
          ...(hostname !== undefined && { hostname }),
        }));
  if (addresses === undefined) return;
  for (const ingress of servedBy(objects, options)) {
    if ((ingress.spec.rules ?? []).length === 0 || isEqual(ingress.status.loadBalancer.ingress ?? [], addresses)) continue;
    objects.put(Ingress, { ...ingress, status: { ...ingress.status, loadBalancer: { ingress: addresses } } } as Ingress);
  }
}

function text(context: ContainerContext, status: number, body: string, nosniff = true): HttpResponse {
  return {
    status,
    headers: {
      'content-type': 'text/plain; charset=utf-8',
      ...(nosniff && { 'x-content-type-options': 'nosniff' }),
      date: new Date(context.now).toUTCString(),
      'content-length': String(body.length),
    },
    body,
  };
}

const notFound = (context: ContainerContext) => text(context, 404, '404 page not found\n');

function serve(context: ContainerContext, request: HttpRequest, outbound?: Outbound): HttpResponse {
  return { ...answerOf(context, request, outbound), http2: request.scheme === 'https' };
}

function answerOf(context: ContainerContext, request: HttpRequest, outbound: Outbound | undefined): HttpResponse {
  const options = optionsOf(context.argv);
  const entryPoint = options.entryPoints.find(({ port }) => port === request.port);
  const uri = parseUri(request.path);
  const host = hostOf(request.host);
  if (entryPoint === undefined || uri === undefined || host === undefined) return text(context, 400, '400 Bad Request', false);
  if (entryPoint.name === 'traefik') return options.ping && uri.path === '/ping' ? text(context, 200, 'OK', false) : notFound(context);
  if (outbound === undefined) return notFound(context);
  const secure = request.scheme === 'https';
  const { routers } = routingOf(context.change.objects, options);
  const router = routers.find(
    (one) =>
      (one.entryPoints.length === 0 || one.entryPoints.includes(entryPoint.name)) &&
      (one.tls || entryPoint.tls) === secure &&
      one.matches(host, uri.path),
  );
  if (router === undefined) {
    const because = [`no router of the entry point ${entryPoint.name} fits ${host}${uri.path}`];
    return {
      ...notFound(context),
      proxied: { backend: null, path: request.path, headers: request.headers, because, passages: [], waited: 0 },
    };
  }
  return forward(context, request, router, outbound);
}

function forward(context: ContainerContext, request: HttpRequest, router: Router, outbound: Outbound): HttpResponse {
  const { metadata } = router.ingress;
  const because = [`Ingress ${metadata.namespace!}/${metadata.name}: ${router.rule}`];
  const headers = {
    ...request.headers,
    host: request.host,
    'x-forwarded-for': request.source,
    'x-forwarded-host': request.host,
    'x-forwarded-port': /:(\d+)$/.exec(request.host)?.[1] ?? (request.scheme === 'https' ? '443' : '80'),
    'x-forwarded-proto': request.scheme,
    'x-forwarded-server': context.pod.metadata.name,
    'x-real-ip': request.source,
  };
  const proxied = { backend: router.backend, path: request.path, headers, because, passages: [], waited: 0 };
  const servers = router.servers.flatMap(({ address, port }) =>
    parseIp(address) === undefined ? outbound.resolve(address).map((found) => ({ address: found, port })) : [{ address, port }],
  );
  if (servers.length === 0)
    return { ...text(context, 503, 'no available server\n'), proxied: { ...proxied, because: [...because, 'it has no server'] } };
  const { address, port } = servers[outbound.draw(servers.length)]!;
  const reached = outbound.ask(address, port, { method: request.method, scheme: 'http', host: request.host, path: request.path, headers });
  if (reached.response !== undefined) return { ...reached.response, proxied: { ...proxied, passages: reached.passages } };
  const late = reached.outcome === 'timeout';
  const answer = late ? text(context, 504, 'Gateway Timeout', false) : text(context, 502, 'Bad Gateway', false);
  const why = late ? 'its server does not answer' : 'its server refuses the connection';
  return { ...answer, proxied: { ...proxied, because: [...because, why], passages: reached.passages, waited: late ? 30_000 : 0 } };
}

export const traefik: Program = {
  tools: new Set(
    'sh cat ls wget nslookup ping nc ip netstat env hostname echo sed grep awk head tail sort wc cut tr test sleep id date find ps vi less xargs uniq tee which traefik'.split(
      ' ',
    ),
  ),
  entrypoint: ['/entrypoint.sh'],
  cmd: ['traefik'],
  image: { pull: 3900, size: 62_000_000 },
  start,
  act,
  serve,
  certificate(context, _port, serverName) {
    const options = optionsOf(context.argv);
    const own = serverName === undefined ? undefined : certificateFor(context.change.objects, options, serverName);
    if (own !== undefined) return own;
    const subject = { name: 'TRAEFIK DEFAULT CERT' };
    const made = { authority: false, usage: 'server', dns: [`${context.sandbox.id.slice(0, 32)}.traefik.default`] } as const;
    return certificate(`${context.change.objects.seed}/${context.sandbox.id}`, subject, subject, context.sandbox.createdAt, made);
  },
};
