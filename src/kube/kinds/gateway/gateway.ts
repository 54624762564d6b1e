import { customVerbs, defineKind, type ObjectOf } from '../../kind.ts';
import { defaulted, int32, list, map, required, string, struct, type Infer } from '../../schema.ts';
import { conditions } from '../conditions.ts';
import { LabelSelector } from '../label-selector.ts';
import { LocalObjectReference, SecretObjectReference } from './reference.ts';
import { waiting } from './waiting.ts';

export const RouteGroupKind = struct('RouteGroupKind', 'a kind of route', {
  group: defaulted(string('group of the route'), 'gateway.networking.k8s.io'),
  kind: required(string('kind of the route')),
});

export const AllowedRoutes = struct('AllowedRoutes', 'the routes that may attach', {
  namespaces: defaulted(
    struct('RouteNamespaces', 'their namespaces', {
      from: defaulted(string('All, Same, Selector or None', ['All', 'None', 'Same', 'Selector']), 'Same'),
      selector: LabelSelector,
    }),
    { from: 'Same' },
  ),
  kinds: list(RouteGroupKind, 'their kinds'),
});
export type AllowedRoutes = Infer<typeof AllowedRoutes>;

export const ListenerTLSConfig = struct('ListenerTLSConfig', 'TLS of the listener', {
  mode: defaulted(string('Terminate or Passthrough', ['Passthrough', 'Terminate']), 'Terminate'),
  certificateRefs: list(SecretObjectReference, 'Secrets of certificates'),
  options: map(string(), 'more settings'),
});

export const Listener = struct('Listener', 'a port that takes requests', {
  name: required(string('name of the listener')),
  hostname: string('host name of its requests; any when absent'),
  port: required(int32('the port')),
  protocol: required(string('HTTP, HTTPS, TLS, TCP or UDP')),
  tls: ListenerTLSConfig,
  allowedRoutes: defaulted(AllowedRoutes, { namespaces: { from: 'Same' } }),
});
export type Listener = Infer<typeof Listener>;

export const GatewayAddress = struct('GatewayAddress', 'an address', {
  type: defaulted(string('IPAddress, Hostname or NamedAddress'), 'IPAddress'),
  value: string('the address'),
});

/** gateway-api apis/v1/gateway_types.go */
export const GatewaySpec = struct('GatewaySpec', 'where requests are taken', {
  gatewayClassName: required(string('name of the GatewayClass')),
  listeners: required(list(Listener, 'ports that take requests', { mapKeys: ['name'] })),
  addresses: list(GatewayAddress, 'addresses it should have'),
  infrastructure: struct('GatewayInfrastructure', 'what its objects carry', {
    labels: map(string(), 'labels of its objects'),
    annotations: map(string(), 'annotations of its objects'),
    parametersRef: LocalObjectReference,
  }),
});
export type GatewaySpec = Infer<typeof GatewaySpec>;

export const ListenerStatus = struct('ListenerStatus', 'what has become of a listener', {
  name: required(string('name of the listener')),
  supportedKinds: list(RouteGroupKind, 'kinds of routes it takes'),
  attachedRoutes: required(int32('how many routes are attached')),
  conditions,
});
export type ListenerStatus = Infer<typeof ListenerStatus>;

export const Gateway = defineKind(
  'Gateway',
  'takes requests from outside and hands them to routes',
  {
    spec: required(GatewaySpec),
    status: defaulted(
      struct('GatewayStatus', 'what has become of it', {
        addresses: list(struct('GatewayStatusAddress', 'an address', GatewayAddress.fields), 'its addresses'),
        conditions,
        listeners: list(ListenerStatus, 'what has become of its listeners', { mapKeys: ['name'] }),
      }),
      { conditions: [waiting('Accepted'), waiting('Programmed')] },
    ),
  },
  {
    group: 'gateway.networking.k8s.io',
    shortNames: ['gtw'],
    categories: ['gateway-api'],
    hasGeneration: true,
    subresources: ['status'],
    verbs: customVerbs,
    custom: true,
  },
);
export type Gateway = ObjectOf<typeof Gateway>;
