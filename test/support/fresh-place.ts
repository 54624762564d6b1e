/** A machine in a fresh network namespace, for programs that look at nothing else. */
import type { Host } from '#node/host.ts';
import { KernelDraft } from '#node/cni/kernel-draft.ts';
import type { Kernel } from '#node/kernel.ts';
import type { Here } from '#shell/command.ts';

/** A lab that is one machine in a fresh namespace. */
export function freshPlace(): Here {
  const draft = new KernelDraft({ release: '', modules: new Set(), namespaces: new Map(), nextIndex: 2 } as Kernel, 'test');
  draft.addNamespace('');
  let hosts = new Map([['m', { name: 'm', kernel: draft.kernel, sandboxes: new Map(), files: new Map() } as unknown as Host]]);
  const lab = {
    now: 0,
    get snapshot() {
      return { hosts };
    },
    change<T>(act: (change: { hosts: Map<string, Host>; now: number }) => T): T {
      const next = new Map(hosts);
      const result = act({ hosts: next, now: 0 });
      hosts = next;
      return result;
    },
  };
  return { lab, place: { kind: 'node', node: 'm' } } as unknown as Here;
}
