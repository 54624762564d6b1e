/** `kubectl create TYPE NAME`: verbs that make an object from flags (staging:kubectl/pkg/cmd/create). */
import type { KubeObject, ObjectMeta } from '#kube/object.ts';
import {
  dryRunFlag,
  dryRunOf,
  fieldManagerFlag,
  fieldValidationOf,
  operation,
  saveConfigFlag,
  validateFlag,
  writeQuery,
} from '../dry-run.ts';
import { ApiError, KubectlError } from '../errors.ts';
import type { Flags, Values } from '../flags.ts';
import type { Invocation } from '../invocation.ts';
import { withLastApplied } from '../last-applied.ts';
import { printerFor, printFlags } from '../printers/printer.ts';
import { typedObject } from '../typed-object.ts';
import { defineVerb, type Given, type Verb } from '../verb.ts';

export const generatorFlags = { ...printFlags, ...dryRunFlag, ...fieldManagerFlag('kubectl-create'), ...saveConfigFlag, ...validateFlag };

export interface Generator<F extends Flags> {
  readonly name: string;
  readonly aliases?: readonly string[];
  readonly use: string;
  readonly short: string;
  readonly flags: F;
  /** Where objects of this kind are created: `deployments`, and whether a namespace stands before it. */
  readonly resource: string;
  readonly namespaced: boolean;
  /** What stands before a refusal: `failed to create deployment`. Without it the refusal speaks for itself. */
  readonly failure?: string;
  /** The object, its fields in the order of the Go struct; throws what is wrong with the flags. */
  readonly build: (kubectl: Invocation, name: string, given: Given<F>) => KubeObject;
}

export function generatorVerb<const F extends Flags>(generator: Generator<F>): Verb {
  const flags = { ...generatorFlags, ...generator.flags };
  return defineVerb({
    name: generator.name,
    ...(generator.aliases !== undefined && { aliases: generator.aliases }),
    use: generator.use,
    short: generator.short,
    flags,
    run: (kubectl, given) => {
      const name = nameArgument(kubectl, given as unknown as Given);
      createObject(
        kubectl,
        generator,
        generator.build(kubectl, name, given as unknown as Given<F>),
        given.flags as Values<typeof generatorFlags>,
      );
    },
  });
}

/** The one argument before `--` (create.NameFromCommandArgs). */
export function nameArgument(kubectl: Invocation, { args, dash }: Pick<Given, 'args' | 'dash'>): string {
  const count = dash ?? args.length;
  if (count !== 1) throw kubectl.usageError(`exactly one NAME is required, got ${count}`);
  return args[0]!;
}

/** Sends a new object, or only prints it. */
function createObject(
  kubectl: Invocation,
  { resource, namespaced, failure }: Pick<Generator<Flags>, 'resource' | 'namespaced' | 'failure'>,
  built: KubeObject,
  flags: Values<typeof generatorFlags>,
): void {
  const dryRun = dryRunOf(kubectl, flags);
  const printer = printerFor({ flags, io: kubectl.io, operation: operation('created', dryRun), typed: true });
  const object = flags['save-config'] ? withLastApplied(built) : built;
  let result = object;
  if (dryRun !== 'client') {
    const { apiVersion } = object;
    const scope = namespaced ? `namespaces/${kubectl.namespace.name}/` : '';
    try {
      result = kubectl.client.request('POST', `/${apiVersion.includes('/') ? 'apis' : 'api'}/${apiVersion}/${scope}${resource}`, {
        query: writeQuery(dryRun, flags['field-manager'], fieldValidationOf(flags)),
        body: JSON.stringify(object),
      }).body as KubeObject;
    } catch (error) {
      if (error instanceof ApiError && failure !== undefined) throw new KubectlError(`${failure}: ${error.message}`);
      throw error;
    }
  }
  printer.print(dryRun === 'client' ? result : typedObject(result, kubectl.version), (text) => kubectl.out(text));
}

/** Metadata of a new object, in the struct's order; its namespace is only said when a flag said it. */
export function newMetadata(
  kubectl: Invocation,
  name: string,
  {
    namespaced = true,
    labels,
    annotations,
    ownerReferences,
  }: { readonly namespaced?: boolean } & Partial<Pick<ObjectMeta, 'labels' | 'annotations' | 'ownerReferences'>> = {},
): ObjectMeta {
  const { name: namespace, enforced } = kubectl.namespace;
  return {
    ...(name !== '' && { name }),
    ...(namespaced && enforced && { namespace }),
    ...noTimestamp(kubectl),
    ...(labels !== undefined && { labels }),
    ...(annotations !== undefined && { annotations }),
    ...(ownerReferences !== undefined && { ownerReferences }),
  } as ObjectMeta;
}

/** Until 1.33 an empty metav1.Time was printed as null; since then it is left out (`omitzero`). */
export function noTimestamp(kubectl: Invocation): { readonly creationTimestamp?: string } {
  return kubectl.atLeast(34) ? {} : ({ creationTimestamp: null } as unknown as { readonly creationTimestamp?: string });
}

/** Metadata of a template inside an object. */
export function templateMetadata(kubectl: Invocation, fields: object = {}): object {
  return { ...noTimestamp(kubectl), ...fields };
}

/** `a=b,c=d` as a map; throws at the first that is no pair. */
export function pairs(items: readonly string[], complaint: (item: string) => string): Readonly<Record<string, string>> {
  return Object.fromEntries(
    items.map((item) => {
      const equals = item.indexOf('=');
      if (equals <= 0) throw new KubectlError(complaint(item));
      return [item.slice(0, equals), item.slice(equals + 1)];
    }),
  );
}
