/** Images: there, being pulled, or not to be had (pkg/kubelet/images/image_manager.go EnsureImageExists). */
import type { Container } from '#kube/kinds/container.ts';
import type { NodeName } from '#kube/names.ts';
import type { Change } from '../change.ts';
import type { ContainerState } from '../host.ts';
import { fullImage } from './pod-status.ts';
import type { PodWorker, Due, Tell } from './worker.ts';

/** The image: there, being pulled, or not to be had. Undefined when the container may start now. */
export function pull(
  worker: PodWorker,
  change: Change,
  hostName: NodeName,
  container: Container,
  state: ContainerState,
  tell: Tell,
): { state: ContainerState; due: Due } | undefined {
  const host = change.hosts.get(hostName)!;
  const image = container.image!;
  // It was found to wait, and for what the simulation cannot see.
  if (state.found !== undefined && state.waiting !== undefined && state.image === image) return { state, due: Infinity };
  const policy = container.imagePullPolicy ?? 'IfNotPresent';
  const present = host.images.has(fullImage(image));
  if (present && policy !== 'Always') {
    if (state.waiting === undefined)
      tell({
        type: 'Normal',
        reason: 'Pulled',
        message:
          worker.minorVersion >= 35
            ? `Container image ${JSON.stringify(image)} already present on machine and can be accessed by the pod`
            : `Container image ${JSON.stringify(image)} already present on machine`,
      });
    return undefined;
  }
  if (policy === 'Never') {
    tell({
      type: 'Warning',
      reason: 'ErrImageNeverPull',
      message: `Container image ${JSON.stringify(image)} is not present with pull policy of Never`,
    });
    return {
      state: {
        ...state,
        waiting: {
          reason: 'ErrImageNeverPull',
          message: `Container image ${JSON.stringify(image)} is not present with pull policy of Never`,
        },
      },
      due: Infinity,
    };
  }
  const since = state.pullingSince ?? change.now;
  if (state.pullingSince === undefined) tell({ type: 'Normal', reason: 'Pulling', message: `Pulling image ${JSON.stringify(image)}` });
  if (worker.missingImages.has(image) || worker.missingImages.has(fullImage(image))) {
    const error = `failed to pull and unpack image ${JSON.stringify(fullImage(image))}: failed to resolve reference ${JSON.stringify(fullImage(image))}: ${fullImage(image)}: not found`;
    const failing = `rpc error: code = NotFound desc = ${error}`;
    if (state.waiting?.reason !== 'ImagePullBackOff') {
      tell({ type: 'Warning', reason: 'Failed', message: `Failed to pull image ${JSON.stringify(image)}: ${failing}` });
      tell({ type: 'Warning', reason: 'Failed', message: 'Error: ErrImagePull' });
      tell({ type: 'Normal', reason: 'BackOff', message: `Back-off pulling image ${JSON.stringify(image)}` });
      tell({ type: 'Warning', reason: 'Failed', message: 'Error: ImagePullBackOff' });
    }
    const message = `Back-off pulling image ${JSON.stringify(image)}${worker.minorVersion >= 32 ? `: ErrImagePull: ${failing}` : ''}`;
    return { state: { ...state, pullingSince: since, waiting: { reason: 'ImagePullBackOff', message } }, due: Infinity };
  }
  const { pull: duration, size } = worker.programs(image).image;
  const took = present ? 400 : duration;
  if (since + took > change.now) return { state: { ...state, pullingSince: since }, due: since + took };
  tell({
    type: 'Normal',
    reason: 'Pulled',
    message: `Successfully pulled image ${JSON.stringify(image)} in ${goSeconds(took)} (${goSeconds(took)} including waiting). Image size: ${size} bytes.`,
  });
  change.hosts.set(hostName, { ...host, images: new Set(host.images).add(fullImage(image)) });
  return undefined;
}

/** A duration under a minute as Go prints it: `1.234s`, `412ms`. */
function goSeconds(milliseconds: number): string {
  return milliseconds < 1000 ? `${milliseconds}ms` : `${milliseconds / 1000}s`;
}
