/** The JSON Schema as it lies in the repository, for editors that read it from there. UPDATE=1 writes it anew. */
import { describe, expect, it } from '@jest/globals';
import { readFileSync, writeFileSync } from 'node:fs';
import { packJsonSchema, scenarioJsonSchema } from '#scenario/json-schema.ts';

const schemas = { 'docs/scenario.schema.json': scenarioJsonSchema(), 'docs/pack.schema.json': packJsonSchema() };

describe.each(Object.entries(schemas))('%s', (kept, schema) => {
  const text = `${JSON.stringify(schema, undefined, 2)}\n`;
  if ((process.env['UPDATE'] ?? '') !== '') writeFileSync(kept, text);
  it('is what `cka-net schema` prints', () => expect(readFileSync(kept, 'utf8')).toBe(text));
  it('describes every field', () => expect(bareFields(schema)).toEqual([]));
});

interface Node {
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Node>>;
  readonly $ref?: string;
  readonly const?: unknown;
}

function bareFields(schema: object): readonly string[] {
  const bare: string[] = [];
  const look = (node: unknown, path: string): void => {
    if (typeof node !== 'object' || node === null) return;
    const { properties = {} } = node as Node;
    for (const [name, field] of Object.entries(properties))
      if (field.description === undefined && field.$ref === undefined) bare.push(`${path}.${name}`);
    for (const [key, below] of Object.entries(node)) look(below, `${path}.${key}`);
  };
  look(schema, '');
  return bare;
}
