/**
 * What clients learn of the server's resources: the documents of `/api`, `/apis/…`, and both lists at once in the aggregated form.
 * (staging:apiserver/pkg/endpoints/discovery)
 */
import type { Objects } from '#kube/cluster.ts';
import { ClusterRoleBinding } from '#kube/kinds/cluster-role-binding.ts';
import { ClusterRole } from '#kube/kinds/cluster-role.ts';
import { Service } from '#kube/kinds/service.ts';
import { Endpoints } from '#kube/kinds/endpoints.ts';
import type { Kind } from '#kube/kind.ts';
import { hostPort } from '#net/ip.ts';
import { acceptedBy } from './media-type.ts';
import type { ApiRequest, ApiResponse } from './request.ts';
import { servedGroups, type ServedGroup } from './resources.ts';
import { json, methodNotAllowed, pathNotFound, refusal } from './response.ts';
import type { Route } from './route.ts';

type ServedVersion = ServedGroup['versions'][number];

interface Subresource {
  readonly kind: string;
  readonly group?: string;
  readonly version?: string;
  readonly verbs: readonly string[];
}

const proxyVerbs = ['create', 'delete', 'get', 'patch', 'update'];
const changing = ['get', 'patch', 'update'];

/** What a subresource speaks, where it is not its resource's own kind read and written. */
const subresources: Readonly<Record<string, (kind: Kind) => Subresource>> = {
  approval: (kind) => ({ kind: kind.kind, verbs: changing }),
  attach: () => ({ kind: 'PodAttachOptions', verbs: ['create', 'get'] }),
  binding: () => ({ kind: 'Binding', verbs: ['create'] }),
  ephemeralcontainers: (kind) => ({ kind: kind.kind, verbs: changing }),
  eviction: () => ({ kind: 'Eviction', group: 'policy', version: 'v1', verbs: ['create'] }),
  exec: () => ({ kind: 'PodExecOptions', verbs: ['create', 'get'] }),
  finalize: (kind) => ({ kind: kind.kind, verbs: ['update'] }),
  log: (kind) => ({ kind: kind.kind, verbs: ['get'] }),
  portforward: () => ({ kind: 'PodPortForwardOptions', verbs: ['create', 'get'] }),
  proxy: (kind) => ({ kind: `${kind.kind}ProxyOptions`, verbs: proxyVerbs }),
  resize: (kind) => ({ kind: kind.kind, verbs: changing }),
  scale: () => ({ kind: 'Scale', group: 'autoscaling', version: 'v1', verbs: changing }),
  status: (kind) => ({ kind: kind.kind, verbs: changing }),
  token: () => ({ kind: 'TokenRequest', group: 'authentication.k8s.io', version: 'v1', verbs: ['create'] }),
};

function subresourcesOf(kind: Kind): readonly (readonly [name: string, Subresource])[] {
  return kind.subresources.flatMap((name) => {
    const describe = subresources[name];
    return describe === undefined ? [] : [[name, describe(kind)] as const];
  });
}

/** `APIVersions` of `/api`. */
function coreVersions(objects: Objects): unknown {
  const service = objects.get(Endpoints, 'default', 'kubernetes');
  const subset = service?.subsets?.[0];
  const address = subset?.addresses?.[0]?.ip;
  const port = subset?.ports?.[0]?.port;
  const fallback = objects.get(Service, 'default', 'kubernetes')?.spec.clusterIP ?? '';
  return {
    kind: 'APIVersions',
    versions: ['v1'],
    serverAddressByClientCIDRs: [
      {
        clientCIDR: '0.0.0.0/0',
        serverAddress: address === undefined || port === undefined ? hostPort(fallback, 443) : hostPort(address, port),
      },
    ],
  };
}

function groupDocument({ name, versions }: ServedGroup) {
  const all = versions.map(({ version }) => ({ groupVersion: `${name}/${version}`, version }));
  return { name, versions: all, preferredVersion: all[0] };
}

/** `APIGroupList` of `/apis`. */
function groupList(objects: Objects): unknown {
  const groups = servedGroups(objects).filter(({ name }) => name !== '');
  return { kind: 'APIGroupList', apiVersion: 'v1', groups: groups.map(groupDocument) };
}

