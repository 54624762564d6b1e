/** `kubectl apply` (staging:kubectl/pkg/cmd/apply). */
import { marshal } from '#kube/json.ts';
import type { KubeObject } from '#kube/object.ts';
import { asError, forEach, visit, type Info } from '../builder.ts';
import { newBody, pathOf } from '../client.ts';
import { clientSidePatch } from '../client-side-patch.ts';
import { dryRunFlag, dryRunOf, fieldManagerFlag, fieldValidationOf, operation, validateFlag, writeQuery, type DryRun } from '../dry-run.ts';
import { ApiError, isNotFound, KubectlError } from '../errors.ts';
import { fileFlags, selectorFlag } from '../file-flags.ts';
import { bool, duration, int, string, stringArray, type Values } from '../flags.ts';
import type { Invocation } from '../invocation.ts';
import { lastApplied, withLastApplied } from '../last-applied.ts';
import { matchesSelector } from '../label-filter.ts';
import { printerFor, printFlags, type Printer } from '../printers/printer.ts';
import { withSource } from '../source-error.ts';
import { defineVerb } from '../verb.ts';
import { editLastApplied, setLastApplied, viewLastApplied } from './last-applied.ts';

const flags = {
  ...printFlags,
  all: bool('With --prune: all objects.'),
  cascade: string('What becomes of dependents that a forced deletion would leave: background, foreground or orphan.', 'background', {
    bare: 'background',
  }),
  ...dryRunFlag,
  ...fieldManagerFlag('kubectl-client-side-apply'),
  ...fileFlags,
  force: bool('Delete and create anew what cannot be patched.'),
  'force-conflicts': bool('With --server-side: take fields over from other managers.'),
  'grace-period': int('Seconds a deleted object has to end by itself.', -1),
  'openapi-patch': bool('Take the way lists merge from the server.', true),
  overwrite: bool('Settle conflicts between manifest and live object for the manifest.', true),
  prune: bool('Delete what was applied before and is not in the files any more.'),
  'prune-allowlist': stringArray('With --prune: the types to look at, as group/version/kind.'),
  ...selectorFlag,
  'server-side': bool('Let the server apply.'),
  subresource: string('The subresource to apply to.'),
  timeout: duration('How long to wait for a deletion.'),
  ...validateFlag,
  wait: bool('Wait until deleted objects are gone.'),
};

type Flags = Values<typeof flags>;

export const apply = defineVerb({
  name: 'apply',
  use: 'apply (-f FILENAME | -k DIRECTORY)',
  short: 'Apply a configuration to a resource by file name or stdin',
  examples: ['kubectl apply -f ./web.yaml', 'kubectl apply -f manifests/ -R', 'cat web.yaml | kubectl apply -f -'],
  flags,
  verbs: [editLastApplied, setLastApplied, viewLastApplied],
  run: (kubectl, { args, flags, changed }) => {
    const serverSide = flags['server-side'];
    if (flags['force-conflicts'] && !serverSide) throw new KubectlError('--force-conflicts only works with --server-side');
    const dryRun = dryRunOf(kubectl, flags);
    if (dryRun === 'client' && serverSide)
      throw new KubectlError("--dry-run=client doesn't work with --server-side (did you mean --dry-run=server instead?)");
    if (args.length > 0) throw kubectl.usageError(`Unexpected args: [${args.join(' ')}]`);
    const fieldValidation = fieldValidationOf(flags);
    if (flags.filename.length === 0 && flags.kustomize === '') throw new KubectlError('must specify one of -f and -k');
    if (flags.subresource !== '' && !serverSide) throw new KubectlError('--subresource can only be specified for --server-side');
    if (flags.force && serverSide) throw new KubectlError('--force cannot be used with --server-side');
    if (dryRun === 'server' && flags.force) throw new KubectlError('--dry-run=server cannot be used with --force');
    if (flags.prune) refusePrune(flags);
    const manager = serverSide && !changed('field-manager') ? 'kubectl' : flags['field-manager'];
    const applier = new Applier(kubectl, flags, dryRun, manager, fieldValidation);
    const infos = visit(kubectl, {
      filenames: flags.filename,
      kustomize: flags.kustomize,
      recursive: flags.recursive,
      validate: fieldValidation !== 'Ignore',
    });
    const count = forEach(selected(infos, flags.selector), (info) => applier.apply(info));
    if (count === 0) throw new KubectlError('no objects passed to apply');
    applier.finish();
  },
});

