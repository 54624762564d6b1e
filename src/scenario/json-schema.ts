import * as z from 'zod';
import { PackDocument } from './pack.ts';
import { ScenarioDocument } from './schema.ts';

/** The JSON Schema of Scenario documents, for editors. What is written is described, so fields with a default are optional. */
export function scenarioJsonSchema(): object {
  return titled('A scenario of cka-net', ScenarioDocument);
}

/** The JSON Schema of the index of a pack. */
export function packJsonSchema(): object {
  return titled('The index of a pack of cka-net', PackDocument);
}

function titled(title: string, document: z.ZodType): object {
  const { $schema, ...rest } = z.toJSONSchema(document, { io: 'input' });
  return { $schema, title, ...rest };
}
