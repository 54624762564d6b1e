/** The text of `kubectl explain`. (staging:kubectl/pkg/explain/v2/templates/plaintext.tmpl) */
import type { Kind } from './kind.ts';
import { schemaOf, type Required, type Schema, type StructSchema } from './schema.ts';

export interface Explanation {
  readonly text: string;
  /** After the text, on standard error: `field "nosuch" does not exist`. */
  readonly error?: string;
}

export interface ExplainOptions {
  /** Fields of fields too, and no descriptions. */
  readonly recursive?: boolean;
}

const width = 80;

/** What a kind is, or its field at the end of a path: `['spec', 'ports']` leads through lists and maps. */
export function explain(kind: Kind, path: readonly string[], { recursive = false }: ExplainOptions = {}): Explanation {
  const group = kind.group === '' ? '' : `GROUP:      ${kind.group}\n`;
  const header = `${group}KIND:       ${kind.kind}\nVERSION:    ${kind.version}\n\n`;
  const inline = kind.custom === true;
  let schema: Schema = kind.schema;
  for (const name of path) {
    const field = fieldsOf(schema)[name];
    if (field === undefined) return { text: header, error: `field "${name}" does not exist` };
    schema = schemaOf(field);
  }
  const name = path.at(-1);
  const field = name === undefined ? '' : fieldHeader(name, schema, inline);
  const fields = Object.entries(fieldsOf(schema)).sort(byName);
  const list = fields.length === 0 ? '' : `FIELDS:\n${fields.map((entry) => fieldText(entry, recursive, inline, 2)).join('')}`;
  return { text: `${header}${field}DESCRIPTION:\n${paragraph(descriptionOf(schema))}    \n${list}\n` };
}

function byName([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : 1;
}

/** The fields of a struct, also of one in a list or a map. */
function fieldsOf(schema: Schema): StructSchema['fields'] {
  if (schema.type === 'struct') return schema.fields;
  return schema.type === 'list' ? fieldsOf(schema.items) : schema.type === 'map' ? fieldsOf(schema.values) : {};
}

function fieldHeader(name: string, schema: Schema, inline: boolean): string {
  const values = valuesOf(schema);
  const enumeration = values === undefined ? '\n' : `ENUM:\n${values.map((value) => `    ${value}\n`).join('')}`;
  return `FIELD: ${name} <${typeText(schema, inline)}>\n${enumeration}\n`;
}

function fieldText([name, field]: readonly [string, Schema | Required], recursive: boolean, inline: boolean, indent: number): string {
  const schema = schemaOf(field);
  const margin = ' '.repeat(indent);
  const isRequired = 'required' in field && field.omissible !== true;
  const values = valuesOf(schema);
  const line = `${margin}${name}\t<${typeText(schema, inline)}>${isRequired ? ' -required-' : ''}\n`;
  const enumeration = values === undefined ? '' : `${margin}enum: ${valuesText(values)}\n`;
  if (!recursive) return `${line}${enumeration}${paragraph(descriptionOf(schema))}\n`;
  const inner = Object.entries(fieldsOf(schema)).sort(byName);
  return `${line}${enumeration}${inner.map((entry) => fieldText(entry, true, inline, indent + 2)).join('')}`;
}

function valuesOf(schema: Schema): readonly string[] | undefined {
  return 'values' in schema && Array.isArray(schema.values) ? (schema.values as readonly string[]) : undefined;
}

/** Four values, and dots for more. */
function valuesText(values: readonly string[]): string {
  return values.length > 4 ? `${values.slice(0, 4).join(', ')}, ....` : values.join(', ');
}

const types: Readonly<Record<string, string>> = {
  int32: 'integer',
  int64: 'integer',
  float64: 'number',
  bytes: 'string',
  quantity: 'Quantity',
  intOrString: 'IntOrString',
  any: 'Object',
};

/** `[]ServicePort`, `map[string]string`; structures of custom resources have no names. */
function typeText(schema: Schema, inline: boolean): string {
  switch (schema.type) {
    case 'list':
      return `[]${typeText(schema.items, inline)}`;
    case 'map':
      return `map[string]${typeText(schema.values, inline)}`;
    case 'struct':
      return inline && schema.name !== 'ObjectMeta' ? 'Object' : schema.name;
    case 'time':
      return inline ? 'string' : schema.micro === true ? 'MicroTime' : 'Time';
    default:
      return inline && schema.type === 'intOrString' ? 'Object' : (types[schema.type] ?? schema.type);
  }
}

/** What is said of the field, and of the structure that it holds. */
function descriptionOf(schema: Schema): string {
  const own = schema.description ?? '';
  const inner = schema.type === 'list' ? schema.items : schema.type === 'map' ? schema.values : undefined;
  const of = inner?.type === 'struct' ? (inner.description ?? '') : '';
  return [own, of].filter((text) => text !== '').join('\n') || '<empty>';
}

/** Lines of at most 80 columns, indented by four. */
function paragraph(text: string): string {
  const lines = text.split('\n').flatMap((line) => {
    const wrapped: string[] = [];
    for (const word of line.split(' ')) {
      const last = wrapped.at(-1);
      if (last !== undefined && last.length + 1 + word.length <= width - 4) wrapped[wrapped.length - 1] = `${last} ${word}`;
      else wrapped.push(word);
    }
    return wrapped;
  });
  return lines.map((line) => `    ${line}\n`).join('');
}
