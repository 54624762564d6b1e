import { int32, int64, list, pointer, required, string, struct, typed, type Infer } from '../schema.ts';
import { LabelSelector } from './label-selector.ts';

export const NodeSelectorRequirement = struct('NodeSelectorRequirement', 'one condition on a label or field of a node', {
  key: required(string('the label or field')),
  operator: required(typed('NodeSelectorOperator', string('how it compares', ['DoesNotExist', 'Exists', 'Gt', 'In', 'Lt', 'NotIn']))),
  values: list(string(), 'what it is compared with'),
});
export type NodeSelectorRequirement = Infer<typeof NodeSelectorRequirement>;

export const NodeSelectorTerm = struct(
  'NodeSelectorTerm',
  'conditions that must all hold; without any it chooses no node',
  {
    matchExpressions: list(NodeSelectorRequirement, 'conditions on labels'),
    matchFields: list(NodeSelectorRequirement, 'conditions on fields'),
  },
  { atomic: true },
);
export type NodeSelectorTerm = Infer<typeof NodeSelectorTerm>;

export const NodeSelector = struct(
  'NodeSelector',
  'chooses nodes: those for which one of the terms holds',
  { nodeSelectorTerms: required(list(NodeSelectorTerm, 'the terms')) },
  { atomic: true },
);
export type NodeSelector = Infer<typeof NodeSelector>;

export const PreferredSchedulingTerm = struct('PreferredSchedulingTerm', 'a preference for some nodes', {
  weight: required(int32('how strong, 1 to 100')),
  preference: required(NodeSelectorTerm),
});

export const NodeAffinity = struct('NodeAffinity', 'which nodes a pod wants', {
  requiredDuringSchedulingIgnoredDuringExecution: NodeSelector,
  preferredDuringSchedulingIgnoredDuringExecution: list(PreferredSchedulingTerm, 'preferences, added up'),
});
export type NodeAffinity = Infer<typeof NodeAffinity>;

export const PodAffinityTerm = struct('PodAffinityTerm', 'pods that count, and how near they must be', {
  labelSelector: LabelSelector,
  namespaces: list(string(), 'the namespaces of the pods'),
  topologyKey: required(string('node label whose value says what is near')),
  namespaceSelector: LabelSelector,
  matchLabelKeys: list(string(), 'labels of this pod that the others must share'),
  mismatchLabelKeys: list(string(), 'labels of this pod that the others must not share'),
});
export type PodAffinityTerm = Infer<typeof PodAffinityTerm>;

export const WeightedPodAffinityTerm = struct('WeightedPodAffinityTerm', 'a preference for or against some pods', {
  weight: required(int32('how strong, 1 to 100')),
  podAffinityTerm: required(PodAffinityTerm),
});

const podTerms = {
  requiredDuringSchedulingIgnoredDuringExecution: list(PodAffinityTerm, 'terms that must all hold'),
  preferredDuringSchedulingIgnoredDuringExecution: list(WeightedPodAffinityTerm, 'preferences, added up'),
};

export const PodAffinity = struct('PodAffinity', 'which pods a pod wants near', podTerms);
export const PodAntiAffinity = struct('PodAntiAffinity', 'which pods a pod wants far', podTerms);

export const Affinity = struct('Affinity', 'what a pod wants of its place', {
  nodeAffinity: NodeAffinity,
  podAffinity: PodAffinity,
  podAntiAffinity: PodAntiAffinity,
});
export type Affinity = Infer<typeof Affinity>;

const effects = ['NoExecute', 'NoSchedule', 'PreferNoSchedule'];

export const Toleration = struct('Toleration', 'a taint that the pod bears', {
  key: string('key of the taint; all keys when empty'),
  operator: typed('TolerationOperator', string('Exists, or Equal with value', ['Equal', 'Exists', 'Gt', 'Lt'])),
  value: string('value of the taint'),
  effect: typed('TaintEffect', string('effect of the taint; all effects when empty', effects)),
  tolerationSeconds: pointer(int64('how long NoExecute is borne')),
});
export type Toleration = Infer<typeof Toleration>;

export const TopologySpreadConstraint = struct('TopologySpreadConstraint', 'how evenly like pods are spread', {
  maxSkew: required(int32('how uneven the spread may be')),
  topologyKey: required(string('node label whose values are the places')),
  whenUnsatisfiable: required(
    typed('UnsatisfiableConstraintAction', string('what happens when it cannot hold', ['DoNotSchedule', 'ScheduleAnyway'])),
  ),
  labelSelector: LabelSelector,
  minDomains: pointer(int32('places there must be at least')),
  nodeAffinityPolicy: pointer(typed('NodeInclusionPolicy', string('whether node affinity limits the places', ['Honor', 'Ignore']))),
  nodeTaintsPolicy: pointer(typed('NodeInclusionPolicy', string('whether taints limit the places', ['Honor', 'Ignore']))),
  matchLabelKeys: list(string(), 'labels of this pod that the others must share'),
});
export type TopologySpreadConstraint = Infer<typeof TopologySpreadConstraint>;
