/** `kubectl rollout` (staging:kubectl/pkg/cmd/rollout, pkg/polymorphichelpers). */
import { alignTabs } from '../../../columns.ts';
import { canonical, isEqual } from '#kube/equal.ts';
import { quote } from '#kube/json.ts';
import { rfc3339 } from '#kube/time.ts';
import type { PodTemplateSpec } from '#kube/kinds/pod-template.ts';
import type { KubeObject } from '#kube/object.ts';
import { requirementsOf, selectorText } from '#kube/selector.ts';
import { asError, forEach, mappingFor, targetsOf, visit, visitTargets, type Info } from '../builder.ts';
import { pathOf } from '../client.ts';
import { Context } from '../describe/context.ts';
import { podTemplateLines } from '../describe/pod-template.ts';
import { groupResource } from '../discovery.ts';
import { dryRunFlag, dryRunOf, fieldManagerFlag, operation, writeQuery, type DryRun } from '../dry-run.ts';
import { AggregateErrors, KubectlError } from '../errors.ts';
import { fileFlags, selectorFlag } from '../file-flags.ts';
import { bool, duration, int, type Values } from '../flags.ts';
import type { Invocation } from '../invocation.ts';
import { nameOf } from '../printers/name.ts';
import { printerFor, printFlags } from '../printers/printer.ts';
import { rolloutStatusOf, type Workload } from '../rollout-status.ts';
import { typedObject } from '../typed-object.ts';
import { schemaOfMapping, strategicTwoWayPatch } from '../three-way-merge.ts';
import { defineVerb, type Verb } from '../verb.ts';
import { waitUntil } from '../wait-until.ts';

interface Templated extends Workload {
  readonly spec: Workload['spec'] & {
    readonly paused?: boolean;
    readonly selector?: { readonly matchLabels?: Record<string, string> };
    readonly template?: Template;
  };
}

interface Template {
  readonly metadata?: { readonly labels?: Readonly<Record<string, string>>; readonly annotations?: Readonly<Record<string, string>> };
  readonly spec: Readonly<Record<string, unknown>>;
}

const revisionAnnotation = 'deployment.kubernetes.io/revision';
const changeCause = 'kubernetes.io/change-cause';

const commonFlags = { ...printFlags, ...fieldManagerFlag('kubectl-rollout'), ...fileFlags, ...selectorFlag };

function infosOf(
  kubectl: Invocation,
  args: readonly string[],
  flags: Values<typeof fileFlags & typeof selectorFlag>,
): Iterable<Info | Error> {
  const options = {
    args,
    filenames: flags.filename,
    kustomize: flags.kustomize,
    recursive: flags.recursive,
    labelSelector: flags.selector,
    allowEmptySelector: true,
    latest: true,
  };
  return visit(kubectl, options);
}

function requireResource(args: readonly string[], flags: Values<typeof fileFlags>): void {
  if (args.length === 0 && flags.filename.length === 0 && flags.kustomize === '') throw new KubectlError('required resource not specified');
}

const status = defineVerb({
  name: 'status',
  use: 'status (TYPE NAME | TYPE/NAME) [flags]',
  short: 'Show the status of the rollout',
  flags: {
    ...fileFlags,
    revision: int('The revision to look at; 0 is the latest.'),
    ...selectorFlag,
    timeout: duration('How long to wait; 0 is until it ends.'),
    watch: bool('Wait until the rollout has ended.', true, { shorthand: 'w' }),
  },
  run: async (kubectl, { args, flags }) => {
    requireResource(args, flags);
    if (flags.revision < 0) throw new KubectlError(`revision must be a positive integer: ${flags.revision}`);
    const options = {
      args,
      filenames: flags.filename,
      kustomize: flags.kustomize,
      recursive: flags.recursive,
      labelSelector: flags.selector,
      allowEmptySelector: true,
      latest: true,
    };
    const errors: Error[] = [];
    for (const info of visitTargets(kubectl, targetsOf(kubectl, options), options)) {
      if (info instanceof Error) errors.push(info);
      else {
        try {
          await follow(kubectl, info, flags.revision, flags.watch, flags.timeout);
        } catch (error) {
          errors.push(asError(error));
        }
      }
    }
    if (errors.length > 0) throw new AggregateErrors(errors);
  },
});

