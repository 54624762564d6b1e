import { defineKind, type ObjectOf } from '../kind.ts';
import {
  always,
  any,
  boolean,
  bytes,
  int32,
  int64,
  list,
  nullable,
  pointer,
  required,
  string,
  struct,
  time,
  typed,
  type Infer,
} from '../schema.ts';

export const CustomResourceDefinitionNames = struct('CustomResourceDefinitionNames', 'the names of the resource', {
  plural: required(string('name in URLs')),
  singular: string('the same for one object'),
  shortNames: list(string(), 'short names'),
  kind: required(string('kind of the objects')),
  listKind: string('kind of lists of them'),
  categories: list(string(), 'groups of resources it is part of: all'),
});

export const CustomResourceColumnDefinition = struct('CustomResourceColumnDefinition', 'a column of tables', {
  name: required(string('its heading')),
  type: required(string('its OpenAPI type')),
  format: string('its OpenAPI format'),
  description: string('what it says'),
  priority: int32('0, or more for wide tables only'),
  jsonPath: required(string('where its value is')),
});
export type CustomResourceColumnDefinition = Infer<typeof CustomResourceColumnDefinition>;

export const CustomResourceSubresources = struct('CustomResourceSubresources', 'its subresources', {
  status: struct('CustomResourceSubresourceStatus', 'the status is written apart', {}),
  scale: struct('CustomResourceSubresourceScale', 'it can be scaled', {
    specReplicasPath: required(string('where the wanted number is')),
    statusReplicasPath: required(string('where the real number is')),
    labelSelectorPath: pointer(string('where the selector is')),
  }),
});

export const CustomResourceDefinitionVersion = struct('CustomResourceDefinitionVersion', 'a version of the resource', {
  name: required(string('name of the version')),
  served: required(boolean('it can be used')),
  storage: required(boolean('objects are stored in it')),
  deprecated: boolean('its use draws a warning'),
  deprecationWarning: pointer(string('that warning')),
  schema: struct('CustomResourceValidation', 'its shape', { openAPIV3Schema: any('the schema, as OpenAPI') }),
  subresources: CustomResourceSubresources,
  additionalPrinterColumns: list(CustomResourceColumnDefinition, 'columns of tables'),
  selectableFields: list(
    struct('SelectableField', 'a field for field selectors', { jsonPath: required(string('where it is')) }),
    'fields for field selectors',
  ),
});
export type CustomResourceDefinitionVersion = Infer<typeof CustomResourceDefinitionVersion>;

export const CustomResourceConversion = struct('CustomResourceConversion', 'how versions are converted', {
  strategy: required(typed('ConversionStrategyType', string('None or Webhook'))),
  webhook: struct('WebhookConversion', 'who converts', {
    clientConfig: struct('WebhookClientConfig', 'where the webhook is', {
      url: pointer(string('its URL')),
      service: struct('ServiceReference', 'the Service of the webhook', {
        namespace: required(string('namespace of the Service')),
        name: required(string('name of the Service')),
        path: pointer(string('path of the request')),
        port: pointer(int32('port of the Service')),
      }),
      caBundle: bytes('certificates that it is checked with, in PEM'),
    }),
    conversionReviewVersions: required(list(string(), 'versions of ConversionReview it understands')),
  }),
});

/** staging:apiextensions-apiserver/pkg/apis/apiextensions/v1/types.go */
export const CustomResourceDefinitionSpec = struct('CustomResourceDefinitionSpec', 'the resource', {
  group: required(string('its group')),
  names: required(CustomResourceDefinitionNames),
  scope: required(typed('ResourceScope', string('Cluster or Namespaced'))),
  versions: required(list(CustomResourceDefinitionVersion, 'its versions')),
  conversion: CustomResourceConversion,
  preserveUnknownFields: boolean('obsolete'),
});

export const CustomResourceDefinitionCondition = struct('CustomResourceDefinitionCondition', 'one aspect of its state', {
  type: required(string('what is said')),
  status: required(string('True, False or Unknown')),
  lastTransitionTime: nullable(time('since when the status is what it is')),
  reason: string('why, in one word'),
  message: string('why, in a sentence'),
  observedGeneration: int64('the generation that was looked at'),
});

export const CustomResourceDefinitionStatus = struct('CustomResourceDefinitionStatus', 'what has become of it', {
  conditions: always(list(CustomResourceDefinitionCondition, 'aspects of its state', { mapKeys: ['type'] })),
  acceptedNames: always(CustomResourceDefinitionNames),
  storedVersions: always(list(string(), 'versions that objects have been stored in')),
  observedGeneration: int64('the generation that was looked at'),
});

export const CustomResourceDefinition = defineKind(
  'CustomResourceDefinition',
  'adds a resource to the API',
  { spec: required(CustomResourceDefinitionSpec), status: always(CustomResourceDefinitionStatus) },
  {
    group: 'apiextensions.k8s.io',
    shortNames: ['crd', 'crds'],
    namespaced: false,
    categories: ['api-extensions'],
    hasGeneration: true,
    subresources: ['status'],
  },
);
export type CustomResourceDefinition = ObjectOf<typeof CustomResourceDefinition>;
