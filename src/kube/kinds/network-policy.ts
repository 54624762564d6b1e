import { defineKind, type ObjectOf } from '../kind.ts';
import { always, int32, intOrString, list, pointer, required, string, struct, typed, type Infer } from '../schema.ts';
import { LabelSelector } from './label-selector.ts';

export const IPBlock = struct('IPBlock', 'a range of addresses', {
  cidr: required(string('the range')),
  except: list(string(), 'ranges inside it that are left out'),
});
export type IPBlock = Infer<typeof IPBlock>;

export const NetworkPolicyPort = struct('NetworkPolicyPort', 'a port, or a range of ports', {
  protocol: pointer(typed('Protocol', string('TCP, UDP or SCTP', ['SCTP', 'TCP', 'UDP']))),
  port: intOrString('number or name of the port of the pod; all ports when absent'),
  endPort: pointer(int32('the last port of a range that begins with port')),
});
export type NetworkPolicyPort = Infer<typeof NetworkPolicyPort>;

export const NetworkPolicyPeer = struct('NetworkPolicyPeer', 'the other side: pods, or a range of addresses', {
  podSelector: LabelSelector,
  namespaceSelector: LabelSelector,
  ipBlock: IPBlock,
});
export type NetworkPolicyPeer = Infer<typeof NetworkPolicyPeer>;

const ports = list(NetworkPolicyPort, 'the ports that are allowed; all ports when empty');

export const NetworkPolicyIngressRule = struct('NetworkPolicyIngressRule', 'traffic that may come in', {
  ports,
  from: list(NetworkPolicyPeer, 'where it may come from; anywhere when empty'),
});
export type NetworkPolicyIngressRule = Infer<typeof NetworkPolicyIngressRule>;

export const NetworkPolicyEgressRule = struct('NetworkPolicyEgressRule', 'traffic that may go out', {
  ports,
  to: list(NetworkPolicyPeer, 'where it may go; anywhere when empty'),
});
export type NetworkPolicyEgressRule = Infer<typeof NetworkPolicyEgressRule>;

/** staging:api/networking/v1/types.go */
export const NetworkPolicySpec = struct('NetworkPolicySpec', 'whom the policy isolates, and what it allows them', {
  podSelector: always(LabelSelector),
  ingress: list(NetworkPolicyIngressRule, 'traffic that may come in'),
  egress: list(NetworkPolicyEgressRule, 'traffic that may go out'),
  policyTypes: list(typed('PolicyType', string()), 'the directions in which the pods are isolated: Ingress, Egress'),
});
export type NetworkPolicySpec = Infer<typeof NetworkPolicySpec>;

export const NetworkPolicy = defineKind(
  'NetworkPolicy',
  'isolates pods, and says who may still talk to them',
  { spec: always(NetworkPolicySpec) },
  { group: 'networking.k8s.io', plural: 'networkpolicies', shortNames: ['netpol'], hasGeneration: true },
);
export type NetworkPolicy = ObjectOf<typeof NetworkPolicy>;
