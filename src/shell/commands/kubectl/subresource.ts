import { string } from './flags.ts';
import type { Invocation } from './invocation.ts';
import { KubectlError } from './errors.ts';

export const subresourceFlag = (usage: string) => ({ subresource: string(usage) });

/** Until 1.31 kubectl knew which subresources there are; since then the server says it (cmdutil.IsValidSubresource…). */
export function checkSubresource(kubectl: Invocation, subresource: string, known: readonly string[] = ['status', 'scale']): void {
  if (subresource === '' || kubectl.atLeast(32) || known.includes(subresource)) return;
  throw new KubectlError(`invalid subresource value: ${JSON.stringify(subresource)}. Must be one of [${known.join(' ')}]`);
}
