/** The JSON Schema as it lies in the repository, for editors that read it from there. UPDATE=1 writes it anew. */
import { expect, it } from '@jest/globals';
import { readFileSync, writeFileSync } from 'node:fs';
import { scenarioJsonSchema } from '#scenario/json-schema.ts';

const kept = 'docs/scenario.schema.json';
const schema = scenarioJsonSchema();
const text = `${JSON.stringify(schema, undefined, 2)}\n`;
if ((process.env['UPDATE'] ?? '') !== '') writeFileSync(kept, text);

it('is what `cka-net schema` prints', () => expect(readFileSync(kept, 'utf8')).toBe(text));

interface Node {
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Node>>;
  readonly $ref?: string;
  readonly const?: unknown;
}

it('describes every field', () => {
  const bare: string[] = [];
  const look = (node: unknown, path: string): void => {
    if (typeof node !== 'object' || node === null) return;
    const { properties = {} } = node as Node;
    for (const [name, field] of Object.entries(properties))
      if (field.description === undefined && field.$ref === undefined && field.const === undefined) bare.push(`${path}.${name}`);
    for (const [key, below] of Object.entries(node)) look(below, `${path}.${key}`);
  };
  look(schema, '');
  expect(bare).toEqual([]);
});
