/** What kernels remember of a connection that a program has made and, as the simulated ones do, closed again. */
import { pick } from '#kube/chance.ts';
import type { Trace } from '#dataplane/trace/trace.ts';
import type { Tracked } from '#dataplane/trace/conntrack.ts';
import { familyOf } from '#net/ip.ts';
import { reverse, type Flow } from '#net/flow.ts';
import type { Balanced, ConntrackEntry, ConntrackTuple, TrackedConnection } from '#node/conntrack.ts';
import { ipvsOf, nftablesOf, tablesOf } from '#node/netfilter.ts';

/** So many seconds a connection is known after its last packet (net.netfilter.nf_conntrack_*_timeout*). */
const timeouts = { TIME_WAIT: 120, CLOSE: 10, SYN_SENT: 120, udp: 30, sctp: 30, icmp: 30 } as const;

/** The entries of all kernels on the way. `purpose` tells this connection from others: its ports are drawn from it. */
export function entriesOf({ tracked, outcome, told }: Trace, now: number, purpose: string): readonly TrackedConnection[] {
  const reset = told?.refusal === 'tcp-reset';
  const answered = outcome === 'connected' || reset;
  return tracked.filter(isTracking).map((one) => {
    const entry = entryOf(one, purpose, answered, reset);
    const balanced = balancedAs(one, entry, now);
    const until = now + entry.timeout * 1000;
    return { node: one.at.host.name, namespace: one.at.namespace.name, entry, until, ...(balanced !== undefined && { balanced }) };
  });
}

/** So many seconds IPVS keeps a connection in a state (net/netfilter/ipvs/ip_vs_proto_tcp.c and _udp.c, their timeouts). */
const balancedFor = { TIME_WAIT: 120, SYN_RECV: 60, CLOSE: 10, UDP: 300 } as const;

function balancedAs({ original, translated, at }: Tracked, { state }: ConntrackEntry, now: number): Balanced | undefined {
  const { protocol, dstIp, dstPort } = original;
  if ((protocol !== 'TCP' && protocol !== 'UDP') || dstIp === translated.dstIp) return undefined;
  const { servers } = ipvsOf(at.namespace.netfilter);
  if (!servers.some((server) => server.protocol === protocol && server.ip === dstIp && server.port === dstPort)) return undefined;
  const known = protocol === 'UDP' ? 'UDP' : state === 'SYN_SENT' ? 'SYN_RECV' : (state as 'TIME_WAIT' | 'CLOSE');
  return { state: known, until: now + balancedFor[known] * 1000 };
}

/** Connections are tracked in namespaces whose rules ask for it: those of NAT do. */
function isTracking({ at: { namespace } }: Tracked): boolean {
  const { netfilter } = namespace;
  if (nftablesOf(netfilter).length > 0 || ipvsOf(netfilter).servers.length > 0) return true;
  return (['ipv4', 'ipv6'] as const).some((family) => tablesOf(netfilter, family).has('nat'));
}

function entryOf({ original, translated, at }: Tracked, purpose: string, answered: boolean, reset: boolean): ConntrackEntry {
  const protocol = protocolOf(original);
  const state = protocol !== 'tcp' ? undefined : !answered ? 'SYN_SENT' : reset ? 'CLOSE' : 'TIME_WAIT';
  const timeout = timeouts[(state ?? protocol.replace('v6', '')) as keyof typeof timeouts];
  const port = 32768 + pick(`${purpose}/port`, 28232);
  // Masquerading draws a port of its own (--random-fully).
  const seen = original.srcIp === translated.srcIp ? port : 1024 + pick(`${purpose}/${at.host.name}/nat`, 64511);
  return {
    protocol,
    timeout,
    ...(state !== undefined && { state }),
    original: tupleOf({ ...original, srcPort: port as Flow['srcPort'] }),
    reply: tupleOf({ ...reverse(translated), dstPort: (protocol.startsWith('icmp') ? port : seen) as Flow['dstPort'] }),
    ...(!answered && { unreplied: true }),
    ...(state === 'TIME_WAIT' && { assured: true }),
    mark: 0,
  };
}

function protocolOf({ protocol, dstIp }: Flow): ConntrackEntry['protocol'] {
  if (protocol !== 'ICMP') return protocol.toLowerCase() as 'tcp' | 'udp' | 'sctp';
  return familyOf(dstIp) === 'IPv4' ? 'icmp' : 'icmpv6';
}

function tupleOf({ srcIp, dstIp, srcPort, dstPort }: Flow): ConntrackTuple {
  return { src: srcIp, dst: dstIp, sport: srcPort, dport: dstPort };
}
