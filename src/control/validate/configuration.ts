/** ConfigMaps and Secrets. (pkg/apis/core/validation/validation.go: ValidateConfigMap, ValidateSecret) */
import { isEqual } from '#kube/equal.ts';
import { ConfigMap } from '#kube/kinds/config-map.ts';
import { Secret } from '#kube/kinds/secret.ts';
import type { FieldError } from '#kube/status.ts';
import { forbidden, invalid, invalidEach, required, tooLong } from './field.ts';
import { configMapKey } from './formats.ts';
import { validateImmutable } from './metadata.ts';
import { nameIsSubdomain } from './names.ts';
import { validator } from './validator.ts';

const mostBytes = 1048576;

/** Bytes of base64 text. */
function decodedLength(text: string): number {
  return Math.floor((text.replace(/=+$/, '').length * 3) / 4);
}

/** UTF-8 bytes. */
function byteLength(text: string): number {
  let length = 0;
  for (const char of text) {
    const code = char.codePointAt(0)!;
    length += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
  }
  return length;
}

function validateConfigMap({ data = {}, binaryData = {} }: ConfigMap): FieldError[] {
  const size =
    Object.values(data).reduce((sum, text) => sum + byteLength(text), 0) +
    Object.values(binaryData).reduce((sum, text) => sum + decodedLength(text), 0);
  return [
    ...Object.keys(data).flatMap((key) => [
      ...invalidEach(`data[${key}]`, key, configMapKey(key)),
      ...(key in binaryData ? [invalid(`data[${key}]`, key, 'duplicate of key present in binaryData')] : []),
    ]),
    ...Object.keys(binaryData).flatMap((key) => invalidEach(`binaryData[${key}]`, key, configMapKey(key))),
    ...(size > mostBytes ? [tooLong('', mostBytes)] : []),
  ];
}

const whenSet = 'field is immutable when `immutable` is set';

function validateFrozen(next: object, old: object, names: readonly string[]): FieldError[] {
  const [after, before] = [next as Record<string, unknown>, old as Record<string, unknown>];
  if (before['immutable'] !== true) return [];
  return [
    ...(after['immutable'] === true ? [] : [forbidden('immutable', whenSet)]),
    ...names.filter((name) => !isEqual(after[name] ?? {}, before[name] ?? {})).map((name) => forbidden(name, whenSet)),
  ];
}

export const configMapValidator = validator<ConfigMap>({
  kind: ConfigMap,
  name: nameIsSubdomain,
  validate: validateConfigMap,
  validateUpdate: (next, old) => [...validateFrozen(next, old, ['data', 'binaryData']), ...validateConfigMap(next)],
});

/** Keys that a type of Secret must have. */
const typeKeys: Readonly<Record<string, readonly string[]>> = {
  'kubernetes.io/dockercfg': ['.dockercfg'],
  'kubernetes.io/dockerconfigjson': ['.dockerconfigjson'],
  'kubernetes.io/ssh-auth': ['ssh-privatekey'],
  'kubernetes.io/tls': ['tls.crt', 'tls.key'],
};

/** Types whose one key holds JSON. */
const jsonTypes = new Set(['kubernetes.io/dockercfg', 'kubernetes.io/dockerconfigjson']);
const accountAnnotation = 'kubernetes.io/service-account.name';

function validateSecret({ metadata, data = {}, type = 'Opaque' }: Secret): FieldError[] {
  const size = Object.values(data).reduce((sum, text) => sum + decodedLength(text), 0);
  return [
    ...Object.keys(data).flatMap((key) => invalidEach(`data[${key}]`, key, configMapKey(key))),
    ...(size > mostBytes ? [tooLong('data', mostBytes)] : []),
    ...validateSecretType(type, data, metadata.annotations ?? {}),
  ];
}

function validateSecretType(
  type: string,
  data: Readonly<Record<string, string>>,
  annotations: Readonly<Record<string, string>>,
): FieldError[] {
  if (type === 'kubernetes.io/service-account-token') {
    return (annotations[accountAnnotation] ?? '') === '' ? [required(`metadata.annotations[${accountAnnotation}]`)] : [];
  }
  if (type === 'kubernetes.io/basic-auth') {
    const keys = ['username', 'password'];
    return keys.some((key) => key in data) ? [] : keys.map((key) => required(`data[${key}]`));
  }
  const keys = typeKeys[type] ?? [];
  const missing = keys.filter((key) => !(key in data)).map((key) => required(`data[${key}]`));
  if (missing.length > 0 || !jsonTypes.has(type)) return missing;
  const problem = jsonProblem(atob(data[keys[0]!]!));
  return problem === undefined ? [] : [invalid(`data[${keys[0]!}]`, '<secret contents redacted>', problem)];
}

/** The first thing that Go's encoding/json finds wrong with a text that should be an object. */
function jsonProblem(text: string): string | undefined {
  const trimmed = text.trimStart();
  if (trimmed === '') return 'unexpected end of JSON input';
  try {
    JSON.parse(text);
    return undefined;
  } catch {
    if (!/^[[{"\d\-tfn]/.test(trimmed)) return `invalid character '${trimmed[0]!}' looking for beginning of value`;
    return jsonSyntaxProblem(text);
  }
}

/** Finds where a text stops being the beginning of JSON. */
function jsonSyntaxProblem(text: string): string {
  for (let i = 0; i < text.length; i++) {
    if (!isJsonBeginning(text.slice(0, i + 1))) return `invalid character '${text[i]!}' ${placeOf(text.slice(0, i))}`;
  }
  return 'unexpected end of JSON input';
}

function isJsonBeginning(text: string): boolean {
  const closers: string[] = [];
  let inString = false;
  for (let i = 0; i < text.length; i++) {
    const char = text[i]!;
    if (inString) {
      if (char === '\\') i++;
      else if (char === '"') inString = false;
    } else if (char === '"') inString = true;
    else if (char === '{') closers.push('}');
    else if (char === '[') closers.push(']');
    else if (char === '}' || char === ']') {
      if (closers.pop() !== char) return false;
    } else if (!/[\s,:\d.eE+\-truefalsn]/.test(char)) return false;
  }
  return true;
}

function placeOf(before: string): string {
  const last = before.trimEnd().at(-1);
  if (last === '{') return 'looking for beginning of object key string';
  if (last === ',' || last === ':' || last === '[') return 'looking for beginning of value';
  return last === '"' || last === '}' || last === ']' ? 'after object key:value pair' : 'after top-level value';
}

export const secretValidator = validator<Secret>({
  kind: Secret,
  name: nameIsSubdomain,
  validate: validateSecret,
  validateUpdate: (next, old) => [
    ...validateImmutable(next.type, old.type, 'type'),
    ...validateFrozen(next, old, ['data']),
    ...validateSecret(next),
  ],
});
