/** What Gateways, GatewayClasses and ReferenceGrants must look like. (gateway-api config/crd/standard; apis/v1/gateway_types.go) */
import { isEqual } from '#kube/equal.ts';
import type { Listener } from '#kube/kinds/gateway/gateway.ts';
import {
  group,
  hostname,
  kind,
  localReference,
  namespace,
  objectName,
  portNumber,
  secretReference,
  sectionName,
} from './gateway-references.ts';
import { httpRouteConstraints } from './gateway-route.ts';
import type { Constraints, Rule } from './structural.ts';

const protocolName =
  '^[a-zA-Z0-9]([-a-zA-Z0-9]*[a-zA-Z0-9])?$|[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\\/[A-Za-z0-9]+$';
const controllerName = "^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\\/[A-Za-z0-9\\/\\-._~%!$&'()*+,;=:]+$";

interface ListenerTls {
  readonly mode?: string;
  readonly certificateRefs?: readonly unknown[];
  readonly options?: Readonly<Record<string, string>>;
}

const tls: Constraints = {
  type: 'object',
  properties: {
    mode: { type: 'string', enum: ['Terminate', 'Passthrough'] },
    certificateRefs: { type: 'array', maxItems: 64, items: secretReference },
    options: { type: 'object', additionalProperties: { type: 'string', minLength: 0, maxLength: 4096 } },
  },
  rules: [
    {
      message: 'certificateRefs or options must be specified when mode is Terminate',
      // The rule asks for the size of either, and stumbles when neither is there.
      holds: ({ mode = 'Terminate', certificateRefs, options }: ListenerTls) => {
        if (mode !== 'Terminate' || (certificateRefs ?? []).length > 0 || Object.keys(options ?? {}).length > 0) return true;
        if (certificateRefs === undefined) return 'no such key: certificateRefs';
        return options === undefined ? 'no such key: options' : false;
      },
    },
  ],
};

const allowedRoutes: Constraints = {
  type: 'object',
  properties: {
    namespaces: { type: 'object', properties: { from: { type: 'string', enum: ['All', 'Selector', 'Same'] } } },
    kinds: { type: 'array', maxItems: 8, items: { type: 'object', required: ['kind'], properties: { group, kind } } },
  },
};

function everyListener(message: string, holds: (listener: Listener) => boolean): Rule {
  return { message, holds: (listeners: readonly Listener[]) => listeners.every(holds) };
}

function distinctListeners(message: string, identity: (listener: Listener) => string): Rule {
  return { message, holds: (listeners: readonly Listener[]) => new Set(listeners.map(identity)).size === listeners.length };
}

const listeners: Constraints = {
  type: 'array',
  minItems: 1,
  maxItems: 64,
  'x-kubernetes-list-type': 'map',
  'x-kubernetes-list-map-keys': ['name'],
  items: {
    type: 'object',
    required: ['name', 'port', 'protocol'],
    properties: {
      name: sectionName,
      hostname,
      port: portNumber,
      protocol: { type: 'string', minLength: 1, maxLength: 255, pattern: protocolName },
      tls,
      allowedRoutes,
    },
  },
  rules: [
    everyListener(
      "tls must not be specified for protocols ['HTTP', 'TCP', 'UDP']",
      (one) => !['HTTP', 'TCP', 'UDP'].includes(one.protocol) || one.tls === undefined,
    ),
    everyListener(
      'tls mode must be Terminate for protocol HTTPS',
      (one) => one.protocol !== 'HTTPS' || one.tls === undefined || ['', 'Terminate'].includes(one.tls.mode ?? ''),
    ),
    everyListener(
      "hostname must not be specified for protocols ['TCP', 'UDP']",
      (one) => !['TCP', 'UDP'].includes(one.protocol) || (one.hostname ?? '') === '',
    ),
    distinctListeners('Listener name must be unique within the Gateway', (one) => one.name),
    distinctListeners(
      'Combination of port, protocol and hostname must be unique for each listener',
      (one) => `${one.port}/${one.protocol}/${one.hostname ?? ''}`,
    ),
  ],
};

interface Address {
  readonly type?: string;
  readonly value?: string;
}

function distinctAddresses(type: string): Rule {
  return {
    message: `${type} values must be unique`,
    holds: (addresses: readonly Address[]) => {
      const values = addresses.filter((one) => one.type === type && one.value !== undefined).map((one) => one.value);
      return new Set(values).size === values.length;
    },
  };
}

const gatewayConstraints: Constraints = {
  type: 'object',
  required: ['spec'],
  properties: {
    spec: {
      type: 'object',
      required: ['gatewayClassName', 'listeners'],
      properties: {
        gatewayClassName: objectName,
        listeners,
        addresses: {
          type: 'array',
          maxItems: 16,
          items: {
            type: 'object',
            properties: { type: { type: 'string', minLength: 1, maxLength: 253 }, value: { type: 'string', maxLength: 253 } },
          },
          rules: [distinctAddresses('IPAddress'), distinctAddresses('Hostname')],
        },
        infrastructure: { type: 'object', properties: { parametersRef: localReference } },
      },
    },
  },
};

const gatewayClassConstraints: Constraints = {
  type: 'object',
  required: ['spec'],
  properties: {
    spec: {
      type: 'object',
      required: ['controllerName'],
      properties: {
        controllerName: {
          type: 'string',
          minLength: 1,
          maxLength: 253,
          pattern: controllerName,
          rules: [
            { message: 'Value is immutable', holds: (value: string, old: string | undefined) => old === undefined || isEqual(value, old) },
          ],
        },
        description: { type: 'string', maxLength: 64 },
        parametersRef: {
          type: 'object',
          required: ['group', 'kind', 'name'],
          properties: { group, kind, name: objectName, namespace },
        },
      },
    },
  },
};

const referenceGrantConstraints: Constraints = {
  type: 'object',
  properties: {
    spec: {
      type: 'object',
      required: ['from', 'to'],
      properties: {
        from: {
          type: 'array',
          minItems: 1,
          maxItems: 16,
          items: { type: 'object', required: ['group', 'kind', 'namespace'], properties: { group, kind, namespace } },
        },
        to: {
          type: 'array',
          minItems: 1,
          maxItems: 16,
          items: { type: 'object', required: ['group', 'kind'], properties: { group, kind, name: objectName } },
        },
      },
    },
  },
};

/** By resource: what their definitions check beyond the shape, rules included, which definitions write in CEL. */
export const gatewayConstraintsByResource: ReadonlyMap<string, Constraints> = new Map([
  ['gatewayclasses.gateway.networking.k8s.io', gatewayClassConstraints],
  ['gateways.gateway.networking.k8s.io', gatewayConstraints],
  ['httproutes.gateway.networking.k8s.io', httpRouteConstraints],
  ['referencegrants.gateway.networking.k8s.io', referenceGrantConstraints],
]);
