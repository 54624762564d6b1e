/**
 * The text of `kubectl explain`, from the OpenAPI document of a group and version.
 * (staging:kubectl/pkg/explain/v2/templates/plaintext.tmpl)
 */

/** A schema as a document writes it down. */
export interface OpenApiSchema {
  readonly type?: string;
  readonly description?: string;
  readonly enum?: readonly unknown[];
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, OpenApiSchema>>;
  readonly items?: OpenApiSchema;
  readonly additionalProperties?: OpenApiSchema | boolean;
  readonly allOf?: readonly OpenApiSchema[];
  readonly $ref?: string;
  readonly 'x-kubernetes-group-version-kind'?: readonly GroupVersionKind[];
}

export interface OpenApiDocument {
  readonly components: { readonly schemas: Readonly<Record<string, OpenApiSchema>> };
}

interface GroupVersionKind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

export interface Explanation {
  readonly text: string;
  /** After the text, on standard error: `field "nosuch" does not exist`. */
  readonly error?: string;
}

export interface ExplainOptions {
  /** Fields of fields too, and no descriptions. */
  readonly recursive?: boolean;
  /** Without the values that a field may have, as kubectl did until 1.29. */
  readonly withoutValues?: boolean;
}

/** What a kind is, or its field at the end of a path: `['spec', 'ports']` leads through lists and maps. */
export function explanationOf(
  document: OpenApiDocument,
  { group, version, kind }: GroupVersionKind,
  path: readonly string[],
  { recursive = false, withoutValues = false }: ExplainOptions = {},
): Explanation {
  const header = `${group === '' ? '' : `GROUP:      ${group}\n`}KIND:       ${kind}\nVERSION:    ${version}\n\n`;
  const top = Object.values(document.components.schemas).find((schema) =>
    schema['x-kubernetes-group-version-kind']?.some((one) => one.group === group && one.version === version && one.kind === kind),
  );
  if (top === undefined) return { text: '', error: `GVR (${group}/${version}, Kind=${kind}) not found in OpenAPI schema` };
  const explained = new Explainer(document, recursive, withoutValues).explain(top, path);
  return explained === undefined ? { text: header, error: `field "${path.at(-1)!}" does not exist` } : { text: `${header}${explained}\n` };
}

class Explainer {
  readonly #document: OpenApiDocument;
  readonly #recursive: boolean;
  readonly #withoutValues: boolean;

  constructor(document: OpenApiDocument, recursive: boolean, withoutValues: boolean) {
    this.#document = document;
    this.#recursive = recursive;
    this.#withoutValues = withoutValues;
  }

  /** (template "output") Undefined when the path leads nowhere. */
  explain(schema: OpenApiSchema, path: readonly string[], seen: ReadonlySet<string> = new Set()): string | undefined {
    const resolved = this.#resolve(schema);
    const [name, ...rest] = path;
    if (name === undefined) {
      const fields = this.#fieldList(resolved, 1);
      return `DESCRIPTION:\n${paragraph(this.#description(resolved) || '<empty>', 76, 4)}\n${fields === '' ? '' : `FIELDS:\n${fields}`}`;
    }
    if (schema.$ref !== undefined && seen.has(schema.$ref)) return undefined;
    const property = resolved.properties?.[name];
    if (property !== undefined) {
      const inner = this.explain(property, rest);
      return inner === undefined || rest.length > 0 ? inner : `${this.#fieldHeader(name, property)}${inner}`;
    }
    const history = schema.$ref === undefined ? seen : new Set([...seen, schema.$ref]);
    for (const one of innerSchemas(resolved)) {
      const found = this.explain(one, path, history);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  #resolve(schema: OpenApiSchema): OpenApiSchema {
    return this.#referred(schema.$ref) ?? schema;
  }

  #referred(reference: string | undefined): OpenApiSchema | undefined {
    return reference === undefined ? undefined : this.#document.components.schemas[reference.slice('#/components/schemas/'.length)];
  }

