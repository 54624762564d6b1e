/** Whole flows: a name is resolved, a connection walks, an HTTP server answers. What `cka-net trace` and checks look at. */
import { Pod } from '#kube/kinds/pod.ts';
import { Service } from '#kube/kinds/service.ts';
import { Node } from '#kube/kinds/node.ts';
import { dnsDomainOf } from '#kube/settings.ts';
import type { Snapshot } from '#node/snapshot.ts';
import { decisiveHop, type Trace } from '#dataplane/trace/trace.ts';
import type { Flow } from '#net/flow.ts';
import { parseIp, type Ip, type Protocol } from '#net/ip.ts';
import { connect, request, type From } from './connect.ts';
import type { Lab } from './lab.ts';
import { publicAddress } from './public-dns.ts';
import { addressesOf, spotOf } from './names.ts';
import type { Spot } from './spot.ts';

export interface FlowSpec {
  readonly from: string;
  readonly to: string;
  readonly method?: string | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly host?: string | undefined;
  readonly connectTo?: string | undefined;
}

export interface FlowResult {
  readonly from: string;
  readonly to: string;
  readonly outcome: 'connected' | 'refused' | 'timeout' | 'unreachable' | 'dns-failure';
  readonly resolved: { readonly name: string; readonly address: string } | null;
  readonly destination: {
    readonly kind: 'Pod' | 'Node' | 'External';
    readonly namespace: string | null;
    readonly name: string;
    readonly address: string;
    readonly port: number | null;
  } | null;
  readonly candidates: readonly string[];
  /** How likely the chosen one of the candidates was; null where nothing balanced. */
  readonly probability: number | null;
  readonly sourceSeenByDestination: string | null;
  readonly http: {
    readonly status: number;
    readonly backend: string | null;
    readonly path: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly location: string | null;
  } | null;
  readonly hops: readonly {
    readonly node: string;
    readonly at: string;
    readonly action: string;
    readonly because: string;
    readonly packet: Flow;
  }[];
  /** The place among the hops of the one that decided; null where no packet was sent. */
  readonly decisive: number | null;
  /** One sentence: what decided. */
  readonly why: string;
}

/** An address outside the cluster that belongs to nobody in particular (RFC 5737). */
const outsideAddress = '198.51.100.9' as Ip;

interface Aim {
  readonly protocol: Protocol | 'ICMP';
  readonly host: string;
  readonly port: number;
  readonly http?: { readonly scheme: 'http' | 'https'; readonly path: string };
}

/** Follows a flow from its name to its answer. */
export function traceFlow(lab: Lab, spec: FlowSpec): FlowResult {
  const none = {
    from: spec.from,
    to: spec.to,
    resolved: null,
    destination: null,
    candidates: [],
    probability: null,
    sourceSeenByDestination: null,
    http: null,
    hops: [],
    decisive: null,
  };
  const aim = aimOf(lab.snapshot, spec.to);
  if (typeof aim === 'string') return { ...none, outcome: 'unreachable', why: aim };
  const start = startOf(lab, spec.from);
  if (typeof start === 'string') return { ...none, outcome: 'unreachable', why: start };
  const [connectHost, connectPort] = spec.connectTo === undefined ? [aim.host, aim.port] : splitPort(spec.connectTo, aim.port);
  const literal = parseIp(connectHost);
  let address: Ip | undefined = literal;
  let resolved: FlowResult['resolved'] = null;
  if (literal === undefined) {
    if (start.spot === undefined) {
      address = publicAddress(lab.snapshot.cluster, connectHost);
      if (address === undefined) return { ...none, outcome: 'dns-failure', why: `public DNS knows no ${connectHost}` };
      resolved = { name: connectHost, address };
    } else {
      const lookup = addressesOf(lab, start.spot, connectHost);
      address = lookup.addresses[0];
      if (address === undefined)
        return { ...none, outcome: 'dns-failure', why: `${connectHost} does not resolve (${lookup.error ?? 'no address'})` };
      resolved = { name: lookup.canonicalName.replace(/\.$/, ''), address };
    }
  }
  const walked = connect(lab.snapshot, start.from, {
    protocol: aim.protocol,
    address: address!,
    port: aim.protocol === 'ICMP' ? 0 : connectPort,
  });
  const answered = walked.outcome === 'connected' && aim.http !== undefined ? answerOf(lab.snapshot, walked, aim, spec) : undefined;
  return {
    from: spec.from,
    to: spec.to,
    outcome: walked.outcome,
    resolved,
    destination: destinationOf(lab.snapshot, walked),
    candidates: walked.candidates,
    probability: walked.probability ?? null,
    sourceSeenByDestination: walked.sourceSeen ?? null,
    http: answered?.http ?? null,
    hops: [...walked.hops, ...(answered?.hops ?? [])],
    decisive: decisiveHop(walked) ?? null,
    why: answered?.why ?? walked.why,
  };
}

