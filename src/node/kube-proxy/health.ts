/** What kube-proxy answers over HTTP. (pkg/proxy/healthcheck/{proxy_health,service_health}.go, cmd/kube-proxy/app/server.go) */
import { marshal } from '#kube/json.ts';
import type { NamespacedName } from '#kube/names.ts';
import type { HttpResponse } from '../program.ts';
import type { KubeProxyConfiguration } from './configuration.ts';

/** How its last syncs went. Unix milliseconds. */
export interface ProxyHealth {
  readonly now: number;
  /** When the rules of each family were last written. */
  readonly lastUpdated: { readonly IPv4: number; readonly IPv6?: number };
  /** The node is not being deleted. */
  readonly nodeEligible: boolean;
}

const plainText = { 'Content-Type': 'text/plain; charset=utf-8', 'X-Content-Type-Options': 'nosniff' };
const json = { 'Content-Type': 'application/json', 'X-Content-Type-Options': 'nosniff' };

const notFound: HttpResponse = { status: 404, headers: plainText, body: '404 page not found\n' };

/** RFC 3339 with nanoseconds, as Go marshals a time. */
function nanoTime(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace(/\.?0*Z$/, 'Z');
}

/** The server of `metricsBindAddress` (10249): /proxyMode, /healthz, /configz. */
export function metricsResponse(path: string, config: KubeProxyConfiguration): HttpResponse {
  switch (path) {
    case '/proxyMode':
      return { status: 200, headers: plainText, body: config.mode };
    case '/healthz':
      return { status: 200, headers: plainText, body: 'ok' };
    case '/configz':
      return { status: 200, headers: { 'Content-Type': 'application/json' }, body: configz(config) };
    default:
      return notFound;
  }
}

/** The configuration in force, in one line. */
export function configz(config: KubeProxyConfiguration): string {
  return marshal({ 'kubeproxy.config.k8s.io': config }, { ordered: true });
}

/** The server of `healthzBindAddress` (10256): /healthz says whether load balancers should use the node, /livez whether the proxy works. */
export function healthzResponse(path: string, { now, lastUpdated, nodeEligible }: ProxyHealth): HttpResponse {
  if (path !== '/healthz' && path !== '/livez') return notFound;
  const families = Object.entries(lastUpdated);
  const updated = Math.max(...families.map(([, at]) => at));
  const body = {
    lastUpdated: nanoTime(updated),
    currentTime: nanoTime(now),
    ...(path === '/healthz' && { nodeEligible }),
    healthy: true,
    status: Object.fromEntries(families.map(([family, at]) => [family, { lastUpdated: nanoTime(at), healthy: true }])),
  };
  return { status: path === '/healthz' && !nodeEligible ? 503 : 200, headers: json, body: marshal(body, { ordered: true }) };
}

/** A `healthCheckNodePort`: how many endpoints of the Service this node has; none, and load balancers leave it alone. */
export function serviceHealthResponse({ namespace, name }: NamespacedName, localEndpoints: number, proxyHealthy = true): HttpResponse {
  const body = { service: { namespace, name }, localEndpoints, serviceProxyHealthy: proxyHealthy };
  return {
    status: localEndpoints > 0 && proxyHealthy ? 200 : 503,
    headers: { ...json, 'X-Load-Balancing-Endpoint-Weight': String(localEndpoints) },
    body: marshal(body, { ordered: true, indent: '\t' }),
  };
}
