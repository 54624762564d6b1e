import * as z from 'zod';
import { ScenarioDocument } from '#scenario/schema.ts';
import { exitCodes } from '../failure.ts';

/** `cka-net schema`: the JSON Schema of scenario files, for editors. */
export async function schema(): Promise<number> {
  const { $schema, ...rest } = z.toJSONSchema(ScenarioDocument, { io: 'input', reused: 'ref' });
  process.stdout.write(`${JSON.stringify({ $schema, title: 'A scenario of cka-net', ...rest }, undefined, 2)}\n`);
  return exitCodes.ok;
}
