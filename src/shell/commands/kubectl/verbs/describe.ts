/** `kubectl describe` (staging:kubectl/pkg/cmd/describe/describe.go). */
import { asError, targetsOf, visitTargets, type BuilderOptions, type Info, type Target } from '../builder.ts';
import { describerFor } from '../describe/registry.ts';
import { AggregateErrors, isNotFound } from '../errors.ts';
import { allNamespacesFlag, chunkFlag, fileFlags, selectorFlag } from '../file-flags.ts';
import { bool, type Values } from '../flags.ts';
import type { Invocation } from '../invocation.ts';
import { defineVerb } from '../verb.ts';

const flags = {
  ...allNamespacesFlag,
  ...chunkFlag,
  ...fileFlags,
  ...selectorFlag,
  'show-events': bool('Print the events of the objects.', true),
};

type Flags = Values<typeof flags>;

export const describe = defineVerb({
  name: 'describe',
  use: 'describe (-f FILENAME | TYPE [NAME_PREFIX | -l label] | TYPE/NAME)',
  short: 'Show details of a specific resource or group of resources',
  examples: ['kubectl describe svc web', 'kubectl describe pods -l app=web', 'kubectl describe node node01'],
  flags,
  run: (kubectl, { args, flags }) => {
    if (args.length === 0 && flags.filename.length === 0 && flags.kustomize === '') {
      throw kubectl.usageError(
        `You must specify the type of resource to describe. Use "kubectl api-resources" for a complete list of supported resources.\n`.trimEnd(),
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
    const targets = targetsOf(kubectl, options);
    const errors: Error[] = [];
    let first = true;
    const seen = new Set<string>();
    for (const info of visitTargets(kubectl, targets, options)) {
      if (info instanceof Error) {
        if (isNotFound(info) && targets.length === 1 && targets[0]!.kind === 'name') {
          describePrefix(kubectl, targets[0] as Extract<Target, { kind: 'name' }>, info, flags);
          return;
        }
        if (!seen.has(info.message)) errors.push(info);
        seen.add(info.message);
        continue;
      }
      try {
        const text = describeOne(kubectl, info, flags);
        kubectl.out(first ? text : `\n\n${text}`);
        first = false;
      } catch (error) {
        errors.push(asError(error));
      }
    }
    if (first && errors.length === 0) {
      const everywhere = flags['all-namespaces'] || targets.some((target) => target.kind !== 'source' && !target.mapping.namespaced);
      kubectl.err(everywhere ? 'No resources found\n' : `No resources found in ${kubectl.namespace.name} namespace.\n`);
    }
    if (errors.length > 0) throw new AggregateErrors(errors);
  },
});

function describeOne(kubectl: Invocation, { mapping, namespace, name }: Info, given: Flags): string {
  const describer = describerFor(mapping);
  if (describer === undefined) throw new Error(`no description has been implemented for ${JSON.stringify(mapping.kind)}`);
  return describer(kubectl.client, mapping, namespace, name, { showEvents: given['show-events'], now: kubectl.now });
}

/** A name that nobody has may be the beginning of several (DescribeMatchingResources). */
function describePrefix(
  kubectl: Invocation,
  { mapping, namespace, name }: Extract<Target, { kind: 'name' }>,
  notFound: Error,
  given: Flags,
): void {
  const { items } = kubectl.client.list(mapping, namespace);
  const matching = items.filter(({ metadata }) => metadata.name.startsWith(name));
  if (matching.length === 0) throw notFound;
  for (const object of matching) {
    kubectl.out(
      `${describeOne(kubectl, { mapping, namespace: object.metadata.namespace ?? '', name: object.metadata.name, source: '' }, given)}\n`,
    );
  }
}
