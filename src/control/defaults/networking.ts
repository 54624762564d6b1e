/** (pkg/apis/networking/v1/defaults.go) */
import { IngressClass } from '#kube/kinds/ingress-class.ts';
import { NetworkPolicy, type NetworkPolicyPort } from '#kube/kinds/network-policy.ts';
import { defaulter } from './defaulter.ts';
import { change, fill } from './fill.ts';

export const networkPolicyDefaulter = defaulter(NetworkPolicy, (policy) =>
  change(policy, 'spec', (spec) => {
    const ported = change(
      change(spec, 'ingress', (rules) => rules.map((rule) => change(rule, 'ports', portsWithDefaults))),
      'egress',
      (rules) => rules.map((rule) => change(rule, 'ports', portsWithDefaults)),
    );
    if ((spec.policyTypes ?? []).length > 0) return ported;
    // Any policy isolates for ingress; one that has egress rules for egress, too.
    return { ...ported, policyTypes: (spec.egress ?? []).length > 0 ? ['Ingress', 'Egress'] : ['Ingress'] };
  }),
);

function portsWithDefaults(ports: readonly NetworkPolicyPort[]): readonly NetworkPolicyPort[] {
  return ports.map((port) => fill(port, { protocol: 'TCP' }));
}

export const ingressClassDefaulter = defaulter(IngressClass, (ingressClass) =>
  change(ingressClass, 'spec', (spec) => change(spec, 'parameters', (parameters) => fill(parameters, { scope: 'Cluster' }))),
);
