/** A cluster at a glance. */
import { clip, harmless } from './text.ts';
import { table } from './table.ts';
import type { Screen } from './quiz-view.ts';

/** What there is, as plain data: `inspect -o json`. Documented in docs/commands.md; fields are added, never changed. */
export interface Overview {
  readonly kubernetesVersion: string | null;
  readonly podCIDRs: readonly string[];
  readonly serviceCIDRs: readonly string[];
  readonly nodes: readonly {
    readonly name: string;
    readonly roles: string;
    readonly status: string;
    readonly address: string;
    readonly podCIDRs: readonly string[];
  }[];
  readonly pods: readonly {
    readonly namespace: string;
    readonly name: string;
    readonly ready: string;
    readonly status: string;
    readonly ip: string | null;
    readonly node: string | null;
  }[];
  readonly services: readonly {
    readonly namespace: string;
    readonly name: string;
    readonly type: string;
    readonly addresses: readonly string[];
    readonly ports: readonly string[];
    readonly endpoints: readonly string[];
    readonly notReady: readonly string[];
  }[];
  readonly dns: { readonly domain: string; readonly addresses: readonly string[]; readonly servers: readonly string[] };
  readonly ingresses: readonly {
    readonly namespace: string;
    readonly name: string;
    readonly class: string | null;
    readonly addresses: readonly string[];
    readonly rules: readonly string[];
  }[];
  readonly gateways: readonly {
    readonly namespace: string;
    readonly name: string;
    readonly class: string;
    readonly listeners: readonly string[];
    readonly routes: readonly string[];
  }[];
  readonly networkPolicies: readonly {
    readonly namespace: string;
    readonly name: string;
    /** How many pods it isolates. */
    readonly pods: number;
    readonly directions: readonly string[];
  }[];
}

/** The sections that have something to show, each under its title. Pods of the system are counted, those of the lesson listed. */
export function clusterView(overview: Overview, title: string, screen: Screen): readonly string[] {
  const { columns, theme } = screen;
  const section = (name: string, note: string, lines: readonly string[]) =>
    lines.length === 0 ? [] : ['', `${theme.strong(name)}${note === '' ? '' : `  ${theme.dim(note)}`}`, ...lines];
  const tableOf = (head: readonly string[], rows: readonly (readonly string[])[], paint = {}) =>
    rows.length === 0 ? [] : table(head, rows, columns - 2, theme, paint).map((line) => `  ${line}`.trimEnd());
  const state = (text: string) => (/^(Ready|Running|Completed)\s*$/.test(text) ? theme.good(text) : theme.bad(text));
  const endpoints = (text: string) => (text.startsWith('none') ? theme.bad(text) : text);

  return [
    theme.title(clip(harmless(title), columns)),
    theme.dim(
      clip(
        [
          overview.kubernetesVersion ?? '',
          `pods ${overview.podCIDRs.join(', ') || 'unknown'}`,
          `services ${overview.serviceCIDRs.join(', ')}`,
        ].join(` ${theme.marks.separator} `),
        columns,
      ),
    ),
    ...section(
      'Nodes',
      '',
      tableOf(
        ['NAME', 'STATUS', 'ROLES', 'ADDRESS', 'PODS FROM'],
        overview.nodes.map((node) => [node.name, node.status, node.roles, node.address, node.podCIDRs.join(', ') || 'none']),
        { 1: state },
      ),
    ),
    ...section('Pods', '', podRows(overview, tableOf, state)),
    ...section(
      'Services',
      '',
      tableOf(
        ['NAMESPACE', 'NAME', 'TYPE', 'ADDRESS', 'PORTS', 'ENDPOINTS'],
        overview.services.map((service) => [
          service.namespace,
          service.name,
          service.type,
          service.addresses.join(', '),
          service.ports.join(', '),
          endpointText(service),
        ]),
        { 5: endpoints },
      ),
    ),
    ...section('DNS', '', [
      `  ${overview.dns.domain} ${theme.dim('at')} ${overview.dns.addresses.join(', ') || 'no address'} ${theme.dim('from')} ${overview.dns.servers.join(', ') || theme.bad('no server')}`,
    ]),
    ...section(
      'Ingress',
      '',
      tableOf(
        ['NAMESPACE', 'NAME', 'CLASS', 'ADDRESS', 'RULES'],
        overview.ingresses.map((one) => [one.namespace, one.name, one.class ?? 'none', one.addresses.join(', '), one.rules.join('; ')]),
      ),
    ),
    ...section(
      'Gateways',
      '',
      tableOf(
        ['NAMESPACE', 'NAME', 'CLASS', 'LISTENERS', 'ROUTES'],
        overview.gateways.map((one) => [one.namespace, one.name, one.class, one.listeners.join('; '), one.routes.join(', ')]),
      ),
    ),
    ...section(
      'Network policies',
      '',
      tableOf(
        ['NAMESPACE', 'NAME', 'ISOLATES', 'PODS'],
        overview.networkPolicies.map((one) => [one.namespace, one.name, one.directions.join(', '), String(one.pods)]),
      ),
    ),
  ];
}

function endpointText({ type, endpoints, notReady }: Overview['services'][number]): string {
  if (type === 'ExternalName') return '';
  if (endpoints.length === 0) return notReady.length === 0 ? 'none' : `none ready of ${notReady.length}`;
  return endpoints.join(', ');
}

const systemNamespaces = ['kube-system', 'kube-flannel', 'calico-system', 'kube-public', 'kube-node-lease'];

/** Pods of the system that run are one line; those that do not run are shown by name. */
function podRows(
  { pods }: Overview,
  tableOf: (head: readonly string[], rows: readonly (readonly string[])[], paint?: object) => readonly string[],
  state: (text: string) => string,
): readonly string[] {
  const isQuiet = (pod: Overview['pods'][number]) =>
    systemNamespaces.includes(pod.namespace) && pod.status === 'Running' && /^(\d+)\/\1$/.test(pod.ready);
  const shown = pods.filter((pod) => !isQuiet(pod));
  const quiet = pods.length - shown.length;
  const rows = tableOf(
    ['NAMESPACE', 'NAME', 'READY', 'STATUS', 'IP', 'NODE'],
    shown.map((pod) => [pod.namespace, pod.name, pod.ready, pod.status, pod.ip ?? 'none', pod.node ?? 'none']),
    { 3: state },
  );
  return [
    ...rows,
    ...(quiet === 0 ? [] : [`  ${quiet === 1 ? 'One pod of the system runs as it' : `${quiet} pods of the system run as they`} should.`]),
  ];
}
