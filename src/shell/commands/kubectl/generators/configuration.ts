/** `kubectl create configmap|secret …` (staging:kubectl/pkg/cmd/create/create_configmap.go, create_secret*.go). */
import type { KubeObject } from '#kube/object.ts';
import { isKeyOf, parseCertificates, privateModulus } from '#net/x509.ts';
import { normalize } from '#node/files.ts';
import { bool, string, stringArray, stringSlice } from '../flags.ts';
import type { Invocation } from '../invocation.ts';
import { appendHash } from './name-hash.ts';
import { generatorVerb, newMetadata } from './generator.ts';
import { KubectlError } from '../errors.ts';

const hashFlag = { 'append-hash': bool("Add a hash of the contents to the object's name.") };
const sourceFlags = {
  'from-env-file': stringSlice('A file with lines KEY=value.'),
  'from-file': stringSlice('A file, or a directory of files, to take in: [key=]path.'),
  'from-literal': stringArray('A key and its value: key=value.'),
};

interface Sources {
  readonly 'from-env-file': readonly string[];
  readonly 'from-file': readonly string[];
  readonly 'from-literal': readonly string[];
}

/** Binary strings by key, in the order in which they were given; a key that comes twice is refused. */
function collect(kubectl: Invocation, kind: 'ConfigMap' | 'Secret', name: string, sources: Sources): ReadonlyMap<string, string> {
  if (sources['from-env-file'].length > 0 && (sources['from-file'].length > 0 || sources['from-literal'].length > 0)) {
    throw new KubectlError('from-env-file cannot be combined with from-file or from-literal');
  }
  const data = new Map<string, string>();
  const add = (key: string, value: string) => {
    checkKey(kind, key);
    if (data.has(key))
      throw new KubectlError(
        `cannot add key ${JSON.stringify(key)}, another key by that name already exists in Data for ${kind} ${JSON.stringify(name)}`,
      );
    data.set(key, value);
  };
  for (const literal of sources['from-literal']) add(...literalPair(literal));
  for (const source of sources['from-file']) for (const [key, value] of filesOf(kubectl, source)) add(key, value);
  for (const file of sources['from-env-file']) for (const [key, value] of envPairs(kubectl, file)) add(key, value);
  return data;
}

function checkKey(kind: 'ConfigMap' | 'Secret', key: string): void {
  if (/^[-._a-zA-Z0-9]+$/.test(key) && key.length <= 253 && key !== '.' && !key.startsWith('..')) return;
  const why =
    key === '.' ? "must not be '.'" : key === '..' ? "must not be '..'" : key.startsWith('..') ? "must not start with '..'" : undefined;
  const pattern =
    "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')";
  throw new KubectlError(`${JSON.stringify(key)} is not a valid key name for a ${kind}: ${why ?? pattern}`);
}

function literalPair(source: string): readonly [string, string] {
  const equals = source.indexOf('=');
  if (equals <= 0) throw new KubectlError(`invalid literal source ${source}, expected key=value`);
  return [source.slice(0, equals), source.slice(equals + 1)];
}

/** `[key=]path`: one file, or the files of a directory by their names. */
function filesOf(kubectl: Invocation, source: string): readonly (readonly [string, string])[] {
  const parts = source.split('=');
  const { files, cwd } = kubectl.io;
  if (parts.length > 2) throw new KubectlError("key names or file paths cannot contain '='");
  if (parts.length === 2 && parts[0] === '') throw new KubectlError(`key name for file path ${parts[1]!} missing`);
  if (parts.length === 2 && parts[1] === '') throw new KubectlError(`file path for key name ${parts[0]!} missing`);
  const path = parts.at(-1)!;
  const absolute = normalize(path, cwd);
  if (files.stat(absolute) === undefined) throw new KubectlError(`error reading ${path}: no such file or directory`);
  const entries = files.list(absolute);
  if (entries === undefined) return [[parts.length === 2 ? parts[0]! : path.slice(path.lastIndexOf('/') + 1), files.read(absolute) ?? '']];
  if (parts.length === 2) throw new KubectlError('cannot give a key name for a directory path');
  return entries
    .filter((entry) => files.list(`${absolute}/${entry}`) === undefined)
    .map((entry) => [entry, files.read(`${absolute}/${entry}`) ?? ''] as const);
}

