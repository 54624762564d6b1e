/** `pods/binding` and `bindings`: giving a pod to a node by hand, as a scheduler does. (pkg/registry/core/pod/storage/storage.go: BindingREST) */
import { Pod } from '#kube/kinds/pod.ts';
import { badRequest, conflict, invalid, notFound } from '#kube/status.ts';
import { rfc3339 } from '#kube/time.ts';
import { readBody } from './body.ts';
import { objectsOf, refuse, type Call } from './call.ts';
import { isObject } from './json.ts';
import { dryRunProblems, invalidOptions } from './options.ts';
import type { ApiResponse } from './request.ts';
import { json } from './response.ts';
import { attempt } from './write.ts';

/** Binds the pod that the route or the body names. */
export function bind(call: Call): ApiResponse {
  const { request, resource, route } = call;
  const body = readBody(request);
  if (!body.ok) return refuse(call, body.error);
  if (!isObject(body.value)) return refuse(call, badRequest('no Binding in the body'));
  const metadata = isObject(body.value['metadata']) ? body.value['metadata'] : {};
  const target = isObject(body.value['target']) ? body.value['target'] : {};
  const name = route.name !== '' ? route.name : String(metadata['name'] ?? '');
  if ((metadata['name'] ?? name) !== name) return refuse(call, badRequest('name in URL does not match name in Binding object'));
  const dryRun = request.query.getAll('dryRun').filter((one) => one !== '');
  const problems = dryRunProblems(dryRun);
  if (problems.length > 0) return refuse(call, invalidOptions('CreateOptions', problems));
  const node = String(target['name'] ?? '');
  const kind = String(target['kind'] ?? '');
  if (kind !== '' && kind !== 'Node') {
    return refuse(
      call,
      invalid(resource.kind, name, [
        { type: 'Unsupported value', field: 'target.kind', value: kind, detail: 'supported values: "Node", "<empty>"' },
      ]),
    );
  }
  if (node === '') return refuse(call, invalid(resource.kind, name, [{ type: 'Required value', field: 'target.name', detail: '' }]));
  const pod = objectsOf(call).get(Pod, route.namespace, name);
  if (pod === undefined) return refuse(call, notFound(Pod, name));
  const bound = (why: string) =>
    refuse(call, { ...conflict(Pod, name, why), message: `Operation cannot be fulfilled on pods/binding ${JSON.stringify(name)}: ${why}` });
  if (pod.metadata.deletionTimestamp !== undefined) return bound(`pod ${name} is being deleted, cannot be assigned to a host`);
  if ((pod.spec.nodeName ?? '') !== '') return bound(`pod ${name} is already assigned to node ${JSON.stringify(pod.spec.nodeName)}`);
  attempt(call, dryRun.length > 0, ({ objects, now }) => {
    const conditions = (pod.status.conditions ?? []).filter(({ type }) => type !== 'PodScheduled');
    const scheduled = { type: 'PodScheduled', status: 'True', lastTransitionTime: rfc3339(now) };
    objects.put(Pod, { ...pod, spec: { ...pod.spec, nodeName: node }, status: { ...pod.status, conditions: [...conditions, scheduled] } });
    return { ok: true };
  });
  return json(201, { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success' });
}
