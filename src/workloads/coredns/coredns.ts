/** CoreDNS as a container: it reads its Corefile, answers, and reads the file again when `reload` says so. */
import { pick } from '#kube/chance.ts';
import { ClusterRole } from '#kube/kinds/cluster-role.ts';
import { ClusterRoleBinding } from '#kube/kinds/cluster-role-binding.ts';
import type { ContainerRun, Listener } from '#node/host.ts';
import type { Port } from '#net/ip.ts';
import type { ContainerContext, Program, Started } from '#node/program.ts';
import { pidOf } from '../listening.ts';
import { exchange } from './exchange.ts';
import { lookAgain, resumeServer, rewindServer, serverOf, startServer, withSurroundings } from './server.ts';
import type { CorednsServer } from '#dataplane/coredns/server.ts';
import type { Outcome, Query, ServerAddress } from '#dataplane/dns/message.ts';

function corefilePath({ argv }: ContainerContext): string {
  const at = argv.indexOf('-conf');
  return at >= 0 ? (argv[at + 1] ?? 'Corefile') : 'Corefile';
}

type Upstream = (query: Query, to: ServerAddress) => Outcome;

function upstreamOf(context: ContainerContext): Upstream {
  const { change } = context;
  return (query, to) => {
    const host = change.hosts.get(context.host.name)!;
    const namespace = host.kernel.namespaces.get(context.sandbox.network.namespace);
    if (namespace === undefined) return { kind: 'timeout' };
    return exchange({ objects: change.objects, hosts: change.hosts, now: context.now }, { host, namespace }, query, to, { depth: 1 })
      .outcome;
  };
}

/** While the container is being started, the network does not know yet that it listens. */
function toItself(context: ContainerContext, server: CorednsServer, upstream: Upstream): Upstream {
  const { change, now, sandbox } = context;
  const own = sandbox.network.ips.map((one) => one.address.ip as string);
  return (query, to) => {
    const loopback = to.ip.startsWith('127.') || to.ip === '::1';
    if (!loopback && !own.includes(to.ip) && !server.listens.some((one) => one.ip === to.ip)) return upstream(query, to);
    const source = to.ip.startsWith('127.') ? '127.0.0.1' : to.ip;
    const port = 32_768 + pick(`${change.objects.seed}/coredns/${sandbox.id}/${query.question.name}`, 28_232);
    return server.answer(query, { ip: source, port }, now, to).outcome;
  };
}

function start(context: ContainerContext): Started {
  const path = corefilePath(context);
  const text = context.file(path) ?? '';
  const loaded = new Map([[path, text]]);
  const upstream = upstreamOf(context);
  const begin = (one: CorednsServer) => void afterStart(context, one, upstream);
  const { stdout, stderr, exitCode, server } = startServer(context, loaded, { upstream, begin });
  const logs = stdout.map((line) => line.text);
  if (server === undefined) {
    const complaint = stderr === '' ? [] : [{ stderr: stderr.trimEnd() }];
    return { listeners: [], logs: [...logs, ...complaint], exit: { after: 300, code: exitCode ?? 1 } };
  }
  const after = afterStart(context, server, upstream);
  logs.push(...after.log.map((line) => line.text));
  if (after.exit !== undefined) return { listeners: [], logs, exit: { after: 1500, code: after.exit }, loaded };
  return { listeners: listenersOf(context, server, text), logs, loaded, stopsAfter: 5000 };
}

function afterStart(context: ContainerContext, server: CorednsServer, upstream: Upstream): ReturnType<CorednsServer['afterStart']> {
  const surroundings = { objects: context.change.objects, now: context.now, upstream: toItself(context, server, upstream) };
  return withSurroundings(server, surroundings, () => server.afterStart(context.now));
}

/** DNS on UDP and TCP where its blocks say, and the HTTP ports of its plugins. */
function listenersOf(context: ContainerContext, server: CorednsServer, text: string): readonly Listener[] {
  const pid = pidOf(context);
  const listen = (protocol: 'TCP' | 'UDP', address: string, port: number, speaks: Listener['speaks']): Listener => ({
    protocol,
    address: address === '' ? '::' : address,
    port: port as Port,
    process: 'coredns',
    pid,
    speaks,
  });
  const named = [...text.matchAll(/:(\d{2,5})\b/g)].map((found) => Number(found[1]));
  const http = [...new Set([8080, 8181, 9153, ...named])].flatMap((port) =>
    ownAddresses(server)
      .filter((address) => server.http(address, port, '/', context.now) !== undefined)
      .slice(0, 1)
      .map((address) => listen('TCP', address, port, 'http')),
  );
  return [
    ...server.listens
      .filter((one) => one.transport === 'dns')
      .flatMap(({ ip, port }) => [listen('UDP', ip, port, 'dns'), listen('TCP', ip, port, 'dns')]),
    ...http,
  ];
}

/** Every address, and those that blocks are bound to: where HTTP servers of its plugins may be. */
function ownAddresses(server: CorednsServer): readonly string[] {
  return ['', ...new Set(server.listens.map((one) => one.ip))];
}

function momentOf({ change, now }: ContainerContext) {
  return { objects: change.objects, now };
}

/** Makes its server anew for a run that another process of this computer has begun; `alone`: it asks the API server for nothing. */
export function resumeCoredns(context: ContainerContext, run: ContainerRun, alone = false): boolean {
  const upstream = upstreamOf(context);
  return resumeServer(context, run.loaded, { upstream, begin: (server) => void afterStart(context, server, upstream), alone });
}

export const coredns = {
  tools: new Set(),
  entrypoint: ['/coredns'],
  cmd: [],
  image: { pull: 1300, size: 23_900_000 },
  start,
  // It is ready once it may list what it serves.
  actsOn: (objects) => [ClusterRole, ClusterRoleBinding].map((kind) => objects.revision(kind)),
  act(context, run) {
    const path = corefilePath(context);
    const text = context.file(path);
    const [seen, tried] = (run.synced ?? []) as readonly (string | undefined)[];
    if (text === undefined || text === (seen ?? run.loaded.get(path))) return run;
    if (serverOf(run.loaded, momentOf(context))?.reload === undefined) return run;
    const loaded = new Map([[path, text]]);
    const looked = lookAgain(context, run.loaded, loaded, { path, text, tried }, upstreamOf(context));
    const logs = looked.log.map(({ text: line }) => ({ at: context.now, stream: 'stdout' as const, text: line }));
    return {
      ...run,
      ...(serverOf(loaded, momentOf(context)) !== undefined && { loaded }),
      synced: [text, looked.tried],
      logs: logs.length > 0 ? [...run.logs, ...logs] : run.logs,
    };
  },
  resume: (context, run) => resumeCoredns(context, run),
  rewind: (run, to) => rewindServer(run.loaded, to),
  serve(context, request) {
    const run = context.sandbox.containers.find((one) => one.name === context.container.name)?.run;
    const server = run === undefined ? undefined : serverOf(run.loaded, momentOf(context));
    const reply =
      server &&
      withSurroundings(server, { objects: context.change.objects, now: context.now, upstream: upstreamOf(context) }, () =>
        ownAddresses(server)
          .map((address) => server.http(address, request.port, request.path, context.now))
          .find((reply) => reply !== undefined),
      );
    return reply === undefined
      ? { status: 404, headers: {}, body: '404 page not found\n' }
      : {
          status: reply.status,
          headers: { 'content-type': reply.contentType, 'content-length': String(reply.body.length) },
          body: reply.body,
        };
  },
} satisfies Program;
