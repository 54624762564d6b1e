import type { NetworkPolicy, NetworkPolicyPeer, NetworkPolicyPort } from '#kube/kinds/network-policy.ts';
import { labelSelectorText } from '#kube/selector.ts';
import type { Context } from './context.ts';
import { field, indented, orNone, type Lines } from './lines.ts';
import { annotationLines, labelLines } from './metadata.ts';
import { goTime } from './time.ts';

/** (kubectl: describeNetworkPolicy) */
export function describeNetworkPolicy({ metadata, spec }: NetworkPolicy, _context: Context): Lines {
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
        policyTypes.includes('Ingress'),
        ingress.map(({ ports, from }) => ({ ports, peers: from })),
      ),
      ...directionLines(
        'egress',
        policyTypes.includes('Egress'),
        egress.map(({ ports, to }) => ({ ports, peers: to })),
      ),
      `Policy Types: ${orNone(policyTypes.join(', '))}`,
    ]),
  ];
}

interface Rule {
  readonly ports: readonly NetworkPolicyPort[] | undefined;
  readonly peers: readonly NetworkPolicyPeer[] | undefined;
}

const words = {
  ingress: { peer: 'From', anyone: '<any> (traffic not restricted by source)' },
  egress: { peer: 'To', anyone: '<any> (traffic not restricted by destination)' },
} as const;

function directionLines(direction: keyof typeof words, isAffected: boolean, rules: readonly Rule[]): Lines {
  if (!isAffected) return [`Not affecting ${direction} traffic`];
  const { peer, anyone } = words[direction];
  const lines = rules.flatMap(({ ports = [], peers = [] }, i) => [
    ...(i === 0 ? [] : ['----------']),
    ...(ports.length === 0 ? ['To Port: <any> (traffic allowed to all ports)'] : ports.map(portText)),
    ...(peers.length === 0 ? [`${peer}: ${anyone}`] : peers.flatMap((one) => [`${peer}:`, ...indented(1, peerLines(one))])),
  ]);
  const shown = rules.length === 0 ? [`<none> (Selected pods are isolated for ${direction} connectivity)`] : lines;
  return [`Allowing ${direction} traffic:`, ...shown.map((line) => `  ${line}`)];
}

function portText({ protocol = 'TCP', port, endPort }: NetworkPolicyPort): string {
  const text = port ?? '<nil>';
  return endPort === undefined ? `To Port: ${text}/${protocol}` : `To Port Range: ${text}-${endPort}/${protocol}`;
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
