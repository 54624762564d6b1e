import { customVerbs, defineKind, type ObjectOf } from '../../kind.ts';
import { defaulted, list, required, string, struct } from '../../schema.ts';
import { conditions } from '../conditions.ts';
import { waiting } from './waiting.ts';

export const ParametersReference = struct('ParametersReference', 'settings of the controller', {
  group: required(string('group of the object')),
  kind: required(string('kind of the object')),
  name: required(string('name of the object')),
  namespace: string('namespace of the object'),
});

export const GatewayClass = defineKind(
  'GatewayClass',
  'names the controller that serves Gateways',
  {
    spec: required(
      struct('GatewayClassSpec', 'the controller of the class', {
        controllerName: required(string('name of the controller, like a domain and a path')),
        parametersRef: ParametersReference,
        description: string('what the class is for'),
      }),
    ),
    status: defaulted(
      struct('GatewayClassStatus', 'what its controller makes of it', {
        conditions,
        supportedFeatures: list(
          struct('SupportedFeature', 'a feature', { name: required(string('its name')) }),
          'features of the controller',
          {
            mapKeys: ['name'],
          },
        ),
      }),
      { conditions: [waiting('Accepted')] },
    ),
  },
  {
    group: 'gateway.networking.k8s.io',
    plural: 'gatewayclasses',
    shortNames: ['gc'],
    categories: ['gateway-api'],
    namespaced: false,
    hasGeneration: true,
    subresources: ['status'],
    verbs: customVerbs,
    custom: true,
  },
);
export type GatewayClass = ObjectOf<typeof GatewayClass>;
