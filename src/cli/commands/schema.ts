import { scenarioJsonSchema } from '#scenario/json-schema.ts';
import { exitCodes } from '../failure.ts';

/** `cka-net schema`: the JSON Schema of scenario files, for editors. */
export async function schema(): Promise<number> {
  process.stdout.write(`${JSON.stringify(scenarioJsonSchema(), undefined, 2)}\n`);
  return exitCodes.ok;
}
