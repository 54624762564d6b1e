/** docs/scenario-reference.md: the schema, field by field. UPDATE=1 writes it anew. */
import { describe, expect, it } from '@jest/globals';
import { readFileSync, writeFileSync } from 'node:fs';
import { example } from '#scenario/example.ts';
import { scenarioJsonSchema, type JsonSchema } from '#scenario/json-schema.ts';
import { referenceOf } from '#scenario/reference.ts';
import { ScenarioDocument } from '#scenario/schema.ts';

const page = 'docs/scenario-reference.md';
const text = referenceOf();
if ((process.env['UPDATE'] ?? '') !== '') writeFileSync(page, text);

/** Every field of the schema, with the path to it. */
function fields(node: unknown, path = ''): readonly (readonly [path: string, field: JsonSchema])[] {
  if (typeof node !== 'object' || node === null) return [];
  const own = Object.entries((node as JsonSchema).properties ?? {}).map(([name, field]) => [`${path}.${name}`, field] as const);
  return [...own, ...Object.entries(node).flatMap(([key, below]) => (key === 'examples' ? [] : fields(below, `${path}.${key}`)))];
}

describe('the reference', () => {
  it('is made from the schema', () => expect(readFileSync(page, 'utf8').split('\n')).toEqual(text.split('\n')));

  it('describes every field', () => {
    const all = fields(scenarioJsonSchema());
    expect(all.length).toBeGreaterThan(200);
    expect(all.filter(([, { description, $ref }]) => description === undefined && $ref === undefined).map(([path]) => path)).toEqual([]);
  });

  it('has an example of every field that has none below it', () => {
    const bare = [...text.matchAll(/^\| `(\w+)` \|(.*)\| below \|$/gm)].filter(([, , rest]) => !/mapping|list|\(#/.test(rest!));
    expect(bare.map(([row]) => row)).toEqual([]);
  });

  it('has examples that are sound', () => expect(ScenarioDocument.safeParse(example).error?.issues ?? []).toEqual([]));

  it('names every field', () => {
    const named = new Set([...text.matchAll(/^\| `(\w+)` \|/gm)].map((match) => match[1]));
    const missing = fields(scenarioJsonSchema()).filter(([path]) => !named.has(path.split('.').at(-1)));
    expect(missing.map(([path]) => path)).toEqual([]);
  });
});
