/** Variables from the command line, and from the objects that `--from` names (kubectl: pkg/cmd/set/env). */
import { quote } from '#kube/json.ts';
import type { KubeObject } from '#kube/object.ts';
import { mappingFor } from '../../builder.ts';
import type { Invocation } from '../../invocation.ts';
import type { EnvVar } from '../../pod-spec.ts';
import { KubectlError } from '../../errors.ts';

export interface Variables {
  readonly set: readonly EnvVar[];
  /** Names of those to take away. */
  readonly remove: readonly string[];
}

/** `KEY=value`, `KEY-`, and `-` for lines of standard input. */
export function parseVariables(words: readonly string[], stdin: () => string): Variables {
  const set = new Map<string, EnvVar>();
  const remove: string[] = [];
  for (const word of words) {
    const [name, value] = splitAt(word);
    if (word === '-') for (const [key, one] of linesOf(stdin())) set.set(key, one);
    else if (value === undefined) remove.push(word.slice(0, -1));
    else set.set(name, variable(name, value));
  }
  if (remove.some((name) => set.has(name)))
    throw new KubectlError('can not both modify and remove the same environment variable in the same command');
  return { set: [...set.values()], remove };
}

function splitAt(text: string): readonly [name: string, value: string | undefined] {
  const equals = text.indexOf('=');
  return equals < 0 ? [text, undefined] : [text.slice(0, equals), text.slice(equals + 1)];
}

function linesOf(text: string): readonly (readonly [string, EnvVar])[] {
  return text
    .split('\n')
    .filter((line) => line.trim() !== '' && !line.startsWith('#'))
    .map((line) => {
      const [name, value] = splitAt(line);
      if (value === undefined) throw new KubectlError('environment variables must be of the form key=value');
      return [name, variable(name, value)];
    });
}

const nameRules =
  "a valid environment variable name must consist of alphabetic characters, digits, '_', '-', or '.', and must not start with a digit (e.g. 'my.env-name',  or 'MY_ENV.NAME',  or 'MyEnvName1', regex used for validation is '[-._a-zA-Z][-._a-zA-Z0-9]*')";

function variable(name: string, value: string): EnvVar {
  if (!/^[-._a-zA-Z][-._a-zA-Z0-9]*$/.test(name)) throw new KubectlError(`${quote(name)} is not a valid key name: ${nameRules}`);
  return { name, ...(value !== '' && { value }) };
}

/** Variables that refer to the keys of a ConfigMap or Secret; says what a key is called when it cannot be called as it is. */
export function importedFrom(kubectl: Invocation, from: string, prefix: string, keys: readonly string[]): readonly EnvVar[] {
  const [type = '', name = ''] = from.split('/');
  const mapping = mappingFor(kubectl, type);
  if (!['ConfigMap', 'Secret'].includes(mapping.kind)) throw new KubectlError('unsupported resource specified in --from');
  const source = kubectl.client.get<KubeObject & { readonly data?: Readonly<Record<string, string>> }>(
    mapping,
    kubectl.namespace.name,
    name,
  );
  return Object.keys(source.data ?? {})
    .sort()
    .filter((key) => keys.length === 0 || keys.includes(key))
    .map((key) => {
      const variableName = key.replaceAll(/[^\w]/g, '_').toUpperCase();
      if (variableName !== key) kubectl.err(`Warning: key ${key} transferred to ${variableName}\n`);
      const reference = { name, key };
      return {
        name: `${prefix}${variableName}`,
        valueFrom: mapping.kind === 'Secret' ? { secretKeyRef: reference } : { configMapKeyRef: reference },
      };
    });
}