/** Prints the state, and each new one until the rollout is done. */
async function follow(
  kubectl: Invocation,
  { mapping, namespace, name }: Info,
  revision: number,
  watches: boolean,
  timeout: number,
): Promise<void> {
  let last = '';
  const done = () => {
    const workload = kubectl.client.get<Workload>(mapping, namespace, name);
    const { message, finished } = rolloutStatusOf(workload, mapping.kind, revision);
    if (message !== last) kubectl.out(message);
    last = message;
    return finished;
  };
  if (done() || !watches) return;
  if (!(await waitUntil(kubectl, done, timeout === 0 ? undefined : timeout))) throw new KubectlError('timed out waiting for the condition');
}

/** `pause`, `resume`, `restart`: each changes the object a little, and patches it. */
function patchingVerb(
  name: 'pause' | 'resume' | 'restart',
  short: string,
  word: string,
  change: (kubectl: Invocation, info: Info) => KubeObject,
): Verb {
  return defineVerb({
    name,
    use: `${name} RESOURCE`,
    short,
    flags: commonFlags,
    run: (kubectl, { args, flags }) => {
      requireResource(args, flags);
      const printer = printerFor({ flags, io: kubectl.io, operation: word, typed: true });
      const count = forEach(infosOf(kubectl, args, flags), (info) => {
        const after = change(kubectl, info);
        const result = patch(kubectl, info, after, 'none', flags['field-manager']);
        printer.print(typedObject(result, kubectl.version), (text) => kubectl.out(text));
      });
      if (count === 0 && kubectl.atLeast(27)) kubectl.err(`No resources found in ${kubectl.namespace.name} namespace.\n`);
    },
  });
}

function patch(kubectl: Invocation, info: Info, after: KubeObject, dryRun: DryRun, fieldManager: string): KubeObject {
  const body = strategicTwoWayPatch(info.object as never, after as never, schemaOfMapping(info.mapping)!);
  return kubectl.client.request('PATCH', pathOf(info.mapping, info.namespace, info.name), {
    query: writeQuery(dryRun, fieldManager),
    headers: { 'Content-Type': 'application/strategic-merge-patch+json' },
    body: JSON.stringify(body),
  }).body as KubeObject;
}

function objectError({ mapping, name }: Info, message: string): Error {
  return new KubectlError(`${groupResource(mapping)} ${JSON.stringify(name)} ${message}`);
}

const pause = patchingVerb('pause', 'Mark the provided resource as paused', 'paused', (_, info) => {
  const { spec, ...rest } = info.object as Templated;
  if (info.mapping.kind !== 'Deployment') throw objectError(info, 'pausing is not supported');
  if (spec.paused === true) throw objectError(info, 'is already paused');
  return { ...rest, spec: { ...spec, paused: true } } as KubeObject;
});

const resume = patchingVerb('resume', 'Resume a paused resource', 'resumed', (_, info) => {
  const { spec, ...rest } = info.object as Templated;
  if (info.mapping.kind !== 'Deployment') throw objectError(info, 'resuming is not supported');
  if (spec.paused !== true) throw objectError(info, 'is not paused');
  const { paused: _paused, ...running } = spec;
  return { ...rest, spec: running } as KubeObject;
});

const restart = patchingVerb('restart', 'Restart a resource', 'restarted', (kubectl, info) => {
  const { spec, ...rest } = info.object as Templated;
  if (!['Deployment', 'DaemonSet', 'StatefulSet'].includes(info.mapping.kind)) throw objectError(info, 'restarting is not supported');
  if (spec.paused === true) throw objectError(info, "can't restart paused deployment (run rollout resume first)");
  const annotations = { ...spec.template!.metadata?.annotations, 'kubectl.kubernetes.io/restartedAt': rfc3339(kubectl.now) };
  const template = { ...spec.template!, metadata: { ...spec.template!.metadata, annotations } };
  return { ...rest, spec: { ...spec, template } } as KubeObject;
});

interface Revision {
  readonly number: number;
  readonly template: Template;
  readonly cause: string | undefined;
  readonly source: KubeObject;
}

