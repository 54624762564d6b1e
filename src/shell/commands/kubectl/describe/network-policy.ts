import type { NetworkPolicy, NetworkPolicyPeer, NetworkPolicyPort } from '#kube/kinds/network-policy.ts';
import { labelSelectorText } from '#kube/selector.ts';
import type { Context } from './context.ts';
import { field, indented, orNone, type Lines } from './lines.ts';
import { annotationLines, labelLines } from './metadata.ts';
import { goTime } from './time.ts';

/** (kubectl: describeNetworkPolicy) */
export function describeNetworkPolicy({ metadata, spec }: NetworkPolicy, context: Context): Lines {
  const { podSelector, ingress = [], egress = [], policyTypes = [] } = spec;
  const selector = labelSelectorText(podSelector);
  const all = '<none> (Allowing the specific traffic to all pods in this namespace)';
  return [
    field('Name', metadata.name),
    field('Namespace', metadata.namespace ?? ''),
    field('Created on', goTime(metadata.creationTimestamp)),
    ...labelLines('Labels', metadata.labels),
    ...annotationLines('Annotations', metadata.annotations),
    'Spec:',
    ...indented(1, [
      `PodSelector:     ${selector === '<none>' ? all : selector}`,
      ...directionLines(
        'ingress',
        policyTypes,
        ingress.map(({ ports, from }) => ({ ports: portLines(ports, context), peers: from ?? [] })),
      ),
      ...directionLines(
        'egress',
        policyTypes,
        egress.map(({ ports, to }) => ({ ports: portLines(ports, context), peers: to ?? [] })),
      ),
      `Policy Types: ${orNone(policyTypes.join(', '))}`,
    ]),
  ];
}

interface Rule {
  readonly ports: Lines;
  readonly peers: readonly NetworkPolicyPeer[];
}

const words = {
  ingress: { type: 'Ingress', peer: 'From', anyone: '<any> (traffic not restricted by source)' },
  egress: { type: 'Egress', peer: 'To', anyone: '<any> (traffic not restricted by destination)' },
} as const;

function directionLines(direction: keyof typeof words, types: readonly string[], rules: readonly Rule[]): Lines {
  const { type, peer, anyone } = words[direction];
  if (!types.includes(type)) return [`Not affecting ${direction} traffic`];
  if (rules.length === 0) return [`Allowing ${direction} traffic:`, `  <none> (Selected pods are isolated for ${direction} connectivity)`];
  const lines = rules.flatMap(({ ports, peers }, i) => [
    ...(i === 0 ? [] : ['----------']),
    ...ports,
    ...(peers.length === 0 ? [`${peer}: ${anyone}`] : peers.flatMap((one) => [`${peer}:`, ...indented(1, peerLines(one))])),
  ]);
  return [`Allowing ${direction} traffic:`, ...indented(1, lines)];
}

function portLines(ports: readonly NetworkPolicyPort[] = [], context: Context): Lines {
  if (ports.length === 0) return ['To Port: <any> (traffic allowed to all ports)'];
  return ports.map(({ protocol = 'TCP', port = '<nil>', endPort }) =>
    endPort === undefined || !context.has('port ranges') ? `To Port: ${port}/${protocol}` : `To Port Range: ${port}-${endPort}/${protocol}`,
  );
}

function peerLines({ podSelector, namespaceSelector, ipBlock }: NetworkPolicyPeer): Lines {
  if (podSelector !== undefined || namespaceSelector !== undefined) {
    return [
      ...(namespaceSelector === undefined ? [] : [`NamespaceSelector: ${labelSelectorText(namespaceSelector)}`]),
      ...(podSelector === undefined ? [] : [`PodSelector: ${labelSelectorText(podSelector)}`]),
    ];
  }
  if (ipBlock === undefined) return [];
  return ['IPBlock:', `  CIDR: ${ipBlock.cidr}`, `  Except: ${(ipBlock.except ?? []).join(', ')}`];
}
