/** What all of `kubectl set` has in common: objects are read, changed, and sent back as a patch. */
import { isEqual } from '#kube/equal.ts';
import type { KubeObject } from '#kube/object.ts';
import { asError, targetsOf, visitTargets, type BuilderOptions, type Info } from '../../builder.ts';
import { pathOf } from '../../client.ts';
import { dryRunFlag, dryRunOf, fieldManagerFlag, operation, writeQuery, type DryRun } from '../../dry-run.ts';
import { AggregateErrors, ApiError, KubectlError } from '../../errors.ts';
import { fileFlags, selectorFlag } from '../../file-flags.ts';
import { bool, type Flags, type Values } from '../../flags.ts';
import type { Invocation } from '../../invocation.ts';
import { printerFor, printFlags } from '../../printers/printer.ts';
import { jsonTwoWayPatch, schemaOfMapping, strategicTwoWayPatch } from '../../three-way-merge.ts';
import { typedObject } from '../../typed-object.ts';
import { defineVerb, type Given, type Verb } from '../../verb.ts';

const commonFlags = {
  ...printFlags,
  all: bool('All objects of the types.'),
  ...dryRunFlag,
  ...fieldManagerFlag('kubectl-set'),
  ...fileFlags,
  local: bool('Ask no server: change what the file says.'),
  ...selectorFlag,
};

export type CommonValues = Values<typeof commonFlags>;

export interface SetCommand<F extends Flags> {
  readonly name: string;
  readonly aliases?: readonly string[];
  readonly use: string;
  readonly short: string;
  readonly flags: F;
  readonly run: (kubectl: Invocation, given: Given<F & typeof commonFlags>, dryRun: DryRun) => void;
}

export function setVerb<const F extends Flags>({ name, aliases, use, short, flags, run }: SetCommand<F>): Verb {
  return defineVerb({
    name,
    ...(aliases !== undefined && { aliases }),
    use,
    short,
    flags: { ...commonFlags, ...flags },
    run: (kubectl, given) =>
      run(kubectl, given as unknown as Given<F & typeof commonFlags>, dryRunOf(kubectl, given.flags as CommonValues)),
  });
}

export function optionsOf(args: readonly string[], flags: CommonValues): BuilderOptions {
  return {
    args,
    filenames: flags.filename,
    kustomize: flags.kustomize,
    recursive: flags.recursive,
    labelSelector: flags.selector,
    all: flags.all,
    local: flags.local,
    latest: !flags.local,
  };
}

export interface Update {
  readonly kubectl: Invocation;
  readonly args: readonly string[];
  readonly flags: CommonValues;
  readonly dryRun: DryRun;
  /** What is printed of an object: `image updated`. */
  readonly word: string;
  /** What stands before a refusal of the patch; without it the refusal speaks for itself. */
  readonly failure?: string;
  /** Refuses what the flags say, once the objects are known to be there. */
  readonly check?: () => void;
  readonly change: (info: Info) => KubeObject;
  /** Says nothing of objects that stay as they are. */
  readonly silentWhenEqual?: boolean;
}

/** Changes every object by a patch, or shows what it would become. */
export function update({ kubectl, args, flags, dryRun, word, failure, check, change, silentWhenEqual = false }: Update): void {
  const options = optionsOf(args, flags);
  const printer = printerFor({ flags, io: kubectl.io, operation: operation(word, dryRun), typed: true });
  const print = (object: KubeObject) => printer.print(typedObject(object, kubectl.version), (text) => kubectl.out(text));
  const infos: Info[] = [];
  const errors: Error[] = [];
  for (const info of visitTargets(kubectl, targetsOf(kubectl, options), options)) {
    if (info instanceof Error) errors.push(info);
    else infos.push(info);
  }
  if (errors.length > 0) throw new AggregateErrors(errors);
  check?.();
  const changes: { readonly info: Info; readonly after: KubeObject }[] = [];
  for (const info of infos) {
    try {
      changes.push({ info, after: change(info) });
    } catch (error) {
      errors.push(asError(error));
    }
  }
  for (const { info, after } of changes) {
    const same = isEqual(info.object, after);
    if (same && silentWhenEqual) continue;
    if (flags.local || dryRun === 'client') {
      print(after);
      continue;
    }
    try {
      print(same ? info.object! : send(kubectl, info, after, dryRun, flags['field-manager']));
    } catch (error) {
      errors.push(failure === undefined || !(error instanceof ApiError) ? asError(error) : new KubectlError(`${failure} ${error.message}`));
    }
  }
  if (errors.length > 0) throw new AggregateErrors(errors);
}

function send(kubectl: Invocation, info: Info, after: KubeObject, dryRun: DryRun, fieldManager: string): KubeObject {
  const schema = schemaOfMapping(info.mapping);
  const [before, next] = [info.object as never, after as never];
  return kubectl.client.request('PATCH', pathOf(info.mapping, info.namespace, info.name), {
    query: writeQuery(dryRun, fieldManager),
    headers: { 'Content-Type': schema === undefined ? 'application/merge-patch+json' : 'application/strategic-merge-patch+json' },
    body: JSON.stringify(schema === undefined ? jsonTwoWayPatch(before, next) : strategicTwoWayPatch(before, next, schema)),
  }).body as KubeObject;
}

export function checkLocal({ local }: CommonValues, dryRun: DryRun): void {
  if (local && dryRun === 'server') throw new KubectlError('cannot specify --local and --dry-run=server - did you mean --dry-run=client?');
}

/** Arguments that name objects, and behind them those that say `key=value`. */
export function splitArguments(
  args: readonly string[],
  isChange: (arg: string) => boolean,
): { readonly resources: readonly string[]; readonly changes: readonly string[] } {
  const first = args.findIndex(isChange);
  if (first < 0) return { resources: args, changes: [] };
  const changes = args.slice(first);
  const stray = changes.find((arg) => !isChange(arg));
  if (stray !== undefined) throw new KubectlError(`all resources must be specified before image changes: ${stray}`);
  return { resources: args.slice(0, first), changes };
}
