import { yamlText } from '#kube/yaml-print.ts';
import type { Draw } from '../draw.ts';
import type { DrillKind } from '../kind.ts';
import { namespace, namespaceNames, server } from '../objects.ts';

/** Verdicts of NetworkPolicies: isolated or not, by which rule let through. */
export const policy: DrillKind = {
  kind: 'policy',
  title: 'Does the policy let it through?',
  trains: 'isolation, selectors of pods and namespaces, ports, both directions',
  topic: 'network-policy',
  make(draw) {
    const [here, there] = draw.some(namespaceNames, 2) as [string, string];
    const pods = roles.flatMap((role) => [here, there].map((ns) => ({ role, ns })));
    const to = draw.of(pods.filter(({ role, ns }) => role !== 'till' && ns === here));
    const from = draw.of(pods.filter((one) => one !== to));
    const policies = Array.from({ length: draw.int(1, 3) }, (_, index) =>
      policyOf(draw, { here, there, from: from.ns, to: to.role, index }),
    );
    const number = draw.of([80, 80, 5432]);
    return {
      cluster: { cni: 'calico' },
      objects: [
        namespace(here, { team: here, env: 'prod' }),
        namespace(there, { team: there, env: draw.of(['prod', 'test']) }),
        ...pods.map(({ role, ns }) =>
          server(role, ns, { app: role, tier: tiers[role]! }, 80, {}, { 'cka-net/listens': 'TCP:80, TCP:5432' }),
        ),
        ...policies,
      ],
      question: {
        type: 'predict',
        prompt: [
          `Pod \`${from.role}\` of namespace \`${from.ns}\` opens a TCP connection to pod \`${to.role}\` of namespace \`${to.ns}\`, port ${number}, where somebody listens. What becomes of it?`,
          `The pod network enforces policies, and these are all there are:\n\n\`\`\`\n${policies.map(yamlText).join('---\n')}\`\`\``,
        ].join('\n\n'),
        exhibit: {
          run: `kubectl get ns ${here} ${there} --show-labels; kubectl -n ${here} get pods --show-labels; kubectl -n ${there} get pods --show-labels`,
        },
        from: `pod:${from.ns}/${from.role}`,
        to: `pod:${to.ns}/${to.role}:${number}`,
        ask: ['outcome'],
        explain:
          'A pod is isolated in a direction as soon as one policy of its namespace selects it for that direction; then only what some rule of some policy allows gets through, and what does not is dropped. Both ends count: egress where it starts, ingress where it arrives. Within one entry of `from` or `to`, namespaceSelector and podSelector must both fit; two entries are alternatives.',
        docs: 'https://kubernetes.io/docs/concepts/services-networking/network-policies/',
      },
    };
  },
};

const roles = ['till', 'web', 'db'] as const;
const tiers: Readonly<Record<string, string>> = { till: 'front', web: 'front', db: 'back' };

interface Place {
  readonly here: string;
  readonly there: string;
  /** The namespace the connection comes from, and the role it goes to: policies that have nothing to do with them teach nothing. */
  readonly from: string;
  readonly to: string;
  readonly index: number;
}

function policyOf(draw: Draw, { here, there, from, to, index }: Place): object {
  const egress = draw.chance(30);
  const ns = egress ? from : here;
  const selects = draw.of([
    { matchLabels: { app: to } },
    { matchLabels: { tier: tiers[to]! } },
    {},
    { matchLabels: { app: draw.of(roles) } },
  ]);
  const rules = draw.chance(20) ? [] : [rule(draw, egress ? 'to' : 'from', [here, there])];
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: `rule-${index + 1}`, namespace: ns },
    spec: {
      podSelector: selects,
      policyTypes: [egress ? 'Egress' : 'Ingress'],
      ...(rules.length > 0 && { [egress ? 'egress' : 'ingress']: rules }),
    },
  };
}

function rule(draw: Draw, side: 'from' | 'to', namespaces: readonly string[]): object {
  const pods = { podSelector: { matchLabels: draw.of([{ app: 'till' }, { app: 'web' }, { tier: 'front' }, { tier: 'back' }]) } };
  const spaces = { namespaceSelector: { matchLabels: draw.of([{ team: draw.of(namespaces) }, { env: 'prod' }]) } };
  const peers = draw.of([[pods], [spaces], [{ ...spaces, ...pods }], [spaces, pods], []]);
  const ports = draw.chance(50) ? [{ protocol: 'TCP', port: draw.of([80, 5432]) }] : [];
  return { ...(peers.length > 0 && { [side]: peers }), ...(ports.length > 0 && { ports }) };
}
