/** What containerd knows on a host: sandboxes, the lives of their containers, images. */
import { hexOf } from '#kube/chance.ts';
import type { ContainerRun, ContainerState, Host, Sandbox } from '#node/host.ts';
import { fullImage } from '#node/kubelet/pod-status.ts';

export interface CriContainer {
  readonly run: ContainerRun;
  readonly state: ContainerState;
  readonly sandbox: Sandbox;
  readonly status: 'Running' | 'Exited';
}

/** Every life of every container that is still kept: the current and the one before, unless it was removed. The newest goes first. */
export function containersOf(host: Host): readonly CriContainer[] {
  return [...host.sandboxes.values()]
    .flatMap((sandbox) =>
      sandbox.containers.flatMap((state) =>
        [state.run, state.previous].flatMap((run): CriContainer[] =>
          run === undefined || run.removed === true
            ? []
            : [{ run, state, sandbox, status: run.finishedAt === undefined ? 'Running' : 'Exited' }],
        ),
      ),
    )
    .sort((a, b) => b.run.startedAt - a.run.startedAt);
}

export function sandboxesOf(host: Host): readonly Sandbox[] {
  return [...host.sandboxes.values()].sort((a, b) => b.createdAt - a.createdAt);
}

/** The image's identifier, without `sha256:`. */
export function imageId(image: string): string {
  return hexOf(`image/${image}`, 64);
}

/** `registry.k8s.io/pause` and `3.10`. */
export function splitReference(image: string): { readonly repository: string; readonly tag: string } {
  const full = fullImage(image);
  const found = /^(.*?)(?::([^:/@]+))?(?:@.*)?$/.exec(full)!;
  return { repository: found[1]!, tag: found[2] ?? '<none>' };
}