function* selected(infos: Iterable<Info | Error>, selector: string): Generator<Info | Error> {
  for (const info of infos)
    if (info instanceof Error || selector === '' || matchesSelector(selector, info.object!.metadata.labels)) yield info;
}

/** Which objects an apply of long ago has made cannot be told apart here as the real command does it: it is refused, not guessed. */
function refusePrune({ all, selector }: Flags): never {
  if (!all && selector === '') {
    throw new KubectlError(
      'all resources selected for prune without explicitly passing --all. To prune all resources, pass the --all flag. If you did not mean to prune all resources, specify a label selector',
    );
  }
  throw new KubectlError('--prune is not simulated');
}

const conflictHelp = `Please review the fields above--they currently have other managers. Here
are the ways you can resolve this warning:
* If you intend to manage all of these fields, please re-run the apply
  command with the \`--force-conflicts\` flag.
* If you do not intend to manage all of the fields, please edit your
  manifest to remove references to the fields that should keep their
  current managers.
* You may co-own fields by updating your manifest to match the existing
  value; in this case, you'll become the manager if the other manager(s)
  stop managing the field (remove it from their configuration).
See https://kubernetes.io/docs/reference/using-api/server-side-apply/#conflicts`;

class Applier {
  readonly #kubectl: Invocation;
  readonly #flags: Flags;
  readonly #dryRun: DryRun;
  readonly #manager: string;
  readonly #fieldValidation: string;
  /** With `-o`, objects are printed together at the end: several of them as one list. */
  readonly #collected: KubeObject[] = [];

  constructor(kubectl: Invocation, flags: Flags, dryRun: DryRun, manager: string, fieldValidation: string) {
    this.#kubectl = kubectl;
    this.#flags = flags;
    this.#dryRun = dryRun;
    this.#manager = manager;
    this.#fieldValidation = fieldValidation;
    this.#printer('applied');
  }

  #printer(word: string): Printer {
    return printerFor({ flags: this.#flags, io: this.#kubectl.io, operation: operation(word, this.#dryRun) });
  }

  get #collects(): boolean {
    return this.#flags.output !== '' && this.#flags.output !== 'name';
  }

  #done(object: KubeObject, word: string): void {
    if (this.#collects) this.#collected.push(object);
    else this.#printer(word).print(object, (text) => this.#kubectl.out(text));
  }

