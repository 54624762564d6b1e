import { describe, expect, it } from '@jest/globals';
import { recorded } from '../../../support/kube-proxy.ts';
import { MarketNetwork } from '../../../support/market-network.ts';

type Flow = readonly [
  from: string,
  via: string,
  protocol: 'TCP' | 'UDP' | 'SCTP',
  destination: string,
  port: number,
  outcome: string,
  backends: Record<string, readonly string[]>,
];

const sources: Readonly<Record<string, string>> = {
  'pod:market/stall-7f79fcd8bb-lnhf7': '10.60.1.3',
  'pod:market/stall-7f79fcd8bb-pzgtw': '10.60.2.4',
  'pod:edge/shopper': '10.60.1.5',
  'pod:market/solo': '10.60.1.14',
  'pod:market/ticker-7d6c868cc6-fxgsk': '10.60.3.4',
  'pod:kube-system/coredns-59b466646d-fqs74': '10.60.0.2',
  'external:lan': '172.31.77.200',
  'external:out': '198.51.100.9',
  'external:out2': '198.51.100.99',
};

/** The address a node takes as its source, which the route to the destination says. */
function sourceOf(from: string, destination: string): string {
  if (!from.startsWith('node:')) return sources[from]!;
  const n = ['cp1', 'worker-a', 'worker-b', 'worker-c'].indexOf(from.slice(5));
  if (destination.startsWith('127.')) return '127.0.0.1';
  const range = /^10\.60\.([0-3])\./.exec(destination)?.[1];
  return range === undefined ? `172.31.77.${10 + n}` : range === String(n) ? `10.60.${n}.1` : `10.60.${n}.0`;
}

function simulate(network: MarketNetwork, flow: Flow): string {
  const [from, , protocol, destination, port] = flow;
  const ends = network.connect(from, sourceOf(from, destination), protocol as 'TCP' | 'UDP', destination, port);
  const backends: Record<string, Set<string>> = {};
  for (const { backend, source } of ends) if (backend !== undefined && backend !== 'api') (backends[backend] ??= new Set()).add(source!);
  const shown = Object.fromEntries(Object.entries(backends).map(([name, seen]) => [name, [...seen].sort()]));
  const outcome = ends.some((one) => one.outcome === 'connected') ? 'connected' : ends[0]!.outcome;
  return describeFlow(flow, outcome, shown);
}

/** An address nobody answers at: whether that times out or is told depends on ARP and the router, not on rules. */
function describeFlow(
  [from, via, protocol, destination, port]: Flow,
  outcome: string,
  backends: Record<string, readonly string[]>,
): string {
  const silent = outcome === 'timeout' || outcome === 'unreachable' ? 'silence' : outcome;
  const seen = Object.entries(backends)
    .map(([name, list]) => `${name}<${[...list].sort().join(',')}`)
    .sort();
  return `${from} ${via} ${protocol} ${destination}:${port} ${silent} ${seen.join(' ')}`;
}

/** With ClientIP affinity only the first backend shows. */
const sticky = /^10\.112\.(74\.225|146\.41)$/;
const stickyPorts = new Set([31086, 31087]);

const recordings = [
  ['iptables', 'flows-iptables.jsonl', (node: string) => `iptables/${node}.config.conf`],
  ['nftables', 'flows-nftables.jsonl', (node: string) => `nftables/${node}.config.conf`],
  ['masqueradeAll', 'flows-masqueradeAll.jsonl', () => 'v-masqueradeAll/worker-a.config.conf'],
] as const;

describe('recorded connections', () => {
  it.each(recordings)('%s', (_mode, file, configOf) => {
    const network = new MarketNetwork(configOf);
    const flows = recorded(file)
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Flow)
      .filter((flow) => flow[2] !== 'SCTP');
    expect(flows.length).toBeGreaterThan(1100);
    const differing = flows.flatMap((flow) => {
      const made = simulate(network, flow);
      const real = describeFlow(flow, flow[5], flow[6]);
      if (sticky.test(flow[3]) || stickyPorts.has(flow[4])) {
        // One of those the simulation allows.
        const parts = real.split(' ');
        return parts.every((part) => made.split(' ').includes(part)) ? [] : [`real ${real}\n  made ${made}`];
      }
      return made === real ? [] : [`real ${real}\n  made ${made}`];
    });
    expect(differing).toEqual([]);
  });
});
