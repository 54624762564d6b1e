/** `kubectl describe` (staging:kubectl/pkg/cmd/describe/describe.go). */
import { asError, targetsOf, visitTargets, type BuilderOptions, type Info } from '../builder.ts';
import { hasChange } from '../describe/changes.ts';
import { Context } from '../describe/context.ts';
import { aligned } from '../describe/lines.ts';
import { descriptionOf } from '../describe/registry.ts';
import { apiVersionText } from '../discovery.ts';
import { AggregateErrors, isNotFound, KubectlError } from '../errors.ts';
import { allNamespacesFlag, chunkFlag, fileFlags, selectorFlag } from '../file-flags.ts';
import { bool, type Values } from '../flags.ts';
import type { Invocation } from '../invocation.ts';
import { defineVerb } from '../verb.ts';

const flags = {
  ...allNamespacesFlag,
  ...chunkFlag,
  ...fileFlags,
  ...selectorFlag,
  'show-events': bool('Show what was seen to happen to the objects.', true),
};

type Flags = Values<typeof flags>;

export const describe = defineVerb({
  name: 'describe',
  use: 'describe (-f FILENAME | TYPE [NAME_PREFIX | -l label] | TYPE/NAME)',
  short: 'Show details of a specific resource or group of resources',
  examples: ['kubectl describe node node01', 'kubectl describe pods/web', 'kubectl describe pods -l app=web', 'kubectl describe pods web'],
  suggestFor: ['inspect'],
  flags,
  run: (kubectl, { args, flags, changed }) => describeObjects(kubectl, args, flags, changed('show-events')),
});

function describeObjects(kubectl: Invocation, args: readonly string[], flags: Flags, showEventsGiven: boolean): void {
  if (args.length === 0 && flags.filename.length === 0 && flags.kustomize === '') {
    throw new KubectlError(
      'You must specify the type of resource to describe. Use "kubectl api-resources" for a complete list of supported resources.\n',
    );
  }
  const options: BuilderOptions = {
    args,
    filenames: flags.filename,
    kustomize: flags.kustomize,
    recursive: flags.recursive,
    labelSelector: flags.selector,
    allNamespaces: flags['all-namespaces'],
    allowEmptySelector: true,
    limit: flags['chunk-size'],
  };
  const infos: Info[] = [];
  const errors: Error[] = [];
  for (const info of visitTargets(kubectl, targetsOf(kubectl, options), options)) {
    if (info instanceof Error) errors.push(info);
    else infos.push(info);
  }
  // Since kubectl 1.36 events are looked for when there is one object only, unless the flag asks for them.
  const isOne = errors.length === 0 && infos.length <= 1;
  const showEvents = flags['show-events'] && (isOne || showEventsGiven || !hasChange(kubectl.version, 'events of one object'));
  const context = new Context(kubectl.client, { showEvents, chunkSize: flags['chunk-size'], now: kubectl.now, version: kubectl.version });
  const [error] = errors;
  if (error !== undefined && errors.length === 1 && isNotFound(error) && args.length === 2) {
    describeMatching(kubectl, context, error, args[0]!, args[1]!, flags['chunk-size']);
    return;
  }
  describeEach(kubectl, context, infos, errors);
  if (infos.length === 0 && errors.length === 0) {
    kubectl.err(flags['all-namespaces'] ? 'No resources found\n' : `No resources found in ${kubectl.namespace.name} namespace.\n`);
  }
  // Several errors in one place of another list of errors (resource.Result.Infos).
  if (errors.length > 0) throw new AggregateErrors([new AggregateErrors(errors)]);
}

/** Two blank lines stand between two objects. What goes wrong with one is told once, after the others. */
function describeEach(kubectl: Invocation, context: Context, infos: readonly Info[], errors: Error[]): void {
  const told = new Set<string>();
  let isFirst = true;
  for (const info of infos) {
    try {
      const text = textOf(info, context);
      kubectl.out(isFirst ? text : `\n\n${text}`);
      isFirst = false;
    } catch (thrown) {
      const error = asError(thrown);
      if (!told.has(error.message)) errors.push(error);
      told.add(error.message);
    }
  }
}

/** Every object whose name begins with what was no name, a blank line behind each (DescribeMatchingResources). */
function describeMatching(kubectl: Invocation, context: Context, notFound: Error, type: string, prefix: string, limit: number): void {
  const options: BuilderOptions = { args: [type], allowEmptySelector: true, singleResourceType: true, limit };
  let found = false;
  for (const info of visitTargets(kubectl, targetsOf(kubectl, options), options)) {
    if (info instanceof Error) throw info;
    if (!info.name.startsWith(prefix)) continue;
    found = true;
    kubectl.out(`${textOf(info, context)}\n`);
  }
  if (!found) throw notFound;
}

/** The object is asked for again, in the version that its describer knows. */
function textOf({ mapping, namespace, name }: Info, context: Context): string {
  const { describe, version } = descriptionOf(mapping);
  if (version === undefined) return aligned(describe(context.client.get(mapping, namespace, name), context));
  const known = context.client.mapper.forKind(apiVersionText({ group: mapping.group, version }), mapping.kind);
  return aligned(describe(context.typed(known ?? mapping, namespace, name), context));
}
