/** Arguments that name objects, and then say what becomes of them: `web a=b c-` (cmdutil.GetResourcesAndPairs). */
import { KubectlError } from './errors.ts';

export interface ResourcesAndPairs {
  readonly resources: readonly string[];
  readonly pairs: readonly string[];
}

/** `noun` is what the pairs are: `label`, `annotation`. Throws when an object comes after a pair. */
export function resourcesAndPairs(args: readonly string[], noun: string): ResourcesAndPairs {
  const resources: string[] = [];
  const pairs: string[] = [];
  for (const arg of args) {
    const isPair = arg.indexOf('=') > 0 || (arg.endsWith('-') && arg !== '-');
    if (isPair) pairs.push(arg);
    else if (pairs.length > 0) throw new KubectlError(`all resources must be specified before ${noun} changes: ${arg}`);
    else resources.push(arg);
  }
  return { resources, pairs };
}