/** Lines KEY=value; a KEY alone takes the environment's value (kubectl: pkg/cmd/util/env_file.go). */
function envPairs(kubectl: Invocation, file: string): readonly (readonly [string, string])[] {
  const text = kubectl.io.files.read(normalize(file, kubectl.io.cwd));
  if (text === undefined) throw new KubectlError(`error reading ${file}: no such file or directory`);
  const found: (readonly [string, string])[] = [];
  text.split('\n').forEach((raw, i) => {
    const line = raw.trimStart();
    if (line === '' || line.startsWith('#')) return;
    const equals = line.indexOf('=');
    const key = (equals < 0 ? line : line.slice(0, equals)).trimEnd();
    if (!/^[-._a-zA-Z][-._a-zA-Z0-9]*$/.test(key)) {
      throw new KubectlError(
        `${JSON.stringify(key)} is not a valid key name: a valid environment variable name must consist of alphabetic characters, digits, '_', '-', or '.', and must not start with a digit (e.g. 'my.env-name',  or 'MY_ENV.NAME',  or 'MyEnvName1', regex used for validation is '[-._a-zA-Z][-._a-zA-Z0-9]*') at line ${i + 1}`,
      );
    }
    found.push([key, equals < 0 ? (kubectl.io.env.get(key) ?? '') : line.slice(equals + 1)]);
  });
  return found;
}

function isText(value: string): boolean {
  return !value.includes('\uFFFD') && !value.includes('\0');
}

export const configMap = generatorVerb({
  name: 'configmap',
  aliases: ['cm'],
  use: 'configmap NAME [--from-file=[key=]source] [--from-literal=key1=value1] [--dry-run=server|client|none]',
  short: 'Create a config map from a local file, directory or literal value',
  flags: { ...sourceFlags, ...hashFlag },
  resource: 'configmaps',
  namespaced: true,
  failure: 'failed to create configmap',
  build: (kubectl, name, { flags }) => {
    const found = collect(kubectl, 'ConfigMap', name, flags);
    const data = Object.fromEntries([...found].filter(([, value]) => isText(value)).sort(byKey));
    const binaryData = Object.fromEntries(
      [...found]
        .filter(([, value]) => !isText(value))
        .sort(byKey)
        .map(([key, value]) => [key, base64(value)]),
    );
    const contents = {
      ...(Object.keys(data).length > 0 && { data }),
      ...(Object.keys(binaryData).length > 0 && { binaryData }),
    };
    const full = flags['append-hash']
      ? appendHash(name, { kind: 'ConfigMap', name, data, ...(Object.keys(binaryData).length > 0 && { binaryData }) })
      : name;
    return { kind: 'ConfigMap', apiVersion: 'v1', metadata: newMetadata(kubectl, full), ...contents } as KubeObject;
  },
});

function byKey([a]: readonly [string, string], [b]: readonly [string, string]): number {
  return a < b ? -1 : 1;
}

/** Base64 of a text's UTF-8. */
export function base64(text: string): string {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)));
}

function secret(kubectl: Invocation, name: string, data: Readonly<Record<string, string>>, type: string, hashed: boolean): KubeObject {
  const encoded = Object.fromEntries(
    Object.entries(data)
      .sort(byKey)
      .map(([key, value]) => [key, base64(value)]),
  );
  const full = hashed ? appendHash(name, { kind: 'Secret', type, name, data: encoded }) : name;
  return {
    kind: 'Secret',
    apiVersion: 'v1',
    metadata: newMetadata(kubectl, full),
    ...(Object.keys(encoded).length > 0 && { data: encoded }),
    ...(type !== '' && { type }),
  } as KubeObject;
}

