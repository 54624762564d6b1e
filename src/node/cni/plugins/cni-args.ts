/** CNI_ARGS, as a plugin takes it apart (cni pkg/types/args.go, LoadArgs). */
import { quote } from '#kube/json.ts';
import { fail, ok, type Result } from '#kube/status.ts';
import { quoteList } from '../go-format.ts';

/** How the value of an argument is checked: an error's text, or undefined. */
export type ArgChecks = Readonly<Record<string, (value: string) => string | undefined>>;

function boolProblem(value: string): string | undefined {
  return ['1', 'true', '0', 'false'].includes(value.toLowerCase())
    ? undefined
    : `boolean unmarshal error: invalid input ${value.toLowerCase()}`;
}

/** The arguments that a plugin knows, by name. Others are refused unless `IgnoreUnknown=1` is among them, wherever it stands. */
export function loadArgs(text: string, checks: ArgChecks): Result<ReadonlyMap<string, string>, string> {
  const known: ArgChecks = { IgnoreUnknown: boolProblem, ...checks };
  const values = new Map<string, string>();
  const unknown: string[] = [];
  for (const pair of text === '' ? [] : text.split(';')) {
    const [key, value, ...rest] = pair.split('=');
    if (value === undefined || rest.length > 0) return fail(`ARGS: invalid pair ${quote(pair)}`);
    const check = Object.hasOwn(known, key!) ? known[key!] : undefined;
    if (check === undefined) {
      unknown.push(pair);
      continue;
    }
    const problem = check(value);
    if (problem !== undefined) return fail(`ARGS: error parsing value of pair ${quote(pair)}: ${problem}`);
    values.set(key!, value);
  }
  const tolerant = ['1', 'true'].includes((values.get('IgnoreUnknown') ?? '').toLowerCase());
  return unknown.length > 0 && !tolerant ? fail(`ARGS: unknown args ${quoteList(unknown)}`) : ok(values);
}

export const anyText = () => undefined;
