import { defineKind, type ObjectOf } from '../kind.ts';
import { int32, list, pointer, required, string, struct, typed, type Infer } from '../schema.ts';
import { ObjectReference } from './object-reference.ts';

export const EndpointAddress = struct(
  'EndpointAddress',
  'an address behind a Service',
  {
    ip: required(string('the address')),
    hostname: string('its DNS label below the Service'),
    nodeName: pointer(string('name of its node')),
    targetRef: ObjectReference,
  },
  { atomic: true },
);
export type EndpointAddress = Infer<typeof EndpointAddress>;

/** `Endpoints` of the core group: superseded by EndpointSlice. */
export const EndpointsPort = struct(
  'EndpointPort',
  'a port of addresses',
  {
    name: string('name of the port of the Service'),
    port: required(int32('the port')),
    protocol: typed('Protocol', string('TCP, UDP or SCTP', ['SCTP', 'TCP', 'UDP'])),
    appProtocol: pointer(string('the protocol that is spoken over it')),
  },
  { atomic: true },
);

export const EndpointSubset = struct('EndpointSubset', 'addresses that share ports', {
  addresses: list(EndpointAddress, 'those that are ready'),
  notReadyAddresses: list(EndpointAddress, 'those that are not'),
  ports: list(EndpointsPort, 'their ports'),
});
export type EndpointSubset = Infer<typeof EndpointSubset>;

export const Endpoints = defineKind(
  'Endpoints',
  'the addresses behind a Service, in the old form',
  { subsets: list(EndpointSubset, 'addresses and their ports') },
  { plural: 'endpoints', shortNames: ['ep'] },
);
export type Endpoints = ObjectOf<typeof Endpoints>;
