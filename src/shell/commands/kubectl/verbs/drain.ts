/** `kubectl cordon|uncordon|drain` (staging:kubectl/pkg/cmd/drain/drain.go, pkg/drain). */
import type { KubeObject } from '#kube/object.ts';
import { allInfos, asError, mappingFor, visit, type Info } from '../builder.ts';
import { pathOf } from '../client.ts';
import type { PodShape } from '../containers.ts';
import { dryRunFlag, dryRunOf, operation, writeQuery, type DryRun } from '../dry-run.ts';
import { AggregateErrors, ApiError, ExitError, isNotFound, KubectlError } from '../errors.ts';
import { chunkFlag, selectorFlag } from '../file-flags.ts';
import { bool, duration, int, string, type Values } from '../flags.ts';
import type { Invocation } from '../invocation.ts';
import { namePrinter } from '../printers/name.ts';
import { defineVerb, type Verb } from '../verb.ts';
import { waitUntil } from '../wait-until.ts';

interface NodeShape extends KubeObject {
  readonly spec: { readonly unschedulable?: boolean };
}

function nodesNamed(kubectl: Invocation, verb: string, args: readonly string[], selector: string): readonly Info[] {
  if (args.length === 0 && selector === '') throw kubectl.usageError(`USAGE: ${verb} NODE [flags]`);
  if (args.length > 0 && selector !== '') throw kubectl.usageError('error: cannot specify both a node name and a --selector option');
  return allInfos(visit(kubectl, { args: ['nodes', ...args], labelSelector: selector, latest: true }));
}

/** Marks a node, and says what has become of it. */
function setSchedulable(kubectl: Invocation, info: Info, unschedulable: boolean, dryRun: DryRun): void {
  const word = unschedulable ? 'cordoned' : 'uncordoned';
  const already = ((info.object as NodeShape).spec.unschedulable ?? false) === unschedulable;
  if (!already && dryRun !== 'client') {
    kubectl.client.request('PATCH', pathOf(info.mapping, '', info.name), {
      query: writeQuery(dryRun, ''),
      headers: { 'Content-Type': 'application/strategic-merge-patch+json' },
      body: JSON.stringify({ spec: { unschedulable: unschedulable ? true : null } }),
    });
  }
  namePrinter(operation(already ? `already ${word}` : word, dryRun), false).print(info.object!, (text) => kubectl.out(text));
}

function cordonVerb(name: 'cordon' | 'uncordon', short: string): Verb {
  return defineVerb({
    name,
    use: `${name} NODE`,
    short,
    flags: { ...dryRunFlag, ...selectorFlag },
    run: (kubectl, { args, flags }) => {
      const dryRun = dryRunOf(kubectl, flags);
      for (const info of nodesNamed(kubectl, name, args, flags.selector)) {
        try {
          setSchedulable(kubectl, info, name === 'cordon', dryRun);
        } catch (error) {
          kubectl.err(`error: unable to ${name} node ${JSON.stringify(info.name)}: ${asError(error).message}\n`);
        }
      }
    },
  });
}

export const cordon = cordonVerb('cordon', 'Mark node as unschedulable');
export const uncordon = cordonVerb('uncordon', 'Mark node as schedulable');

const drainFlags = {
  ...chunkFlag,
  'delete-emptydir-data': bool('Go on even where pods lose what is in their emptyDir volumes.'),
  'disable-eviction': bool('Delete pods, whatever their disruption budgets say.'),
  ...dryRunFlag,
  force: bool('Go on even where pods have no controller that would make them anew.'),
  'grace-period': int("Seconds pods have to end by themselves; -1 is the pods' own.", -1),
  'ignore-daemonsets': bool("Leave DaemonSets' pods where they are."),
  'pod-selector': string('Only pods with these labels.'),
  ...selectorFlag,
  'skip-wait-for-delete-timeout': int('Do not wait for pods that have been ending for longer than this, in seconds.'),
  timeout: duration('How long to wait; 0 is until the pods are gone.'),
};

type DrainFlags = Values<typeof drainFlags>;

