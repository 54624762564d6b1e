/** `kubectl label` and `kubectl annotate` (staging:kubectl/pkg/cmd/label/label.go, annotate/annotate.go). */
import { isEqual } from '#kube/equal.ts';
import { quote } from '#kube/json.ts';
import { labelKeyProblems, labelValueProblems } from '#kube/label-syntax.ts';
import type { KubeObject } from '#kube/object.ts';
import { forEach, targetsOf, visitTargets, type Info, type Target } from '../builder.ts';
import { pathOf } from '../client.ts';
import { dryRunFlag, dryRunOf, fieldManagerFlag, operation, writeQuery, type DryRun } from '../dry-run.ts';
import { AggregateErrors, KubectlError } from '../errors.ts';
import { allNamespacesFlag, fieldSelectorFlag, fileFlags, selectorFlag } from '../file-flags.ts';
import { bool, string, type Values } from '../flags.ts';
import type { Invocation } from '../invocation.ts';
import { resourcesAndPairs } from '../pairs.ts';
import { printerFor, printFlags } from '../printers/printer.ts';
import { jsonTwoWayPatch } from '../three-way-merge.ts';
import { defineVerb, type Verb } from '../verb.ts';

type Field = 'labels' | 'annotations';

const flagsOf = (manager: string, noun: string) => ({
  ...printFlags,
  all: bool('All objects of the types.'),
  ...allNamespacesFlag,
  ...dryRunFlag,
  ...fieldManagerFlag(manager),
  ...fieldSelectorFlag,
  ...fileFlags,
  list: bool(`Print the ${noun}s.`),
  local: bool('Ask no server: change what the file says.'),
  overwrite: bool(`A ${noun} that is there may be changed.`),
  'resource-version': string('Change the object only if this is its version.'),
  ...selectorFlag,
});

type Flags = Values<ReturnType<typeof flagsOf>>;

interface Changes {
  readonly set: Readonly<Record<string, string>>;
  readonly remove: readonly string[];
}

/** What differs between labels and annotations. */
interface Trade {
  readonly field: Field;
  readonly noun: string;
  readonly parse: (pairs: readonly string[]) => Changes;
  /** Throws when something that is there would be changed without --overwrite. */
  readonly protect: (there: Readonly<Record<string, string>>, set: Readonly<Record<string, string>>) => void;
  /** What is said of an object before and after. */
  readonly operation: (before: KubeObject, after: KubeObject, overwrite: boolean, kubectl: Invocation) => string;
  readonly reportsMissing: boolean;
}

const labels: Trade = {
  field: 'labels',
  noun: 'label',
  parse: (pairs) => {
    const set: Record<string, string> = {};
    const remove: string[] = [];
    for (const pair of pairs) {
      if (pair.includes('=')) {
        const parts = pair.split('=');
        if (parts.length !== 2) throw new KubectlError(`invalid label spec: ${pair}`);
        const problems = labelValueProblems(parts[1]!);
        if (problems.length > 0) throw new KubectlError(`invalid label value: ${quote(pair)}: ${problems.join(';')}`);
        set[parts[0]!] = parts[1]!;
      } else if (pair.endsWith('-')) remove.push(pair.slice(0, -1));
      else throw new KubectlError(`unknown label spec: ${pair}`);
    }
    for (const key of remove) if (key in set) throw new KubectlError('can not both modify and remove a label in the same command');
    return { set, remove };
  },
  protect: (there, set) => {
    const errors = Object.entries(set)
      .filter(([key, value]) => there[key] !== undefined && there[key] !== value)
      .map(([key]) => new KubectlError(`'${key}' already has a value (${there[key]!}), and --overwrite is false`));
    if (errors.length > 0) throw new AggregateErrors(errors);
  },
  operation: (before, after, overwrite) => {
    if (isEqual(before, after)) return 'not labeled';
    return !overwrite && JSON.stringify(after).length < JSON.stringify(before).length ? 'unlabeled' : 'labeled';
  },
  reportsMissing: true,
};

const annotations: Trade = {
  field: 'annotations',
  noun: 'annotation',
  parse: (pairs) => {
    const set: Record<string, string> = {};
    const remove: string[] = [];
    for (const pair of pairs) {
      const equals = pair.indexOf('=');
      if (equals > 0) set[pair.slice(0, equals)] = pair.slice(equals + 1);
      else if (pair.endsWith('-') && equals < 0) remove.push(pair.slice(0, -1));
      else throw new KubectlError(`invalid annotation format: ${pair}`);
    }
    for (const key of remove)
      if (key in set) throw new KubectlError('can not both modify and remove the following annotation(s) in the same command: ' + key);
    for (const key of Object.keys(set)) {
      const problems = labelKeyProblems(key.toLowerCase());
      if (problems.length > 0) throw new KubectlError(`metadata.annotations: Invalid value: ${quote(key)}: ${problems.join('; ')}`);
    }
    return { set, remove };
  },
  protect: (there, set) => {
    const declared = Object.entries(set)
      .filter(([key, value]) => key !== 'kubernetes.io/change-cause' && there[key] !== undefined && there[key] !== value)
      .map(([key]) => `'${key}' already has a value (${there[key]!})`);
    if (declared.length > 0)
      throw new KubectlError(`--overwrite is false but found the following declared annotation(s): ${declared.join('; ')}`);
  },
  operation: (_before, _after, _overwrite, kubectl) => (kubectl.atLeast(28) ? 'annotated' : 'annotate'),
  reportsMissing: false,
};

