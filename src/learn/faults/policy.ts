/** Faults of network policies. */
import { fault } from './fault.ts';

const page = 'https://kubernetes.io/docs/concepts/services-networking/network-policies/';
const apply = (manifest: string) => `kubectl apply -f - <<EOF
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
${manifest.trim()}
EOF`;
const ends = (from: string, to: string, outcome: 'timeout' | 'dns-failure' | 'connected') =>
  ({ connect: { from: `pod:${from}`, to, expect: { outcome } } }) as const;

export const policyFaults = [
  fault({
    name: 'egress-without-dns',
    row: 55,
    topic: 'network-policy',
    title: 'A policy lets a pod out to its partner, and not to the name servers',
    symptom: 'names time out',
    ground: 'policy',
    parameters: { namespace: 'shop', from: 'client', to: 'web' },
    breaks: ({ namespace, from, to }) =>
      apply(`metadata: {name: ${from}-egress, namespace: ${namespace}}
spec:
  podSelector: {matchLabels: {app: ${from}}}
  policyTypes: [Egress]
  egress: [{to: [{podSelector: {matchLabels: {app: ${to}}}}]}]`),
    mends: ({ namespace, from, to }) =>
      apply(`metadata: {name: ${from}-egress, namespace: ${namespace}}
spec:
  podSelector: {matchLabels: {app: ${from}}}
  policyTypes: [Egress]
  egress:
    - to: [{podSelector: {matchLabels: {app: ${to}}}}]
    - ports: [{port: 53, protocol: UDP}, {port: 53, protocol: TCP}]`),
    shows: ({ namespace, from, to }) => [ends(`${namespace}/${from}`, `http://${to}.${namespace}/`, 'dns-failure')],
    evidence: ({ namespace, from }) => `kubectl -n ${namespace} describe netpol ${from}-egress`,
    docs: page,
  }),
  fault({
    name: 'one-end-allowed',
    row: 56,
    topic: 'network-policy',
    title: 'One end lets the connection in, the other does not let it out',
    symptom: 'timeout, though "it is allowed"',
    ground: 'policy',
    parameters: { namespace: 'shop', from: 'client', to: 'web' },
    breaks: ({ namespace, from, to }) => `${apply(`metadata: {name: ${to}-ingress, namespace: ${namespace}}
spec:
  podSelector: {matchLabels: {app: ${to}}}
  ingress: [{from: [{podSelector: {matchLabels: {app: ${from}}}}]}]`)}
${apply(`metadata: {name: ${from}-egress, namespace: ${namespace}}
spec:
  podSelector: {matchLabels: {app: ${from}}}
  policyTypes: [Egress]
  egress: [{ports: [{port: 53, protocol: UDP}, {port: 53, protocol: TCP}]}]`)}`,
    mends: ({ namespace, from, to }) =>
      apply(`metadata: {name: ${from}-to-${to}, namespace: ${namespace}}
spec:
  podSelector: {matchLabels: {app: ${from}}}
  policyTypes: [Egress]
  egress: [{to: [{podSelector: {matchLabels: {app: ${to}}}}]}]`),
    shows: ({ namespace, from, to }) => [ends(`${namespace}/${from}`, `http://${to}.${namespace}/`, 'timeout')],
    evidence: ({ namespace }) => `kubectl -n ${namespace} describe netpol`,
    docs: page,
  }),
  fault({
    name: 'or-instead-of-and',
    row: 57,
    topic: 'network-policy',
    title: 'Two selectors stand in two items of a list, so that either is enough, where both were meant',
    symptom: 'pods come in that should not',
    ground: 'policy',
    parameters: { namespace: 'shop', to: 'web', elsewhere: 'front', from: 'visitor', other: 'stranger' },
    breaks: ({ namespace, to, elsewhere, from }) =>
      apply(`metadata: {name: ${to}-ingress, namespace: ${namespace}}
spec:
  podSelector: {matchLabels: {app: ${to}}}
  ingress:
    - from:
        - namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: ${elsewhere}}}
        - podSelector: {matchLabels: {app: ${from}}}`),
    mends: ({ namespace, to, elsewhere, from }) =>
      apply(`metadata: {name: ${to}-ingress, namespace: ${namespace}}
spec:
  podSelector: {matchLabels: {app: ${to}}}
  ingress:
    - from:
        - namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: ${elsewhere}}}
          podSelector: {matchLabels: {app: ${from}}}`),
    shows: ({ namespace, to, from }) => [
      {
        object: {
          ref: `netpol/${to}-ingress`,
          namespace,
          jsonpath: '{.spec.ingress[0].from[1].podSelector.matchLabels.app}',
          equals: from,
        },
      },
    ],
    mended: ({ namespace, to, elsewhere, from, other }) => [
      ends(`${elsewhere}/${other}`, `http://${to}.${namespace}/`, 'timeout'),
      ends(`${elsewhere}/${from}`, `http://${to}.${namespace}/`, 'connected'),
    ],
    evidence: ({ namespace, to }) => `kubectl -n ${namespace} describe netpol ${to}-ingress`,
    docs: page,
  }),
  fault({
    name: 'namespace-label-missing',
    row: 58,
    topic: 'network-policy',
    title: 'The policy selects a namespace by a label that the namespace does not carry',
    symptom: 'timeout, though "it is allowed"',
    ground: 'policy',
    parameters: { namespace: 'shop', to: 'web', elsewhere: 'front', from: 'visitor', label: 'team', value: 'front' },
    breaks: ({ namespace, to, label, value }) =>
      apply(`metadata: {name: ${to}-ingress, namespace: ${namespace}}
spec:
  podSelector: {matchLabels: {app: ${to}}}
  ingress: [{from: [{namespaceSelector: {matchLabels: {${label}: ${value}}}}]}]`),
    mends: ({ elsewhere, label, value }) => `kubectl label namespace ${elsewhere} ${label}=${value}`,
    shows: ({ namespace, to, elsewhere, from }) => [ends(`${elsewhere}/${from}`, `http://${to}.${namespace}/`, 'timeout')],
    evidence: ({ elsewhere }) => `kubectl get namespace ${elsewhere} --show-labels`,
    docs: page,
  }),
  fault({
    name: 'policy-not-enforced',
    row: 59,
    topic: 'network-policy',
    title: 'Policies in a cluster whose network does not enforce them; what mends it is another network, or not to rely on them',
    symptom: 'the policy is listed, and everything still flows',
    parameters: { namespace: 'shop', from: 'shop/client', to: 'web' },
    breaks: ({ namespace }) =>
      apply(`metadata: {name: deny-all, namespace: ${namespace}}\nspec: {podSelector: {}, policyTypes: [Ingress, Egress]}`),
    mends: ({ namespace }) => `kubectl -n ${namespace} delete netpol deny-all`,
    shows: ({ namespace, from, to }) => [
      {
        run: {
          line: `kubectl -n ${namespace} get netpol deny-all && kubectl -n ${namespace} exec ${from.split('/')[1]} -- curl -sS -m 3 http://${to}.${namespace}/`,
          exitCode: 0,
        },
      },
    ],
    evidence: ({ namespace }) => `kubectl -n ${namespace} get netpol`,
    docs: page,
  }),
];
