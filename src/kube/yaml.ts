/** Reading YAML as kubectl and the components do. (sigs.k8s.io/yaml over its fork of go-yaml v2) */
import { fail, ok, type Result } from './status.ts';
import { parseDocument, type YamlNode } from './yaml-parser.ts';
import { resolve } from './yaml-scalar.ts';
import { YamlError } from './yaml-scanner.ts';

export interface ReadOptions {
  /** A key that stands twice in a mapping is an error (UnmarshalStrict); otherwise the last one counts. */
  readonly strict?: boolean;
}

/**
 * The JSON value of a text's first document, null for an empty one; or the error, as `yaml: line 3: mapping values are not allowed in
 * this context`.
 */
export function parseYaml(text: string, options: ReadOptions = {}): Result<unknown, string> {
  try {
    const root = parseDocument(text);
    if (root === undefined) return ok(null);
    const reader = new Reader(options.strict === true);
    const value = reader.value(root);
    return reader.duplicates.length === 0 ? ok(value) : fail(`yaml: unmarshal errors:\n  ${reader.duplicates.join('\n  ')}`);
  } catch (error) {
    if (error instanceof YamlError) return fail(error.message);
    throw error;
  }
}

class Reader {
  readonly duplicates: string[] = [];
  readonly #strict: boolean;

  constructor(strict: boolean) {
    this.#strict = strict;
  }

  value(node: YamlNode): unknown {
    switch (node.kind) {
      case 'sequence':
        return node.items.map((item) => this.value(item));
      case 'mapping':
        return this.#mapping(node);
      case 'scalar':
        return scalarValue(node);
    }
  }

  #mapping({ entries }: Extract<YamlNode, { kind: 'mapping' }>): Readonly<Record<string, unknown>> {
    const fields = new Map<string, unknown>();
    for (const [key, value] of entries) {
      if (isMerge(key)) {
        for (const [name, merged] of this.#merged(value)) if (!fields.has(name)) fields.set(name, merged);
        continue;
      }
      const name = keyText(key);
      if (this.#strict && fields.has(name))
        this.duplicates.push(`line ${key.mark.line + 1}: key ${JSON.stringify(name)} already set in map`);
      fields.set(name, this.value(value));
    }
    return objectOf(fields);
  }

  /** `<<: *defaults`, or a list of such, the first of which wins. */
  #merged(node: YamlNode): readonly (readonly [string, unknown])[] {
    if (node.kind === 'mapping') return Object.entries(this.#mapping(node));
    if (node.kind === 'sequence' && node.items.every((item) => item.kind === 'mapping')) {
      return node.items.flatMap((item) => this.#merged(item));
    }
    throw new YamlError('map merge requires map or sequence of maps as the value');
  }
}

/** `__proto__` is a key like any other. */
function objectOf(fields: ReadonlyMap<string, unknown>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(fields);
}

function isMerge(key: YamlNode): boolean {
  return key.kind === 'scalar' && key.value === '<<' && key.style === 'plain';
}

function keyText(key: YamlNode): string {
  if (key.kind !== 'scalar')
    throw new YamlError(`invalid map key: ${key.kind === 'mapping' ? 'map[interface {}]interface {}{}' : '[]interface {}{}'}`);
  const value = scalarValue(key);
  if (value === null) throw new YamlError('unsupported map key of type: invalid, key: <nil>, value: <nil>');
  return String(value);
}

const tags: Readonly<Record<string, (text: string) => unknown>> = {
  str: (text) => text,
  binary: (text) => new TextDecoder().decode(Uint8Array.from(atob(text.replace(/\s/g, '')), (char) => char.charCodeAt(0))),
  null: () => null,
  bool: (text) => resolve(text).value,
  int: (text) => resolve(text).value,
  float: (text) => Number(resolve(text).value),
};

function scalarValue({ value, style, tag }: Extract<YamlNode, { kind: 'scalar' }>): string | number | boolean | null {
  const tagged = tag.startsWith('tag:yaml.org,2002:') ? tags[tag.slice('tag:yaml.org,2002:'.length)] : undefined;
  if (tagged !== undefined) return tagged(value) as string | number | boolean | null;
  if (style !== 'plain' || tag === '!') return value;
  return resolve(value).value;
}

/**
 * The documents of a stream, as `---` lines part them. (staging:apimachinery/pkg/util/yaml/decoder.go, YAMLReader: such a line holds
 * nothing else than blanks or a comment, and lines are counted from there.)
 */
export function splitDocuments(text: string): readonly string[] {
  const documents: string[] = [];
  let lines: string[] = [];
  for (const line of text.split(/(?<=\n)/)) {
    if (/^---\s*(#.*)?\s*$/.test(line)) {
      if (lines.length > 0) documents.push(lines.join(''));
      lines = [];
    } else lines.push(line);
  }
  return lines.length > 0 ? [...documents, lines.join('')] : documents;
}

/** The values of a stream's documents, without the empty ones; or the first error. */
export function readDocuments(text: string, options: ReadOptions = {}): Result<readonly unknown[], string> {
  const values: unknown[] = [];
  for (const document of splitDocuments(text)) {
    const read = parseYaml(document, options);
    if (!read.ok) return read;
    if (read.value !== null) values.push(read.value);
  }
  return ok(values);
}

/**
 * The paths of keys that stand again in their mapping, as the API server's strict decoder names them: `spec.ports[0].port`. For JSON
 * texts, too; a text that cannot be read has none.
 */
export function duplicateFields(text: string): readonly string[] {
  try {
    const root = parseDocument(text);
    return root === undefined ? [] : duplicatesIn(root, '');
  } catch (error) {
    if (error instanceof YamlError) return [];
    throw error;
  }
}

function duplicatesIn(node: YamlNode, path: string): readonly string[] {
  if (node.kind === 'scalar') return [];
  if (node.kind === 'sequence') return node.items.flatMap((item, index) => duplicatesIn(item, `${path}[${index}]`));
  const seen = new Set<string>();
  return node.entries.flatMap(([key, value]) => {
    const name = key.kind === 'scalar' ? key.value : '';
    const at = path === '' ? name : `${path}.${name}`;
    const again = seen.has(name) ? [at] : [];
    seen.add(name);
    return [...again, ...duplicatesIn(value, at)];
  });
}
