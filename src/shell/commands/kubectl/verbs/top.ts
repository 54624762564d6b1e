/** `kubectl top` (staging:kubectl/pkg/cmd/top). */
import type { KubeObject } from '#kube/object.ts';
import { readQuantity } from '#kube/quantity.ts';
import { alignTabs } from '../../../columns.ts';
import { mappingFor } from '../builder.ts';
import { allNamespacesFlag, fieldSelectorFlag, selectorFlag } from '../file-flags.ts';
import { bool, string } from '../flags.ts';
import type { Invocation } from '../invocation.ts';
import { defineVerb } from '../verb.ts';
import { KubectlError } from '../errors.ts';

interface Usage {
  readonly cpu?: string;
  readonly memory?: string;
}

interface Metrics extends KubeObject {
  readonly usage?: Usage;
  readonly containers?: readonly { readonly name: string; readonly usage: Usage }[];
}

const notAvailable = 'Metrics API not available';

/** The metrics API is there when somebody serves it: metrics-server. */
function requireMetrics(kubectl: Invocation): void {
  if (!kubectl.client.mapper.groups.some(({ name }) => name === 'metrics.k8s.io')) throw new KubectlError(notAvailable);
}

function listMetrics(
  kubectl: Invocation,
  resource: string,
  namespace: string | undefined,
  name: string | undefined,
  query: Readonly<Record<string, string>>,
): readonly Metrics[] {
  const scope = namespace === undefined ? '' : `namespaces/${namespace}/`;
  const { body } = kubectl.client.request(
    'GET',
    `/apis/metrics.k8s.io/v1beta1/${scope}${resource}${name === undefined ? '' : `/${name}`}`,
    { query },
  );
  return name === undefined ? (body as { readonly items: readonly Metrics[] }).items : [body as Metrics];
}

function milli(text = '0'): number {
  const amount = readQuantity(text);
  return amount.ok ? Number((amount.value.nanos + 999_999n) / 1_000_000n) : 0;
}

function mebi(text = '0'): number {
  const amount = readQuantity(text);
  return amount.ok ? Number(amount.value.nanos / 1_000_000_000n / 1_048_576n) : 0;
}

function percent(part: number, whole: number): string {
  return whole === 0 ? '<unknown>' : `${Math.floor((part / whole) * 100)}%`;
}

const node = defineVerb({
  name: 'node',
  aliases: ['nodes', 'no'],
  use: 'node [NAME | -l label]',
  short: 'Display resource (CPU/memory) usage of nodes',
  flags: {
    'no-headers': bool('Leave the line of column names out.'),
    ...selectorFlag,
    'show-capacity': bool('Take the capacity for the whole, not what pods may use.'),
    'sort-by': string('Sort by cpu or memory.'),
    'use-protocol-buffers': bool('Ask for answers in protocol buffers.', true),
  },
  run: (kubectl, { args, flags }) => {
    if (args.length > 1) throw kubectl.usageError('only one name is supported');
    if (args.length > 0 && flags.selector !== '') throw new KubectlError('only one of NAME or --selector can be provided');
    if (!['', 'cpu', 'memory'].includes(flags['sort-by'])) throw new KubectlError('--sort-by accepts only cpu or memory');
    requireMetrics(kubectl);
    const metrics = listMetrics(kubectl, 'nodes', undefined, args[0], flags.selector === '' ? {} : { labelSelector: flags.selector });
    if (metrics.length === 0) throw new KubectlError('metrics not available yet');
    const nodes = kubectl.client.list<KubeObject & { readonly status?: { readonly allocatable?: Usage; readonly capacity?: Usage } }>(
      mappingFor(kubectl, 'nodes'),
    ).items;
    const measured = new Map(metrics.map((one) => [one.metadata.name, one.usage ?? {}]));
    const shown = args.length > 0 ? nodes.filter(({ metadata }) => metadata.name === args[0]) : nodes;
    const sorted = shown.toSorted((a, b) => order(measured.get(a.metadata.name), measured.get(b.metadata.name), flags['sort-by']));
    const rows = sorted.map(({ metadata, status }) => {
      const usage = measured.get(metadata.name);
      if (usage === undefined) return [metadata.name, '<unknown>', '<unknown>', '<unknown>', '<unknown>'];
      const whole = (flags['show-capacity'] ? status?.capacity : status?.allocatable) ?? {};
      return [
        metadata.name,
        `${milli(usage.cpu)}m`,
        percent(milli(usage.cpu), milli(whole.cpu)),
        `${mebi(usage.memory)}Mi`,
        percent(mebi(usage.memory), mebi(whole.memory)),
      ];
    });
    table(
      kubectl,
      flags['no-headers']
        ? []
        : ['NAME', 'CPU(cores)', kubectl.atLeast(32) ? 'CPU(%)' : 'CPU%', 'MEMORY(bytes)', kubectl.atLeast(32) ? 'MEMORY(%)' : 'MEMORY%'],
      rows,
    );
  },
});

