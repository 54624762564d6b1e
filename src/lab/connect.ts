/** Connections from a place of the cluster, or from outside: where they end, and what an HTTP server there answers. */
import type { Origin, Target, Trace } from '#dataplane/trace/trace.ts';
import { trace } from '#dataplane/trace/trace.ts';
import type { NodeName } from '#kube/names.ts';
import type { Ip } from '#net/ip.ts';
import type { HttpRequest, HttpResponse, Programs } from '#node/program.ts';
import type { Snapshot } from '#node/snapshot.ts';
import { programOf } from '#workloads/index.ts';
import { containerContext } from './container-context.ts';
import { worldOf } from '#dataplane/trace/world.ts';
import { announcedBy } from './announced.ts';

/** Where a connection starts; inside the cluster possibly bound to an own address or device. */
export type From =
  | {
      readonly kind: 'namespace';
      readonly node: NodeName;
      readonly namespace: string;
      readonly source?: Ip;
      readonly device?: string;
    }
  | { readonly kind: 'outside'; readonly address: Ip };

export function originOf(snapshot: Snapshot, from: From): Origin | undefined {
  if (from.kind === 'outside') return from;
  const host = snapshot.hosts.get(from.node);
  const namespace = host?.kernel.namespaces.get(from.namespace);
  if (host === undefined || namespace === undefined) return undefined;
  const { source, device } = from;
  return { kind: 'inside', at: { host, namespace }, ...(source !== undefined && { source }), ...(device !== undefined && { device }) };
}

/** Tries a connection. `attempt` tells apart connections that load balancing may send to different backends. */
export function connect(snapshot: Snapshot, from: From, target: Target, attempt = 0): Trace {
  const origin = originOf(snapshot, from);
  if (origin === undefined) throw new Error(`a connection from nowhere: ${JSON.stringify(from)}`);
  const purpose = `${JSON.stringify(from)}/${target.protocol}/${target.address}/${target.port}/${attempt}`;
  return trace(worldOf(snapshot.hosts, snapshot.cluster.seed, purpose), origin, target, announcedBy(snapshot));
}

/** What the server at the end of a connection answers; undefined where nobody speaks HTTP. */
export function request(
  snapshot: Snapshot,
  connection: Trace,
  http: Omit<HttpRequest, 'source'>,
  programs: Programs = programOf,
): HttpResponse | undefined {
  const { destination, sourceSeen } = connection;
  const listening = destination?.listening;
  if (destination === undefined || listening === undefined || !['http', 'https'].includes(listening.listener.speaks)) return undefined;
  const { sandbox, container: name } = listening;
  if (sandbox === undefined) return hostAnswer(listening.listener.process, http);
  const place = { node: destination.at.host.name, sandbox, container: name!, now: snapshot.now };
  const context = containerContext(snapshot, place, programs);
  return context && programs(context.container.image ?? '').serve?.(context, { ...http, source: sourceSeen ?? '' });
}

/** The kubelet's two servers, for somebody without a certificate. */
function hostAnswer(process: string, http: Omit<HttpRequest, 'source'>): HttpResponse | undefined {
  if (process !== 'kubelet') return undefined;
  const text = (status: number, body: string): HttpResponse => ({ status, headers: { 'content-type': 'text/plain; charset=utf-8' }, body });
  if (http.port === 10248) return http.path === '/healthz' ? text(200, 'ok') : text(404, '404 page not found\n');
  return text(401, 'Unauthorized');
}
