/** `kubectl taint` (staging:kubectl/pkg/cmd/taint). */
import { quote } from '#kube/json.ts';
import type { KubeObject } from '#kube/object.ts';
import { labelKeyProblems, labelValueProblems } from '#kube/label-syntax.ts';
import { forEach, targetsOf, visitTargets, type Info } from '../builder.ts';
import { pathOf } from '../client.ts';
import { dryRunFlag, dryRunOf, fieldManagerFlag, operation, validateFlag, writeQuery } from '../dry-run.ts';
import { AggregateErrors, KubectlError } from '../errors.ts';
import { selectorFlag } from '../file-flags.ts';
import { bool } from '../flags.ts';
import { printerFor, printFlags } from '../printers/printer.ts';
import { schemaOfMapping, strategicTwoWayPatch } from '../three-way-merge.ts';
import { defineVerb } from '../verb.ts';

interface Taint {
  readonly key: string;
  readonly value?: string;
  readonly effect?: string;
  readonly timeAdded?: string;
}

interface NodeShape extends KubeObject {
  readonly spec: { readonly taints?: readonly Taint[]; readonly [field: string]: unknown };
}

const effects = ['NoSchedule', 'PreferNoSchedule', 'NoExecute'];

export const taint = defineVerb({
  name: 'taint',
  use: 'taint NODE NAME KEY_1=VAL_1:TAINT_EFFECT_1 ... KEY_N=VAL_N:TAINT_EFFECT_N',
  short: 'Update the taints on one or more nodes',
  examples: ['kubectl taint nodes node01 dedicated=db:NoSchedule', 'kubectl taint nodes node01 dedicated-'],
  flags: {
    ...printFlags,
    all: bool('All nodes.'),
    ...dryRunFlag,
    ...fieldManagerFlag('kubectl-taint'),
    overwrite: bool('Taints that are there may be changed.'),
    ...selectorFlag,
    ...validateFlag,
  },
  run: (kubectl, { args, flags }) => {
    const dryRun = dryRunOf(kubectl, flags);
    const isTaint = (arg: string) => arg.includes('=') || arg.includes(':') || arg.endsWith('-');
    const first = args.findIndex(isTaint);
    const resources = first < 0 ? args : args.slice(0, first);
    const changes = first < 0 ? [] : args.slice(first);
    const stray = changes.find((arg) => !isTaint(arg));
    if (stray !== undefined) throw new KubectlError(`all resources must be specified before taint changes: ${stray}`);
    let parsed: Changes;
    try {
      parsed = parseTaints(changes);
    } catch (error) {
      throw kubectl.usageError((error as Error).message);
    }
    if (resources.length === 0) throw new KubectlError('one or more resources must be specified as <resource> <name>');
    if (flags.all && flags.selector !== '') throw new KubectlError("setting 'all' parameter with a non empty selector is prohibited");
    if (changes.length === 0) throw new KubectlError('at least one taint update is required');
    const [type] = resources as [string, ...string[]];
    const { resource, group } = kubectl.client.mapper.forArgument(type);
    if (resource !== 'nodes' || group !== '') throw new KubectlError(`invalid resource type ${type}, only node types are supported`);
    if (resources.length < 2 && !flags.all && flags.selector === '')
      throw new KubectlError("at least one resource name must be specified since 'all' parameter is not set");
    const options = { args: resources, labelSelector: flags.selector, all: flags.all, latest: true };
    forEach(visitTargets(kubectl, targetsOf(kubectl, options), options), (info) => {
      const { word, node } = tainted(info, parsed, flags.overwrite);
      const result =
        dryRun === 'client'
          ? node
          : (kubectl.client.request('PATCH', pathOf(info.mapping, '', info.name), {
              query: writeQuery(dryRun, flags['field-manager']),
              headers: { 'Content-Type': 'application/strategic-merge-patch+json' },
              body: JSON.stringify(strategicTwoWayPatch(info.object as never, node as never, schemaOfMapping(info.mapping)!)),
            }).body as KubeObject);
      // It says the same of what was only tried.
      printerFor({ flags, io: kubectl.io, operation: dryRun === 'client' ? word : operation(word, dryRun) }).print(result, (text) =>
        kubectl.out(text),
      );
    });
  },
});