/** The revisions that a workload can go back to, oldest first: a Deployment's ReplicaSets, others' ControllerRevisions. */
function revisionsOf(kubectl: Invocation, { mapping, namespace, object }: Info): readonly Revision[] {
  const { spec, metadata } = object as Templated;
  const labelSelector = selectorText(requirementsOf(spec.selector ?? {}));
  const owned = (one: KubeObject) =>
    one.metadata.ownerReferences?.some(({ controller, uid }) => controller === true && uid === metadata.uid) === true;
  if (mapping.kind === 'Deployment') {
    const sets = kubectl.client.list<Templated>(mappingFor(kubectl, 'replicasets.apps'), namespace, { labelSelector }).items.filter(owned);
    return sets
      .map((set) => ({
        number: Number(set.metadata.annotations?.[revisionAnnotation] ?? 0),
        template: set.spec.template!,
        cause: set.metadata.annotations?.[changeCause],
        source: set,
      }))
      .toSorted((a, b) => a.number - b.number);
  }
  if (mapping.kind !== 'DaemonSet' && mapping.kind !== 'StatefulSet') throw unsupported(mapping, 'history viewer', 'history');
  const revisions = kubectl.client.list<
    KubeObject & { readonly revision: number; readonly data?: { readonly spec?: { readonly template?: Template } } }
  >(mappingFor(kubectl, 'controllerrevisions.apps'), namespace, { labelSelector }).items;
  return revisions
    .filter(owned)
    .map((one) => ({
      number: one.revision,
      template: one.data?.spec?.template ?? { spec: {} },
      cause: one.metadata.annotations?.[changeCause],
      source: one,
    }))
    .toSorted((a, b) => a.number - b.number);
}

const workloads = ['CronJob', 'DaemonSet', 'Deployment', 'Job', 'Pod', 'ReplicaSet', 'ReplicationController', 'StatefulSet'];

/** The error for kinds that this cannot be done with: in other words for kinds that run no pods (apps.GroupKindElement.Accept). */
function unsupported({ kind, group }: Info['mapping'], tool: string, what: string): Error {
  const name = JSON.stringify(group === '' ? kind : `${kind}.${group}`);
  return new KubectlError(
    workloads.includes(kind)
      ? `no ${tool} has been implemented for ${name}`
      : `error retrieving ${what} for ${name}, no visitor method exists for {${group} ${kind}}`,
  );
}

const history = defineVerb({
  name: 'history',
  use: 'history (TYPE NAME | TYPE/NAME) [flags]',
  short: 'View rollout history',
  flags: { ...printFlags, ...fileFlags, revision: int('Print the pod template of this revision.'), ...selectorFlag },
  run: (kubectl, { args, flags }) => {
    requireResource(args, flags);
    if (flags.revision < 0) throw new KubectlError(`revision must be a positive integer: ${flags.revision}`);
    forEach(infosOf(kubectl, args, flags), (info) => {
      const revisions = revisionsOf(kubectl, info);
      const chosen = flags.revision === 0 ? undefined : revisions.find(({ number }) => number === flags.revision);
      if (flags.output !== '') {
        const printer = printerFor({ flags, io: kubectl.io, typed: true });
        if (flags.revision !== 0 && chosen === undefined) throw new KubectlError('unable to find the specified revision');
        for (const { source } of chosen === undefined ? revisions : [chosen])
          printer.print(typedObject(source, kubectl.version), (text) => kubectl.out(text));
        return;
      }
      const name = nameOf(info.object!);
      if (flags.revision !== 0) {
        if (chosen === undefined && revisions.length === 0) {
          kubectl.out(`${name} with revision #${flags.revision}\nNo rollout history found.\n`);
          return;
        }
        if (chosen === undefined) throw new KubectlError('unable to find the specified revision');
        kubectl.out(`${name} with revision #${flags.revision}\n${templateText(kubectl, chosen)}\n`);
        return;
      }
      if (revisions.length === 0) {
        kubectl.out(`${name} \nNo rollout history found.\n`);
        return;
      }
      const rows = revisions
        .filter(({ number }) => number !== 0)
        .map(({ number, cause }) => `${number}\t${cause === undefined || cause === '' ? '<none>' : cause}\n`);
      kubectl.out(`${name} \n${alignTabs(`REVISION\tCHANGE-CAUSE\n${rows.join('')}`, { minWidth: 0, padding: 2 })}\n`);
    });
  },
});

/** The pods of a revision, its cause among their annotations. */
function templateText(kubectl: Invocation, { template, cause }: Revision): string {
  const annotations = { ...template.metadata?.annotations, ...(cause !== undefined && { [changeCause]: cause }) };
  const context = new Context(kubectl.client, { showEvents: false, chunkSize: 0, now: kubectl.now, version: kubectl.version });
  const lines = podTemplateLines({ ...template, metadata: { ...template.metadata, annotations } } as PodTemplateSpec, context);
  return lines.map((line) => `${line}\n`).join('');
}

