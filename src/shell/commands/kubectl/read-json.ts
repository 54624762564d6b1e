import { parseJson } from '#apiserver/json.ts';
import { KubectlError } from './errors.ts';

/** The value of a text that somebody else wrote; throws in Go's words when it is no JSON. */
export function readJson(text: string): unknown {
  const parsed = parseJson(text);
  if (!parsed.ok) throw new KubectlError(parsed.error);
  return parsed.value;
}