export const drain = defineVerb({
  name: 'drain',
  use: 'drain NODE',
  short: 'Drain node in preparation for maintenance',
  examples: ['kubectl drain node01 --ignore-daemonsets', 'kubectl drain node01 --ignore-daemonsets --delete-emptydir-data --force'],
  flags: drainFlags,
  run: async (kubectl, { args, flags }) => {
    const dryRun = dryRunOf(kubectl, flags);
    const nodes = nodesNamed(kubectl, 'drain', args, flags.selector);
    for (const info of nodes) setSchedulable(kubectl, info, true, dryRun);
    const failures: Error[] = [];
    const pending: string[] = [];
    for (const info of nodes) {
      try {
        await drainNode(kubectl, info.name, flags, dryRun);
        namePrinter(operation('drained', dryRun), false).print(info.object!, (text) => kubectl.out(text));
      } catch (error) {
        const failure = asError(error);
        failures.push(...(failure instanceof AggregateErrors ? failure.errors : [failure]));
        pending.push(info.name);
        const space = kubectl.atLeast(31) ? ' ' : '';
        kubectl.err(
          `error: unable to drain node ${JSON.stringify(info.name)} due to error:${space}${failure.message}, continuing command...\n`,
        );
      }
    }
    if (pending.length === 0) return;
    kubectl.err(`There are pending nodes to be drained:\n${pending.map((name) => ` ${name}\n`).join('')}`);
    kubectl.err(failures.map((one) => `${one.message}\n`).join(''));
    throw new ExitError(1);
  },
});

type Fate = { readonly kind: 'go' | 'skip'; readonly warning?: string } | { readonly kind: 'error'; readonly why: string };

/** What is to become of a pod (pkg/drain/filters.go). */
function fateOf(kubectl: Invocation, pod: PodShape, flags: DrainFlags): Fate {
  const controller = pod.metadata.ownerReferences?.find((one) => one.controller === true);
  const finished = ['Succeeded', 'Failed'].includes(pod.status?.phase ?? '');
  if (pod.metadata.annotations?.['kubernetes.io/config.mirror'] !== undefined) return { kind: 'skip' };
  if (controller?.kind === 'DaemonSet' && !finished) {
    try {
      kubectl.client.get(mappingFor(kubectl, 'daemonsets.apps'), pod.metadata.namespace ?? '', controller.name);
    } catch (error) {
      if (!isNotFound(error)) throw error;
      return flags.force ? { kind: 'go', warning: (error as Error).message } : { kind: 'error', why: (error as Error).message };
    }
    return flags['ignore-daemonsets']
      ? { kind: 'skip', warning: 'ignoring DaemonSet-managed Pods' }
      : { kind: 'error', why: 'DaemonSet-managed Pods (use --ignore-daemonsets to ignore)' };
  }
  if (finished) return { kind: 'go' };
  const volumes = (pod.spec['volumes'] ?? []) as readonly { readonly emptyDir?: object }[];
  const local = volumes.some(({ emptyDir }) => emptyDir !== undefined);
  if (local && !flags['delete-emptydir-data'])
    return { kind: 'error', why: 'Pods with local storage (use --delete-emptydir-data to override)' };
  if (controller === undefined) {
    return flags.force
      ? { kind: 'go', warning: 'deleting Pods that declare no controller' }
      : {
          kind: 'error',
          why: `${kubectl.atLeast(30) ? 'cannot delete Pods that' : 'Pods'} declare no controller (use --force to override)`,
        };
  }
  return local ? { kind: 'go', warning: 'deleting Pods with local storage' } : { kind: 'go' };
}

async function drainNode(kubectl: Invocation, node: string, flags: DrainFlags, dryRun: DryRun): Promise<void> {
  const pods = kubectl.client.list<PodShape>(mappingFor(kubectl, 'pods'), undefined, {
    fieldSelector: `spec.nodeName=${node}`,
    labelSelector: flags['pod-selector'],
  }).items;
  const fates = pods.map((pod) => ({ pod, fate: fateOf(kubectl, pod, flags) }));
  const errors = grouped(fates.map(({ pod, fate }) => [pod, fate.kind === 'error' ? fate.why : undefined] as const));
  if (errors.length > 0) throw new AggregateErrors(errors.map(([why, names]) => new KubectlError(`cannot delete ${why}: ${names}`)));
  const warnings = grouped(fates.map(({ pod, fate }) => [pod, fate.kind === 'error' ? undefined : fate.warning] as const));
  if (warnings.length > 0) kubectl.err(`Warning: ${warnings.map(([why, names]) => `${why}: ${names}`).join('; ')}\n`);
  await evict(
    kubectl,
    fates.filter(({ fate }) => fate.kind === 'go').map(({ pod }) => pod),
    flags,
    dryRun,
  );
}