/** `APIGroup` of `/apis/<group>`; undefined when the group is not served. */
function groupOf(objects: Objects, name: string): unknown {
  const group = servedGroups(objects).find((one) => one.name === name);
  return group && { kind: 'APIGroup', apiVersion: 'v1', ...groupDocument(group) };
}

const lists = new WeakMap<ServedVersion, unknown>();

/** `APIResourceList` of `/api/v1` and `/apis/<group>/<version>`; undefined when that is not served. */
function resourceList(objects: Objects, group: string, version: string): unknown {
  const served = servedGroups(objects)
    .find((one) => one.name === group)
    ?.versions.find((one) => one.version === version);
  if (served === undefined) return undefined;
  let list = lists.get(served);
  if (list === undefined) lists.set(served, (list = listOf(served, group, version)));
  return list;
}

function listOf(served: ServedVersion, group: string, version: string): unknown {
  const resources = served.resources.flatMap(({ kind }) => [
    {
      name: kind.plural,
      singularName: kind.singular,
      namespaced: kind.namespaced,
      kind: kind.kind,
      verbs: kind.verbs,
      ...(kind.shortNames.length > 0 && { shortNames: kind.shortNames }),
      ...(kind.categories.length > 0 && { categories: kind.categories }),
    },
    ...subresourcesOf(kind).map(([name, one]) => ({
      name: `${kind.plural}/${name}`,
      singularName: '',
      namespaced: kind.namespaced,
      ...(one.group !== undefined && { group: one.group, version: one.version }),
      kind: one.kind,
      verbs: one.verbs,
    })),
  ]);
  return {
    kind: 'APIResourceList',
    ...(group !== '' && { apiVersion: 'v1' }),
    groupVersion: group === '' ? version : `${group}/${version}`,
    resources: resources.sort((a, b) => (a.name < b.name ? -1 : 1)),
  };
}

const aggregatedContentType = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';

/** `APIGroupDiscoveryList`: everything at once, of the core group for `/api` or of all others for `/apis`. */
function aggregatedDiscovery(objects: Objects, core: boolean): unknown {
  const groups = servedGroups(objects).filter(({ name }) => (name === '') === core);
  return {
    kind: 'APIGroupDiscoveryList',
    apiVersion: 'apidiscovery.k8s.io/v2',
    metadata: {},
    items: groups.map(({ name, versions }) => ({
      metadata: { ...(name !== '' && { name }), creationTimestamp: null },
      versions: versions.map(({ version, resources }) => ({
        version,
        resources: resources.map(({ kind }) => ({
          resource: kind.plural,
          responseKind: { group: '', version: '', kind: kind.kind },
          scope: kind.namespaced ? 'Namespaced' : 'Cluster',
          singularResource: kind.singular,
          verbs: kind.verbs,
          ...(kind.shortNames.length > 0 && { shortNames: kind.shortNames }),
          ...(kind.categories.length > 0 && { categories: kind.categories }),
          ...(kind.subresources.length > 0 && {
            subresources: subresourcesOf(kind).map(([subresource, one]) => ({
              subresource,
              responseKind: { group: one.group ?? '', version: one.version ?? '', kind: one.kind },
              verbs: one.verbs,
            })),
          }),
        })),
        freshness: 'Current',
      })),
    })),
  };
}

/**
 * What follows from nothing else: which resource types these documents list for a user, and whether that user may read them. Compared one
 * by one.
 */
export function discoveryFollows(objects: Objects): readonly unknown[] {
  return [...servedGroups(objects).map(({ versions }) => versions), objects.revision(ClusterRole), objects.revision(ClusterRoleBinding)];
}

/** Serves `/api`, `/apis` and what lies directly below them. */
export function discover(
  objects: Objects,
  request: ApiRequest,
  { core, group, version }: Route & { readonly kind: 'discovery' },
): ApiResponse {
  if (request.method !== 'GET') return refusal(methodNotAllowed);
  if (group === undefined || (core && version === undefined)) {
    const isAggregated = acceptedBy(request).some(
      ({ parameters }) => parameters.get('as') === 'APIGroupDiscoveryList' && parameters.get('v') === 'v2',
    );
    if (isAggregated) return { ...json(200, aggregatedDiscovery(objects, core)), contentType: aggregatedContentType };
    return json(200, core ? coreVersions(objects) : groupList(objects));
  }
  const document = version === undefined ? groupOf(objects, group) : resourceList(objects, group, version);
  return document === undefined ? refusal(pathNotFound) : json(200, document);
}
