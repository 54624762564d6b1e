/** The volumes of a pod. (pkg/apis/core/validation/validation.go: ValidateVolumes, validateVolumeSource) */
import type { Volume } from '#kube/kinds/volume.ts';
import type { FieldError } from '#kube/status.ts';
import { duplicate, forbidden, invalid, invalidEach, notSupported, required } from '../field.ts';
import { configMapKey, dns1123Label, dns1123Subdomain } from '../formats.ts';
import { validateDownwardFile } from './downward.ts';
import { descendingPath, noBacksteps, nonReservedPath } from './paths.ts';

type Source<Name extends keyof Volume> = NonNullable<Volume[Name]>;
type SourceRules = { readonly [Name in Exclude<keyof Volume, 'name'>]: (source: Source<Name>, path: string) => readonly FieldError[] };

/** No rules but that it is the only source. */
const anything = () => [];
const hostPathTypes = ['', 'BlockDevice', 'CharDevice', 'Directory', 'DirectoryOrCreate', 'File', 'FileOrCreate', 'Socket'];

/** In the order in which the second of two sources is found. */
const sourceRules: SourceRules = {
  emptyDir: anything,
  hostPath: ({ path: directory, type = '' }, path) => [
    ...(directory === '' ? [required(`${path}.path`)] : noBacksteps(directory, `${path}.path`)),
    ...(hostPathTypes.includes(type) ? [] : [notSupported(`${path}.type`, type, hostPathTypes)]),
  ],
  gitRepo: ({ repository, directory = '' }, path) => [
    ...(repository === '' ? [required(`${path}.repository`)] : []),
    ...descendingPath(directory, `${path}.directory`),
  ],
  gcePersistentDisk: anything,
  awsElasticBlockStore: anything,
  secret: ({ secretName = '', defaultMode, items = [] }, path) => [
    ...(secretName === '' ? [required(`${path}.secretName`)] : []),
    ...validateMode(defaultMode, `${path}.defaultMode`),
    ...items.flatMap((item, i) => validateItem(item, `${path}.items[${i}]`)),
  ],
  nfs: ({ server, path: directory }, path) => [
    ...(server === '' ? [required(`${path}.server`)] : []),
    ...(directory === '' ? [required(`${path}.path`)] : []),
    ...(directory.startsWith('/') ? [] : [invalid(`${path}.path`, directory, 'must be an absolute path')]),
  ],
  iscsi: anything,
  glusterfs: anything,
  flocker: anything,
  persistentVolumeClaim: ({ claimName }, path) => (claimName === '' ? [required(`${path}.claimName`)] : []),
  rbd: anything,
  cinder: anything,
  cephfs: anything,
  quobyte: anything,
  downwardAPI: ({ defaultMode, items = [] }, path) => [
    ...validateMode(defaultMode, `${path}.defaultMode`),
    ...items.flatMap((item) => validateDownwardFile(item, path)),
  ],
  fc: anything,
  flexVolume: anything,
  configMap: ({ name = '', defaultMode, items = [] }, path) => [
    ...(name === '' ? [required(`${path}.name`)] : []),
    ...validateMode(defaultMode, `${path}.defaultMode`),
    ...items.flatMap((item, i) => validateItem(item, `${path}.items[${i}]`)),
  ],
  azureFile: anything,
  vsphereVolume: anything,
  photonPersistentDisk: anything,
  portworxVolume: anything,
  azureDisk: anything,
  storageos: anything,
  projected: ({ defaultMode, sources = [] }, path) => [
    ...validateMode(defaultMode, `${path}.defaultMode`),
    ...sources.flatMap((source, i) => validateProjection(source, `${path}.sources[${i}]`)),
  ],
  scaleIO: anything,
  csi: ({ driver }, path) =>
    driver === '' ? [required(`${path}.driver`)] : invalidEach(`${path}.driver`, driver, dns1123Subdomain(driver.toLowerCase())),
  ephemeral: ({ volumeClaimTemplate }, path) => (volumeClaimTemplate === undefined ? [required(`${path}.volumeClaimTemplate`)] : []),
  image: ({ reference = '' }, path) => (reference === '' ? [required(`${path}.reference`)] : []),
};

