/** Reading objects from files, directories, URLs and standard input (staging:cli-runtime/pkg/resource/visitor.go). */
import { marshal, quote } from '#kube/json.ts';
import { parseYaml, splitDocuments } from '#kube/yaml.ts';
import { wellKnownManifest } from '#lab/well-known-manifests.ts';
import { normalize } from '#node/files.ts';
import { ConnectionError, KubectlError } from './errors.ts';
import type { Invocation } from './invocation.ts';

/** An object as written, and where: `plum.yaml`, `STDIN`. */
export interface Manifest {
  readonly source: string;
  readonly value: Readonly<Record<string, unknown>>;
}

/** A source whose documents are read when their turn comes; a document that cannot be read is an error in its place. */
export type Source = (checks: DocumentChecks) => Iterable<Manifest | Error>;

export interface DocumentChecks {
  /** What a document must have before it is decoded is looked at first (commands with --validate). */
  readonly validate: boolean;
}

const extensions = ['.json', '.yaml', '.yml'];

/** The sources that one `-f` names; throws when it names none. */
export function sourcesOf(kubectl: Invocation, filename: string, recursive: boolean): readonly Source[] {
  if (filename === '-') return [(checks) => documents(kubectl.stdin(), 'STDIN', checks)];
  if (/^https?:\/\//.test(filename)) return [(checks) => documents(fetched(kubectl, filename), filename, checks)];
  const paths = expandPattern(kubectl, filename);
  return paths
    .flatMap((path) => filesUnder(kubectl, path, recursive))
    .map((path) => (checks) => documents(kubectl.io.files.read(normalize(path, kubectl.io.cwd)) ?? '', path, checks));
}

/** The simulation has no internet but a few well-known manifests; kubectl's resolver finds no other name. */
function fetched(_kubectl: Invocation, url: string): string {
  const known = wellKnownManifest(url);
  if (known !== undefined) return known;
  if (!URL.canParse(url))
    throw new KubectlError(`the URL passed to filename ${quote(url)} is not valid: parse ${quote(url)}: invalid host`);
  const { hostname } = new URL(url);
  throw new ConnectionError('GET', url, `dial tcp: lookup ${hostname}: no such host`);
}

function expandPattern(kubectl: Invocation, pattern: string): readonly string[] {
  if (!/[*?[]/.test(pattern)) return [pattern];
  const slash = pattern.lastIndexOf('/');
  const directory = slash < 0 ? '' : pattern.slice(0, slash + 1);
  const expression = new RegExp(
    `^${pattern
      .slice(slash + 1)
      .replaceAll(/[.+^${}()|\\]/g, '\\$&')
      .replaceAll('*', '.*')
      .replaceAll('?', '.')}$`,
  );
  const names = kubectl.io.files.list(normalize(directory === '' ? '.' : directory, kubectl.io.cwd)) ?? [];
  const matches = names.filter((name) => expression.test(name)).map((name) => directory + name);
  return matches.length === 0 ? [pattern] : matches;
}

function filesUnder(kubectl: Invocation, path: string, recursive: boolean): readonly string[] {
  const { files, cwd } = kubectl.io;
  const found = files.stat(normalize(path, cwd));
  if (found === undefined) throw new KubectlError(`the path ${JSON.stringify(path)} does not exist`);
  const entries = files.list(normalize(path, cwd));
  if (entries === undefined) return [path];
  const walk = (directory: string): readonly string[] =>
    (files.list(normalize(directory, cwd)) ?? []).flatMap((name) => {
      const child = `${directory.replace(/\/$/, '')}/${name}`;
      if (files.list(normalize(child, cwd)) !== undefined) return recursive ? walk(child) : [];
      return extensions.some((extension) => name.endsWith(extension)) ? [child] : [];
    });
  const matches = walk(path);
  if (matches.length === 0) throw new KubectlError(`error reading [${path}]: recognized file extensions are [${extensions.join(' ')}]`);
  return matches;
}

/** The documents of a text. One that cannot be parsed, or lacks what validation asks for, is the last. */
export function* documents(text: string, source: string, { validate }: DocumentChecks): Generator<Manifest | Error> {
  for (const value of values(text, source)) {
    if (value instanceof Error) {
      yield value;
      return;
    }
    const problem = validate ? validationProblem(value) : undefined;
    if (problem !== undefined) {
      yield new KubectlError(
        `error validating ${quote(source)}: error validating data: ${problem}; if you choose to ignore these errors, turn validation off with --validate=false`,
      );
      return;
    }
    yield manifestOf(value, source);
  }
}

function* values(text: string, source: string): Generator<unknown> {
  if (/^\s*\{/.test(text)) {
    const parsed = parseYaml(text);
    yield parsed.ok ? parsed.value : new KubectlError(`error parsing ${source}: unexpected EOF`);
    return;
  }
  for (const document of splitDocuments(text.replaceAll('\r\n', '\n'))) {
    const parsed = parseYaml(document);
    if (!parsed.ok) yield new KubectlError(`error parsing ${source}: error converting YAML to JSON: ${parsed.error}`);
    else if (parsed.value !== null) yield parsed.value;
  }
}

/** (kubectl: pkg/validation/schema.go; the rest of the schema is checked by the server) */
function validationProblem(value: unknown): string | undefined {
  if (!isObject(value)) return 'invalid object to validate';
  const problems = ['apiVersion', 'kind']
    .filter((field) => value[field] === undefined || value[field] === '')
    .map((field) => `${field} not set`);
  return problems.length > 1 ? `[${problems.join(', ')}]` : problems[0];
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function manifestOf(value: unknown, source: string): Manifest | Error {
  const refuse = (why: string) => new KubectlError(`unable to decode ${quote(source)}: ${why}`);
  if (!isObject(value)) return refuse(`json: cannot unmarshal ${jsonType(value)} into Go value of type unstructured.detector`);
  if (typeof value['kind'] !== 'string' || value['kind'] === '') return refuse(`Object 'Kind' is missing in '${marshal(value)}'`);
  const problem = metadataProblem(value['metadata']);
  return problem === undefined ? { source, value } : refuse(problem);
}

const metadataTexts = ['name', 'generateName', 'namespace', 'selfLink', 'uid', 'resourceVersion'];

/** What Go's decoder says of metadata of the wrong types. */
function metadataProblem(metadata: unknown): string | undefined {
  if (metadata === undefined || metadata === null) return undefined;
  if (!isObject(metadata))
    return `json: cannot unmarshal ${jsonType(metadata)} into Go struct field metadataOnlyObject.metadata of type v1.ObjectMeta`;
  const wrong = (field: string, value: unknown, type: string) =>
    `json: cannot unmarshal ${jsonType(value)} into Go struct field ObjectMeta.metadata.${field} of type ${type}`;
  for (const field of metadataTexts) {
    const value = metadata[field];
    if (value !== undefined && value !== null && typeof value !== 'string') return wrong(field, value, 'string');
  }
  for (const field of ['labels', 'annotations']) {
    const value = metadata[field];
    if (value === undefined || value === null) continue;
    if (!isObject(value)) return wrong(field, value, 'map[string]string');
    for (const one of Object.values(value)) if (one !== null && typeof one !== 'string') return wrong(field, one, 'string');
  }
  return undefined;
}

function jsonType(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  return typeof value === 'boolean' ? 'bool' : typeof value;
}

/** Reports whether a manifest is a list of others: `List`, or any `…List` with items. */
export function isList({ value }: Manifest): boolean {
  return Array.isArray(value['items']) && String(value['kind']).endsWith('List');
}

/** The members of a list, lists in lists too; other objects stand for themselves. */
export function flattened(manifest: Manifest): readonly Manifest[] {
  if (!isList(manifest)) return [manifest];
  return (manifest.value['items'] as readonly Record<string, unknown>[]).flatMap((value) => flattened({ source: manifest.source, value }));
}
