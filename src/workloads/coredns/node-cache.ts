/**
 * node-cache: a CoreDNS that caches on its own node (NodeLocal DNSCache). Before it serves, it writes its Corefile out of a template and
 * gives the node a device with its addresses; once it serves, rules keep connection tracking, and so kube-proxy's NAT, away from what is
 * sent to these addresses. (kubernetes/dns: cmd/node-cache)
 */
import { tokenOf } from '#kube/token.ts';
import type { ContainerRun, LogLine } from '#node/host.ts';
import type { ContainerContext, Program, Started } from '#node/program.ts';
import { listening } from '../networks/daemon.ts';
import { coredns, resumeCoredns } from './coredns.ts';
import { configurationOf, type NodeCache } from './node-cache/flags.ts';
import { corefileOf, upstreamVariable } from './node-cache/corefile.ts';
import { ensureLink, ensureRules, removeNetworking } from './node-cache/networking.ts';

/** As Go's log package writes the time. */
function stamp(at: number): string {
  return new Date(at).toISOString().slice(0, 19).replaceAll('-', '/').replace('T', ' ');
}

/** The container as the CoreDNS in it sees it: with the Corefile that node-cache has written. */
function within(context: ContainerContext, config: NodeCache, corefile = corefileOf(context, config).text): ContainerContext {
  return {
    ...context,
    argv: ['/node-cache', '-conf', config.corefile],
    file: (path) => (path === config.corefile ? corefile : context.file(path)),
  };
}

function start(context: ContainerContext): Started {
  const [, ...args] = context.argv;
  // Until CoreDNS takes over, lines carry the time, and go to standard error.
  const early: { stderr: string }[] = [];
  const say = (text: string) => {
    for (const [i, line] of text.replace(/\n$/, '').split('\n').entries())
      early.push({ stderr: i === 0 ? `${stamp(context.now)} ${line}` : line });
  };
  say(`[INFO] Starting node-cache image: ${context.container.image?.split(':').at(-1) ?? ''}`);
  const parsed = configurationOf(args);
  if (typeof parsed === 'string') {
    say(`[FATAL] Error parsing flags - ${parsed}, Exiting`);
    return { listeners: [], logs: early, exit: { after: 50, code: 1 } };
  }
  if (parsed.corefileNamed) say(`[INFO] Using Corefile ${parsed.corefile}`);
  if (parsed.pidfile !== '') say(`[INFO] Using Pidfile ${parsed.pidfile}`);
  const variable = upstreamVariable(parsed);
  if (!context.env.has(variable))
    say(`[WARNING] Unable to lookup IP address of Upstream service ${parsed.upstreamService}, env $${variable} \`\``);
  const { text, logs } = corefileOf(context, parsed);
  for (const line of logs) say(line);
  if (parsed.setupInterface) for (const line of ensureLink(context, parsed)) say(line);
  const started = coredns.start(within(context, parsed, text));
  const metrics = listening(context, 'node-cache', ['TCP', '::', 9353, 'http']);
  const listeners = started.exit === undefined ? [...started.listeners.map((one) => ({ ...one, process: 'node-cache' })), ...metrics] : [];
  return { ...started, listeners, logs: [...early, ...(started.logs ?? [])], ...(started.exit === undefined && { stopsAfter: 100 }) };
}

const counted = ['configmap', 'interface_add', 'interface_check', 'iptables', 'iptables_lock'];

/** What it counts of itself; the registry's counters of Go and of the process are not simulated. */
const metricsText = [
  '# HELP coredns_nodecache_setup_errors_total The number of errors during periodic network setup for node-cache',
  '# TYPE coredns_nodecache_setup_errors_total counter',
  ...counted.map((type) => `coredns_nodecache_setup_errors_total{errortype="${type}"} 0`),
  '',
].join('\n');

/** How a run remembers: what CoreDNS remembers of its Corefile, and when and in which state the network was last looked at. */
type Synced = readonly [seen: unknown, tried: unknown, base: unknown, at: number, tables: unknown, links: unknown];

function act(context: ContainerContext, run: ContainerRun): ContainerRun {
  const config = configurationOf(context.argv.slice(1));
  if (typeof config === 'string') return run;
  const [seen, tried, base, last = 0, tables, links] = (run.synced ?? []) as Partial<Synced>;
  const { text, update } = corefileOf(context, config);
  const lines: string[] = base !== undefined && base !== text ? [...update] : [];
  let at = last;
  const look = () => {
    const { netfilter, links: present } = context.change.hosts.get(context.host.name)!.kernel.namespaces.get('')!;
    return [tokenOf(netfilter[config.six ? 'ipv6' : 'ipv4']), tokenOf(present)] as const;
  };
  let [tablesNow, linksNow] = look();
  const due = last === 0 || context.now - last >= config.interval * 1000;
  if (due && (tablesNow !== tables || linksNow !== links)) {
    if (config.setupIptables) lines.push(...ensureRules(context, config));
    if (config.setupInterface) lines.push(...ensureLink(context, config));
  }
  if (due) {
    at = context.now;
    [tablesNow, linksNow] = look();
  } else [tablesNow, linksNow] = [tables as typeof tablesNow, links as typeof linksNow];
  const { synced: before, ...bare } = run;
  const served = coredns.act(within(context, config, text), {
    ...bare,
    ...(before !== undefined && { synced: [seen, tried] }),
    ...(lines.length > 0 && { logs: [...run.logs, ...linesAt(context.now, lines)] }),
  });
  const [nextSeen, nextTried] = (served.synced ?? []) as readonly unknown[];
  const synced: Synced = [nextSeen, nextTried, text, at, tablesNow, linksNow];
  const same = before !== undefined && synced.every((one, i) => one === before[i]);
  return same && served.logs === run.logs && served.loaded === run.loaded ? run : { ...served, synced };
}

function linesAt(at: number, texts: readonly string[]): readonly LogLine[] {
  return texts.flatMap((text) => text.replace(/\n$/, '').split('\n')).map((text) => ({ at, stream: 'stdout', text }));
}

export const nodeCache: Program = {
  tools: new Set(),
  entrypoint: ['/node-cache'],
  cmd: [],
  image: { pull: 1900, size: 45_000_000 },
  start,
  act,
  resume(context, run) {
    const config = configurationOf(context.argv.slice(1));
    return typeof config === 'string' || resumeCoredns(within(context, config), run, true);
  },
  rewind: coredns.rewind,
  serve(context, request) {
    if (request.port === 9353 && request.path === '/metrics')
      return { status: 200, headers: { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' }, body: metricsText };
    return coredns.serve(context, request);
  },
  end(context) {
    const config = configurationOf(context.argv.slice(1));
    if (typeof config !== 'string' && !config.skipTeardown) removeNetworking(context, config);
  },
};
