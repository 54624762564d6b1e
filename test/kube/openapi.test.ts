import { describe, expect, it } from '@jest/globals';
import { gatewayKinds } from '#kube/kinds/gateway/index.ts';
import { builtInKinds } from '#kube/kinds/index.ts';
import { documentPath, openApiDocument, openApiIndex } from '#kube/openapi.ts';

const kinds = [...builtInKinds, ...gatewayKinds];
const core = builtInKinds.filter((kind) => kind.group === '');

interface Document {
  readonly paths: Record<string, Record<string, { 'x-kubernetes-group-version-kind': unknown; parameters: { name: string }[] }>>;
  readonly components: { readonly schemas: Record<string, Record<string, unknown>> };
}

function documentOf(path: string): Document {
  const members = kinds.filter((kind) => documentPath(kind) === path);
  return openApiDocument(members, core, 'v1.36.2') as unknown as Document;
}

/** The parts of a component, by the names of its properties. */
function properties(document: Document, name: string): Record<string, unknown> {
  return document.components.schemas[name]!['properties'] as Record<string, unknown>;
}

describe('the index', () => {
  it('has a document a group and version', () => {
    const { paths } = openApiIndex(kinds) as { paths: Record<string, unknown> };
    expect(paths['apis/apps/v1']).toEqual({ serverRelativeURL: '/openapi/v3/apis/apps/v1' });
    expect(Object.keys(paths)).toContain('api/v1');
    expect(Object.keys(paths)).toContain('apis/gateway.networking.k8s.io/v1beta1');
  });
});

describe('every document', () => {
  const paths = [...new Set(kinds.map(documentPath))];
  it.each(paths)('%s refers to what it has', (path) => {
    const document = documentOf(path);
    const references = JSON.stringify(document).match(/#\/components\/schemas\/[^"]+/g) ?? [];
    const missing = references.filter(
      (reference) => document.components.schemas[reference.slice('#/components/schemas/'.length)] === undefined,
    );
    expect(references.length).toBeGreaterThan(0);
    expect(missing).toEqual([]);
  });
});

describe('what clients look for', () => {
  const v1 = documentOf('api/v1');

  it('the kind of an operation, and that it validates fields', () => {
    const { patch, get } = v1.paths['/api/v1/namespaces/{namespace}/services/{name}']!;
    expect(patch!['x-kubernetes-group-version-kind']).toEqual({ group: '', kind: 'Service', version: 'v1' });
    expect(patch!.parameters.map(({ name }) => name)).toContain('fieldValidation');
    expect(get!.parameters).toEqual([]);
    expect(Object.keys(v1.paths['/api/v1/nodes']!)).toEqual(['get', 'post']);
  });

  it('how lists merge', () => {
    expect(properties(v1, 'io.k8s.api.core.v1.ServiceSpec')['ports']).toMatchObject({
      type: 'array',
      items: { allOf: [{ $ref: '#/components/schemas/io.k8s.api.core.v1.ServicePort' }] },
      'x-kubernetes-list-map-keys': ['port', 'protocol'],
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-patch-merge-key': 'port',
      'x-kubernetes-patch-strategy': 'merge',
    });
    expect(properties(v1, 'io.k8s.api.core.v1.PodSpec')['volumes']).toMatchObject({ 'x-kubernetes-patch-strategy': 'merge,retainKeys' });
    expect(v1.components.schemas['io.k8s.api.core.v1.ServicePort']!['required']).toEqual(['port']);
  });

  it('structures of the core group by their name in other groups', () => {
    const apps = documentOf('apis/apps/v1');
    expect(properties(apps, 'io.k8s.api.apps.v1.DeploymentSpec')).toMatchObject({
      template: { allOf: [{ $ref: '#/components/schemas/io.k8s.api.core.v1.PodTemplateSpec' }] },
      selector: { allOf: [{ $ref: '#/components/schemas/io.k8s.apimachinery.pkg.apis.meta.v1.LabelSelector' }] },
      strategy: { 'x-kubernetes-patch-strategy': 'retainKeys' },
    });
  });

  it('custom resources without references', () => {
    const gateway = documentOf('apis/gateway.networking.k8s.io/v1');
    const { spec } = properties(gateway, 'io.k8s.networking.gateway.v1.HTTPRoute') as { spec: { properties: Record<string, unknown> } };
    expect(spec.properties['hostnames']).toMatchObject({ type: 'array', items: { type: 'string' } });
  });
});
