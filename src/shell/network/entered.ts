/** A program that `ip netns exec` started runs at its place, in another network namespace. */
import type { Kernel, NetworkNamespace } from '#node/kernel.ts';
import type { Here } from '../command.ts';
import { hostAt, namespaceName } from '../place.ts';

type Entered = Here & { readonly netns?: string };

export function entered(here: Here, netns: string): Here {
  const inside: Entered = { ...here, netns };
  return inside;
}

/** The network namespace a program is in, and its kernel. */
export function networkAt(here: Here): { readonly kernel: Kernel; readonly name: string; readonly namespace: NetworkNamespace } {
  const { kernel } = hostAt(here.lab, here.place);
  const name = (here as Entered).netns ?? namespaceName(here.lab, here.place);
  return { kernel, name, namespace: kernel.namespaces.get(name)! };
}
