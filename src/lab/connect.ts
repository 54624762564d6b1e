/** Connections from a place of the cluster, or from outside: where they end, and what an HTTP server there answers. */
import type { Origin, Target, Trace } from '#dataplane/trace/trace.ts';
import { connectionFrom } from '#dataplane/trace/connection.ts';
import type { NodeName } from '#kube/names.ts';
import type { Ip } from '#net/ip.ts';
import { pick } from '#kube/chance.ts';
import { parseIp } from '#net/ip.ts';
import { Resolver } from '#dataplane/resolver/libc.ts';
import type { ContainerContext, HttpRequest, HttpResponse, Outbound, Program, Programs, Reached } from '#node/program.ts';
import type { Snapshot } from '#node/snapshot.ts';
import { programOf } from '#workloads/index.ts';
import { containerContext } from './container-context.ts';
import type { Memory } from '#dataplane/trace/hooks.ts';
import { announcedBy } from './announced.ts';
import { dnsClient } from './dns-client.ts';

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

/** What rules have noted of earlier connections. */
function memoryOf({ remembered = [], now }: Snapshot): Memory {
  return ({ host, namespace }, list, ip, seconds = Infinity) =>
    remembered.some(
      (one) =>
        one.list === list && one.ip === ip && one.node === host.name && one.namespace === namespace.name && now - one.at <= seconds * 1000,
    );
}

/** Tries a connection. `attempt` tells apart connections that load balancing may send to different backends. */
export function connect(snapshot: Snapshot, from: From, target: Target, attempt = 0): Trace {
  const origin = originOf(snapshot, from);
  if (origin === undefined) throw new Error(`a connection from nowhere: ${JSON.stringify(from)}`);
  const purpose = `${JSON.stringify(from)}/${target.protocol}/${target.address}/${target.port}/${attempt}`;
  const { hosts, cluster } = snapshot;
  const around = { hosts, seed: cluster.seed, purpose, memory: memoryOf(snapshot), announced: announcedBy(snapshot) };
  return connectionFrom(around, origin, target);
}

/** A container's program at the end of a connection, and its surroundings. */
interface Server {
  readonly program: Program;
  readonly context: ContainerContext;
}

/** The program that has taken a connection; undefined where it is no container's. */
export function serverAt(snapshot: Snapshot, connection: Trace, programs: Programs = programOf): Server | undefined {
  const { at, listening } = connection.destination ?? {};
  const { sandbox, container } = listening ?? {};
  if (at === undefined || sandbox === undefined || container === undefined) return undefined;
  const context = containerContext(snapshot, { node: at.host.name, sandbox, container, now: snapshot.now }, programs);
  return context && { program: programs(context.container.image ?? ''), context };
}

/** A request that is handed on so often goes round in circles. */
const mostForwards = 8;

/**
 * What the server at the end of a connection answers; undefined where nobody speaks HTTP. `number` tells apart requests of which proxies
 * may send each elsewhere.
 */
export function request(
  snapshot: Snapshot,
  connection: Trace,
  http: Omit<HttpRequest, 'source'>,
  programs: Programs = programOf,
  number: () => number = () => 0,
  forwards = 0,
): HttpResponse | undefined {
  const { destination, sourceSeen } = connection;
  const listening = destination?.listening;
  if (destination === undefined || listening === undefined || !['http', 'https'].includes(listening.listener.speaks)) return undefined;
  if (listening.sandbox === undefined) return hostAnswer(listening.listener.process, http);
  const server = serverAt(snapshot, connection, programs);
  if (server === undefined || forwards > mostForwards) return undefined;
  const outbound = outboundOf(snapshot, connection, programs, number, forwards);
  return server.program.serve?.(server.context, { ...http, source: sourceSeen ?? '' }, outbound);
}

/** The network as the program sees it that has taken a connection. */
function outboundOf(snapshot: Snapshot, { destination }: Trace, programs: Programs, number: () => number, forwards: number): Outbound {
  const { at, listening } = destination!;
  const { podNamespace, podName, podUid } = listening!.sandbox!;
  const spot = { node: at.host.name, namespace: at.namespace.name };
  let asked = 0;
  let drawn: number | undefined;
  const once = () => (drawn ??= number());
  return {
    ask(address, port, http): Reached {
      const to = parseIp(address);
      if (to === undefined) return { outcome: 'unreachable', passages: [] };
      const attempt = once() * 1000 + asked++;
      const walked = connect(snapshot, { kind: 'namespace', ...spot }, { protocol: 'TCP', address: to, port }, attempt);
      const response =
        walked.outcome === 'connected' ? request(snapshot, walked, { ...http, port }, programs, number, forwards + 1) : undefined;
      return { outcome: walked.outcome, passages: walked.hops, ...(response !== undefined && { response }) };
    },
    resolve(name) {
      const pod = { namespace: podNamespace, name: podName, uid: podUid };
      const client = dnsClient({ snapshot, now: snapshot.now, restore: () => undefined, track: () => undefined }, { ...spot, pod });
      return new Resolver(client, 'musl').addresses(name, ['IPv4', 'IPv6'], true).addresses;
    },
    draw: (bound) => pick(`${snapshot.cluster.seed}/draw/${podUid}/${once()}/${asked++}`, bound),
  };
}

/** The kubelet's two servers, for somebody without a certificate. */
function hostAnswer(process: string, http: Omit<HttpRequest, 'source'>): HttpResponse | undefined {
  if (process !== 'kubelet') return undefined;
  const text = (status: number, body: string): HttpResponse => ({ status, headers: { 'content-type': 'text/plain; charset=utf-8' }, body });
  if (http.port === 10248) return http.path === '/healthz' ? text(200, 'ok') : text(404, '404 page not found\n');
  return text(401, 'Unauthorized');
}
