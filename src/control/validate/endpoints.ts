/** EndpointSlices and Endpoints. (pkg/apis/discovery/validation/validation.go, pkg/apis/core/validation/validation.go) */
import { EndpointSlice, type Endpoint, type EndpointPort } from '#kube/kinds/endpoint-slice.ts';
import { Endpoints, type EndpointAddress, type EndpointSubset } from '#kube/kinds/endpoints.ts';
import type { FieldError } from '#kube/status.ts';
import { duplicate, invalid, invalidEach, oneOf, required, tooMany } from './field.ts';
import {
  dns1123Label,
  dns1123Subdomain,
  fullyQualifiedDomainName,
  ipAddress,
  ipWarnings,
  portNumber,
  qualifiedName,
  specialIp,
} from './formats.ts';
import { validateImmutable } from './metadata.ts';
import { nameIsSubdomain } from './names.ts';
import { protocols } from './service.ts';
import { validator, type Scope } from './validator.ts';

const addressTypes = ['FQDN', 'IPv4', 'IPv6'];

export const endpointSliceValidator = validator<EndpointSlice>({
  kind: EndpointSlice,
  name: nameIsSubdomain,
  validate: validateSlice,
  validateUpdate: (next, old, scope) => {
    const changed = validateImmutable(next.addressType, old.addressType, 'addressType');
    return changed.length > 0 ? changed : validateSlice(next, scope);
  },
  warnings: ({ addressType, endpoints }) => [
    ...(addressType === 'FQDN' ? ['spec.addressType: FQDN endpoints are deprecated'] : []),
    ...(endpoints ?? []).flatMap(({ addresses }, i) =>
      addresses.flatMap((one, j) => (addressType === 'FQDN' ? [] : ipWarnings(`endpoints[${i}].addresses[${j}]`, one))),
    ),
  ],
});

function validateSlice({ addressType, endpoints, ports }: EndpointSlice, scope: Scope): FieldError[] {
  return [
    ...(addressType === '' ? [required('addressType')] : oneOf('addressType', addressType, addressTypes)),
    ...((endpoints ?? []).length > 1000 ? [tooMany('endpoints', endpoints.length, 1000)] : []),
    ...(endpoints ?? []).flatMap((endpoint, i) => validateEndpoint(endpoint, addressType, `endpoints[${i}]`, scope)),
    ...validateSlicePorts(ports ?? []),
  ];
}

function validateEndpoint(endpoint: Endpoint, type: string, path: string, scope: Scope): FieldError[] {
  const { addresses = [], nodeName, hostname } = endpoint;
  const at = `${path}.addresses`;
  return [
    ...(addresses.length === 0 ? [required(at, 'must contain at least 1 address')] : []),
    ...(addresses.length > 100 ? [tooMany(at, addresses.length, 100)] : []),
    ...(addresses.length > 100 ? [] : addresses.flatMap((address, i) => validateSliceAddress(address, type, at, i, scope))),
    ...(nodeName === undefined ? [] : invalidEach(`${path}.nodeName`, nodeName, dns1123Subdomain(nodeName))),
    ...(hostname === undefined ? [] : invalidEach(`${path}.hostname`, hostname, dns1123Label(hostname))),
  ];
}

function validateSliceAddress(address: string, type: string, path: string, i: number, { minorVersion }: Scope): FieldError[] {
  const at = `${path}[${i}]`;
  if (type === 'FQDN') {
    return address === '' ? [required(at)] : invalidEach(at, address, fullyQualifiedDomainName(address));
  }
  if (type !== 'IPv4' && type !== 'IPv6') return [];
  const malformed = invalidEach(at, address, ipAddress(address, minorVersion));
  if (malformed.length > 0) return malformed;
  const family = address.includes(':') ? 'IPv6' : 'IPv4';
  return [
    ...(family === type ? [] : [invalid(path, address, `must be an ${type} address`)]),
    ...invalidEach(at, address, specialIp(address)),
  ];
}

/** Ports are not checked for their range, only for being told apart. */
function validateSlicePorts(ports: readonly EndpointPort[]): FieldError[] {
  const names = new Set<string>();
  const errors = ports.length > 20000 ? [tooMany('ports', ports.length, 20000)] : [];
  return errors.concat(
    ports.flatMap(({ name = '', protocol, appProtocol }, i) => {
      const at = `ports[${i}]`;
      const found = [
        ...(name === '' ? [] : invalidEach(`${at}.name`, name, dns1123Label(name))),
        ...(names.has(name) ? [duplicate(`${at}.name`, name)] : []),
        ...(protocol === undefined ? [required(`${at}.protocol`)] : oneOf(`${at}.protocol`, protocol, protocols)),
        ...(appProtocol === undefined ? [] : invalidEach(`${at}.appProtocol`, appProtocol, qualifiedName(appProtocol))),
      ];
      names.add(name);
      return found;
    }),
  );
}

export const endpointsValidator = validator<Endpoints>({
  kind: Endpoints,
  name: nameIsSubdomain,
  validate: ({ subsets }, scope) => (subsets ?? []).flatMap((subset, i) => validateSubset(subset, `subsets[${i}]`, scope)),
  warnings: ({ subsets }) =>
    (subsets ?? []).flatMap(({ addresses = [], notReadyAddresses = [] }, i) => [
      ...addresses.flatMap(({ ip }, j) => ipWarnings(`subsets[${i}].addresses[${j}].ip`, ip)),
      ...notReadyAddresses.flatMap(({ ip }, j) => ipWarnings(`subsets[${i}].notReadyAddresses[${j}].ip`, ip)),
    ]),
});

function validateSubset({ addresses = [], notReadyAddresses = [], ports = [] }: EndpointSubset, path: string, scope: Scope): FieldError[] {
  const isEmpty = addresses.length === 0 && notReadyAddresses.length === 0;
  return [
    ...(isEmpty ? [required(path, 'must specify `addresses` or `notReadyAddresses`')] : []),
    ...addresses.flatMap((one, i) => validateAddress(one, `${path}.addresses[${i}]`, scope)),
    ...notReadyAddresses.flatMap((one, i) => validateAddress(one, `${path}.notReadyAddresses[${i}]`, scope)),
    ...ports.flatMap(({ name = '', port, protocol = '', appProtocol }, i) => {
      const at = `${path}.ports[${i}]`;
      return [
        ...(name === '' ? (ports.length > 1 ? [required(`${at}.name`)] : []) : invalidEach(`${at}.name`, name, dns1123Label(name))),
        ...invalidEach(`${at}.port`, port, portNumber(port)),
        ...(protocol === '' ? [required(`${at}.protocol`)] : oneOf(`${at}.protocol`, protocol, protocols)),
        ...(appProtocol === undefined ? [] : invalidEach(`${at}.appProtocol`, appProtocol, qualifiedName(appProtocol))),
      ];
    }),
  ];
}

function validateAddress({ ip, hostname = '', nodeName }: EndpointAddress, path: string, { minorVersion }: Scope): FieldError[] {
  const errors = [
    ...invalidEach(`${path}.ip`, ip, ipAddress(ip, minorVersion)),
    ...(hostname === '' ? [] : invalidEach(`${path}.hostname`, hostname, dns1123Label(hostname))),
    ...(nodeName === undefined ? [] : invalidEach(`${path}.nodeName`, nodeName, dns1123Subdomain(nodeName))),
  ];
  return errors.length > 0 ? errors : invalidEach(`${path}.ip`, ip, specialIp(ip));
}
