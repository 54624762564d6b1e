/** What clients learn of the server: resource types, versions, health, descriptions. */
import { describe, expect, it } from '@jest/globals';
import { recordedLines } from '../support/recorded.ts';
import { market } from './support/market.ts';
import { readMessage } from '#apiserver/protobuf/wire.ts';
import { send } from './support/rest.ts';

const lab = market();

function body<T>(path: string, accept = 'application/json'): T {
  return send(lab, 'GET', path, { headers: { Accept: accept } }).body as T;
}

function recorded(command: string): string {
  return recordedLines('market/kubectl-read.jsonl').find((one) => one.command === command)!.stdout;
}

interface ResourceList {
  readonly groupVersion: string;
  readonly resources: readonly {
    readonly name: string;
    readonly singularName: string;
    readonly namespaced: boolean;
    readonly kind: string;
    readonly verbs: readonly string[];
    readonly shortNames?: readonly string[];
    readonly categories?: readonly string[];
    readonly group?: string;
    readonly version?: string;
  }[];
}

interface GroupList {
  readonly groups: readonly {
    readonly name: string;
    readonly versions: readonly { readonly groupVersion: string }[];
    readonly preferredVersion: { readonly groupVersion: string };
  }[];
}

const groups = body<GroupList>('/apis').groups;

