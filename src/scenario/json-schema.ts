import * as z from 'zod';
import { ScenarioDocument } from './schema.ts';

/** The JSON Schema of Scenario documents, for editors. What is written is described, so fields with a default are optional. */
export function scenarioJsonSchema(): object {
  const { $schema, ...rest } = z.toJSONSchema(ScenarioDocument, { io: 'input' });
  return { $schema, title: 'A scenario of cka-net', ...rest };
}
