/** NetworkPolicies. (pkg/apis/networking/validation/validation.go: ValidateNetworkPolicySpec) */
import { NetworkPolicy, type IPBlock, type NetworkPolicyPeer, type NetworkPolicyPort } from '#kube/kinds/network-policy.ts';
import type { FieldError } from '#kube/status.ts';
import { containsCidr, lengthOf, parseCidr } from '#net/ip.ts';
import { forbidden, invalid, invalidEach, notSupported, required } from './field.ts';
import { cidrRange, cidrWarnings, portName, portNumber } from './formats.ts';
import { validateLabelSelector } from './labels.ts';
import { nameIsSubdomain } from './names.ts';
import { validator, type Scope } from './validator.ts';

export const networkPolicyValidator = validator<NetworkPolicy>({
  kind: NetworkPolicy,
  name: nameIsSubdomain,
  validate: validateNetworkPolicy,
  warnings: ({ spec }) => [
    ...(spec.ingress ?? []).flatMap(({ from = [] }, i) => from.flatMap((peer, j) => blockWarnings(peer, `spec.ingress[${i}].from[${j}]`))),
    ...(spec.egress ?? []).flatMap(({ to = [] }, i) => to.flatMap((peer, j) => blockWarnings(peer, `spec.egress[${i}].to[${j}]`))),
  ],
});

function validateNetworkPolicy({ spec }: NetworkPolicy, scope: Scope): FieldError[] {
  const rule = (ports: readonly NetworkPolicyPort[], peers: readonly NetworkPolicyPeer[], path: string, word: 'from' | 'to') => [
    ...ports.flatMap((port, i) => validatePort(port, `${path}.ports[${i}]`)),
    ...peers.flatMap((peer, i) => validatePeer(peer, `${path}.${word}[${i}]`, scope)),
  ];
  return [
    ...validateLabelSelector(spec.podSelector, 'spec.podSelector'),
    ...(spec.ingress ?? []).flatMap(({ ports = [], from = [] }, i) => rule(ports, from, `spec.ingress[${i}]`, 'from')),
    ...(spec.egress ?? []).flatMap(({ ports = [], to = [] }, i) => rule(ports, to, `spec.egress[${i}]`, 'to')),
    ...validatePolicyTypes(spec.policyTypes ?? []),
  ];
}

function validatePolicyTypes(types: readonly string[]): FieldError[] {
  const known = ['Ingress', 'Egress'];
  if (types.length > known.length) return [invalid('spec.policyTypes', types, 'may not specify more than two policyTypes')];
  return types.flatMap((type, i) => (known.includes(type) ? [] : [notSupported(`spec.policyTypes[${i}]`, type, known)]));
}

function validatePort({ protocol, port, endPort }: NetworkPolicyPort, path: string): FieldError[] {
  const at = `${path}.endPort`;
  const protocols = ['TCP', 'UDP', 'SCTP'];
  const errors = protocol === undefined || protocols.includes(protocol) ? [] : [notSupported(`${path}.protocol`, protocol, protocols)];
  if (port === undefined) {
    return endPort === undefined ? errors : [...errors, invalid(at, endPort, 'must not be specified when `port` is not specified')];
  }
  if (typeof port === 'string') {
    if (endPort !== undefined) errors.push(invalid(at, endPort, 'may not be specified when `port` is non-numeric'));
    return [...errors, ...invalidEach(`${path}.port`, port, portName(port))];
  }
  errors.push(...invalidEach(`${path}.port`, port, portNumber(port)));
  if (endPort === undefined) return errors;
  // The refusal shows the port where one expects the endPort.
  if (endPort < port) errors.push(invalid(at, port, 'must be greater than or equal to `port`'));
  return [...errors, ...invalidEach(at, endPort, portNumber(endPort))];
}

function validatePeer({ podSelector, namespaceSelector, ipBlock }: NetworkPolicyPeer, path: string, scope: Scope): FieldError[] {
  const isSelector = podSelector !== undefined || namespaceSelector !== undefined;
  return [
    ...validateLabelSelector(podSelector, `${path}.podSelector`),
    ...validateLabelSelector(namespaceSelector, `${path}.namespaceSelector`),
    ...(ipBlock === undefined ? [] : validateBlock(ipBlock, `${path}.ipBlock`, scope)),
    ...(!isSelector && ipBlock === undefined ? [required(path, 'must specify a peer')] : []),
    ...(isSelector && ipBlock !== undefined ? [forbidden(path, 'may not specify both ipBlock and another peer')] : []),
  ];
}

function validateBlock({ cidr, except = [] }: IPBlock, path: string, { minorVersion }: Scope): FieldError[] {
  if (cidr === '') return [required(`${path}.cidr`)];
  const errors = invalidEach(`${path}.cidr`, cidr, cidrRange(cidr, minorVersion));
  if (errors.length > 0) return errors;
  const outer = parseCidr(cidr);
  return except.flatMap((one, i) => {
    const at = `${path}.except[${i}]`;
    const malformed = invalidEach(at, one, cidrRange(one, minorVersion));
    const inner = parseCidr(one);
    if (malformed.length > 0 || outer === undefined || inner === undefined) return malformed;
    const isInside = containsCidr(outer, inner) && lengthOf(inner) > lengthOf(outer);
    return isInside ? [] : [invalid(at, one, 'must be a strict subset of `cidr`')];
  });
}

function blockWarnings({ ipBlock }: NetworkPolicyPeer, path: string): string[] {
  if (ipBlock === undefined) return [];
  return [
    ...cidrWarnings(`${path}.ipBlock.cidr`, ipBlock.cidr),
    ...(ipBlock.except ?? []).flatMap((one, i) => cidrWarnings(`${path}.ipBlock.except[${i}]`, one)),
  ];
}
