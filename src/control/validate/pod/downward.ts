/** Fields and resources of the pod that its own containers are told. (pkg/apis/core/validation/validation.go: validateObjectFieldSelector) */
import type { Volume } from '#kube/kinds/volume.ts';
import type { FieldError } from '#kube/status.ts';
import { invalid, invalidEach, notSupported, required } from '../field.ts';
import { qualifiedName } from '../formats.ts';
import { nonReservedPath } from './paths.ts';

const envFields = [
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
  'spec.nodeName',
  'spec.serviceAccountName',
  'status.hostIP',
  'status.hostIPs',
  'status.podIP',
  'status.podIPs',
];
const volumeFields = ['metadata.annotations', 'metadata.labels', 'metadata.name', 'metadata.namespace', 'metadata.uid'];
const known = new Set([...envFields, ...volumeFields]);
const resources = [
  'limits.cpu',
  'limits.ephemeral-storage',
  'limits.memory',
  'requests.cpu',
  'requests.ephemeral-storage',
  'requests.memory',
];

interface FieldRef {
  readonly apiVersion?: string;
  readonly fieldPath: string;
}

export function validateFieldRef({ apiVersion = '', fieldPath }: FieldRef, use: 'env' | 'volume', path: string): FieldError[] {
  if (apiVersion === '') return [required(`${path}.apiVersion`)];
  if (fieldPath === '') return [required(`${path}.fieldPath`)];
  const at = `${path}.fieldPath`;
  const subscript = /^(.*)\['(.*)'\]$/.exec(fieldPath);
  if (subscript) {
    const [, of = '', key = ''] = subscript;
    if (of === 'metadata.annotations') return invalidEach(at, key, qualifiedName(key.toLowerCase()));
    if (of === 'metadata.labels') return invalidEach(at, key, qualifiedName(key));
    return [invalid(at, fieldPath, `error converting fieldPath: field label does not support subscript: ${fieldPath}`)];
  }
  if (!known.has(fieldPath)) return [invalid(at, fieldPath, `error converting fieldPath: field label not supported: ${fieldPath}`)];
  const supported = use === 'env' ? envFields : volumeFields;
  return supported.includes(fieldPath) ? [] : [notSupported(at, fieldPath, supported)];
}

interface ResourceRef {
  readonly containerName?: string;
  readonly resource: string;
}

export function validateResourceRef({ containerName = '', resource }: ResourceRef, use: 'env' | 'volume', path: string): FieldError[] {
  if (use === 'volume' && containerName === '') return [required(`${path}.containerName`)];
  if (resource === '') return [required(`${path}.resource`)];
  const isHugePages = /^(limits|requests)\.hugepages-/.test(resource);
  return resources.includes(resource) || isHugePages ? [] : [notSupported(`${path}.resource`, resource, resources)];
}

type DownwardFile = NonNullable<NonNullable<Volume['downwardAPI']>['items']>[number];

export function validateDownwardFile({ path: file, fieldRef, resourceFieldRef }: DownwardFile, path: string): FieldError[] {
  const errors = file === '' ? [required(`${path}.path`)] : nonReservedPath(file, `${path}.path`);
  if (fieldRef !== undefined) {
    errors.push(...validateFieldRef(fieldRef, 'volume', `${path}.fieldRef`));
    if (resourceFieldRef !== undefined)
      errors.push(invalid(path, 'resource', 'fieldRef and resourceFieldRef can not be specified simultaneously'));
    return errors;
  }
  if (resourceFieldRef !== undefined) return [...errors, ...validateResourceRef(resourceFieldRef, 'volume', `${path}.resourceFieldRef`)];
  return [...errors, required(path, 'one of fieldRef and resourceFieldRef is required')];
}
