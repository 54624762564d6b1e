/** What leads to a container: logs, exec, attach, port-forward. (pkg/registry/core/pod/strategy.go: LogLocation, ExecLocation, …) */
import { Pod } from '#kube/kinds/pod.ts';
import { badRequest, fail, notFound, ok, type Result, type Status } from '#kube/status.ts';
import { containerLog, followContainer, type LogPlace, type LogQuery } from '#lab/container-log.ts';
import { objectsOf, refuse, type Call } from './call.ts';
import type { ApiResponse } from './request.ts';
import { text } from './response.ts';
import { isTrue } from './route.ts';

/** The container that a request means; `undefined` while its pod has no node. */
function containerOf(call: Call, pod: Pod): Result<string, Status> {
  const { name } = pod.metadata;
  const { containers, initContainers = [], ephemeralContainers = [] } = pod.spec;
  const asked = call.request.query.get('container') ?? '';
  if (asked === '') {
    const [only, second] = containers;
    if (only !== undefined && second === undefined) return ok(only.name);
    const names = (some: readonly { readonly name: string }[]) => `[${some.map((one) => one.name).join(' ')}]`;
    const also = initContainers.length > 0 ? ` or one of the init containers: ${names(initContainers)}` : '';
    return fail(badRequest(`a container name must be specified for pod ${name}, choose one of: ${names(containers)}${also}`));
  }
  const all = [...containers, ...initContainers, ...ephemeralContainers];
  return all.some((one) => one.name === asked) ? ok(asked) : fail(badRequest(`container ${asked} is not valid for pod ${name}`));
}

/** Where the container of an exec, attach or port-forward is, or why there is no way to it. */
export function placeOf(call: Call): Result<LogPlace, Status> {
  const { resource, route } = call;
  const pod = objectsOf(call).get(Pod, route.namespace, route.name);
  if (pod === undefined) return fail(notFound(resource.kind, route.name));
  const container = route.subresource === 'portforward' ? ok('') : containerOf(call, pod);
  if (!container.ok) return container;
  const node = pod.spec.nodeName ?? '';
  if (node === '') return fail(badRequest(`pod ${route.name} does not have a host assigned`));
  return ok({ node, namespace: route.namespace, pod: route.name, container: container.value });
}

/** `pods/log`: what the kubelet has kept. A pod without a node has said nothing. */
export function log(call: Call): ApiResponse {
  const asked = logOf(call);
  return asked.ok ? text(200, asked.value.text) : asked.error;
}

/** `pods/log` with `follow`: what has been kept, and then what is written, until the container's life is over. */
export function followLog(call: Call, send: (text: string) => void, end: () => void): Result<() => void, ApiResponse> {
  const asked = logOf(call);
  if (!asked.ok) return asked;
  const { place, query, text: kept } = asked.value;
  if (kept !== '') send(kept);
  if (place === undefined || query.previous) {
    end();
    return ok(() => undefined);
  }
  return ok(followContainer(call.lab, place, query.timestamps, { send, end }));
}

function logOf(call: Call): Result<{ readonly place?: LogPlace; readonly query: LogQuery; readonly text: string }, ApiResponse> {
  const { lab, request, resource, route } = call;
  const pod = objectsOf(call).get(Pod, route.namespace, route.name);
  if (pod === undefined) return fail(refuse(call, notFound(resource.kind, route.name)));
  const query = logOptions(request.query);
  if (!query.ok) return fail(refuse(call, query.error));
  const container = containerOf(call, pod);
  if (!container.ok) return fail(refuse(call, container.error));
  const node = pod.spec.nodeName ?? '';
  if (node === '') return ok({ query: query.value, text: '' });
  const place = { node, namespace: route.namespace, pod: route.name, container: container.value };
  const answered = containerLog(lab, place, query.value);
  return answered.ok ? ok({ place, query: query.value, text: answered.value }) : fail(refuse(call, answered.error));
}

function logOptions(query: URLSearchParams): Result<LogQuery, Status> {
  const number = (name: string) => {
    const value = query.get(name);
    return value === null || value === '' ? undefined : Number(value);
  };
  const [sinceSeconds, tailLines, limitBytes] = ['sinceSeconds', 'tailLines', 'limitBytes'].map(number);
  const sinceTime = query.get('sinceTime') ?? undefined;
  const problem =
    tailLines !== undefined && !(tailLines >= 0)
      ? 'tailLines: Invalid value: must be greater than or equal to 0'
      : limitBytes !== undefined && !(limitBytes >= 1)
        ? 'limitBytes: Invalid value: must be greater than 0'
        : sinceSeconds !== undefined && !(sinceSeconds >= 1)
          ? 'sinceSeconds: Invalid value: must be greater than 0'
          : undefined;
  if (problem !== undefined) return fail({ code: 422, reason: 'Invalid', message: `PodLogOptions.core "" is invalid: ${problem}` });
  return ok({
    previous: isTrue(query.get('previous')),
    timestamps: isTrue(query.get('timestamps')),
    ...(sinceSeconds !== undefined && { sinceSeconds }),
    ...(sinceTime !== undefined && { sinceTime }),
    ...(tailLines !== undefined && { tailLines }),
    ...(limitBytes !== undefined && { limitBytes }),
  });
}