const failure = 'failed to create secret';

export const genericSecret = generatorVerb({
  name: 'generic',
  use: 'generic NAME [--type=string] [--from-file=[key=]source] [--from-literal=key1=value1] [--dry-run=server|client|none]',
  short: 'Create a secret from a local file, directory, or literal value',
  flags: { ...sourceFlags, ...hashFlag, type: string('The type of the Secret.') },
  resource: 'secrets',
  namespaced: true,
  failure,
  build: (kubectl, name, { flags }) =>
    secret(kubectl, name, Object.fromEntries(collect(kubectl, 'Secret', name, flags)), flags.type, flags['append-hash']),
});

export const tlsSecret = generatorVerb({
  name: 'tls',
  use: 'tls NAME --cert=path/to/cert/file --key=path/to/key/file [--dry-run=server|client|none]',
  short: 'Create a TLS secret',
  flags: { ...hashFlag, cert: string('A file with a PEM certificate.'), key: string("A file with the certificate's PEM key.") },
  resource: 'secrets',
  namespaced: true,
  failure,
  build: (kubectl, name, { flags }) => {
    if (flags.cert === '' || flags.key === '') throw new KubectlError('key and cert must be specified');
    const [certificate, key] = [flags.cert, flags.key].map((file) => {
      const text = kubectl.io.files.read(normalize(file, kubectl.io.cwd));
      if (text === undefined) throw new KubectlError(`Cannot read file ${file}, open ${file}: no such file or directory`);
      return text;
    }) as [string, string];
    if (!/-----BEGIN [A-Z0-9 ]*CERTIFICATE-----/.test(certificate))
      throw new KubectlError('tls: failed to find any PEM data in certificate input');
    if (!/-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----/.test(key)) throw new KubectlError('tls: failed to find any PEM data in key input');
    const [own] = parseCertificates(certificate);
    if (own !== undefined && privateModulus(key) !== undefined && !isKeyOf(own, key))
      throw new KubectlError('tls: private key does not match public key');
    return secret(kubectl, name, { 'tls.crt': certificate, 'tls.key': key }, 'kubernetes.io/tls', flags['append-hash']);
  },
});

export const dockerSecret = generatorVerb({
  name: 'docker-registry',
  use: 'docker-registry NAME --docker-username=user --docker-password=password --docker-email=email [--docker-server=string] [--from-file=[key=]source] [--dry-run=server|client|none]',
  short: 'Create a secret for use with a Docker registry',
  flags: {
    ...hashFlag,
    'from-file': stringSlice('A file to take in: [key=]path.'),
    'docker-username': string('The user of the registry.'),
    'docker-password': string("The user's password."),
    'docker-email': string("The user's mail address."),
    'docker-server': string('The address of the registry.', 'https://index.docker.io/v1/'),
  },
  resource: 'secrets',
  namespaced: true,
  failure,
  build: (kubectl, name, { flags }) => {
    const {
      'docker-username': username,
      'docker-password': password,
      'docker-email': email,
      'docker-server': server,
      'from-file': files,
    } = flags;
    if (files.length === 0 && (username === '' || password === '' || server === '')) {
      throw new KubectlError(
        'either --from-file or the combination of --docker-username, --docker-password and --docker-server is required',
      );
    }
    const type = 'kubernetes.io/dockerconfigjson';
    if (files.length > 0) {
      const found = collect(kubectl, 'Secret', name, { 'from-file': files, 'from-literal': [], 'from-env-file': [] });
      return secret(kubectl, name, Object.fromEntries(found), type, flags['append-hash']);
    }
    const entry = { username, password, ...(email !== '' && { email }), auth: base64(`${username}:${password}`) };
    return secret(kubectl, name, { '.dockerconfigjson': JSON.stringify({ auths: { [server]: entry } }) }, type, flags['append-hash']);
  },
});
