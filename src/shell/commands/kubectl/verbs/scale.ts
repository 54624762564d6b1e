/** `kubectl scale` and `kubectl autoscale` (staging:kubectl/pkg/cmd/scale, autoscale). */
import type { KubeObject } from '#kube/object.ts';
import { forEach, visit, type Info } from '../builder.ts';
import { pathOf } from '../client.ts';
import { apiVersionText } from '../discovery.ts';
import { dryRunFlag, dryRunOf, fieldManagerFlag, operation, saveConfigFlag, writeQuery } from '../dry-run.ts';
import { AggregateErrors, KubectlError } from '../errors.ts';
import { fileFlags, selectorFlag } from '../file-flags.ts';
import { bool, duration, int, int32, string, type Values } from '../flags.ts';
import { newMetadata } from '../generators/generator.ts';
import type { Invocation } from '../invocation.ts';
import { withLastApplied } from '../last-applied.ts';
import { printerFor, printFlags } from '../printers/printer.ts';
import { defineVerb } from '../verb.ts';

interface Scale extends KubeObject {
  readonly spec: { readonly replicas?: number };
}

export const scale = defineVerb({
  name: 'scale',
  use: 'scale [--resource-version=version] [--current-replicas=count] --replicas=COUNT (-f FILENAME | TYPE NAME)',
  short: 'Set a new size for a deployment, replica set, or replication controller',
  examples: ['kubectl scale deployment/web --replicas=3'],
  suggestFor: ['resize'],
  flags: {
    ...printFlags,
    all: bool('All objects of the types.'),
    'current-replicas': int('Scale only if this is the present size.', -1),
    ...dryRunFlag,
    ...fileFlags,
    replicas: int('The new size.', 0, { required: true }),
    'resource-version': string('Scale only if this is the version of the object.'),
    ...selectorFlag,
    timeout: duration('How long to wait for the new size.'),
  },
  run: (kubectl, { args, flags }) => {
    const dryRun = dryRunOf(kubectl, flags);
    if (flags.replicas < 0) throw new KubectlError('The --replicas=COUNT flag is required, and COUNT must be greater than or equal to 0');
    const printer = printerFor({ flags, io: kubectl.io, operation: operation('scaled', dryRun) });
    const options = {
      args,
      filenames: flags.filename,
      kustomize: flags.kustomize,
      recursive: flags.recursive,
      labelSelector: flags.selector,
      all: flags.all && flags.selector === '',
    };
    const infos: Info[] = [];
    const errors: Error[] = [];
    for (const info of visit(kubectl, options)) {
      if (info instanceof Error) errors.push(info);
      else infos.push(info);
    }
    if (flags['resource-version'] !== '' && infos.length > 1)
      throw new KubectlError('cannot use --resource-version with multiple resources');
    const failure = errors.length === 0 ? undefined : new AggregateErrors(errors);
    // What is not there is told since 1.32.
    if (infos.length === 0)
      throw new KubectlError(`no objects passed to scale${failure && kubectl.atLeast(32) ? ` ${failure.message}` : ''}`);
    for (const info of infos) {
      if (flags['resource-version'] !== '' && info.object!.metadata.resourceVersion !== flags['resource-version']) {
        throw new KubectlError(
          `Expected resource version to be ${flags['resource-version']}, was ${info.object!.metadata.resourceVersion ?? ''}`,
        );
      }
      if (dryRun !== 'client') {
        const path = pathOf(info.mapping, info.namespace, info.name, 'scale');
        if (flags['current-replicas'] >= 0) {
          const current = (kubectl.client.request('GET', path).body as Scale).spec.replicas ?? 0;
          if (current !== flags['current-replicas'])
            throw new KubectlError(`Expected replicas to be ${flags['current-replicas']}, was ${current}`);
        }
        kubectl.client.request('PATCH', path, {
          query: writeQuery(dryRun, ''),
          headers: { 'Content-Type': 'application/merge-patch+json' },
          body: JSON.stringify({ spec: { replicas: flags.replicas } }),
        });
      }
      printer.print(info.object!, (text) => kubectl.out(text));
    }
    if (failure !== undefined) throw failure;
  },
});

