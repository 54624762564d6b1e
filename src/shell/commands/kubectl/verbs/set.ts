/** `kubectl set` (staging:kubectl/pkg/cmd/set). */
import { isEqual } from '#kube/equal.ts';
import { quote } from '#kube/json.ts';
import type { KubeObject } from '#kube/object.ts';
import { parseSelector } from '#kube/selector-parse.ts';
import { asError, forEach, mappingFor, targetsOf, visitTargets, type Info } from '../builder.ts';
import { pathOf } from '../client.ts';
import { dryRunFlag, dryRunOf, fieldManagerFlag, operation, writeQuery, type DryRun } from '../dry-run.ts';
import { AggregateErrors } from '../errors.ts';
import { fileFlags, selectorFlag } from '../file-flags.ts';
import { bool, string, stringArray, stringSlice, type Flags, type Values } from '../flags.ts';
import { resourceList } from '../generators/policy.ts';
import type { Invocation } from '../invocation.ts';
import { printerFor, printFlags } from '../printers/printer.ts';
import { jsonTwoWayPatch, schemaOfMapping, strategicTwoWayPatch } from '../three-way-merge.ts';
import { defineVerb, type Given, type Verb } from '../verb.ts';

const commonFlags = {
  ...printFlags,
  all: bool('All objects of the types.'),
  ...dryRunFlag,
  ...fieldManagerFlag('kubectl-set'),
  ...fileFlags,
  local: bool('Ask no server: change what the file says.'),
  ...selectorFlag,
};

type Common = Values<typeof commonFlags>;

interface EnvVar {
  readonly name: string;
  readonly value?: string;
  readonly valueFrom?: {
    readonly configMapKeyRef?: { readonly name: string; readonly key: string };
    readonly secretKeyRef?: { readonly name: string; readonly key: string };
    readonly fieldRef?: { readonly fieldPath: string };
    readonly resourceFieldRef?: { readonly resource: string };
  };
}

interface Container {
  readonly name: string;
  readonly image?: string;
  readonly env?: readonly EnvVar[];
  readonly envFrom?: readonly unknown[];
  readonly resources?: { readonly limits?: Readonly<Record<string, string>>; readonly requests?: Readonly<Record<string, string>> };
}

interface PodSpec {
  readonly containers: readonly Container[];
  readonly initContainers?: readonly Container[];
  readonly [field: string]: unknown;
}

/** Where a kind keeps its pod's spec; undefined for kinds without pods (polymorphichelpers.UpdatePodSpecForObject). */
const podSpecPaths: Readonly<Record<string, readonly string[]>> = {
  Pod: ['spec'],
  Deployment: ['spec', 'template', 'spec'],
  DaemonSet: ['spec', 'template', 'spec'],
  StatefulSet: ['spec', 'template', 'spec'],
  ReplicaSet: ['spec', 'template', 'spec'],
  ReplicationController: ['spec', 'template', 'spec'],
  Job: ['spec', 'template', 'spec'],
  CronJob: ['spec', 'jobTemplate', 'spec', 'template', 'spec'],
};

/** The object with what stands at a path changed. */
function withAt<T>(value: unknown, path: readonly string[], change: (inner: T) => T): unknown {
  const [first, ...rest] = path;
  if (first === undefined) return change(value as T);
  const fields = value as Readonly<Record<string, unknown>>;
  return { ...fields, [first]: withAt(fields[first], rest, change) };
}

function withPodSpec({ mapping, object }: Info, change: (spec: PodSpec) => PodSpec): KubeObject {
  const path = podSpecPaths[mapping.kind];
  if (path === undefined)
    throw new Error(`the object is not a pod or does not have a pod template: ${mapping.group}/${mapping.version}, Kind=${mapping.kind}`);
  return withAt<PodSpec>(object, path, change) as KubeObject;
}

interface Update {
  readonly kubectl: Invocation;
  readonly args: readonly string[];
  readonly flags: Common;
  readonly dryRun: DryRun;
  /** What is printed of an object: `image updated`. */
  readonly word: string;
  readonly change: (info: Info) => KubeObject;
  /** Says nothing of objects that stay as they are. */
  readonly silentWhenEqual?: boolean;
}

