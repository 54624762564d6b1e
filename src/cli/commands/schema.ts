import { packJsonSchema, scenarioJsonSchema } from '#scenario/json-schema.ts';
import { exitCodes, Failure } from '../failure.ts';

const schemas: Readonly<Record<string, () => object>> = { scenario: scenarioJsonSchema, pack: packJsonSchema };

/** `cka-net schema [scenario|pack]`: the JSON Schema of what an author writes, for editors. */
export async function schema(what = 'scenario'): Promise<number> {
  const make = Object.hasOwn(schemas, what) ? schemas[what] : undefined;
  if (make === undefined) throw new Failure(`there is no schema of "${what}" (${Object.keys(schemas).join(', ')})`);
  process.stdout.write(`${JSON.stringify(make(), undefined, 2)}\n`);
  return exitCodes.ok;
}