const autoscaleFlags = {
  ...printFlags,
  cpu: string('Target of CPU use: a share of the request (80%) or an amount (500m).'),
  'cpu-percent': int32('Target of CPU use, as a share of the request in percent.', -1),
  ...dryRunFlag,
  ...fieldManagerFlag('kubectl-autoscale'),
  ...fileFlags,
  max: int32('Most pods there may be.', -1, { required: true }),
  memory: string('Target of memory use: a share of the request (80%) or an amount (200Mi).'),
  min: int32('Fewest pods there may be.', -1),
  name: string("The autoscaler's name; else that of the object."),
  ...saveConfigFlag,
};

export const autoscale = defineVerb({
  name: 'autoscale',
  use: 'autoscale (-f FILENAME | TYPE NAME | TYPE/NAME) [--min=MINPODS] --max=MAXPODS [--cpu-percent=CPU]',
  short: 'Auto-scale a deployment, replica set, stateful set, or replication controller',
  flags: autoscaleFlags,
  run: (kubectl, { args, flags }) => {
    const dryRun = dryRunOf(kubectl, flags);
    if (flags.max < 1) throw new KubectlError(`--max=MAXPODS is required and must be at least 1, max: ${flags.max}`);
    if (flags.max < flags.min)
      throw new KubectlError(`--max=MAXPODS must be larger or equal to --min=MINPODS, max: ${flags.max}, min: ${flags.min}`);
    const printer = printerFor({ flags, io: kubectl.io, operation: operation('autoscaled', dryRun), typed: true });
    const options = { args, filenames: flags.filename, kustomize: flags.kustomize, recursive: flags.recursive, latest: true };
    const count = forEach(visit(kubectl, options), ({ mapping, name }) => {
      if (!mapping.subresources.includes('scale'))
        throw new KubectlError(
          `cannot autoscale a ${mapping.kind}: could not find scale subresource for ${mapping.group}/${mapping.version}, Resource=${mapping.resource} in discovery information`,
        );
      const autoscaler = autoscalerFor(
        kubectl,
        flags.name || name,
        { kind: mapping.kind, name, apiVersion: apiVersionText(mapping) },
        flags,
      );
      const object = flags['save-config'] ? withLastApplied(autoscaler) : autoscaler;
      const result =
        dryRun === 'client'
          ? object
          : (kubectl.client.request('POST', `/apis/${object.apiVersion}/namespaces/${kubectl.namespace.name}/horizontalpodautoscalers`, {
              query: writeQuery(dryRun, flags['field-manager']),
              body: JSON.stringify(object),
            }).body as KubeObject);
      printer.print(result, (text) => kubectl.out(text));
    });
    if (count === 0) throw new KubectlError('no objects passed to autoscale');
  },
});

/** autoscaling/v1 until 1.32; since then v2 with its metrics. */
function autoscalerFor(kubectl: Invocation, name: string, scaleTargetRef: object, flags: Values<typeof autoscaleFlags>): KubeObject {
  const metadata = newMetadata(kubectl, name);
  const bounds = { scaleTargetRef, ...(flags.min > 0 && { minReplicas: flags.min }), maxReplicas: flags.max };
  if (!kubectl.atLeast(33)) {
    return {
      kind: 'HorizontalPodAutoscaler',
      apiVersion: 'autoscaling/v1',
      metadata,
      spec: { ...bounds, ...(flags['cpu-percent'] >= 0 && { targetCPUUtilizationPercentage: flags['cpu-percent'] }) },
      status: { currentReplicas: 0, desiredReplicas: 0 },
    } as unknown as KubeObject;
  }
  const cpu = flags['cpu-percent'] >= 0 ? `${flags['cpu-percent']}%` : flags.cpu;
  const metrics = [...metricOf('cpu', cpu), ...metricOf('memory', flags.memory)];
  return {
    kind: 'HorizontalPodAutoscaler',
    apiVersion: 'autoscaling/v2',
    metadata,
    spec: { ...bounds, ...(metrics.length > 0 && { metrics }) },
    status: { desiredReplicas: 0, currentMetrics: null },
  } as unknown as KubeObject;
}

function metricOf(name: string, target: string): readonly object[] {
  if (target === '') return [];
  const value = target.endsWith('%')
    ? { type: 'Utilization', averageUtilization: Number(target.slice(0, -1)) }
    : { type: 'AverageValue', averageValue: target };
  return [{ type: 'Resource', resource: { name, target: value } }];
}
