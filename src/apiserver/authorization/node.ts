/** What kubelets may do: read what concerns the pods on their node. (plugin/pkg/auth/authorizer/node) */
import type { Objects } from '#kube/cluster.ts';
import { Pod } from '#kube/kinds/pod.ts';
import type { Attributes } from './attributes.ts';
import type { Decision } from './authorize.ts';

const readVerbs = ['get', 'list', 'watch'];

/** Resources with the verbs that every kubelet has on them (bootstrappolicy: NodeRules). */
const rules: ReadonlyMap<string, readonly string[]> = new Map([
  ['tokenreviews.authentication.k8s.io', ['create']],
  ['subjectaccessreviews.authorization.k8s.io', ['create']],
  ['localsubjectaccessreviews.authorization.k8s.io', ['create']],
  ['services', readVerbs],
  ['events', ['create', 'update', 'patch']],
  ['endpoints', ['get']],
  ['certificatesigningrequests.certificates.k8s.io', ['create', ...readVerbs]],
  ['persistentvolumeclaims/status', ['get', 'update', 'patch']],
  ['csidrivers.storage.k8s.io', readVerbs],
  ['runtimeclasses.node.k8s.io', readVerbs],
]);

/** The decision on a request of a kubelet; undefined when the user is none. */
export function authorizeNode(objects: Objects, attributes: Attributes): Decision | undefined {
  const { user } = attributes;
  const node = /^system:node:(.+)$/.exec(user.name)?.[1];
  if (node === undefined || !user.groups.includes('system:nodes')) return undefined;
  if (attributes.kind === 'path') return noOpinion;
  const { verb, name, namespace, subresource, group } = attributes;
  const resource = `${attributes.resource}${group === '' ? '' : `.${group}`}${subresource === '' ? '' : `/${subresource}`}`;
  switch (resource) {
    case 'nodes':
      if (['create', 'update', 'patch'].includes(verb)) return allow;
      if (!readVerbs.includes(verb)) return noOpinion;
      if (name === node) return allow;
      return refuse(`node '${node}' cannot read ${name === '' ? 'all nodes' : `'${name}'`}, only its own Node object`);
    case 'nodes/status':
      return decide(['update', 'patch'].includes(verb));
    case 'pods':
      if (verb === 'create' || verb === 'delete') return allow;
      if (attributes.fieldSelector?.some((one) => one.field === 'spec.nodeName' && one.equal && one.value === node) === true) return allow;
      if (name === '' && readVerbs.includes(verb)) return refuse('can only list/watch pods with spec.nodeName field selector');
      return verb === 'get' ? related(objects.get(Pod, namespace, name)?.spec.nodeName === node, node) : noOpinion;
    case 'pods/status':
      return decide(['update', 'patch'].includes(verb));
    case 'pods/eviction':
      return decide(verb === 'create');
    case 'secrets':
    case 'configmaps':
    case 'persistentvolumeclaims':
      if (!readVerbs.includes(verb)) return noOpinion;
      return name === '' ? refuse('No Object name found') : related(isMentioned(objects, node, attributes.resource, namespace, name), node);
    case 'serviceaccounts/token':
      return verb === 'create' ? related(isMentioned(objects, node, 'serviceaccounts', namespace, name), node) : noOpinion;
    case 'leases.coordination.k8s.io':
      if (namespace !== 'kube-node-lease') return refuse('can only access leases in the "kube-node-lease" system namespace');
      return decide(name === node || verb === 'create');
    case 'csinodes.storage.k8s.io':
      return decide(name === node || verb === 'create');
    default:
      return decide(rules.get(resource)?.includes(verb) === true);
  }
}

const allow: Decision = { allowed: true, reason: '' };
const noOpinion: Decision = { allowed: false, reason: '' };

function refuse(reason: string): Decision {
  return { allowed: false, reason };
}

function decide(allowed: boolean): Decision {
  return allowed ? allow : noOpinion;
}

function related(isRelated: boolean, node: string): Decision {
  return isRelated ? allow : refuse(`no relationship found between node '${node}' and this object`);
}

/** Reports whether a pod on the node mentions the object. */
function isMentioned(objects: Objects, node: string, resource: string, namespace: string, name: string): boolean {
  return objects.list(Pod, namespace).some((pod) => pod.spec.nodeName === node && mentionsOf(pod)[resource]?.has(name) === true);
}

function mentionsOf(pod: Pod): Readonly<Record<string, ReadonlySet<string>>> {
  const found = {
    secrets: new Set<string>(),
    configmaps: new Set<string>(),
    persistentvolumeclaims: new Set<string>(),
    serviceaccounts: new Set<string>(),
  };
  const add = (set: Set<string>, name: string | undefined) => void (name !== undefined && set.add(name));
  const { spec } = pod;
  add(found.serviceaccounts, spec.serviceAccountName);
  for (const secret of spec.imagePullSecrets ?? []) add(found.secrets, secret.name);
  for (const container of [...(spec.initContainers ?? []), ...spec.containers]) {
    for (const source of container.envFrom ?? []) {
      add(found.configmaps, source.configMapRef?.name);
      add(found.secrets, source.secretRef?.name);
    }
    for (const { valueFrom } of container.env ?? []) {
      add(found.configmaps, valueFrom?.configMapKeyRef?.name);
      add(found.secrets, valueFrom?.secretKeyRef?.name);
    }
  }
  for (const volume of spec.volumes ?? []) {
    add(found.configmaps, volume.configMap?.name);
    add(found.secrets, volume.secret?.secretName);
    add(found.persistentvolumeclaims, volume.persistentVolumeClaim?.claimName);
    for (const source of volume.projected?.sources ?? []) {
      add(found.configmaps, source.configMap?.name);
      add(found.secrets, source.secret?.name);
    }
  }
  return found;
}
