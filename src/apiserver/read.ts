/** `get` and `list`. (staging:apiserver/pkg/endpoints/handlers/get.go) */
import { ComponentStatus } from '#kube/kinds/component-status.ts';
import type { KubeObject } from '#kube/object.ts';
import { badRequest, notFound } from '#kube/status.ts';
import { objectsOf, refuse, showList, showObject, type Call } from './call.ts';
import { componentStatuses } from './component-statuses.ts';
import { listObjects, pageOf } from './list.ts';
import type { ApiResponse } from './request.ts';
import { isSelected, selectionOf } from './selection.ts';

/** The object that the route names; undefined when there is none. */
export function namedObject(call: Call): KubeObject | undefined {
  const { resource, route } = call;
  if (resource.stored === ComponentStatus) return componentStatuses(objectsOf(call)).find(({ metadata }) => metadata.name === route.name);
  return objectsOf(call).get(resource.stored, route.namespace, route.name);
}

export function get(call: Call): ApiResponse {
  const object = namedObject(call);
  return object === undefined ? refuse(call, notFound(call.resource.kind, call.route.name)) : showObject(call, object);
}

export function list(call: Call): ApiResponse {
  const { lab, request, resource, route } = call;
  const { query } = request;
  const selection = selectionOf(resource, query);
  if (!selection.ok) return refuse(call, selection.error);
  const { cluster } = lab.snapshot;
  const resourceVersion = String(cluster.counter);
  const wanted = query.get('resourceVersion') ?? '';
  if (wanted !== '' && !/^\d+$/.test(wanted)) {
    return refuse(
      call,
      badRequest(
        `invalid resource version ${JSON.stringify(wanted)}: strconv.ParseUint: parsing ${JSON.stringify(wanted)}: invalid syntax`,
      ),
    );
  }
  if (resource.stored === ComponentStatus) {
    return showList(
      call,
      componentStatuses(cluster).filter((one) => isSelected(resource, selection.value, one)),
      {},
    );
  }
  const all = listObjects(cluster, resource, route.namespace, selection.value);
  const isWhole = selection.value.labels.length === 0 && selection.value.fields.length === 0;
  const page = pageOf(all, query, resourceVersion, isWhole);
  if (!page.ok) return refuse(call, page.error);
  const { items, next, remaining } = page.value;
  return showList(call, items, {
    resourceVersion,
    ...(next !== undefined && { continue: next }),
    ...(remaining !== undefined && { remainingItemCount: remaining }),
  });
}
