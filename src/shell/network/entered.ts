/** The network namespace a program is in, and its kernel. */
import type { Kernel, NetworkNamespace } from '#node/kernel.ts';
import type { Here } from '../command.ts';
import { hostAt, namespaceName } from '../place.ts';

export function networkAt({ lab, place }: Here): { readonly kernel: Kernel; readonly name: string; readonly namespace: NetworkNamespace } {
  const { kernel } = hostAt(lab, place);
  const name = namespaceName(lab, place);
  return { kernel, name, namespace: kernel.namespaces.get(name)! };
}
