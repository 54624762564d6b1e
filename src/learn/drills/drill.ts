/** Exercises without end: made by chance, graded by the engine like every other question. */
import { Draw } from './draw.ts';
import type { DrillKind } from './kind.ts';
import { drillNames, type DrillName } from './names.ts';
import { resolvConf } from './resolv-conf/resolv-conf.ts';
import { dnsNames } from './dns-names/dns-names.ts';
import { gateway } from './gateway/gateway.ts';
import { ingress } from './ingress/ingress.ts';
import { outcome } from './outcome/outcome.ts';
import { podCidr } from './pod-cidr/pod-cidr.ts';
import { policy } from './policy/policy.ts';
import { rules } from './rules/rules.ts';
import { serviceAddress } from './service-address/service-address.ts';
import { subnet } from './subnet/subnet.ts';

const byName: Readonly<Record<DrillName, DrillKind>> = {
  subnet,
  'pod-cidr': podCidr,
  'service-address': serviceAddress,
  rules,
  outcome,
  'dns-names': dnsNames,
  'resolv-conf': resolvConf,
  policy,
  ingress,
  gateway,
};

export const drillKinds: readonly DrillKind[] = drillNames.map((name) => byName[name]);

/** The exercise of this kind and seed as a scenario file: a stream of JSON documents, which is YAML. */
export function drillText({ kind, title, topic, make }: DrillKind, seed: string): string {
  const { question, cluster, objects = [], break: lines } = make(new Draw(`${kind}/${seed}`));
  const scenario = {
    apiVersion: 'cka-net/v1',
    kind: 'Scenario',
    metadata: { name: `drill-${kind}`, title, topic },
    spec: {
      questions: [{ id: kind, ...question }],
      ...(cluster !== undefined && { cluster }),
      ...(lines !== undefined && { break: lines }),
    },
  };
  return [scenario, ...objects].map((document) => JSON.stringify(document, undefined, 2)).join('\n---\n');
}
