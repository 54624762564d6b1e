/** `kubectl set env --list` (kubectl: pkg/cmd/set/env/env_resolve.go). */
import type { KubeObject } from '#kube/object.ts';
import { parseQuantity, wholeUnits } from '#kube/quantity.ts';
import { allInfos, asError, mappingFor, visit, type Info } from '../../builder.ts';
import type { Invocation } from '../../invocation.ts';
import { withPodSpec, type Container, type EnvVar } from '../../pod-spec.ts';
import { optionsOf, type CommonValues } from './update.ts';
import { KubectlError } from '../../errors.ts';

/** Prints the variables of every container, as they would be after `change`. */
export function listVariables(
  kubectl: Invocation,
  resources: readonly string[],
  flags: CommonValues & { readonly resolve: boolean },
  change: (container: Container) => Container,
): void {
  for (const info of allInfos(visit(kubectl, optionsOf(resources, flags)))) {
    const unresolved = new Set<string>();
    for (const container of containersOf(info)) {
      kubectl.out(`# ${info.mapping.kind} ${info.name}, container ${container.name}\n`);
      for (const variable of change(container).env ?? []) {
        kubectl.out(`${variableText(kubectl, variable, { info, container, resolve: flags.resolve, unresolved })}\n`);
      }
    }
    for (const problem of [...unresolved].sort()) kubectl.err(`error retrieving reference for ${problem}\n`);
  }
}

/** No containers for objects that have no pods. */
function containersOf(info: Info): readonly Container[] {
  let found: readonly Container[] = [];
  try {
    withPodSpec(info, (spec) => {
      found = [...spec.containers, ...(spec.initContainers ?? [])];
      return spec;
    });
  } catch {
    return [];
  }
  return found;
}

interface Resolving {
  readonly info: Info;
  readonly container: Container;
  readonly resolve: boolean;
  readonly unresolved: Set<string>;
}

function variableText(kubectl: Invocation, variable: EnvVar, resolving: Resolving): string {
  const { name, value = '', valueFrom } = variable;
  if (valueFrom === undefined) return `${name}=${value}`;
  const reference = `# ${name} from ${referenceText(valueFrom)}`;
  if (!resolving.resolve) return reference;
  try {
    return `${name}=${resolved(kubectl, valueFrom, resolving)}`;
  } catch (error) {
    resolving.unresolved.add(`${name}: ${asError(error).message}`);
    return reference;
  }
}

type Source = NonNullable<EnvVar['valueFrom']>;

/** (env.GetEnvVarRefString) */
function referenceText({ configMapKeyRef, secretKeyRef, fieldRef, resourceFieldRef }: Source): string {
  if (configMapKeyRef !== undefined) return `configmap ${configMapKeyRef.name}, key ${configMapKeyRef.key}`;
  if (secretKeyRef !== undefined) return `secret ${secretKeyRef.name}, key ${secretKeyRef.key}`;
  if (fieldRef !== undefined) return `field path ${fieldRef.fieldPath}`;
  if (resourceFieldRef === undefined) return 'invalid valueFrom';
  const { containerName = '', resource } = resourceFieldRef;
  return `resource field ${containerName === '' ? '' : `${containerName}/`}${resource}`;
}

type WithData = KubeObject & { readonly data?: Readonly<Record<string, string>> };

function resolved(kubectl: Invocation, source: Source, { info, container }: Resolving): string {
  const { configMapKeyRef, secretKeyRef, fieldRef, resourceFieldRef } = source;
  const dataOf = (type: string, name: string) =>
    kubectl.client.get<WithData>(mappingFor(kubectl, type), kubectl.namespace.name, name).data ?? {};
  if (configMapKeyRef !== undefined) {
    const value = dataOf('configmaps', configMapKeyRef.name)[configMapKeyRef.key];
    if (value === undefined) throw new KubectlError(`key ${configMapKeyRef.key} not found in config map ${configMapKeyRef.name}`);
    return value;
  }
  if (secretKeyRef !== undefined) {
    const value = dataOf('secrets', secretKeyRef.name)[secretKeyRef.key];
    if (value === undefined) throw new KubectlError(`key ${secretKeyRef.key} not found in secret ${secretKeyRef.name}`);
    return new TextDecoder().decode(Uint8Array.from(atob(value), (char) => char.charCodeAt(0)));
  }
  if (fieldRef !== undefined) return fieldOf(info.object!, fieldRef.fieldPath);
  if (resourceFieldRef === undefined) throw new KubectlError('invalid valueFrom');
  const [list = '', name = ''] = resourceFieldRef.resource.split('.');
  const amounts = container.resources as Readonly<Record<string, Readonly<Record<string, string>> | undefined>> | undefined;
  const amount = parseQuantity(amounts?.[list]?.[name] ?? '0');
  return amount === undefined ? '0' : String(wholeUnits(amount));
}

/** (fieldpath.ExtractFieldPathAsString) */
function fieldOf({ metadata }: KubeObject, path: string): string {
  const [, list, key] = /^metadata\.(annotations|labels)\['(.*)'\]$/.exec(path) ?? [];
  if (key !== undefined) return metadata[list as 'annotations' | 'labels']?.[key] ?? '';
  if (path === 'metadata.name') return metadata.name;
  if (path === 'metadata.namespace') return metadata.namespace ?? '';
  if (path === 'metadata.uid') return metadata.uid ?? '';
  throw new KubectlError(`unsupported fieldPath: ${path}`);
}
