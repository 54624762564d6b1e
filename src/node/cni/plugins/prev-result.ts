/** The result of the plugin before, as a chained plugin finds it in its configuration (cni pkg/version/version.go, ParsePrevResult). */
import { fail, ok, type Result } from '#kube/status.ts';
import { marshal, plainOf, type GoValue } from '../go-json.ts';
import { parseResult, type CniResult } from '../result.ts';

/** Undefined where the plugin is the first of its list. */
export function prevResultOf(raw: ReadonlyMap<string, GoValue> | undefined): Result<CniResult | undefined, string> {
  if (raw === undefined) return ok(undefined);
  const parsed = parseResult(marshal(Object.fromEntries([...raw].map(([key, value]) => [key, plainOf(value)]))));
  return parsed.ok ? parsed : fail(`could not parse prevResult: ${parsed.error}`);
}
