/** The nginx of one Gateway. It works by what the control plane has last sent, also when that is gone. */
import { judge } from '#dataplane/gateway/attach.ts';
import { listenerFor } from '#dataplane/gateway/match.ts';
import type { Backend, GatewayConfiguration } from '#dataplane/gateway/model.ts';
import { modified, routeRequest, type GatewayDecision } from '#dataplane/gateway/route.ts';
import { Gateway } from '#kube/kinds/gateway/gateway.ts';
import { Pod } from '#kube/kinds/pod.ts';
import { Secret } from '#kube/kinds/secret.ts';
import type { Objects } from '#kube/cluster.ts';
import type { ContainerRun } from '#node/host.ts';
import type { ContainerContext, HttpRequest, HttpResponse, Outbound, Passage, Program, Reached } from '#node/program.ts';
import { errorPage, nginxPhrase } from '../nginx/error-page.ts';
import { gatewayRevisions, listenerOf } from './control.ts';
import { labels, release } from './release.ts';

interface Sent {
  readonly configuration: GatewayConfiguration;
}

function gatewayOf({ change, pod }: ContainerContext): Gateway | undefined {
  return change.objects.get(Gateway, pod.metadata.namespace!, pod.metadata.labels?.[labels.gateway] ?? '');
}

/** Reports whether the control plane runs, which sends the configuration. */
function isControlled(objects: Objects): boolean {
  return objects
    .list(Pod)
    .some(
      ({ spec, status }) =>
        spec.containers.some((one) => one.image === release.controller) &&
        status?.conditions?.some((one) => one.type === 'Ready' && one.status === 'True') === true,
    );
}

function sentTo({ sandbox, container }: ContainerContext): GatewayConfiguration | undefined {
  const run: ContainerRun | undefined = sandbox.containers.find((one) => one.name === container.name)?.run;
  return (run?.synced?.at(-1) as Sent | undefined)?.configuration;
}

function page(
  context: ContainerContext,
  status: number,
  { http2 = false, ...more }: { readonly http2?: boolean; readonly location?: string } = {},
): HttpResponse {
  const body = errorPage(status, 'nginx');
  const date = new Date(context.now).toUTCString();
  const headers = { server: 'nginx', date, 'content-type': 'text/html', 'content-length': String(body.length), connection: 'keep-alive' };
  return { status, reason: nginxPhrase(status), headers: { ...headers, ...more }, body, http2 };
}

function told(request: HttpRequest, backend: Backend | undefined, because: readonly string[], passages: readonly Passage[] = []) {
  const { service, port } = backend ?? {};
  return {
    backend: service === undefined ? null : `${service.namespace}/${service.name}:${port!}`,
    path: request.path,
    headers: request.headers,
    because,
    passages,
    waited: 0,
  };
}

type Forward = Extract<GatewayDecision, { kind: 'forward' }>;

/** The request as nginx hands it on (internal/controller/nginx/config/servers.go, base proxy headers). */
function forward(context: ContainerContext, request: HttpRequest, decision: Forward, outbound: Outbound): HttpResponse {
  const { backend, target, host, because } = decision;
  const headers = {
    ...decision.headers,
    host,
    'x-forwarded-for': request.source,
    'x-real-ip': request.source,
    'x-forwarded-proto': request.scheme,
    'x-forwarded-host': request.host.replace(/:\d+$/, ''),
    'x-forwarded-port': String(request.port),
  };
  const asked = { method: request.method, scheme: 'http' as const, host, path: target, headers };
  const first = outbound.draw(backend.endpoints.length);
  const passages: Passage[] = [];
  let reached: Reached | undefined;
  for (let i = 0; i < backend.endpoints.length && reached?.response === undefined; i++) {
    const { address, port } = backend.endpoints[(first + i) % backend.endpoints.length]!;
    reached = outbound.ask(address, port, asked);
    passages.push(...reached.passages);
  }
  for (const mirror of decision.mirrors) for (const { address, port } of mirror.endpoints.slice(0, 1)) outbound.ask(address, port, asked);
  const proxied = { ...told(request, backend, because, passages), path: target, headers };
  const response = reached?.response;
  if (response === undefined)
    return { ...page(context, reached?.outcome === 'timeout' ? 504 : 502, { http2: request.scheme === 'https' }), proxied };
  const answered = decision.answer.reduce(modified, response.headers);
  return {
    status: response.status,
    ...(response.reason !== undefined && { reason: response.reason }),
    headers: { ...answered, server: 'nginx', date: new Date(context.now).toUTCString(), connection: 'keep-alive' },
    body: response.body,
    http2: request.scheme === 'https',
    proxied,
  };
}

export const nginxGatewayProxy: Program = {
  tools: new Set(
    'sh cat ls nginx env hostname echo sed grep awk head tail sort wc cut tr test sleep id date find ps vi less xargs uniq tee which'.split(
      ' ',
    ),
  ),
  entrypoint: ['/agent/entrypoint.sh'],
  cmd: [],
  image: { pull: 3200, size: 38_000_000 },
  start(context) {
    const protocols = new Map((gatewayOf(context)?.spec.listeners ?? []).map(({ port, protocol }) => [port, protocol]));
    const ports = (context.container.ports ?? []).filter(({ name }) => name?.startsWith('port-') === true);
    return {
      listeners: [
        listenerOf(context, 'nginx', 8081, 'http'),
        ...ports.map(({ containerPort }) =>
          listenerOf(context, 'nginx', containerPort, protocols.get(containerPort) === 'HTTPS' ? 'https' : 'http'),
        ),
      ],
      stopsAfter: 1000,
    };
  },
  act(context, run) {
    const { objects } = context.change;
    const revisions = [...gatewayRevisions(objects), objects.revision(Pod)];
    if (run.synced !== undefined && revisions.every((one, i) => one === run.synced![i])) return run;
    if (!isControlled(objects)) return run;
    const gateway = gatewayOf(context);
    const sent: Sent = { configuration: gateway === undefined ? { listeners: [] } : judge(objects, [gateway]).gateways[0]!.configuration };
    return { ...run, synced: [...revisions, sent] };
  },
  certificate(context, port, serverName) {
    const configuration = sentTo(context);
    const { certificate } = (configuration && listenerFor(configuration, port, serverName ?? '')) ?? {};
    const data = certificate && context.change.objects.get(Secret, certificate.namespace, certificate.name)?.data?.['tls.crt'];
    return data === undefined ? undefined : atob(data);
  },
  serve(context, request, outbound) {
    const http2 = request.scheme === 'https';
    if (request.port === 8081) return /^\/readyz/.test(request.path) ? { status: 200, headers: {}, body: '' } : page(context, 404);
    const configuration = sentTo(context);
    if (configuration === undefined || outbound === undefined) return page(context, 404, { http2 });
    const asked = { ...request, target: request.path };
    const decision = routeRequest(configuration, asked, (bound) => outbound.draw(bound));
    switch (decision.kind) {
      case 'status':
        return {
          ...page(context, decision.status, { http2 }),
          proxied: told(request, decision.status === 503 ? decision.backend : undefined, decision.because),
        };
      case 'redirect':
        return {
          ...page(context, decision.status, { location: decision.location, http2 }),
          proxied: told(request, undefined, decision.because),
        };
      case 'forward':
        return forward(context, request, decision, outbound);
    }
  },
};
