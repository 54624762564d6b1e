/** `kubectl delete` (staging:kubectl/pkg/cmd/delete/delete.go). */
import { asError, targetsOf, visitTargets, type Info } from '../builder.ts';
import { pathOf } from '../client.ts';
import type { RestMapping } from '../discovery.ts';
import { dryRunFlag, dryRunOf, type DryRun } from '../dry-run.ts';
import { AggregateErrors, ApiError, isNotFound, KubectlError } from '../errors.ts';
import { allNamespacesFlag, fieldSelectorFlag, fileFlags, selectorFlag } from '../file-flags.ts';
import { bool, duration, int, string, type Values } from '../flags.ts';
import type { Invocation } from '../invocation.ts';
import { groupKind } from '../printers/name.ts';
import { apiVersionText } from '../discovery.ts';
import { withSource } from '../source-error.ts';
import { defineVerb } from '../verb.ts';
import { waitUntil } from '../wait-until.ts';

const flags = {
  all: bool('Delete all objects of the types.'),
  ...allNamespacesFlag,
  cascade: string('What becomes of dependents: background, foreground or orphan.', 'background', { bare: 'background' }),
  ...dryRunFlag,
  ...fieldSelectorFlag,
  ...fileFlags,
  force: bool('Take pods away at once, without waiting for their end.'),
  'grace-period': int('Seconds an object has to end by itself; 1 with --now, 0 only with --force.', -1),
  'ignore-not-found': bool('An object that does not exist is no failure.'),
  interactive: bool('Ask before deleting.', false, { shorthand: 'i' }),
  now: bool('Let objects end within a second.'),
  output: string('Output format: name.', '', { shorthand: 'o' }),
  raw: string('A path to delete.'),
  ...selectorFlag,
  timeout: duration('How long to wait; 0 is until the objects are gone.'),
  wait: bool('Wait until the objects are gone.', true),
};

type Flags = Values<typeof flags>;

const warning =
  'Immediate deletion does not wait for confirmation that the running resource has been terminated. The resource may continue to run on the cluster indefinitely.';

export const deleteVerb = defineVerb({
  name: 'delete',
  use: 'delete ([-f FILENAME] | [-k DIRECTORY] | TYPE [(NAME | -l label | --all)])',
  short: 'Delete resources by file names, stdin, resources and names, or by resources and label selector',
  examples: ['kubectl delete svc web', 'kubectl delete -f web.yaml', 'kubectl delete pods -l app=web', 'kubectl delete pod web --force'],
  suggestFor: ['rm'],
  flags,
  run: async (kubectl, { args, flags, changed }) => {
    const propagation = propagationOf(flags.cascade);
    const dryRun = dryRunOf(kubectl, flags);
    const gracePeriod = gracePeriodOf(flags);
    if (flags.raw !== '') {
      kubectl.out(`${JSON.stringify(kubectl.client.request('DELETE', flags.raw).body)}\n`);
      return;
    }
    const targets = targetsOf(kubectl, {
      args,
      filenames: flags.filename,
      kustomize: flags.kustomize,
      recursive: flags.recursive,
      labelSelector: flags.selector,
      fieldSelector: flags['field-selector'],
      all: flags.all,
      allNamespaces: flags['all-namespaces'],
    });
    check(kubectl, flags, gracePeriod);
    const selects = flags.all || flags.selector !== '' || flags['field-selector'] !== '';
    const ignoreMissing = flags['ignore-not-found'] || (selects && !changed('ignore-not-found'));
    const deletion = { kubectl, dryRun, gracePeriod, propagation, output: flags.output };
    await deleteAll(deletion, visitTargets(kubectl, targets, { requireObject: false, filenames: flags.filename }), {
      flags,
      ignoreMissing,
    });
  },
});

export function propagationOf(cascade: string): string {
  switch (cascade) {
    case 'background':
    case 'true':
      return 'Background';
    case 'foreground':
      return 'Foreground';
    case 'orphan':
    case 'false':
      return 'Orphan';
    default:
      throw new KubectlError(`invalid cascade value (${cascade}). Must be "background", "foreground", or "orphan"`);
  }
}

function gracePeriodOf({ now, force, 'grace-period': given }: Flags): number {
  let period = given;
  if (now) {
    if (period !== -1) throw new KubectlError('--now and --grace-period cannot be specified together');
    period = 1;
  }
  if (period === 0 && !force) period = 1;
  return force && period < 0 ? 0 : period;
}

function check(kubectl: Invocation, { output, all, force, 'field-selector': fieldSelector }: Flags, gracePeriod: number): void {
  if (output !== '' && output !== 'name') throw new KubectlError(`unexpected -o output mode: ${output}. We only support '-o name'`);
  if (all && fieldSelector !== '') throw new KubectlError('cannot set --all and --field-selector at the same time');
  if (force && gracePeriod > 0) throw new KubectlError('--force and --grace-period greater than 0 cannot be specified together');
  if (force) kubectl.err(`${kubectl.atLeast(26) ? 'Warning' : 'warning'}: ${warning}\n`);
}