  #fieldHeader(name: string, schema: OpenApiSchema): string {
    if (this.#withoutValues) return `FIELD: ${name} <${this.#type(schema)}>\n\n`;
    const values = schema.enum === undefined ? '' : `ENUM:${schema.enum.map((value) => `\n    ${valueText(value)}`).join('')}`;
    return `FIELD: ${name} <${this.#type(schema)}>\n${values}\n\n`;
  }

  /** (template "fieldList") */
  #fieldList(schema: OpenApiSchema, level: number, seen: ReadonlySet<string> = new Set()): string {
    if (schema.$ref !== undefined && seen.has(schema.$ref)) return '';
    const history = schema.$ref === undefined ? seen : new Set([...seen, schema.$ref]);
    const resolved = this.#resolve(schema);
    const own = Object.entries(resolved.properties ?? {})
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, property]) => {
        const detail = this.#fieldDetail(name, property, resolved.required?.includes(name) === true, level * 2);
        return this.#recursive ? detail + this.#fieldList(property, level + 1, history) : detail;
      });
    const inner = [...(resolved.allOf ?? []), ...elementsOf(resolved)].map((one) => this.#fieldList(one, level, history));
    return [...own, ...inner].join('');
  }

  #fieldDetail(name: string, schema: OpenApiSchema, isRequired: boolean, indent: number): string {
    const margin = ' '.repeat(indent);
    const line = `${margin}${name}\t<${this.#type(schema)}>${isRequired ? ' -required-' : ''}`;
    const values = schema.enum === undefined || this.#withoutValues ? '' : `\n${margin}enum: ${valuesText(schema.enum)}`;
    const description = this.#recursive ? '' : `${paragraph(schema.description || '<no description>', 78 - indent, indent + 2)}\n\n`;
    return `${line}${values}\n${description}`;
  }

  /** What is said of the schema, and of those it is made from. */
  #description(schema: OpenApiSchema): string {
    const resolved = this.#resolve(schema);
    const own = resolved.description === undefined || resolved.description === '' ? '' : `${resolved.description}\n`;
    return own + [...(resolved.allOf ?? []), ...elementsOf(resolved)].map((one) => this.#description(one)).join('');
  }

  /** (template "typeGuess") `[]ServicePort`, `map[string]string`. */
  #type(schema: OpenApiSchema): string {
    if (schema.items !== undefined) return `[]${this.#type(schema.items)}`;
    if (typeof schema.additionalProperties === 'object') return `map[string]${this.#type(schema.additionalProperties)}`;
    if (schema.allOf?.length === 1 && schema.properties === undefined) return this.#type(schema.allOf[0]!);
    if (schema.$ref === undefined) return schema.type === undefined || schema.type === 'object' ? 'Object' : schema.type;
    const type = this.#referred(schema.$ref)?.type;
    return type === undefined || type === 'object' ? (schema.$ref.split('.').at(-1) ?? 'Object') : type;
  }
}

/** Where a path goes on that names no property of the schema itself. */
function innerSchemas(schema: OpenApiSchema): readonly OpenApiSchema[] {
  const elements = elementsOf(schema);
  return elements.length > 0 ? elements.slice(0, 1) : (schema.allOf ?? []);
}

function elementsOf({ items, additionalProperties }: OpenApiSchema): readonly OpenApiSchema[] {
  return [...(items === undefined ? [] : [items]), ...(typeof additionalProperties === 'object' ? [additionalProperties] : [])];
}

function valueText(value: unknown): string {
  return value === '' ? '""' : String(value);
}

/** Four values, and dots for more. */
function valuesText(values: readonly unknown[]): string {
  const texts = values.map(valueText);
  return texts.length > 4 ? `${texts.slice(0, 4).join(', ')}, ....` : texts.join(', ');
}

/** Lines no wider than this, indented; a line that is there stays one, also an empty one at the end. */
function paragraph(text: string, width: number, indent: number): string {
  const lines = text.split('\n').flatMap((line) => {
    const wrapped: string[] = [];
    for (const word of line.split(' ')) {
      const last = wrapped.at(-1);
      if (last !== undefined && last.length + 1 + word.length <= width) wrapped[wrapped.length - 1] = `${last} ${word}`;
      else wrapped.push(word);
    }
    return wrapped;
  });
  return lines.map((line) => `${' '.repeat(indent)}${line}`).join('\n');
}
