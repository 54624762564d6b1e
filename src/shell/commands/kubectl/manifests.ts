/** Reading objects from files, directories, URLs and standard input (staging:cli-runtime/pkg/resource/visitor.go). */
import { marshal } from '#kube/json.ts';
import { parseYaml } from '#kube/yaml.ts';
import { normalize } from '#node/files.ts';
import { ConnectionError } from './errors.ts';
import type { Invocation } from './invocation.ts';

/** An object as written, and where: `plum.yaml`, `STDIN`. */
export interface Manifest {
  readonly source: string;
  readonly value: Readonly<Record<string, unknown>>;
}

/** A source whose documents are read when their turn comes; a document that cannot be read is an error in its place. */
export type Source = () => Iterable<Manifest | Error>;

const extensions = ['.json', '.yaml', '.yml'];

/** The sources that one `-f` names; throws when it names none. */
export function sourcesOf(kubectl: Invocation, filename: string, recursive: boolean): readonly Source[] {
  if (filename === '-') return [() => documents(kubectl.stdin(), 'STDIN')];
  if (/^https?:\/\//.test(filename)) return [() => documents(fetched(kubectl, filename), filename)];
  const paths = expandPattern(kubectl, filename);
  return paths
    .flatMap((path) => filesUnder(kubectl, path, recursive))
    .map((path) => () => documents(kubectl.io.files.read(normalize(path, kubectl.io.cwd)) ?? '', path));
}

/** The simulation has no internet: only what the cluster's own network serves could answer, and kubectl's resolver finds no other name. */
function fetched(_kubectl: Invocation, url: string): string {
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
  if (found === undefined) throw new Error(`the path ${JSON.stringify(path)} does not exist`);
  const entries = files.list(normalize(path, cwd));
  if (entries === undefined) return [path];
  const walk = (directory: string): readonly string[] =>
    (files.list(normalize(directory, cwd)) ?? []).flatMap((name) => {
      const child = `${directory.replace(/\/$/, '')}/${name}`;
      if (files.list(normalize(child, cwd)) !== undefined) return recursive ? walk(child) : [];
      return extensions.some((extension) => name.endsWith(extension)) ? [child] : [];
    });
  const matches = walk(path);
  if (matches.length === 0) throw new Error(`error reading [${path}]: recognized file extensions are [${extensions.join(' ')}]`);
  return matches;
}

/** The documents of a text; decoding stops at the first that cannot be parsed. */
export function* documents(text: string, source: string): Generator<Manifest | Error> {
  if (/^\s*\{/.test(text)) {
    yield* jsonDocuments(text, source);
    return;
  }
  for (const part of splitDocuments(text)) {
    const parsed = parseYaml(part);
    if (!parsed.ok) {
      yield new Error(`error parsing ${source}: error converting YAML to JSON: ${parsed.error}`);
      return;
    }
    if (parsed.value === null || parsed.value === undefined) continue;
    yield manifestOf(parsed.value, source);
  }
}

function splitDocuments(text: string): readonly string[] {
  return text.replaceAll('\r\n', '\n').split(/^---(?=\s|$).*\n?/m);
}

function* jsonDocuments(text: string, source: string): Generator<Manifest | Error> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    const parsed = parseYaml(text);
    if (parsed.ok && typeof parsed.value === 'object') value = parsed.value;
    else {
      yield new Error(`error parsing ${source}: unexpected EOF`);
      return;
    }
  }
  yield manifestOf(value, source);
}

function manifestOf(value: unknown, source: string): Manifest | Error {
  const refuse = (why: string) => new Error(`unable to decode ${JSON.stringify(source)}: ${why}`);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    const type = Array.isArray(value) ? 'array' : typeof value === 'boolean' ? 'bool' : typeof value;
    return refuse(`json: cannot unmarshal ${type} into Go value of type unstructured.detector`);
  }
  const manifest = value as Record<string, unknown>;
  if (typeof manifest['kind'] !== 'string' || manifest['kind'] === '') return refuse(`Object 'Kind' is missing in '${marshal(value)}'`);
  return { source, value: manifest };
}

/** The members of a `List` (of any `…List` with items), lists in lists too; other objects stand for themselves. */
export function flattened(manifest: Manifest): readonly Manifest[] {
  const { value, source } = manifest;
  const items = value['items'];
  if (!Array.isArray(items) || !String(value['kind']).endsWith('List')) return [manifest];
  return (items as readonly Record<string, unknown>[]).flatMap((item) => flattened({ source, value: item }));
}