describe('discovery', () => {
  it('has the versions that kubectl api-versions printed', () => {
    const versions = [...groups.flatMap((group) => group.versions.map(({ groupVersion }) => groupVersion)), 'v1'];
    expect(`${versions.sort().join('\n')}\n`).toBe(recorded('kubectl api-versions'));
  });

  it('has the resources that kubectl api-resources -o wide printed', () => {
    const lists = [
      '/api/v1',
      ...groups.map(({ preferredVersion }) => `/apis/${preferredVersion.groupVersion}`),
      '/apis/gateway.networking.k8s.io/v1beta1',
    ].map((path) => body<ResourceList>(path));
    const rows = lists.flatMap(({ groupVersion, resources }) =>
      resources
        .filter(({ name }) => !name.includes('/'))
        .map((one) =>
          [
            one.name,
            (one.shortNames ?? []).join(','),
            groupVersion,
            String(one.namespaced),
            one.kind,
            one.verbs.join(','),
            (one.categories ?? []).join(','),
          ].join(' '),
        ),
    );
    const [header = '', ...lines] = recorded('kubectl api-resources -o wide')
      .split('\n')
      .filter((line) => line !== '');
    const starts = [...header.matchAll(/\S+/g)].map(({ index }) => index);
    const cells = lines.map((line) => starts.map((start, i) => line.slice(start, starts[i + 1]).trim()).join(' '));
    expect(new Set(cells)).toEqual(new Set(rows));
  });

  it('says the same at once as in pieces', () => {
    const aggregated = ['/api', '/apis'].flatMap(
      (path) =>
        body<{
          items: {
            metadata: { name?: string };
            versions: { version: string; resources: { resource: string; subresources?: { subresource: string }[] }[] }[];
          }[];
        }>(path, 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json').items,
    );
    for (const { metadata, versions } of aggregated) {
      for (const { version, resources } of versions) {
        const path = metadata.name === undefined ? `/api/${version}` : `/apis/${metadata.name}/${version}`;
        const names = resources.flatMap(({ resource, subresources = [] }) => [
          resource,
          ...subresources.map(({ subresource }) => `${resource}/${subresource}`),
        ]);
        expect(names.sort()).toEqual(body<ResourceList>(path).resources.map(({ name }) => name));
      }
    }
  });

  it('names what subresources speak', () => {
    const { resources } = body<ResourceList>('/apis/apps/v1');
    expect(resources.find(({ name }) => name === 'deployments/scale')).toEqual({
      name: 'deployments/scale',
      singularName: '',
      namespaced: true,
      group: 'autoscaling',
      version: 'v1',
      kind: 'Scale',
      verbs: ['get', 'patch', 'update'],
    });
  });

  it.each([
    '/nosuch',
    '/apis/nosuch/v1',
    '/apis/apps/v9',
    '/api/v2',
    '/api/v1/nosuch',
    '/api/v1/namespaces/market/nosuch/x',
    '/api/v1/namespaces/market/nodes',
    '/metrics',
  ])('finds nothing at %s', (path) => {
    expect(send(lab, 'GET', path)).toMatchObject({
      code: 404,
      body: { kind: 'Status', reason: 'NotFound', message: 'the server could not find the requested resource' },
    });
  });
});

describe('OpenAPI v2', () => {
  it('has the kinds of all groups, and says which of them are patched how', () => {
    const document = send(lab, 'GET', '/openapi/v2').body as {
      definitions: Record<string, { properties?: Record<string, unknown>; 'x-kubernetes-group-version-kind'?: unknown }>;
      paths: Record<string, Record<string, { parameters: { name: string }[] }>>;
    };
    expect(document.definitions['io.k8s.api.apps.v1.Deployment']).toMatchObject({
      properties: { spec: { $ref: '#/definitions/io.k8s.api.apps.v1.DeploymentSpec' } },
      'x-kubernetes-group-version-kind': [{ group: 'apps', kind: 'Deployment', version: 'v1' }],
    });
    const { patch } = document.paths['/api/v1/namespaces/{namespace}/services/{name}']!;
    expect(patch!.parameters.map(({ name }) => name)).toContain('fieldValidation');
    const references = JSON.stringify(document).match(/#\/definitions\/[^"]+/g) ?? [];
    expect(references.filter((one) => document.definitions[one.slice('#/definitions/'.length)] === undefined)).toEqual([]);
  });

  it('comes in protobuf to those who ask for that', () => {
    const headers = { Accept: 'application/com.github.proto-openapi.spec.v2@v1.0+protobuf' };
    const { body, contentType } = send(lab, 'GET', '/openapi/v2', { headers });
    expect(contentType).toBe('application/com.github.proto-openapi.spec.v2.v1.0+protobuf');
    const text = String(body);
    const fields = readMessage(Uint8Array.from(text, (one) => one.charCodeAt(0)));
    const inner = (bytes: unknown) => readMessage(bytes as Uint8Array);
    const string = (bytes: unknown) => new TextDecoder().decode(bytes as Uint8Array);
    expect(string(fields.get(1)![0])).toBe('2.0');
    const names = inner(fields.get(9)![0])
      .get(1)!
      .map((one) => string(inner(one).get(1)![0]));
    expect(names).toContain('io.k8s.api.core.v1.ServicePort');
  });
});

describe('health and version', () => {
  it.each(['kubectl get --raw /healthz', 'kubectl get --raw /livez?verbose'])('%s', (command) => {
    const [path = '', parameter] = command.split(' ').at(-1)!.split('?');
    expect(send(lab, 'GET', path, { query: parameter === undefined ? {} : { [parameter]: '' } }).body).toBe(recorded(command));
  });

  it('one check', () => {
    expect(send(lab, 'GET', '/livez/etcd').body).toBe('ok');
    expect(send(lab, 'GET', '/livez/nosuch').code).toBe(404);
  });

  it('the version of the nodes, where no control plane is to be seen', () => {
    expect(body('/version')).toMatchObject({ major: '1', minor: '36', gitVersion: 'v1.36.2' });
  });
});

describe('OpenAPI', () => {
  it('has a document for every group and version', () => {
    const { paths } = body<{ paths: Record<string, { serverRelativeURL: string }> }>('/openapi/v3');
    expect(paths['apis/apps/v1']!.serverRelativeURL).toBe('/openapi/v3/apis/apps/v1');
    for (const { serverRelativeURL } of Object.values(paths)) expect(send(lab, 'GET', serverRelativeURL).code).toBe(200);
  });
});
