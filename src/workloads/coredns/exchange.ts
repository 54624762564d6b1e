/** A DNS message to a server: a packet that walks the network, and what the process at its end answers. */
import type { Outcome, Query, Reply, ServerAddress } from '#dataplane/dns/message.ts';
import type { LogLine } from '#dataplane/coredns/plugin.ts';
import { outsideReply } from '#dataplane/dns/outside.ts';
import { connectionFrom } from '#dataplane/trace/connection.ts';
import type { Trace } from '#dataplane/trace/trace.ts';
import type { At } from '#dataplane/trace/packet.ts';
import type { Objects } from '#kube/cluster.ts';
import type { NodeName } from '#kube/names.ts';
import { parseIp, type Ip } from '#net/ip.ts';
import { readFile } from '#node/files.ts';
import type { Host } from '#node/host.ts';
import { serverOf, withSurroundings } from './server.ts';

/** Everything there is at one moment. */
export interface Surroundings {
  readonly objects: Objects;
  readonly hosts: ReadonlyMap<NodeName, Host>;
  readonly now: number;
}

/** Lines that a server has logged about a question. */
export interface ServerLog {
  readonly node: NodeName;
  readonly podUid: string;
  readonly container: string;
  readonly lines: readonly LogLine[];
}

export interface Exchange {
  readonly outcome: Outcome;
  readonly trace?: Trace;
  readonly logs: readonly ServerLog[];
}

/** How often one question may be handed on before it is taken to go round in circles. */
const mostForwards = 8;

/** What a question to the internet takes, in milliseconds. */
const milesAway = 12;

/** Sends a message from a namespace. Outside the cluster only resolvers answer, where the scenario says what they know. */
export function exchange(
  surroundings: Surroundings,
  from: At,
  query: Query,
  to: ServerAddress,
  options: { readonly source?: Ip; readonly depth?: number; readonly attempt?: number } = {},
): Exchange {
  const { source, depth = 0, attempt = 0 } = options;
  const address = parseIp(to.ip);
  if (address === undefined || depth > mostForwards) return { outcome: { kind: 'timeout' }, logs: [] };
  const { hosts, objects, now } = surroundings;
  const purpose = `dns/${from.host.name}/${from.namespace.name}/${to.ip}/${query.question.name}/${query.question.type}/${attempt}`;
  const protocol = query.transport === 'tcp' ? 'TCP' : 'UDP';
  const walked = connectionFrom(
    { hosts, seed: objects.seed, purpose },
    { kind: 'inside', at: from, ...(source !== undefined && { source }) },
    { protocol, address, port: to.port },
  );
  const { destination } = walked;
  if (walked.outcome === 'refused') return { outcome: { kind: 'refused', milliseconds: 0 }, trace: walked, logs: [] };
  if (walked.outcome === 'unreachable') {
    const local = walked.hops.every((hop) => hop.node === from.host.name && hop.action !== 'deliver') && walked.hops.length <= 1;
    return {
      outcome: local
        ? { kind: 'unreachable', milliseconds: 0, why: 'network is unreachable' }
        : { kind: 'unreachable', milliseconds: 3060, why: 'no route to host' },
      trace: walked,
      logs: [],
    };
  }
  const outside = walked.left?.returns === true && to.port === 53 ? hosts.get(walked.left.by)?.outsideNames : undefined;
  if (outside !== undefined) {
    const reply = outsideReply(outside, query);
    return { outcome: { kind: 'reply', reply, milliseconds: milesAway }, trace: walked, logs: [] };
  }
  if (walked.outcome === 'timeout' || destination?.listening === undefined)
    return { outcome: { kind: 'timeout' }, trace: walked, logs: [] };
  const { listening, at } = destination;
  if (listening.listener.process === 'systemd-resolve') return { ...stub(surroundings, at, query, depth), trace: walked };
  const run = listening.sandbox?.containers.find((one) => one.name === listening.container)?.run;
  const server = run === undefined ? undefined : serverOf(run.loaded, { objects, now });
  if (listening.sandbox === undefined || server === undefined) return { outcome: { kind: 'timeout' }, trace: walked, logs: [] };
  const logs: ServerLog[] = [];
  const upstream = (asked: Query, next: ServerAddress): Outcome => {
    const forwarded = exchange(surroundings, at, asked, next, { depth: depth + 1 });
    logs.push(...forwarded.logs);
    return forwarded.outcome;
  };
  const answered = withSurroundings(server, { objects, now, upstream }, () =>
    server.answer(query, { ip: walked.sourceSeen ?? walked.flow.srcIp, port: 40_000 }, now, {
      ip: destination.address,
      port: destination.port,
    }),
  );
  if (answered.log.length > 0)
    logs.push({ node: at.host.name, podUid: listening.sandbox.podUid, container: listening.container!, lines: answered.log });
  return { outcome: answered.outcome, trace: walked, logs };
}

/** systemd-resolved's stub: asks the servers of the host's own list. */
function stub(surroundings: Surroundings, at: At, query: Query, depth: number): Exchange {
  const text = readFile(at.host.files, '/run/systemd/resolve/resolv.conf') ?? '';
  const servers = [...text.matchAll(/^nameserver\s+(\S+)/gm)].map((found) => found[1]!);
  for (const server of servers) {
    const result = exchange(surroundings, at, query, { ip: server, port: 53 }, { depth: depth + 1 });
    if (result.outcome.kind === 'reply') return { ...result, outcome: { ...result.outcome, reply: ownSize(result.outcome.reply) } };
  }
  return { outcome: { kind: 'timeout' }, logs: [] };
}

/** The stub tells what it takes itself: all that a loopback packet holds (resolved-dns-packet.h). */
function ownSize(reply: Reply): Reply {
  return reply.edns === undefined ? reply : { ...reply, edns: { ...reply.edns, udpSize: 65_494 } };
}