function metadataVerb(name: string, short: string, trade: Trade): Verb {
  return defineVerb({
    name,
    use: `${name} [--overwrite] (-f FILENAME | TYPE NAME) KEY_1=VAL_1 ... KEY_N=VAL_N [--resource-version=version]`,
    short,
    flags: flagsOf(`kubectl-${name}`, trade.noun),
    run: (kubectl, { args, flags }) => {
      const { resources, pairs } = resourcesAndPairs(args, trade.noun);
      const changes = trade.parse(pairs);
      const dryRun = dryRunOf(kubectl, flags);
      check(flags, resources, pairs, dryRun, trade);
      const options = {
        args: resources,
        filenames: flags.filename,
        kustomize: flags.kustomize,
        recursive: flags.recursive,
        labelSelector: flags.selector,
        fieldSelector: flags['field-selector'],
        all: flags.all,
        allNamespaces: flags['all-namespaces'],
        local: flags.local,
        latest: !flags.local,
      };
      const targets: readonly Target[] = targetsOf(kubectl, options);
      const one = targets.length === 1 && targets[0]!.kind === 'name';
      forEach(visitTargets(kubectl, targets, options), (info) => changeOne(kubectl, info, { changes, flags, dryRun, trade, one }));
    },
  });
}

function check(flags: Flags, resources: readonly string[], pairs: readonly string[], dryRun: DryRun, { noun }: Trade): void {
  if (flags.all && flags.selector !== '') throw new KubectlError('cannot set --all and --selector at the same time');
  if (flags.all && flags['field-selector'] !== '') throw new KubectlError('cannot set --all and --field-selector at the same time');
  const files = flags.filename.length > 0 || flags.kustomize !== '';
  if (flags.local) {
    if (dryRun === 'server') throw new KubectlError('cannot specify --local and --dry-run=server - did you mean --dry-run=client?');
    if (resources.length > 0)
      throw new KubectlError('can only use local files by -f pod.yaml or --filename=pod.json when --local=true is set');
    if (!files) throw new KubectlError('one or more files must be specified as -f pod.yaml or --filename=pod.json');
  } else if (resources.length === 0 && !files)
    throw new KubectlError('one or more resources must be specified as <resource> <name> or <resource>/<name>');
  if (pairs.length === 0 && !flags.list) throw new KubectlError(`at least one ${noun} update is required`);
}

interface Change {
  readonly changes: Changes;
  readonly flags: Flags;
  readonly dryRun: DryRun;
  readonly trade: Trade;
  readonly one: boolean;
}

function changeOne(kubectl: Invocation, info: Info, { changes, flags, dryRun, trade, one }: Change): void {
  const before = info.object!;
  const there = before.metadata[trade.field] ?? {};
  if (trade.reportsMissing && dryRun !== 'client' && !flags.local && !flags.list) {
    for (const key of changes.remove) if (there[key] === undefined) kubectl.out(`${trade.noun} ${quote(key)} not found.\n`);
  }
  if (!flags.overwrite) trade.protect(there, changes.set);
  const after = changed(before, trade.field, changes, flags['resource-version']);
  let result = after;
  if (!flags.local && dryRun !== 'client' && !flags.list) {
    const patch = jsonTwoWayPatch(before as never, after as never);
    result = kubectl.client.request('PATCH', pathOf(info.mapping, info.namespace, info.name), {
      query: writeQuery(dryRun, flags['field-manager']),
      headers: { 'Content-Type': 'application/merge-patch+json' },
      body: JSON.stringify(patch),
    }).body as KubeObject;
  }
  if (flags.list) {
    list(kubectl, info, result.metadata[trade.field] ?? {}, trade, one);
    return;
  }
  const word = trade.operation(before, after, flags.overwrite, kubectl);
  printerFor({ flags, io: kubectl.io, operation: operation(word, dryRun) }).print(result, (text) => kubectl.out(text));
}

function changed(object: KubeObject, field: Field, { set, remove }: Changes, resourceVersion: string): KubeObject {
  const kept = Object.entries({ ...object.metadata[field], ...set }).filter(([key]) => !remove.includes(key));
  const { [field]: _, ...rest } = object.metadata;
  const metadata = {
    ...rest,
    ...(kept.length > 0 && { [field]: Object.fromEntries(kept) }),
    ...(resourceVersion !== '' && { resourceVersion }),
  };
  return { ...object, metadata };
}

function list(kubectl: Invocation, { mapping, name }: Info, there: Readonly<Record<string, string>>, { noun }: Trade, one: boolean): void {
  if (!one) kubectl.err(`Listing ${noun}s for ${mapping.kind}.${mapping.group}/${name}:\n`);
  for (const key of Object.keys(there).sort()) kubectl.out(`${one ? '' : ' '}${key}=${there[key]!}\n`);
}

export const label = metadataVerb('label', 'Update the labels on a resource', labels);
export const annotate = metadataVerb('annotate', 'Update the annotations on a resource', annotations);