interface Answered {
  readonly http: NonNullable<FlowResult['http']>;
  /** What a proxy did, and the walk to its backend. */
  readonly hops: FlowResult['hops'];
  readonly why?: string;
}

function answerOf(snapshot: Snapshot, walked: Trace, aim: Aim, spec: FlowSpec): Answered | undefined {
  const given = Object.fromEntries(Object.entries(spec.headers ?? {}).map(([name, value]) => [name.toLowerCase(), value]));
  const { scheme, path } = aim.http!;
  const usual = scheme === 'https' ? 443 : 80;
  const host = spec.host ?? given['host'] ?? (aim.port === usual ? aim.host : `${aim.host}:${aim.port}`);
  const headers = { ...given, host };
  const destination = walked.destination!;
  const response = request(snapshot, walked, { method: spec.method ?? 'GET', scheme, host, port: destination.port, path, headers });
  if (response === undefined) return undefined;
  const { proxied, status } = response;
  const location = response.headers['location'] ?? null;
  if (proxied === undefined) return { http: { status, backend: null, path, headers, location }, hops: [] };
  const process = destination.listening?.listener.process ?? 'proxy';
  const steps = proxied.because.map((because) => ({
    node: destination.at.host.name as string,
    at: process,
    action: 'proxy',
    because,
    packet: { ...walked.flow, dstIp: destination.address, dstPort: destination.port },
  }));
  return {
    http: { status, backend: proxied.backend, path: proxied.path, headers: proxied.headers, location },
    hops: [...steps, ...proxied.passages],
    ...(proxied.because.length > 0 && { why: proxied.because.at(-1)! }),
  };
}

function destinationOf(snapshot: Snapshot, { destination }: Trace): FlowResult['destination'] {
  if (destination === undefined) return null;
  const { at, address, port } = destination;
  const sandbox =
    destination.listening?.sandbox ??
    [...at.host.sandboxes.values()].find((one) => at.namespace.name !== '' && one.network.namespace === at.namespace.name);
  const pod = sandbox === undefined ? undefined : snapshot.cluster.get(Pod, sandbox.podNamespace, sandbox.podName);
  if (pod !== undefined)
    return { kind: 'Pod', namespace: pod.metadata.namespace!, name: pod.metadata.name, address, port: port === 0 ? null : port };
  return { kind: 'Node', namespace: null, name: at.host.name, address, port: port === 0 ? null : port };
}

