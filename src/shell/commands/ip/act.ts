/** Changes to the kernel's network state, and the kernel's refusals in iproute2's words. */
import { Pod } from '#kube/kinds/pod.ts';
import { KernelDraft } from '#node/cni/kernel-draft.ts';
import { failure, output, type Here, type Output } from '../../command.ts';
import type { Context } from './options.ts';

/** `RTNETLINK answers: File exists`. */
export function answers(error: string): string {
  return `RTNETLINK answers: ${error.charAt(0).toUpperCase()}${error.slice(1)}\n`;
}

export function noDevice(name: string): Output {
  return failure(`Cannot find device "${name}"\n`);
}

/** Whether processes of the place may change networks: everybody on a host is root; a container needs the capability. */
export function mayChange({ lab, place }: Here): boolean {
  if (place.kind === 'node') return true;
  const spec = lab.snapshot.cluster.get(Pod, place.namespace, place.pod)?.spec;
  const all = [...(spec?.containers ?? []), ...(spec?.initContainers ?? []), ...(spec?.ephemeralContainers ?? [])];
  const security = all.find((one) => one.name === place.container)?.securityContext;
  if (security?.privileged === true) return true;
  return (security?.capabilities?.add ?? []).some((name) => ['ALL', 'NET_ADMIN', 'CAP_NET_ADMIN'].includes(name));
}

/**
 * Changes the kernel of the place. `change` returns what the kernel refuses with: an errno's text, or a sentence that begins with `Error:`,
 * which the kernel sent along. Nothing has happened then.
 */
export function act({ here }: Context, change: (draft: KernelDraft) => string | undefined): Output {
  if (!mayChange(here)) return failure(answers('operation not permitted'), 2);
  const refused = here.lab.change(({ hosts, now }) => {
    const host = hosts.get(here.place.node)!;
    const draft = new KernelDraft(host.kernel, `ip/${now}/${host.name}`);
    const failed = change(draft);
    if (failed === undefined && draft.kernel !== host.kernel) hosts.set(host.name, { ...host, kernel: draft.kernel });
    return failed;
  });
  if (refused === undefined) return output('');
  return failure(refused.startsWith('Error:') ? `${refused}\n` : answers(refused), 2);
}
