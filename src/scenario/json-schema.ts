import * as z from 'zod';
import { example } from './example.ts';
import { PackDocument } from './pack.ts';
import { ScenarioDocument } from './schema.ts';

/** The parts of JSON Schema that describe what an author writes. */
export interface JsonSchema {
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly default?: unknown;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly examples?: readonly unknown[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: JsonSchema | boolean;
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly $ref?: string;
  readonly $defs?: Readonly<Record<string, JsonSchema>>;
}

/** The JSON Schema of Scenario documents, for editors. What is written is described, so fields with a default are optional. */
export function scenarioJsonSchema(): JsonSchema {
  const schema = titled('A scenario of cka-net', ScenarioDocument);
  const examples = new Map<string, unknown>();
  collect(schema, example, schema, examples);
  return withExamples(schema, examples);
}

/** The JSON Schema of the index of a pack. */
export function packJsonSchema(): JsonSchema {
  return titled('The index of a pack of cka-net', PackDocument);
}

function titled(title: string, document: z.ZodType): JsonSchema {
  const { $schema, ...rest } = z.toJSONSchema(document, { io: 'input' });
  return { $schema, title, ...rest } as unknown as JsonSchema;
}

/** What a reference stands for. */
export function resolved(schema: JsonSchema, root: JsonSchema): JsonSchema {
  return schema.$ref === undefined ? schema : root.$defs![schema.$ref.replace(/^.*\//, '')]!;
}

/** Fields of one name that mean the same have the same example. */
function words(name: string, { description = '' }: JsonSchema): string {
  return `${name}: ${description}`;
}

/** Notes the first value that each field has in an example. */
function collect(schema: JsonSchema, value: unknown, root: JsonSchema, found: Map<string, unknown>): void {
  const node = resolved(schema, root);
  const alternatives = node.anyOf ?? node.oneOf;
  if (alternatives !== undefined) {
    for (const one of alternatives) if (fits(one, value, root)) collect(one, value, root, found);
  } else if (Array.isArray(value)) {
    if (node.items !== undefined) for (const entry of value) collect(node.items, entry, root, found);
  } else if (typeof value === 'object' && value !== null) {
    for (const [name, below] of Object.entries(value)) {
      const field = node.properties?.[name];
      if (field === undefined) continue;
      const key = words(name, field);
      if (!found.has(key)) found.set(key, below);
      collect(field, below, root, found);
    }
  }
}

/** Reports whether a value can be meant by an alternative: by its type, and by its fields. */
function fits(schema: JsonSchema, value: unknown, root: JsonSchema): boolean {
  const node = resolved(schema, root);
  const alternatives = node.anyOf ?? node.oneOf;
  if (alternatives !== undefined) return alternatives.some((one) => fits(one, value, root));
  if (Array.isArray(value)) return node.type === 'array';
  if (typeof value !== 'object' || value === null)
    return node.type === typeof value || (node.type === 'integer' && typeof value === 'number');
  const { properties } = node;
  return (
    properties !== undefined &&
    Object.entries(value).every(([name, one]) => name in properties && [undefined, one].includes(properties[name]!.const))
  );
}

/** The schema with an example at every field; a long one is told by the fields in it. */
function withExamples<Node>(node: Node, examples: ReadonlyMap<string, unknown>): Node {
  if (Array.isArray(node)) return node.map((one: unknown) => withExamples(one, examples)) as Node;
  if (typeof node !== 'object' || node === null) return node;
  const entries = Object.entries(node).map(([key, below]: [string, unknown]) => [
    key,
    key === 'properties' ? fieldsWithExamples(below as Record<string, JsonSchema>, examples) : withExamples(below, examples),
  ]);
  return Object.fromEntries(entries) as Node;
}

function fieldsWithExamples(fields: Readonly<Record<string, JsonSchema>>, examples: ReadonlyMap<string, unknown>): object {
  const entries = Object.entries(fields).map(([name, field]) => {
    const value = examples.get(words(name, field));
    const inner = withExamples(field, examples);
    return [name, value === undefined || JSON.stringify(value).length > 160 ? inner : { ...inner, examples: [value] }];
  });
  return Object.fromEntries(entries) as object;
}