interface Changes {
  readonly add: readonly Taint[];
  readonly remove: readonly Taint[];
}

/** `key=value:effect`, `key:effect`, `key-`, `key:effect-` (taint/utils.go, parseTaints). */
function parseTaints(texts: readonly string[]): Changes {
  const add: Taint[] = [];
  const remove: Taint[] = [];
  for (const text of texts) {
    const removes = text.endsWith('-');
    const taint = parseTaint(removes ? text.slice(0, -1) : text);
    if (removes) remove.push(taint);
    else {
      if (taint.effect === undefined) throw new KubectlError(`invalid taint spec: ${text}`);
      if (add.some(({ key, effect }) => key === taint.key && effect === taint.effect))
        throw new KubectlError(`duplicated taints with the same key and effect: ${JSON.stringify(taint)}`);
      add.push(taint);
    }
  }
  return { add, remove };
}

function parseTaint(text: string): Taint {
  const parts = text.split(':');
  if (parts.length > 2) throw new KubectlError(`invalid taint spec: ${text}`);
  const [pair = '', effect] = parts;
  // What names no effect is a key as a whole.
  if (effect !== undefined && !effects.includes(effect))
    throw new KubectlError(`invalid taint effect: ${effect}, unsupported taint effect`);
  const keyed = effect === undefined ? [pair] : pair.split('=');
  if (keyed.length > 2) throw new KubectlError(`invalid taint spec: ${text}`);
  const [key = '', value] = keyed;
  const problems = [...labelKeyProblems(key), ...(value === undefined || value === '' ? [] : labelValueProblems(value))];
  if (problems.length > 0) throw new KubectlError(`invalid taint spec: ${text}, ${problems.join('; ')}`);
  return { key, ...(value !== undefined && value !== '' && { value }), ...(effect !== undefined && { effect }) };
}

function tainted(
  { name, object }: Info,
  { add, remove }: Changes,
  overwrite: boolean,
): { readonly word: string; readonly node: KubeObject } {
  const node = object as NodeShape;
  const old = node.spec.taints ?? [];
  if (!overwrite) {
    const there = add.filter((one) => old.some(({ key, effect }) => key === one.key && effect === one.effect)).map(({ key }) => key);
    if (there.length > 0)
      throw new KubectlError(`node ${name} already has ${there.join(',')} taint(s) with same effect(s) and --overwrite is false`);
  }
  const missing = remove.filter((one) => !old.some((other) => covers(one, other)));
  if (missing.length > 0) {
    throw new AggregateErrors(
      missing.map(
        ({ key, effect }) =>
          new KubectlError(effect === undefined ? `taint ${quote(key)} not found` : `taint ${quote(`${key}:${effect}`)} not found`),
      ),
    );
  }
  const kept = old.filter(
    (one) => !add.some(({ key, effect }) => key === one.key && effect === one.effect) && !remove.some((other) => covers(other, one)),
  );
  const taints = [...add, ...kept];
  const changed = add.some((one) => old.some(({ key, effect }) => key === one.key && effect === one.effect));
  const word = remove.length > 0 && add.length > 0 ? 'modified' : remove.length > 0 ? 'untainted' : changed ? 'modified' : 'tainted';
  const { taints: _, ...spec } = node.spec;
  return { word, node: { ...node, spec: { ...spec, ...(taints.length > 0 && { taints }) } } as KubeObject };
}

function covers(removal: Taint, taint: Taint): boolean {
  return removal.key === taint.key && (removal.effect === undefined || removal.effect === taint.effect);
}
