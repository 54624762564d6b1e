import { matchesAll } from '#kube/selector.ts';
import { parseSelector } from '#kube/selector-parse.ts';
import { KubectlError } from './errors.ts';

/** Reports whether labels fit a selector's text; throws what is wrong with the text. */
export function matchesSelector(selector: string, labels: Readonly<Record<string, string>> | undefined): boolean {
  const parsed = parseSelector(selector);
  if (!parsed.ok) throw new KubectlError(parsed.error);
  return matchesAll(parsed.value, labels);
}
