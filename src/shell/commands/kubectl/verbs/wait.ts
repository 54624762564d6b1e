/** `kubectl wait` (staging:kubectl/pkg/cmd/wait/wait.go). */
import { valueText } from '#kube/json.ts';
import { parseJsonPath, type JsonPath } from '#kube/jsonpath.ts';
import type { KubeObject } from '#kube/object.ts';
import { asError, targetsOf, visitTargets, type Info } from '../builder.ts';
import { groupResource } from '../discovery.ts';
import { AggregateErrors, isNotFound, KubectlError } from '../errors.ts';
import { allNamespacesFlag, fieldSelectorFlag, fileFlags, selectorFlag } from '../file-flags.ts';
import { bool, duration, stringArray } from '../flags.ts';
import type { Invocation } from '../invocation.ts';
import { printerFor, printFlags } from '../printers/printer.ts';
import { relaxedJsonPath } from '../printers/sort.ts';
import { defineVerb } from '../verb.ts';
import { waitUntil } from '../wait-until.ts';

/** What is waited for: `undefined` stands for an object that is not there. */
interface Condition {
  readonly kind: 'delete' | 'create' | 'condition' | 'jsonpath';
  readonly met: (object: KubeObject | undefined) => boolean;
}

interface Conditioned extends KubeObject {
  readonly status?: {
    readonly conditions?: readonly { readonly type: string; readonly status: string; readonly observedGeneration?: number }[];
    readonly observedGeneration?: number;
  };
}

export const wait = defineVerb({
  name: 'wait',
  use: "wait ([-f FILENAME] | resource.group/resource.name | resource.group [(-l label | --all)]) [--for=create|--for=delete|--for condition=available|--for=jsonpath='{}'[=value]]",
  short: 'Experimental: Wait for a specific condition on one or many resources',
  examples: ['kubectl wait --for=condition=Ready pod/web --timeout=60s', "kubectl wait --for=jsonpath='{.status.phase}'=Running pod/web"],
  flags: {
    ...printFlags,
    all: bool('All objects of the types.'),
    ...allNamespacesFlag,
    ...fieldSelectorFlag,
    filename: fileFlags.filename,
    for: stringArray("What to wait for: create, delete, condition=NAME[=VALUE] or jsonpath='{PATH}'[=VALUE]."),
    local: bool('Ask no server: look at what the file says.'),
    recursive: bool('Look into subdirectories of -f too.', true, { shorthand: 'R' }),
    ...selectorFlag,
    timeout: duration('How long to wait; 0 looks once, less than that waits a week.', 30_000, '30s'),
  },
  run: async (kubectl, { args, flags }) => {
    const condition = conditionOf(flags.for.at(-1) ?? '', kubectl.atLeast(31));
    const printer = printerFor({ flags, io: kubectl.io, operation: condition.kind === 'delete' ? 'deleted' : 'condition met' });
    const options = {
      args,
      filenames: flags.filename,
      recursive: flags.recursive,
      labelSelector: flags.selector,
      fieldSelector: flags['field-selector'],
      all: flags.all,
      allNamespaces: flags['all-namespaces'],
      local: flags.local,
      latest: condition.kind !== 'create' && condition.kind !== 'delete',
      requireObject: condition.kind !== 'create' && condition.kind !== 'delete',
    };
    const targets = targetsOf(kubectl, options);
    const end = kubectl.now + (flags.timeout < 0 ? week : flags.timeout);
    const errors: Error[] = [];
    let count = 0;
    for (const info of visitTargets(kubectl, targets, options)) {
      if (info instanceof Error) {
        errors.push(info);
        continue;
      }
      count++;
      try {
        const object = await waitFor(kubectl, info, condition, end, flags.local);
        if (object !== undefined) printer.print(object, (text) => kubectl.out(text));
      } catch (error) {
        errors.push(asError(error));
      }
    }
    if (errors.length > 0) throw new AggregateErrors(errors);
    if (count === 0 && condition.kind !== 'delete') throw new KubectlError('no matching resources found');
  },
});