/** What is said of several pods at once: `reason`, `shop/a, shop/b`. */
function grouped(said: readonly (readonly [PodShape, string | undefined])[]): readonly (readonly [string, string])[] {
  const groups = new Map<string, string[]>();
  for (const [{ metadata }, text] of said)
    if (text !== undefined) groups.set(text, [...(groups.get(text) ?? []), `${metadata.namespace ?? ''}/${metadata.name}`]);
  return [...groups].map(([text, names]) => [text, names.join(', ')]);
}

async function evict(kubectl: Invocation, pods: readonly PodShape[], flags: DrainFlags, dryRun: DryRun): Promise<void> {
  const mapping = mappingFor(kubectl, 'pods');
  const suffix = dryRun === 'none' ? '' : ` (${dryRun === 'server' ? 'server ' : ''}dry run)`;
  const verb = flags['disable-eviction'] ? 'deleting' : 'evicting';
  for (const { metadata } of pods) kubectl.out(`${verb} pod ${metadata.namespace ?? ''}/${metadata.name}${suffix}\n`);
  if (dryRun === 'client') return;
  const timeout = flags.timeout === 0 ? undefined : flags.timeout;
  const errors: Error[] = [];
  for (const pod of pods) {
    const { namespace = '', name, uid } = pod.metadata;
    const ask = () => {
      try {
        request(kubectl, pod, flags, dryRun);
        return true;
      } catch (error) {
        if (isNotFound(error)) return true;
        if (!(error instanceof ApiError) || error.status.code !== 429) throw error;
        kubectl.err(
          `error when evicting pods/${JSON.stringify(name)} -n ${JSON.stringify(namespace)} (will retry after 5s): ${error.message}\n`,
        );
        return false;
      }
    };
    const gone = () => {
      try {
        return kubectl.client.get(mapping, namespace, name).metadata.uid !== uid;
      } catch (error) {
        if (isNotFound(error)) return true;
        throw error;
      }
    };
    if (!(await waitUntil(kubectl, ask, timeout)) || (dryRun === 'none' && !(await waitUntil(kubectl, gone, timeout)))) {
      errors.push(
        new KubectlError(
          `error when evicting pods/${JSON.stringify(name)} -n ${JSON.stringify(namespace)}: global timeout reached: ${durationText(flags.timeout)}`,
        ),
      );
      continue;
    }
    namePrinter(operation(flags['disable-eviction'] ? 'deleted' : 'evicted', dryRun), false).print(pod, (text) => kubectl.out(text));
  }
  if (errors.length > 0) throw new AggregateErrors(errors);
}

function request(kubectl: Invocation, { metadata }: PodShape, flags: DrainFlags, dryRun: DryRun): void {
  const { namespace = '', name } = metadata;
  const path = pathOf(mappingFor(kubectl, 'pods'), namespace, name);
  const deleteOptions = {
    ...(flags['grace-period'] >= 0 && { gracePeriodSeconds: flags['grace-period'] }),
    ...(dryRun === 'server' && { dryRun: ['All'] }),
  };
  if (flags['disable-eviction']) {
    kubectl.client.request('DELETE', path, { body: JSON.stringify({ kind: 'DeleteOptions', apiVersion: 'v1', ...deleteOptions }) });
    return;
  }
  const eviction = { kind: 'Eviction', apiVersion: 'policy/v1', metadata: { name, namespace }, deleteOptions };
  kubectl.client.request('POST', `${path}/eviction`, { query: writeQuery(dryRun, ''), body: JSON.stringify(eviction) });
}

/** `1m30s` (time.Duration.String) */
export function durationText(milliseconds: number): string {
  const seconds = milliseconds / 1000;
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor((seconds % 3600) / 60), seconds % 60];
  return `${h > 0 ? `${h}h` : ''}${h > 0 || m > 0 ? `${m}m` : ''}${s}s`;
}
