/** The format of scenarios, field by field, as a page of Markdown: made from the schema that editors read. */
import { resolved, scenarioJsonSchema, type JsonSchema } from './json-schema.ts';

interface Section {
  readonly title: string;
  readonly schema: JsonSchema;
  /** Fields that are told elsewhere. */
  readonly without?: readonly string[];
}

export function referenceOf(): string {
  const root = scenarioJsonSchema();
  const definitions = root.$defs!;
  const kinds = questionsOf(root);
  const common = Object.keys(kinds[0]!.properties!).filter(
    (name) => kinds.every((kind) => name in kind.properties!) && !['type', 'answer'].includes(name),
  );
  const sections: readonly Section[] = [
    ...sectionsOf('The document', root),
    {
      title: 'Every question',
      schema: { properties: Object.fromEntries(common.map((name) => [name, kinds[0]!.properties![name]!])), required: kinds[0]!.required! },
    },
    ...sectionsOf('`wrong[]`', kinds[0]!.properties!['wrong']!.items!),
    ...kinds.flatMap((schema) => {
      const title = `\`type: ${String(schema.properties!['type']!.const)}\``;
      return sectionsOf(title, schema, common);
    }),
    ...['Computed', 'Check'].flatMap((name) => sectionsOf(name, definitions[name]!)),
  ];
  const text = sections.map(({ title, schema, without = [] }) => tableOf(title, schema, without));
  return `# The format of scenarios, field by field

Generated from the schema ([scenario.schema.json](scenario.schema.json), which \`cka-net schema\` prints); how it all goes together is told in
[writing-scenarios.md](writing-scenarios.md). \`UPDATE=1 npm run unit -- test/scenario/reference\` writes it anew.

A [Condition](#check) is a [Check](#check) without \`weight\` and \`title\`.

${text.join('\n')}`;
}

function questionsOf(root: JsonSchema): readonly JsonSchema[] {
  const { items } = root.properties!['spec']!.properties!['questions']!;
  return items!.oneOf!.map((one) => resolved(one, root));
}

/** A section for a mapping, and one for each mapping in it that has no section of its own. */
function sectionsOf(title: string, schema: JsonSchema, without: readonly string[] = []): readonly Section[] {
  const mapping = mappingIn(schema);
  if (mapping === undefined) return [];
  const prefix = title === 'The document' ? '' : `${title.replaceAll('`', '')}.`;
  const below = Object.entries(mapping.properties!).flatMap(([name, field]) =>
    name === 'questions' || without.includes(name)
      ? []
      : sectionsOf(`\`${prefix}${name}${field.type === 'array' || hasList(field) ? '[]' : ''}\``, field),
  );
  return [{ title, schema: mapping, without }, ...below];
}

function hasList({ anyOf = [] }: JsonSchema): boolean {
  return anyOf.some(({ type }) => type === 'array');
}

/** The mapping with fields that a value is, or has in its lists or alternatives. What is referred to is told at its own place. */
function mappingIn(schema: JsonSchema): JsonSchema | undefined {
  if (schema.properties !== undefined) return schema;
  const inner = [...(schema.anyOf ?? []), ...(schema.items === undefined ? [] : [schema.items])];
  return inner.map(mappingIn).find((one) => one !== undefined);
}

function tableOf(title: string, { properties = {}, required = [], description }: JsonSchema, without: readonly string[]): string {
  const rows = Object.entries(properties)
    .filter(([name]) => !without.includes(name))
    .map(([name, field]) => {
      const value = required.includes(name) ? '*needed*' : 'default' in field ? code(field.default) : '';
      return `| \`${name}\` | ${typeOf(field)} | ${value} | ${cell(field.description ?? '')} | ${exampleOf(field)} |`;
    });
  const words = description === undefined ? '' : `${description}\n\n`;
  return `## ${title}\n\n${words}| field | type | default | meaning | example |\n| --- | --- | --- | --- | --- |\n${rows.join('\n')}\n`;
}

function typeOf(field: JsonSchema): string {
  if (field.$ref !== undefined) {
    const name = field.$ref.replace(/^.*\//, '');
    return `[${name}](#${name === 'Condition' ? 'check' : name.toLowerCase()})`;
  }
  if (field.const !== undefined) return code(field.const);
  if (field.enum !== undefined) return field.enum.map(code).join(', ');
  const alternatives = field.anyOf ?? field.oneOf;
  if (alternatives !== undefined) return [...new Set(alternatives.map(typeOf))].join(' or ');
  if (field.type === 'array') return field.items?.oneOf === undefined ? `list: ${typeOf(field.items ?? {})}` : 'list of questions';
  if (field.type === 'object') return field.properties === undefined ? 'mapping of names to texts' : 'mapping';
  return [field.type ?? []]
    .flat()
    .map((type) => typeNames[type] ?? type)
    .join(', ');
}

const typeNames: Readonly<Record<string, string>> = {
  string: 'text',
  integer: 'whole number',
  number: 'number',
  boolean: 'true or false',
};

function exampleOf({ examples }: JsonSchema): string {
  const [value] = examples ?? [];
  return value === undefined ? 'below' : code(value);
}

/** A value as YAML writes it in a line. */
function code(value: unknown): string {
  if (value === '') return '`""`';
  const [first = '', ...rest] = (typeof value === 'string' ? value : flow(value)).trimEnd().split('\n');
  return `\`${cell(first)}${rest.length > 0 ? ' …' : ''}\``;
}

function flow(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(flow).join(', ')}]`;
  if (typeof value === 'object' && value !== null)
    return `{${Object.entries(value)
      .map(([name, one]) => `${name}: ${flow(one)}`)
      .join(', ')}}`;
  return typeof value === 'string' && !/^[\w./*$<>=+^ -]+$/.test(value) ? JSON.stringify(value) : String(value);
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}