const week = 7 * 24 * 3_600_000;

/** The object, once the condition is met; undefined when nothing was there to be deleted. */
async function waitFor(
  kubectl: Invocation,
  info: Info,
  condition: Condition,
  end: number,
  local: boolean,
): Promise<KubeObject | undefined> {
  let latest = info.object;
  const first = live(kubectl, info);
  if (condition.kind === 'delete' && first === undefined) return undefined;
  const look = () => {
    latest = local ? info.object : live(kubectl, info);
    if (latest === undefined && condition.kind !== 'delete' && condition.kind !== 'create') {
      throw new KubectlError(`${groupResource(info.mapping)} ${JSON.stringify(info.name)} not found`);
    }
    return condition.met(latest);
  };
  const known = latest ?? first;
  if (!(await waitUntil(kubectl, look, Math.max(0, end - kubectl.now)))) {
    throw new KubectlError(
      condition.kind === 'create'
        ? 'timed out waiting for the condition'
        : `timed out waiting for the condition on ${info.mapping.resource}/${info.name}`,
    );
  }
  return latest ?? known;
}

function live(kubectl: Invocation, { mapping, namespace, name }: Info): KubeObject | undefined {
  try {
    return kubectl.client.get(mapping, namespace, name);
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

/** (wait.conditionFuncFor) */
function conditionOf(text: string, knowsCreate: boolean): Condition {
  const lower = text.toLowerCase();
  if (lower === 'delete') return { kind: 'delete', met: (object) => object === undefined };
  if (lower === 'create' && knowsCreate) return { kind: 'create', met: (object) => object !== undefined };
  if (text.startsWith('condition=')) {
    const [, name = '', value = 'true'] = text.split('=');
    return { kind: 'condition', met: (object) => hasCondition(object as Conditioned, name, value) };
  }
  if (text.startsWith('jsonpath=')) return jsonPathCondition(text.slice('jsonpath='.length));
  throw new KubectlError(`unrecognized condition: ${JSON.stringify(text)}`);
}

function hasCondition({ metadata, status }: Conditioned, name: string, value: string): boolean {
  const condition = status?.conditions?.find(({ type }) => type.toLowerCase() === name.toLowerCase());
  if (condition === undefined) return false;
  const observed = condition.observedGeneration ?? status?.observedGeneration;
  if (metadata.generation !== undefined && observed !== undefined && observed < metadata.generation) return false;
  return condition.status.toLowerCase() === value.toLowerCase();
}

function jsonPathCondition(text: string): Condition {
  const found = /^(?<path>\{[^]*\}|[^=]*)(?:=(?<value>[^]*))?$/.exec(text)?.groups;
  if (found === undefined || text === '')
    throw new KubectlError(
      "jsonpath wait format must be --for=jsonpath='{.status.readyReplicas}'=3 or --for=jsonpath='{.status.readyReplicas}'",
    );
  const value = found['value']?.replace(/^['"]|['"]$/g, '');
  if (value === '') throw new KubectlError('jsonpath wait has to have a value after equal sign');
  const path = relaxedJsonPath(found['path']!);
  const parsed = parseJsonPath(path, { allowMissingKeys: true });
  if (!parsed.ok) throw new KubectlError(parsed.error);
  return { kind: 'jsonpath', met: (object) => holdsPath(parsed.value, object, value) };
}

function holdsPath(path: JsonPath, object: KubeObject | undefined, value: string | undefined): boolean {
  const found = path.find(object);
  if (!found.ok) throw new KubectlError(found.error);
  const [values = []] = found.value;
  if (values.length === 0) return false;
  if (values.length > 1) throw new KubectlError('given jsonpath expression matches more than one value');
  if (value === undefined) return true;
  if (typeof values[0] === 'object' && values[0] !== null)
    throw new KubectlError('jsonpath leads to a nested object or list which is not supported');
  return valueText(values[0]) === value;
}