function order(a: Usage = {}, b: Usage = {}, by: string): number {
  if (by === 'cpu') return milli(b.cpu) - milli(a.cpu);
  return by === 'memory' ? mebi(b.memory) - mebi(a.memory) : 0;
}

function table(kubectl: Invocation, header: readonly string[], rows: readonly (readonly string[])[]): void {
  kubectl.out(alignTabs([...(header.length > 0 ? [header] : []), ...rows].map((row) => `${row.join('\t')}\n`).join('')));
}

const pod = defineVerb({
  name: 'pod',
  aliases: ['pods', 'po'],
  use: 'pod [NAME | -l label]',
  short: 'Display resource (CPU/memory) usage of pods',
  flags: {
    ...allNamespacesFlag,
    containers: bool('Print every container.'),
    ...fieldSelectorFlag,
    'no-headers': bool('Leave the line of column names out.'),
    ...selectorFlag,
    'sort-by': string('Sort by cpu or memory.'),
    sum: bool('Print the sum.'),
    'use-protocol-buffers': bool('Ask for answers in protocol buffers.', true),
  },
  run: (kubectl, { args, flags }) => {
    if (args.length > 1) throw kubectl.usageError('only one name is supported');
    if (!['', 'cpu', 'memory'].includes(flags['sort-by'])) throw new KubectlError('--sort-by accepts only cpu or memory');
    if (args.length > 0 && (flags.selector !== '' || flags['field-selector'] !== ''))
      throw new KubectlError('only one of NAME or selector can be provided');
    requireMetrics(kubectl);
    const all = flags['all-namespaces'];
    const query = {
      ...(flags.selector !== '' && { labelSelector: flags.selector }),
      ...(flags['field-selector'] !== '' && { fieldSelector: flags['field-selector'] }),
    };
    const metrics = listMetrics(kubectl, 'pods', all ? undefined : kubectl.namespace.name, args[0], query);
    if (metrics.length === 0) {
      kubectl.err(all ? 'No resources found\n' : `No resources found in ${kubectl.namespace.name} namespace.\n`);
      return;
    }
    const total = ({ containers = [] }: Metrics): Usage => ({
      cpu: `${containers.reduce((sum, one) => sum + milli(one.usage.cpu), 0)}m`,
      memory: `${containers.reduce((sum, one) => sum + mebi(one.usage.memory), 0)}Mi`,
    });
    const sorted = metrics.toSorted((a, b) => order(total(a), total(b), flags['sort-by']));
    const rows = sorted.flatMap((one) => {
      const head = [...(all ? [one.metadata.namespace ?? ''] : []), ...(flags.containers ? [one.metadata.name] : [])];
      if (flags.containers)
        return (one.containers ?? []).map(({ name, usage }) => [...head, name, `${milli(usage.cpu)}m`, `${mebi(usage.memory)}Mi`]);
      const { cpu, memory } = total(one);
      return [[...head, one.metadata.name, `${milli(cpu)}m`, `${mebi(memory)}Mi`]];
    });
    const header = [...(all ? ['NAMESPACE'] : []), ...(flags.containers ? ['POD'] : []), 'NAME', 'CPU(cores)', 'MEMORY(bytes)'];
    table(kubectl, flags['no-headers'] ? [] : header, rows);
  },
});

export const top = defineVerb({
  name: 'top',
  use: 'top [flags]',
  short: 'Display resource (CPU/memory) usage',
  flags: {},
  verbs: [node, pod],
});