const undo = defineVerb({
  name: 'undo',
  use: 'undo (TYPE NAME | TYPE/NAME) [flags]',
  short: 'Undo a previous rollout',
  flags: {
    ...printFlags,
    ...dryRunFlag,
    ...fileFlags,
    ...selectorFlag,
    'to-revision': int('The revision to go back to; 0 is the one before the last.'),
  },
  run: (kubectl, { args, flags }) => {
    requireResource(args, flags);
    const dryRun = dryRunOf(kubectl, flags);
    forEach(infosOf(kubectl, args, flags), (info) => {
      const word = rollBack(kubectl, info, flags['to-revision'], dryRun);
      const printer = printerFor({ flags, io: kubectl.io, operation: operation(word, dryRun), typed: true });
      printer.print(typedObject(info.object!, kubectl.version), (text) => kubectl.out(text));
    });
  },
});

/** Puts an earlier template back; what came of it (polymorphichelpers/rollback.go). */
function rollBack(kubectl: Invocation, info: Info, toRevision: number, dryRun: DryRun): string {
  const { kind } = info.mapping;
  if (!['Deployment', 'DaemonSet', 'StatefulSet'].includes(kind)) throw unsupported(info.mapping, 'rollbacker', 'rollbacker');
  if (toRevision < 0) throw new KubectlError(`unable to find specified revision ${toRevision} in history`);
  const { spec, metadata } = info.object as Templated;
  const revisions = revisionsOf(kubectl, info);
  const target = toRevision === 0 ? revisions.at(-2) : revisions.find(({ number }) => number === toRevision);
  if (target === undefined) {
    if (toRevision !== 0) throw new KubectlError(`unable to find specified revision ${toRevision} in history`);
    throw new KubectlError(
      kind === 'Deployment' ? `no rollout history found for deployment ${quote(info.name)}` : 'no last revision to roll back to',
    );
  }
  if (kind === 'Deployment' && spec.paused === true) {
    throw new KubectlError(`you cannot rollback a paused deployment; resume it first with 'kubectl rollout resume' and try again`);
  }
  if (dryRun === 'client')
    return `${kind === 'Deployment' ? '' : 'will roll back to '}${templateText(kubectl, { ...target, cause: undefined })}`;
  const template = withoutHash(target.template);
  if (sameTemplate(template, spec.template!)) return `skipped rollback (current template already matches revision ${target.number})`;
  const path = pathOf(info.mapping, info.namespace, info.name);
  const query = writeQuery(dryRun, 'kubectl-rollout');
  if (kind === 'Deployment') {
    const annotations = annotationsAfter(metadata.annotations, target.source.metadata.annotations);
    const body = [
      { op: 'replace', path: '/spec/template', value: template },
      ...(annotations === undefined ? [] : [{ op: 'replace', path: '/metadata/annotations', value: annotations }]),
    ];
    const headers = { 'Content-Type': 'application/json-patch+json' };
    kubectl.client.request('PATCH', path, { query, headers, body: JSON.stringify(body) });
  } else {
    // A ControllerRevision is the patch that brings its template back.
    const { data } = target.source as KubeObject & { readonly data?: unknown };
    const headers = { 'Content-Type': 'application/strategic-merge-patch+json' };
    kubectl.client.request('PATCH', path, { query, headers, body: JSON.stringify(data) });
  }
  return 'rolled back';
}

const hashLabel = 'pod-template-hash';

function withoutHash(template: Template): Template {
  const { [hashLabel]: _, ...labels } = template.metadata?.labels ?? {};
  return { ...template, metadata: { ...template.metadata, labels } };
}

function sameTemplate(a: Template, b: Template): boolean {
  return isEqual(withoutHash(a), withoutHash(b)) || canonical(withoutHash(a)) === canonical(withoutHash(b));
}

const kept = [
  'kubectl.kubernetes.io/last-applied-configuration',
  'deployment.kubernetes.io/revision',
  'deployment.kubernetes.io/revision-history',
  'deployment.kubernetes.io/desired-replicas',
  'deployment.kubernetes.io/max-replicas',
  'deprecated.deployment.rollback.to',
];

/** A Deployment takes its annotations from the ReplicaSet it goes back to, but for its bookkeeping. */
function annotationsAfter(
  own: Readonly<Record<string, string>> = {},
  source: Readonly<Record<string, string>> = {},
): Readonly<Record<string, string>> {
  const bookkeeping = Object.entries(own).filter(([key]) => kept.includes(key));
  const taken = Object.entries(source).filter(([key]) => !kept.includes(key));
  return Object.fromEntries([...bookkeeping, ...taken]);
}

export const rollout = defineVerb({
  name: 'rollout',
  use: 'rollout SUBCOMMAND',
  short: 'Manage the rollout of a resource',
  flags: {},
  helpOn: { stream: 'stdout', code: 1 },
  verbs: [history, pause, restart, resume, status, undo],
});
