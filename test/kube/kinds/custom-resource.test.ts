import { describe, expect, it } from '@jest/globals';
import { resourceOf } from '#kube/kind.ts';
import type { CustomResourceDefinition } from '#kube/kinds/custom-resource-definition.ts';
import { compareVersions, customKindsOf } from '#kube/kinds/custom-resource.ts';

const cooler = (name: string, properties: Record<string, unknown>, served = true) => ({
  name,
  served,
  storage: name === 'v1',
  schema: { openAPIV3Schema: { type: 'object', properties } },
  subresources: { status: {}, scale: { specReplicasPath: '.spec.fans', statusReplicasPath: '.status.fans' } },
  additionalPrinterColumns: [{ name: 'Fans', type: 'integer', jsonPath: '.spec.fans' }],
});

const definition: CustomResourceDefinition = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'coolers.cold.example' },
  spec: {
    group: 'cold.example',
    scope: 'Namespaced',
    names: { plural: 'coolers', kind: 'Cooler', shortNames: ['cl'], categories: ['all'] },
    versions: [
      cooler('v1beta1', { spec: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } }),
      cooler('v1', {
        spec: {
          type: 'object',
          required: ['fans'],
          properties: {
            fans: { type: 'integer', format: 'int32' },
            size: { 'x-kubernetes-int-or-string': true },
            labels: { type: 'object', additionalProperties: { type: 'string' } },
            doors: {
              type: 'array',
              'x-kubernetes-list-type': 'map',
              'x-kubernetes-list-map-keys': ['side'],
              items: { type: 'object', properties: { side: { type: 'string', enum: ['left', 'right'] } } },
            },
          },
        },
      }),
      cooler('v1alpha1', {}, false),
    ],
  },
  status: { conditions: [], acceptedNames: { plural: 'coolers', kind: 'Cooler' }, storedVersions: ['v1'] },
};

describe('the kinds of a CustomResourceDefinition', () => {
  const kinds = customKindsOf(definition);

  it('are its served versions, the preferred first, in one store', () => {
    expect(kinds.map(({ kind }) => [kind.version, resourceOf(kind)])).toEqual([
      ['v1', 'coolers.cold.example'],
      ['v1beta1', 'coolers.cold.example'],
    ]);
  });

  it('have its names, subresources and columns', () => {
    const { kind, version } = kinds[0]!;
    expect(kind).toMatchObject({ singular: 'cooler', shortNames: ['cl'], categories: ['all'], subresources: ['scale', 'status'] });
    expect(version.additionalPrinterColumns?.map((column) => column.name)).toEqual(['Fans']);
  });

  it('have the shape of its schema', () => {
    const { spec, metadata } = kinds[0]!.kind.schema.fields;
    expect(metadata).toBeDefined();
    expect(spec).toMatchObject({
      type: 'struct',
      fields: {
        fans: { required: true, schema: { type: 'int32' } },
        size: { type: 'intOrString' },
        labels: { type: 'map', values: { type: 'string' } },
        doors: { type: 'list', mapKeys: ['side'], items: { type: 'struct', fields: { side: { values: ['left', 'right'] } } } },
      },
    });
    expect(kinds[1]!.kind.schema.fields['spec']).toEqual({ type: 'any' });
  });
});

it('orders versions as discovery does', () => {
  const versions = ['v1beta2', 'v1alpha1', 'foo', 'v10', 'v1', 'v2beta1', 'v2', 'bar', 'v1beta10'];
  expect(versions.sort(compareVersions).join(' ')).toBe('v10 v2 v1 v2beta1 v1beta10 v1beta2 v1alpha1 bar foo');
});