/** The findings, and the names of the volumes that containers can mount: those without any. */
export function validateVolumes(
  volumes: readonly Volume[],
  path: string,
): { readonly errors: FieldError[]; readonly names: ReadonlySet<string> } {
  const names = new Set<string>();
  const errors = volumes.flatMap((volume, i) => {
    const at = `${path}[${i}]`;
    const found = [
      ...validateSource(volume, at),
      ...(volume.name === '' ? [required(`${at}.name`)] : invalidEach(`${at}.name`, volume.name, dns1123Label(volume.name))),
      ...(names.has(volume.name) ? [duplicate(`${at}.name`, volume.name)] : []),
    ];
    if (found.length === 0) names.add(volume.name);
    return found;
  });
  return { errors, names };
}

function validateSource(volume: Volume, path: string): FieldError[] {
  const names = (Object.keys(sourceRules) as (keyof SourceRules)[]).filter((name) => volume[name] !== undefined);
  const [first, ...others] = names;
  if (first === undefined) return [required(path, 'must specify a volume type')];
  const rules = sourceRules[first] as (source: unknown, path: string) => readonly FieldError[];
  return [
    ...rules(volume[first], `${path}.${first}`),
    ...others.map((name) => forbidden(`${path}.${name}`, 'may not specify more than 1 volume type')),
  ];
}

type Projection = NonNullable<NonNullable<Volume['projected']>['sources']>[number];

function validateProjection(source: Projection, path: string): FieldError[] {
  const names = ['secret', 'configMap', 'downwardAPI', 'serviceAccountToken', 'clusterTrustBundle', 'podCertificate'] as const;
  const [first, ...others] = names.filter((name) => source[name] !== undefined);
  if (first === undefined) return [required(path, 'must specify a volume type')];
  const { secret, configMap, downwardAPI, serviceAccountToken } = source;
  const named = secret ?? configMap;
  return [
    ...(named?.name === '' || (named !== undefined && named.name === undefined) ? [required(`${path}.${first}.name`)] : []),
    ...(named?.items ?? []).flatMap((item, i) => validateItem(item, `${path}.${first}.items[${i}]`)),
    ...(downwardAPI?.items ?? []).flatMap((item) => validateDownwardFile(item, `${path}.downwardAPI`)),
    ...(serviceAccountToken === undefined ? [] : validateToken(serviceAccountToken, `${path}.serviceAccountToken`)),
    ...others.map((name) => forbidden(`${path}.${name}`, 'may not specify more than 1 volume type')),
  ];
}

function validateToken(
  { path: file, expirationSeconds = 3600 }: NonNullable<Projection['serviceAccountToken']>,
  path: string,
): FieldError[] {
  return [
    ...(expirationSeconds < 600
      ? [invalid(`${path}.expirationSeconds`, expirationSeconds, 'may not specify a duration less than 10 minutes')]
      : []),
    ...(expirationSeconds > 2 ** 32
      ? [invalid(`${path}.expirationSeconds`, expirationSeconds, 'may not specify a duration larger than 2^32 seconds')]
      : []),
    ...(file === '' ? [required(`${path}.path`)] : nonReservedPath(file, `${path}.path`)),
  ];
}

interface Item {
  readonly key: string;
  readonly path: string;
  readonly mode?: number;
}

function validateItem({ key, path: file, mode }: Item, path: string): FieldError[] {
  return [
    ...(key === '' ? [required(`${path}.key`)] : invalidEach(`${path}.key`, key, configMapKey(key))),
    ...(file === '' ? [required(`${path}.path`)] : nonReservedPath(file, `${path}.path`)),
    ...validateMode(mode, `${path}.mode`),
  ];
}

function validateMode(mode: number | undefined, path: string): FieldError[] {
  return mode === undefined || (mode >= 0 && mode <= 0o777)
    ? []
    : [invalid(path, mode, 'must be a number between 0 and 0777 (octal), both inclusive')];
}