export interface Deletion {
  readonly kubectl: Invocation;
  readonly dryRun: DryRun;
  readonly gracePeriod: number;
  readonly propagation: string;
  readonly output: string;
}

async function deleteAll(
  deletion: Deletion,
  infos: Iterable<Info | Error>,
  { flags, ignoreMissing }: { readonly flags: Flags; readonly ignoreMissing: boolean },
): Promise<void> {
  const { kubectl, dryRun } = deletion;
  const errors: Error[] = [];
  const deleted: (Info & { readonly uid: string })[] = [];
  const fail = (error: Error) => {
    if (!(ignoreMissing && isNotFound(error))) errors.push(error);
  };
  let found = 0;
  let warnScope = kubectl.namespace.enforced && !flags['all-namespaces'];
  for (const info of infos) {
    if (info instanceof Error) {
      fail(info);
      continue;
    }
    found++;
    if (warnScope && !info.mapping.namespaced) {
      kubectl.err(
        `${kubectl.atLeast(26) ? 'Warning' : 'warning'}: deleting cluster-scoped resources, not scoped to the provided namespace\n`,
      );
      warnScope = false;
    }
    try {
      const uid = deleteOne(deletion, info);
      if (uid !== undefined) deleted.push({ ...info, uid });
    } catch (error) {
      fail(asError(error));
    }
  }
  if (errors.length > 0) throw new AggregateErrors(errors);
  if (found === 0) {
    kubectl.out('No resources found\n');
    return;
  }
  if (!flags.wait || dryRun !== 'none') return;
  await waitForDeletion(kubectl, deleted, flags.timeout);
}

/** Asks the server to delete an object and says so; its UID, when one is to be waited for. */
export function deleteOne({ kubectl, dryRun, gracePeriod, propagation, output }: Deletion, info: Info): string | undefined {
  let uid: string | undefined;
  if (dryRun !== 'client') {
    const options = {
      kind: 'DeleteOptions',
      apiVersion: 'v1',
      ...(gracePeriod >= 0 && { gracePeriodSeconds: gracePeriod }),
      propagationPolicy: propagation,
      ...(dryRun === 'server' && { dryRun: ['All'] }),
    };
    const { body } = withSource('deleting', info.source, () =>
      kubectl.client.request('DELETE', pathOf(info.mapping, info.namespace, info.name), {
        body: JSON.stringify(options),
        query: dryRun === 'server' ? { dryRun: 'All' } : {},
      }),
    );
    const answer = body as { readonly details?: { readonly uid?: string }; readonly metadata?: { readonly uid?: string } } | undefined;
    uid = answer?.details?.uid ?? answer?.metadata?.uid ?? '';
  }
  kubectl.out(deletedLine(kubectl, info, { dryRun, forced: gracePeriod === 0, output }));
  return uid;
}

/** `service "web" deleted`; since 1.34 with the namespace: `service "web" deleted from shop namespace`. */
export function deletedLine(
  kubectl: Invocation,
  { mapping, namespace, name }: { readonly mapping: RestMapping; readonly namespace: string; readonly name: string },
  { dryRun, forced, output }: { readonly dryRun: DryRun; readonly forced: boolean; readonly output: string },
): string {
  const kind = groupKind(apiVersionText(mapping), mapping.kind);
  if (output === 'name') return `${kind}/${name}\n`;
  const place = kubectl.atLeast(34) && mapping.namespaced && namespace !== '' ? ` from ${namespace} namespace` : '';
  const suffix = dryRun === 'none' ? '' : dryRun === 'client' ? ' (dry run)' : ' (server dry run)';
  return `${kind} "${name}" ${forced ? 'force deleted' : 'deleted'}${place}${suffix}\n`;
}

/** Until none of the objects is there any more, or another one in its place; who may not look does not wait. */
async function waitForDeletion(kubectl: Invocation, deleted: readonly (Info & { readonly uid: string })[], timeout: number): Promise<void> {
  for (const { mapping, namespace, name, uid } of deleted) {
    const gone = () => {
      try {
        const live = kubectl.client.get(mapping, namespace, name);
        return uid !== '' && live.metadata.uid !== uid;
      } catch (error) {
        if (error instanceof ApiError && ['NotFound', 'Forbidden', 'MethodNotAllowed'].includes(error.status.reason)) return true;
        throw error;
      }
    };
    if (!(await waitUntil(kubectl, gone, timeout === 0 ? undefined : timeout))) {
      throw new KubectlError(`timed out waiting for the condition on ${mapping.resource}/${name}`);
    }
  }
}