/** Changes every object by a strategic merge patch, or shows what it would become. */
function update({ kubectl, args, flags, dryRun, word, change, silentWhenEqual = false }: Update): void {
  const options = {
    args,
    filenames: flags.filename,
    kustomize: flags.kustomize,
    recursive: flags.recursive,
    labelSelector: flags.selector,
    all: flags.all,
    local: flags.local,
    latest: !flags.local,
  };
  const printer = printerFor({ flags, io: kubectl.io, operation: operation(word, dryRun) });
  const errors: Error[] = [];
  const fail = (error: Error) => errors.push(error);
  for (const info of visitTargets(kubectl, targetsOf(kubectl, options), options)) {
    if (info instanceof Error) {
      fail(info);
      continue;
    }
    try {
      const after = change(info);
      const same = isEqual(info.object, after);
      if (same && silentWhenEqual && flags.output === '' && dryRun === 'none') continue;
      const result =
        flags.local || dryRun === 'client' ? after : same ? info.object! : send(kubectl, info, after, dryRun, flags['field-manager']);
      printer.print(result, (text) => kubectl.out(text));
    } catch (error) {
      fail(asError(error));
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

function checkSources(resources: readonly string[], { all, selector, filename, kustomize, local }: Common, dryRun: DryRun): void {
  if (all && selector !== '') throw new Error('cannot set --all and --selector at the same time');
  if (resources.length === 0 && filename.length === 0 && kustomize === '')
    throw new Error('one or more resources must be specified as <resource> <name> or <resource>/<name>');
  if (local && dryRun === 'server') throw new Error('cannot specify --local and --dry-run=server - did you mean --dry-run=client?');
}

/** Arguments that name objects, and those that say `key=value`. */
function split(
  args: readonly string[],
  isChange: (arg: string) => boolean,
): { readonly resources: readonly string[]; readonly changes: readonly string[] } {
  const first = args.findIndex(isChange);
  if (first < 0) return { resources: args, changes: [] };
  const changes = args.slice(first);
  const stray = changes.find((arg) => !isChange(arg));
  if (stray !== undefined) throw new Error(`all resources must be specified before image changes: ${stray}`);
  return { resources: args.slice(0, first), changes };
}

function setVerb<const F extends Flags>(
  name: string,
  use: string,
  short: string,
  flags: F,
  run: (kubectl: Invocation, given: Given<F & typeof commonFlags>, dryRun: DryRun) => void,
  aliases?: readonly string[],
): Verb {
  const all = { ...commonFlags, ...flags };
  return defineVerb({
    name,
    ...(aliases !== undefined && { aliases }),
    use,
    short,
    flags: all,
    run: (kubectl, given) => run(kubectl, given as unknown as Given<F & typeof commonFlags>, dryRunOf(kubectl, given.flags as Common)),
  });
}

const image = setVerb(
  'image',
  'image (-f FILENAME | TYPE NAME) CONTAINER_NAME_1=CONTAINER_IMAGE_1 ... CONTAINER_NAME_N=CONTAINER_IMAGE_N',
  'Update the image of a pod template',
  {},
  (kubectl, { args, flags }, dryRun) => {
    const { resources, changes } = split(args, (arg) => arg.includes('='));
    checkSources(resources, flags, dryRun);
    if (changes.length === 0) throw new Error('at least one image update is required');
    const images = changes.map((pair): readonly [string, string] => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]);
    if (images.length > 1 && images.some(([name]) => name === '*'))
      throw new Error('all containers are already specified by *, but saw more than one container_name=container_image pairs');
    update({
      kubectl,
      args: resources,
      flags,
      dryRun,
      word: 'image updated',
      silentWhenEqual: true,
      change: (info) =>
        withPodSpec(info, (spec) => {
          const names = [...spec.containers, ...(spec.initContainers ?? [])].map((one) => one.name);
          const missing = images.filter(([name]) => name !== '*' && !names.includes(name));
          if (missing.length > 0)
            throw new AggregateErrors(missing.map(([name]) => new Error(`unable to find container named ${quote(name)}`)));
          const changed = (containers: readonly Container[]) =>
            containers.map((one) => {
              const found = images.find(([name]) => name === one.name || name === '*');
              return found === undefined ? one : { ...one, image: found[1] };
            });
          return {
            ...spec,
            containers: changed(spec.containers),
            ...(spec.initContainers !== undefined && { initContainers: changed(spec.initContainers) }),
          };
        }),
    });
  },
);

const selector = setVerb(
  'selector',
  'selector (-f FILENAME | TYPE NAME) EXPRESSIONS [--resource-version=version]',
  'Set the selector on a resource',
  { 'resource-version': string('Change the object only if this is its version.') },
  (kubectl, { args, flags }, dryRun) => {
    const text = args.at(-1) ?? '';
    const resources = args.slice(0, -1);
    if (args.length === 0 && flags.filename.length === 0)
      throw new Error('one or more resources must be specified as <resource> <name> or <resource>/<name>');
    const parsed = parseSelector(text);
    if (!parsed.ok) throw new Error(parsed.error);
    update({
      kubectl,
      args: resources,
      flags,
      dryRun,
      word: 'selector updated',
      change: ({ mapping, object }) => {
        if (mapping.kind !== 'Service') throw new Error('setting a selector is only supported for Services');
        const chosen = Object.fromEntries(parsed.value.map(({ key, values }) => [key, values[0] ?? '']));
        const metadata = { ...object!.metadata, ...(flags['resource-version'] !== '' && { resourceVersion: flags['resource-version'] }) };
        return { ...object!, metadata, spec: { ...(object as unknown as { readonly spec: object }).spec, selector: chosen } } as KubeObject;
      },
    });
  },
);

const serviceAccount = setVerb(
  'serviceaccount',
  'serviceaccount (-f FILENAME | TYPE NAME) SERVICE_ACCOUNT',
  'Update the service account of a resource',
  {},
  (kubectl, { args, flags }, dryRun) => {
    const files = flags.filename.length > 0 || flags.kustomize !== '';
    if (args.length === 0) throw new Error('serviceaccount is required');
    const account = args.at(-1)!;
    const resources = args.slice(0, -1);
    if (resources.length === 0 && !files)
      throw new Error('one or more resources must be specified as <resource> <name> or <resource>/<name>');
    update({
      kubectl,
      args: resources,
      flags,
      dryRun,
      word: 'serviceaccount updated',
      change: (info) => withPodSpec(info, (spec) => ({ ...spec, serviceAccountName: account, serviceAccount: account })),
    });
  },
  ['sa'],
);

/** `*` and `a*` choose containers by their names. */
function chooses(pattern: string, name: string): boolean {
  const [head = '', tail = ''] = pattern.split('*');
  return pattern.includes('*') ? name.startsWith(head) && name.endsWith(tail) : name === pattern;
}

const resources = setVerb(
  'resources',
  'resources (-f FILENAME | TYPE NAME)  ([--limits=LIMITS & --requests=REQUESTS]',
  'Update resource requests/limits on objects with pod templates',
  {
    containers: string('The containers to change; * stands for any letters.', '*', { shorthand: 'c' }),
    limits: string('Limits: cpu=200m,memory=512Mi.'),
    requests: string('Requests: cpu=100m,memory=256Mi.'),
  },
  (kubectl, { args, flags }, dryRun) => {
    if (flags.limits === '' && flags.requests === '')
      throw new Error('you must specify an update to requests or limits (in the form of --requests/--limits)');
    const [limits, requests] = [resourceList(flags.limits), resourceList(flags.requests)];
    update({
      kubectl,
      args,
      flags,
      dryRun,
      word: 'resource requirements updated',
      change: (info) =>
        withPodSpec(info, (spec) => {
          if (!spec.containers.some(({ name }) => chooses(flags.containers, name)))
            throw new Error(`unable to find container named ${flags.containers}`);
          const merged = (now: Readonly<Record<string, string>> | undefined, added: Readonly<Record<string, string>>) =>
            Object.fromEntries(Object.entries({ ...now, ...added }).filter(([, amount]) => amount !== '0'));
          return {
            ...spec,
            containers: spec.containers.map((one) =>
              chooses(flags.containers, one.name)
                ? {
                    ...one,
                    resources: {
                      ...one.resources,
                      ...(flags.limits !== '' && { limits: merged(one.resources?.limits, limits) }),
                      ...(flags.requests !== '' && { requests: merged(one.resources?.requests, requests) }),
                    },
                  }
                : one,
            ),
          };
        }),
    });
  },
);

interface Subject {
  readonly kind: string;
  readonly name: string;
  readonly namespace?: string;
  readonly apiGroup?: string;
}

const subject = setVerb(
  'subject',
  'subject (-f FILENAME | TYPE NAME) [--user=username] [--group=groupname] [--serviceaccount=namespace:serviceaccountname] [--dry-run=server|client|none]',
  'Update the user, group, or service account in a role binding or cluster role binding',
  {
    user: stringArray('A user to add.'),
    group: stringArray('A group to add.'),
    serviceaccount: stringArray('A service account to add: <namespace>:<name>.'),
  },
  (kubectl, { args, flags }, dryRun) => {
    checkSources(args, flags, dryRun);
    if (flags.user.length + flags.group.length + flags.serviceaccount.length === 0)
      throw new Error('you must specify at least one value of user, group or serviceaccount');
    const apiGroup = 'rbac.authorization.k8s.io';
    const added: readonly Subject[] = [
      ...flags.user.map((name) => ({ kind: 'User', apiGroup, name })),
      ...flags.group.map((name) => ({ kind: 'Group', apiGroup, name })),
      ...flags.serviceaccount.map((text) => {
        const [namespace = '', name = '', ...more] = text.split(':');
        if (namespace === '' || name === '' || more.length > 0) throw new Error('serviceaccount must be <namespace>:<name>');
        return { kind: 'ServiceAccount', name, namespace };
      }),
    ];
    update({
      kubectl,
      args,
      flags,
      dryRun,
      word: 'subjects updated',
      change: ({ mapping, object }) => {
        if (!['RoleBinding', 'ClusterRoleBinding'].includes(mapping.kind))
          throw new Error('setting subjects is only supported for RoleBinding/ClusterRoleBinding');
        const subjects = (object as KubeObject & { readonly subjects?: readonly Subject[] }).subjects ?? [];
        const fresh = added.filter(
          (one) =>
            !subjects.some(
              (other) => other.kind === one.kind && other.name === one.name && (other.namespace ?? '') === (one.namespace ?? ''),
            ),
        );
        return { ...object!, subjects: [...subjects, ...fresh] } as KubeObject;
      },
    });
  },
);

const env = setVerb(
  'env',
  'env RESOURCE/NAME KEY_1=VAL_1 ... KEY_N=VAL_N',
  'Update environment variables on a pod template',
  {
    containers: string('The containers to change; * stands for any letters.', '*', { shorthand: 'c' }),
    env: stringArray('A variable: key=value.', { shorthand: 'e' }),
    from: string('A ConfigMap or Secret to take variables from: configmap/NAME.'),
    keys: stringSlice('With --from: only these keys.'),
    list: bool('Print the variables.'),
    overwrite: bool('Variables that are there may be changed.', true),
    prefix: string('With --from: what stands before the names.'),
    resolve: bool('With --list: look up what variables refer to.'),
  },
  (kubectl, { args, flags }, dryRun) => {
    const { resources, changes } = split(args, (arg) => /^[^/]*=/.test(arg) || /^[A-Za-z_.-][\w.-]*-$/.test(arg));
    if (resources.length === 0 && flags.filename.length === 0 && flags.kustomize === '')
      throw new Error('one or more resources must be specified as <resource> <name> or <resource>/<name>');
    if (flags.keys.length > 0 && flags.from === '')
      throw new Error('when specifying --keys, a configmap or secret must be provided with --from');
    const given = [...changes, ...flags.env].map((text) => (text === '-' ? kubectl.stdin() : text));
    const remove = given.filter((one) => !one.includes('=')).map((one) => one.slice(0, -1));
    const values = given
      .filter((one) => one.includes('='))
      .map((one): EnvVar => ({
        name: one.slice(0, one.indexOf('=')),
        ...(one.slice(one.indexOf('=') + 1) !== '' && { value: one.slice(one.indexOf('=') + 1) }),
      }));
    const imported = flags.from === '' ? [] : importedFrom(kubectl, flags.from, flags.prefix, flags.keys);
    const set = [...values, ...imported];
    if (flags.list) {
      listVariables(kubectl, resources, flags, flags.containers);
      return;
    }
    update({
      kubectl,
      args: resources,
      flags,
      dryRun,
      word: 'env updated',
      silentWhenEqual: true,
      change: (info) =>
        withPodSpec(info, (spec) => {
          const chosen = spec.containers.filter(({ name }) => chooses(flags.containers, name));
          if (chosen.length === 0)
            kubectl.err(
              `warning: ${info.mapping.resource}/${info.name} does not have any containers matching ${quote(flags.containers)}\n`,
            );
          return {
            ...spec,
            containers: spec.containers.map((one) => {
              if (!chosen.includes(one)) return one;
              if (!flags.overwrite) {
                const clash = set.find(({ name, value }) => one.env?.some((other) => other.name === name && other.value !== value));
                if (clash !== undefined)
                  throw new Error(
                    `'${clash.name}' already has a value (${one.env?.find(({ name }) => name === clash.name)?.value ?? ''}), and --overwrite is false`,
                  );
              }
              return withEnv(one, set, remove);
            }),
          };
        }),
    });
  },
);

function withEnv(container: Container, set: readonly EnvVar[], remove: readonly string[]): Container {
  const merged = [...(container.env ?? [])];
  for (const one of set) {
    const at = merged.findIndex(({ name }) => name === one.name);
    if (at < 0) merged.push(one);
    else merged[at] = one;
  }
  const kept = merged.filter(({ name }) => !remove.includes(name));
  const { env: _, ...rest } = container;
  return kept.length === 0 ? rest : { ...container, env: kept };
}

function importedFrom(kubectl: Invocation, from: string, prefix: string, keys: readonly string[]): readonly EnvVar[] {
  const [type = '', name = ''] = from.split('/');
  const mapping = mappingFor(kubectl, type);
  if (!['ConfigMap', 'Secret'].includes(mapping.kind)) throw new Error(`unsupported resource specified in --from`);
  const { data = {} } = kubectl.client.get<KubeObject & { readonly data?: Readonly<Record<string, string>> }>(
    mapping,
    kubectl.namespace.name,
    name,
  );
  const wanted = Object.keys(data)
    .sort()
    .filter((key) => keys.length === 0 || keys.includes(key));
  return wanted.map((key) => {
    const variable = `${prefix}${key}`.replaceAll(/[^\w]/g, '_').toUpperCase();
    const reference = { name, key };
    return { name: variable, valueFrom: mapping.kind === 'Secret' ? { secretKeyRef: reference } : { configMapKeyRef: reference } };
  });
}

function listVariables(kubectl: Invocation, resources: readonly string[], flags: Common, pattern: string): void {
  const options = {
    args: resources,
    filenames: flags.filename,
    kustomize: flags.kustomize,
    recursive: flags.recursive,
    labelSelector: flags.selector,
    all: flags.all,
    local: flags.local,
    latest: !flags.local,
  };
  forEach(visitTargets(kubectl, targetsOf(kubectl, options), options), (info) => {
    withPodSpec(info, (spec) => {
      for (const { name, env: variables = [] } of spec.containers.filter((one) => chooses(pattern, one.name))) {
        kubectl.out(`# ${info.mapping.kind} ${info.name}, container ${name}\n`);
        for (const variable of variables) kubectl.out(`${variableText(variable)}\n`);
      }
      return spec;
    });
  });
}

function variableText({ name, value = '', valueFrom }: EnvVar): string {
  if (valueFrom === undefined) return `${name}=${value}`;
  const { configMapKeyRef, secretKeyRef, fieldRef, resourceFieldRef } = valueFrom;
  if (secretKeyRef !== undefined) return `# ${name} from secret ${secretKeyRef.name}, key ${secretKeyRef.key}`;
  if (configMapKeyRef !== undefined) return `# ${name} from configmap ${configMapKeyRef.name}, key ${configMapKeyRef.key}`;
  if (fieldRef !== undefined) return `# ${name} from field path ${fieldRef.fieldPath}`;
  return `# ${name} from resource field ${resourceFieldRef?.resource ?? ''}`;
}

export const set = defineVerb({
  name: 'set',
  use: 'set SUBCOMMAND',
  short: 'Set specific features on objects',
  flags: {},
  verbs: [env, image, resources, selector, serviceAccount, subject],
});
