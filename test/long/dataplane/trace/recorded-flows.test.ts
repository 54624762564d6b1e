import { describe, expect, it } from '@jest/globals';
import { trace, type Origin, type Trace } from '#dataplane/trace/trace.ts';
import { worldOf } from '#dataplane/trace/world.ts';
import { nodeName } from '#kube/names.ts';
import { hostPort, ip, type Protocol } from '#net/ip.ts';
import type { Snapshot } from '#node/snapshot.ts';
import { recorded } from '../../../support/kube-proxy.ts';
import { marketSnapshot, type proxyConfigurations } from '../../../support/market.ts';

/** A recorded connection: who answered in 32 tries, and the source addresses that each saw. */
type Flow = readonly [
  from: string,
  via: string,
  protocol: Protocol,
  destination: string,
  port: number,
  outcome: string,
  backends: Readonly<Record<string, readonly string[]>>,
];

function originOf({ hosts }: Snapshot, from: string): Origin {
  const [kind, name = ''] = from.split(':');
  const inside = (node: string, namespace = '', source?: string): Origin => {
    const host = hosts.get(nodeName(node))!;
    return {
      kind: 'inside',
      at: { host, namespace: host.kernel.namespaces.get(namespace)! },
      ...(source !== undefined && { source: ip(source) }),
    };
  };
  if (kind === 'external') return name === 'out2' ? inside('out', '', '198.51.100.99') : inside(name);
  if (kind === 'node') return inside(name);
  for (const host of hosts.values()) {
    for (const { podNamespace, podName, network } of host.sandboxes.values()) {
      if (`${podNamespace}/${podName}` === name) return inside(host.name, network.namespace);
    }
  }
  throw new Error(`nobody is called ${from}`);
}

/** Traces until every candidate has been met, as 32 tries do; of one candidate one try is enough. */
function attempts(snapshot: Snapshot, [from, , protocol, destination, port]: Flow): readonly Trace[] {
  const origin = originOf(snapshot, from);
  const walks: Trace[] = [];
  const met = new Set<string>();
  for (let attempt = 0; attempt < 200; attempt++) {
    const purpose = `${from}/${protocol}/${destination}/${port}/${attempt}`;
    const walk = trace(worldOf(snapshot.hosts, 'flows', purpose), origin, { protocol, address: ip(destination), port });
    walks.push(walk);
    const { destination: end, candidates } = walk;
    if (end !== undefined) met.add(hostPort(end.address, end.port));
    if (candidates.every((one) => met.has(one)) || (walk.outcome !== 'connected' && candidates.length <= 1)) break;
  }
  return walks;
}

/** `gate:9199`, as the recorded servers call themselves. */
function backendOf({ destination }: Trace): string | undefined {
  const sandbox = destination?.listening?.sandbox;
  return sandbox === undefined ? undefined : `${sandbox.podName}:${destination!.port}`;
}

/** With ClientIP affinity only the backend of the first try shows. */
function isSticky([, , , destination, port]: Flow): boolean {
  return /^10\.112\.(74\.225|146\.41)$/.test(destination) || port === 31086 || port === 31087;
}

/** An address nobody answers at: whether that times out or is told depends on waits for ARP and a router's loop. */
function silence(outcome: string): string {
  return outcome === 'timeout' || outcome === 'unreachable' ? 'silence' : outcome;
}

interface Seen {
  readonly outcome: string;
  readonly backends: Readonly<Record<string, readonly string[]>>;
}

function seen(walks: readonly Trace[]): Seen {
  const backends: Record<string, Set<string>> = {};
  for (const walk of walks) {
    const name = walk.outcome === 'connected' ? backendOf(walk) : undefined;
    // The API server does not tell who it is.
    if (name !== undefined && !name.startsWith('kube-')) (backends[name] ??= new Set()).add(walk.sourceSeen!);
  }
  const outcome = walks.find((walk) => walk.outcome === 'connected')?.outcome ?? walks[0]!.outcome;
  return {
    outcome: silence(outcome),
    backends: Object.fromEntries(Object.entries(backends).map(([name, from]) => [name, [...from].sort()])),
  };
}

function differs(flow: Flow, made: Seen): boolean {
  const [, , , , , outcome, backends] = flow;
  if (silence(outcome) !== made.outcome) return true;
  const names = Object.keys(backends);
  if (!isSticky(flow) && names.length !== Object.keys(made.backends).length) return true;
  return names.some((name) => JSON.stringify([...backends[name]!].sort()) !== JSON.stringify(made.backends[name]));
}

/** How a walk ends, as its hops tell it: they are walked anew for who wants to know more. */
function toldEnd({ hops, outcome, why }: Trace): string {
  if (outcome !== 'connected') {
    const { action, because } = hops.at(-1)!;
    return ['fail', 'drop', 'reject'].includes(action) && why.includes(because) ? outcome : `${action}: ${because}`;
  }
  const { srcIp, dstIp, dstPort } = hops.findLast(({ action }) => action === 'deliver')!.packet;
  return `${srcIp} at ${hostPort(dstIp, dstPort)}`;
}

function end({ outcome, destination, sourceSeen }: Trace): string {
  return outcome === 'connected' ? `${sourceSeen!} at ${hostPort(destination!.address, destination!.port)}` : outcome;
}

const recordings: readonly (readonly [mode: keyof typeof proxyConfigurations, file: string, walked: number])[] = [
  ['iptables', 'flows-iptables.jsonl', 2011],
  ['nftables', 'flows-nftables.jsonl', 2011],
  ['masqueradeAll', 'flows-masqueradeAll.jsonl', 1206],
];

function recordedFlows(file: string): readonly Flow[] {
  const lines = recorded(file).trim().split('\n');
  return lines.map((line) => JSON.parse(line) as Flow);
}

describe('recorded connections, walked from end to end', () => {
  it.each(recordings)('%s', (proxy, file, count) => {
    const snapshot = marketSnapshot({ proxy });
    const flows = recordedFlows(file);
    expect(flows).toHaveLength(count);
    const differing = flows.flatMap((flow) => {
      const made = seen(attempts(snapshot, flow));
      return differs(flow, made) ? [`${flow.slice(0, 5).join(' ')}: ${JSON.stringify(flow.slice(5))} made ${JSON.stringify(made)}`] : [];
    });
    expect(differing).toEqual([]);
  });

  it.each(recordings)('%s: what is told of a walk afterwards is how it went', (proxy, file) => {
    const snapshot = marketSnapshot({ proxy });
    const walks = recordedFlows(file).flatMap((flow) => attempts(snapshot, flow));
    const differing = walks.filter((walk) => toldEnd(walk) !== end(walk)).map((walk) => `${end(walk)} is told as ${toldEnd(walk)}`);
    expect(differing).toEqual([]);
  });
});
