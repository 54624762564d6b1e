/**
 * What the agents of pod networks make of the same policy. The specification leaves some things open, and each fills a few of its words in
 * its own way; `docs/fidelity.md` names what a learner may notice.
 */
import type { Protocol } from '#net/ip.ts';
import type { PolicyAgent } from '#node/network-policy.ts';
import { portOfService } from '../netfilter/iptables/services.ts';

export interface Dialect {
  /** `ipBlock` is about every address; or about those alone that are no pod's of this cluster. */
  readonly blocksMatchPods: boolean;
  /** Names of ports are those of the destination's containers; or what a table of well-known services says. */
  readonly portNames: 'pod' | ((name: string, protocol: Protocol) => number | undefined);
  readonly endPorts: boolean;
  /** A pod that comes back to itself through a Service is not asked for a rule. */
  readonly exemptsItself: boolean;
}

/** By the specification's text. */
export const specification: Dialect = { blocksMatchPods: true, portNames: 'pod', endPorts: true, exemptsItself: true };

export const dialects: Readonly<Record<PolicyAgent, Dialect>> = {
  // felix/rules/endpoints.go: the chains of an interface know no exemption for packets that come back to it.
  calico: { ...specification, exemptsItself: false },
  // pkg/policy/api/cidr.go: a pod has an identity by its labels, and only what has none is known by its address.
  cilium: { ...specification, blocksMatchPods: false },
  // weave npc/analysis.go: the name goes to iptables as it is, which looks it up in /etc/services; endPort came after its last release.
  weave: {
    blocksMatchPods: true,
    portNames: (name, protocol) => portOfService(name, protocol.toLowerCase()),
    endPorts: false,
    exemptsItself: false,
  },
};
