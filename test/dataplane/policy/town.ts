/** A small world for policies: three namespaces, five pods, a machine, and somebody outside. */
import { load } from 'js-yaml';
import type { Namespace } from '#kube/kinds/namespace.ts';
import type { NetworkPolicy } from '#kube/kinds/network-policy.ts';
import type { Pod } from '#kube/kinds/pod.ts';
import type { Ip } from '#net/ip.ts';
import type { PolicyObjects } from '#node/network-policy.ts';
import type { Dialect } from '#dataplane/policy/dialect.ts';
import { PolicyEngine } from '#dataplane/policy/engine.ts';

export function namespaceOf(name: string, labels: Readonly<Record<string, string>> = {}): Namespace {
  return { metadata: { name, labels: { 'kubernetes.io/metadata.name': name, ...labels } } } as unknown as Namespace;
}

export interface PodPlan {
  readonly labels?: Readonly<Record<string, string>>;
  readonly ips: readonly string[];
  /** `web 80/TCP`. */
  readonly ports?: readonly string[];
  readonly hostNetwork?: boolean;
  readonly phase?: string;
}

/** A pod called `namespace/name`. */
export function podOf(place: string, { labels = {}, ips, ports = [], hostNetwork = false, phase = 'Running' }: PodPlan): Pod {
  const [namespace, name] = place.split('/');
  const named = ports.map((text) => {
    const [, portName, containerPort, protocol] = /^(\S+) (\d+)\/(\w+)$/.exec(text)!;
    return { name: portName, containerPort: Number(containerPort), protocol };
  });
  return {
    metadata: { namespace, name, labels },
    spec: { nodeName: 'node01', containers: [{ name: 'main', ports: named }], ...(hostNetwork && { hostNetwork }) },
    status: { phase, podIP: ips[0], podIPs: ips.map((ip) => ({ ip })) },
  } as unknown as Pod;
}

/** Policies from a YAML list of `{name: namespace/name, …spec}`. */
export function policiesOf(yaml: string): readonly NetworkPolicy[] {
  const list = (yaml === '' ? [] : load(yaml)) as readonly (Record<string, unknown> & { readonly name: string })[];
  return list.map(({ name: place, ...spec }) => {
    const [namespace, name] = place.split('/');
    return { metadata: { namespace, name }, spec: { podSelector: {}, ...spec } } as unknown as NetworkPolicy;
  });
}

const namespaces = [namespaceOf('x', { team: 'red' }), namespaceOf('y', { team: 'blue' }), namespaceOf('z')];

const pods = [
  podOf('x/a', { labels: { app: 'a', tier: 'web' }, ips: ['10.1.0.1', 'fd00::1'], ports: ['web 80/TCP', 'dns 53/UDP'] }),
  podOf('x/b', { labels: { app: 'b', tier: 'db' }, ips: ['10.1.0.2', 'fd00::2'], ports: ['web 8080/TCP', 'db 5432/TCP'] }),
  podOf('y/a', { labels: { app: 'a', tier: 'web' }, ips: ['10.1.0.17', 'fd00::11'], ports: ['web 80/TCP'] }),
  podOf('y/b', { labels: { app: 'b' }, ips: ['10.1.0.18', 'fd00::12'], ports: ['web 8080/TCP'] }),
  podOf('z/a', { labels: { app: 'a' }, ips: ['10.1.0.33', 'fd00::21'] }),
];

export const places: Readonly<Record<string, Ip>> = {
  xa: '10.1.0.1' as Ip,
  xb: '10.1.0.2' as Ip,
  ya: '10.1.0.17' as Ip,
  yb: '10.1.0.18' as Ip,
  za: '10.1.0.33' as Ip,
  out: '203.0.113.7' as Ip,
};

export function townWith(policies: readonly NetworkPolicy[]): PolicyObjects {
  return { policies, namespaces, pods };
}

/** Who reaches whom: a row a sender, a column a destination; `.` passes, `X` does not. */
export function matrixOf(yaml: string, traffic: string, dialect?: Dialect): string {
  const engine = new PolicyEngine(townWith(policiesOf(yaml)), dialect);
  const [protocol = '', port = '0'] = traffic.split(' ');
  const names = Object.keys(places);
  const cell = (from: string, to: string) => {
    if (from === 'out' && to === 'out') return '-';
    const flow = { protocol, srcIp: places[from]!, dstIp: places[to]!, dstPort: Number(port) };
    return engine.connection(flow).allowed ? '.' : 'X';
  };
  const rows = names.map((from) => [from, ...names.map((to) => cell(from, to))]);
  return [['', ...names], ...rows]
    .map((row) =>
      row
        .map((one) => one.padEnd(3))
        .join(' ')
        .trimEnd(),
    )
    .join('\n');
}

/** A picture as a test draws it: without the indentation and the empty lines around it. */
export function picture(text: string): string {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const [head = '', ...rows] = lines.map((line) => line.trim().split(/\s+/));
  return [['', ...head], ...rows]
    .map((row) =>
      row
        .map((one) => one.padEnd(3))
        .join(' ')
        .trimEnd(),
    )
    .join('\n');
}