  finish(): void {
    if (this.#collected.length === 0) return;
    const [only, second] = this.#collected;
    const whole =
      second === undefined ? only! : ({ apiVersion: 'v1', items: this.#collected, kind: 'List', metadata: {} } as unknown as KubeObject);
    this.#printer('').print(whole, (text) => this.#kubectl.out(text));
  }

  apply(info: Info): void {
    const { metadata } = info.object!;
    if ((metadata.generateName ?? '') !== '' && info.name === '')
      throw new KubectlError(`from ${metadata.generateName!}: cannot use generate name with apply`);
    if (this.#flags['server-side']) this.#applyServerSide(info);
    else this.#applyClientSide(info);
  }

  #applyServerSide(info: Info): void {
    const query = { ...writeQuery(this.#dryRun, this.#manager, this.#fieldValidation), force: String(this.#flags['force-conflicts']) };
    try {
      const { body } = this.#kubectl.client.request('PATCH', pathOf(info.mapping, info.namespace, info.name, this.#flags.subresource), {
        query,
        headers: { 'Content-Type': 'application/apply-patch+yaml' },
        body: JSON.stringify(info.object),
      });
      this.#done(body as KubeObject, 'serverside-applied');
    } catch (error) {
      if (error instanceof ApiError && error.status.reason === 'Conflict') throw new KubectlError(`${error.message}\n${conflictHelp}`);
      throw error;
    }
  }

  #applyClientSide(info: Info): void {
    const { client } = this.#kubectl;
    const live = this.#live(info);
    if (live === undefined) {
      const object = withLastApplied(withoutNulls(info.object!));
      const created =
        this.#dryRun === 'client'
          ? object
          : withSource('creating', info.source, () => {
              const query = writeQuery(this.#dryRun, this.#manager, this.#fieldValidation);
              return client.request('POST', pathOf(info.mapping, info.namespace), { query, body: newBody(object) }).body as KubeObject;
            });
      this.#done(created, 'created');
      return;
    }
    if (this.#dryRun === 'client') {
      this.#done(live, 'configured');
      return;
    }
    const name = `${info.mapping.resource}/${info.name}`;
    if (live.metadata.annotations?.[lastApplied] === undefined) {
      this.#kubectl.err(
        `Warning: resource ${name} is missing the ${lastApplied} annotation which is required by kubectl apply. kubectl apply should only be used on resources created declaratively by either kubectl create --save-config or kubectl apply. The missing annotation will be patched automatically.\n`,
      );
    }
    const { patch, object } = this.#patch(info, live);
    if (object.metadata.deletionTimestamp !== undefined) {
      this.#kubectl.err(`Warning: Detected changes to resource ${info.name} which is currently being deleted.\n`);
    }
    this.#done(object, Object.keys(patch).length === 0 ? 'unchanged' : 'configured');
  }

  #live(info: Info): KubeObject | undefined {
    const describe = describeInfo(info);
    try {
      if (info.name === '') throw new KubectlError('resource name may not be empty');
      return this.#kubectl.client.get(info.mapping, info.namespace, info.name);
    } catch (error) {
      if (isNotFound(error)) return undefined;
      const verb = `retrieving current configuration of:\n${describe}\nfrom server for:`;
      if (error instanceof ApiError) throw error.whilst(verb, info.source);
      throw new KubectlError(`error when ${verb} ${JSON.stringify(info.source)}: ${asError(error).message}`);
    }
  }

  #patch(info: Info, live: KubeObject): { readonly patch: object; readonly object: KubeObject } {
    const { client } = this.#kubectl;
    const { patch, contentType, modified } = clientSidePatch(info.mapping, info.object!, live, true);
    if (Object.keys(patch).length === 0) return { patch, object: live };
    const path = pathOf(info.mapping, info.namespace, info.name, this.#flags.subresource);
    try {
      const { body } = client.request('PATCH', path, {
        query: writeQuery(this.#dryRun, this.#manager, this.#fieldValidation),
        headers: { 'Content-Type': contentType },
        body: JSON.stringify(patch),
      });
      return { patch, object: body as KubeObject };
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (this.#flags.force && ['Conflict', 'Invalid'].includes(error.status.reason)) {
        client.request('DELETE', pathOf(info.mapping, info.namespace, info.name), {
          body: JSON.stringify({ kind: 'DeleteOptions', apiVersion: 'v1', propagationPolicy: 'Background' }),
        });
        const { body } = client.request('POST', pathOf(info.mapping, info.namespace), {
          query: writeQuery(this.#dryRun, this.#manager),
          body: newBody(modified),
        });
        return { patch, object: body as KubeObject };
      }
      throw error
        .whilst('patching', info.source)
        .whilst(`applying patch:\n${marshal(patch)}\nto:\n${describeInfo(info)}\nfor:`, info.source);
    }
  }
}

/** (resource.Info.String) */
function describeInfo({ mapping, namespace, name }: Info): string {
  const { group, version, kind, resource } = mapping;
  return `Resource: "${group}/${version}, Resource=${resource}", GroupVersionKind: "${group}/${version}, Kind=${kind}"\nName: ${JSON.stringify(name)}, Namespace: ${JSON.stringify(namespace)}`;
}

/** Nulls in a manifest mean: not set. */
function withoutNulls<T>(value: T): T {
  if (Array.isArray(value)) return value.map(withoutNulls) as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, inner]) => inner !== null)
      .map(([key, inner]) => [key, withoutNulls(inner)]),
  ) as T;
}
