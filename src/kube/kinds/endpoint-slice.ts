import { defineKind, type ObjectOf } from '../kind.ts';
import { always, boolean, int32, list, map, pointer, required, string, struct, typed, type Infer } from '../schema.ts';
import { ObjectReference } from './object-reference.ts';

export const EndpointConditions = struct('EndpointConditions', 'the state of an endpoint', {
  ready: pointer(boolean('it takes traffic; true when absent')),
  serving: pointer(boolean('it could take traffic, terminating or not')),
  terminating: pointer(boolean('it is being deleted')),
});
export type EndpointConditions = Infer<typeof EndpointConditions>;

export const ForZone = struct('ForZone', 'a zone whose clients should use the endpoint', { name: required(string('name of the zone')) });
export const ForNode = struct('ForNode', 'a node whose clients should use the endpoint', { name: required(string('name of the node')) });

export const EndpointHints = struct('EndpointHints', 'who should use the endpoint', {
  forZones: list(ForZone, 'clients of these zones'),
  forNodes: list(ForNode, 'clients of these nodes'),
});
export type EndpointHints = Infer<typeof EndpointHints>;

/** staging:api/discovery/v1/types.go */
export const Endpoint = struct('Endpoint', 'one backend of a Service', {
  addresses: required(list(string(), 'its address; proxies use the first', { set: true })),
  conditions: always(EndpointConditions),
  hostname: pointer(string('its DNS label below the Service')),
  targetRef: ObjectReference,
  deprecatedTopology: map(string(), 'obsolete'),
  nodeName: pointer(string('name of its node')),
  zone: pointer(string('zone of its node')),
  hints: EndpointHints,
});
export type Endpoint = Infer<typeof Endpoint>;

export const EndpointPort = struct(
  'EndpointPort',
  'a port of all endpoints of the slice',
  {
    name: pointer(string('name of the port of the Service')),
    protocol: pointer(typed('Protocol', string('TCP, UDP or SCTP'))),
    port: pointer(int32('the port')),
    appProtocol: pointer(string('the protocol that is spoken over it')),
  },
  { atomic: true },
);
export type EndpointPort = Infer<typeof EndpointPort>;

export const EndpointSlice = defineKind(
  'EndpointSlice',
  'some of the endpoints of a Service',
  {
    addressType: required(typed('AddressType', string('IPv4, IPv6 or FQDN', ['FQDN', 'IPv4', 'IPv6']))),
    endpoints: always(list(Endpoint, 'the endpoints')),
    ports: always(list(EndpointPort, 'the ports of each endpoint')),
  },
  { group: 'discovery.k8s.io', hasGeneration: true },
);
export type EndpointSlice = ObjectOf<typeof EndpointSlice>;