function splitPort(text: string, otherwise: number): readonly [host: string, port: number] {
  const found = /^(?:\[(.+)\]|([^:]+|[^[]*:[^[]*:[^[]*))(?::(\d+))?$/.exec(text);
  return [found?.[1] ?? found?.[2] ?? text, found?.[3] === undefined ? otherwise : Number(found[3])];
}

function startOf(lab: Lab, text: string): { readonly from: From; readonly spot?: Spot } | string {
  if (text === 'external') return { from: { kind: 'outside', address: outsideAddress } };
  if (text.startsWith('ip:')) return { from: { kind: 'outside', address: text.slice(3) as Ip } };
  const spot = spotOf(lab, text);
  if (spot !== undefined) return { from: { kind: 'namespace', node: spot.node, namespace: spot.namespace }, spot };
  return text.startsWith('pod:') ? `${text.slice(4)} is no running pod` : `${text.replace(/^node:/, '')} is no node`;
}

/** What a flow names that does not exist; undefined when everything does. */
export function unknownEnd({ cluster }: Snapshot, { from, to }: Pick<FlowSpec, 'from' | 'to'>): string | undefined {
  for (const text of [from, to]) {
    const [, kind, namespace = '', name = ''] = /^(pod|svc|node):(?:([^/]+)\/)?([^:]+)/.exec(text) ?? [];
    if (kind === 'pod' && cluster.get(Pod, namespace, name) === undefined) return `there is no pod ${namespace}/${name}`;
    if (kind === 'node' && cluster.get(Node, '', name) === undefined) return `there is no node ${name}`;
    if (kind === 'svc' && cluster.get(Service, namespace, name) === undefined) return `there is no Service ${namespace}/${name}`;
  }
  const aim = aimOf({ cluster }, to);
  return typeof aim === 'string' && / no ports?\b/.test(aim) ? aim : undefined;
}

/** Where a target lies; a text says why nowhere. */
function aimOf(snapshot: Pick<Snapshot, 'cluster'>, text: string): Aim | string {
  const url = /^(https?|tcp|udp|sctp|icmp):\/\/(\[[^\]]+\]|[^:/]+)(?::(\d+))?(\/.*)?$/.exec(text);
  if (url) {
    const [, scheme, bracketed, digits, path] = url;
    const host = bracketed!.replace(/^\[|\]$/g, '');
    const web = scheme === 'http' || scheme === 'https';
    const port = digits === undefined ? (scheme === 'https' ? 443 : web ? 80 : 0) : Number(digits);
    const protocol = scheme === 'udp' ? 'UDP' : scheme === 'sctp' ? 'SCTP' : scheme === 'icmp' ? 'ICMP' : 'TCP';
    return { protocol, host, port, ...(web && { http: { scheme: scheme as 'http' | 'https', path: path ?? '/' } }) };
  }
  const named = /^(pod|svc):([^/]+)\/([^:]+)(?::(.+))?$/.exec(text);
  if (named?.[1] === 'svc') return serviceAim(snapshot, named[2]!, named[3]!, named[4]);
  if (named !== null) return podAim(snapshot, named[2]!, named[3]!, named[4]);
  const node = /^node:([^:]+)(?::(\d+))?$/.exec(text);
  const object = node === null ? undefined : snapshot.cluster.get(Node, '', node[1]!);
  const address = object?.status?.addresses?.find((one) => one.type === 'InternalIP')?.address;
  if (address === undefined) return `${text} is no target`;
  return node![2] === undefined ? { protocol: 'ICMP', host: address, port: 0 } : { protocol: 'TCP', host: address, port: Number(node![2]) };
}

function serviceAim({ cluster }: Pick<Snapshot, 'cluster'>, namespace: string, name: string, wanted: string | undefined): Aim | string {
  const service = cluster.get(Service, namespace, name);
  const ports = service?.spec?.ports ?? [];
  const port = wanted === undefined ? ports[0] : ports.find((one) => one.name === wanted || String(one.port) === wanted);
  if (service === undefined) return `there is no Service ${namespace}/${name}`;
  // A Service without an address of its own is a name alone: of its pods, or of something else.
  const address = service.spec.clusterIP ?? '';
  const host = address === '' || address === 'None' ? `${name}.${namespace}.svc.${dnsDomainOf(cluster)}` : address;
  const number = port?.port ?? Number(wanted);
  if (Number.isInteger(number)) return { protocol: (port?.protocol ?? 'TCP') as Protocol, host, port: number };
  return wanted === undefined
    ? `Service ${namespace}/${name} has no ports: say which`
    : `Service ${namespace}/${name} has no port ${wanted}`;
}

/** Where a pod is reached: at a port by number or name, at its first one, or by a ping; a text says why nowhere. */
export function podAim({ cluster }: Pick<Snapshot, 'cluster'>, namespace: string, name: string, wanted: string | undefined): Aim | string {
  const pod = cluster.get(Pod, namespace, name);
  const address = pod?.status?.podIP;
  if (pod === undefined) return `there is no pod ${namespace}/${name}`;
  if (address === undefined) return `pod ${namespace}/${name} has no address`;
  const ports = pod.spec.containers.flatMap((container) => container.ports ?? []);
  const port = wanted === undefined ? ports[0] : ports.find((one) => one.name === wanted || String(one.containerPort) === wanted);
  if (wanted === undefined && port === undefined) return { protocol: 'ICMP', host: address, port: 0 };
  const number = port?.containerPort ?? Number(wanted);
  return Number.isInteger(number)
    ? { protocol: (port?.protocol ?? 'TCP') as Protocol, host: address, port: number }
    : `pod ${namespace}/${name} has no port ${wanted}`;
}
