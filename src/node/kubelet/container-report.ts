/** The events of what happened to a container. */
import type { Container } from '#kube/kinds/container.ts';
import { type Pod } from '#kube/kinds/pod.ts';
import type { ContainerState } from '../host.ts';
import type { Happening } from './container.ts';
import type { PodWorker, Tell } from './worker.ts';

/** Events of what happened; of many lives only the counts remain. */
export function report(
  worker: PodWorker,
  pod: Pod,
  container: Container,
  state: ContainerState,
  happenings: readonly Happening[],
  now: number,
  tell: Tell,
): void {
  const [created, started] =
    worker.minorVersion >= 35
      ? ['Container created', 'Container started']
      : worker.minorVersion >= 32
        ? [`Created container: ${container.name}`, `Started container ${container.name}`]
        : [`Created container ${container.name}`, `Started container ${container.name}`];
  const starts = happenings.filter((one) => one.kind === 'started' || one.kind === 'failed');
  const restarts = starts.filter((_, i) => i > 0 || state.restarts > 0);
  if (restarts.length > 0 && starts.length > 0) {
    const image = container.image!;
    const times = starts.length - (state.restarts + 1 === starts.length ? 1 : 0);
    if (times > 0) {
      const message =
        worker.minorVersion >= 35
          ? `Container image ${JSON.stringify(image)} already present on machine and can be accessed by the pod`
          : `Container image ${JSON.stringify(image)} already present on machine`;
      tell({ type: 'Normal', reason: 'Pulled', message, times, at: starts.at(-1)!.at });
    }
  }
  if (starts.length > 0) {
    tell({ type: 'Normal', reason: 'Created', message: created!, times: starts.length, at: starts.at(-1)!.at });
    const well = starts.filter((one) => one.kind === 'started');
    const badly = starts.filter((one) => one.kind === 'failed');
    if (well.length > 0) tell({ type: 'Normal', reason: 'Started', message: started!, times: well.length, at: well.at(-1)!.at });
    if (badly.length > 0)
      tell({ type: 'Warning', reason: 'Failed', message: `Error: ${badly.at(-1)!.message}`, times: badly.length, at: badly.at(-1)!.at });
  }
  const backing = happenings.filter((one) => one.kind === 'backing-off');
  if (backing.length > 0) {
    // The kubelet says it at every sync, about every twelve seconds, for as long as it waits.
    const times = backing.reduce((sum, one) => sum + Math.max(1, Math.floor((Math.min(one.until!, now) - one.at) / 12_000)), 0);
    tell({
      type: 'Warning',
      reason: 'BackOff',
      message: `Back-off restarting failed container ${container.name} in pod ${pod.metadata.name}_${pod.metadata.namespace}(${pod.metadata.uid})`,
      times,
      at: Math.max(backing.at(-1)!.at, now - 5_000),
    });
  }
}
