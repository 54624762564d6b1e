/** The placement: a short exercise for each of a few topics, so that nobody has to begin with what they know. */
import type { Topic } from './curriculum.ts';
import type { DrillName } from './drills/names.ts';

/** In the order of the course. Reading rules and whole manifests takes longer than a placement may, so not every topic has one. */
export const placementExercises: readonly { readonly topic: Topic; readonly drill: DrillName }[] = [
  { topic: 'pod-networking', drill: 'pod-cidr' },
  { topic: 'ipam', drill: 'subnet' },
  { topic: 'services', drill: 'service-address' },
  { topic: 'dns', drill: 'dns-names' },
  { topic: 'network-policy', drill: 'policy' },
  { topic: 'troubleshooting', drill: 'outcome' },
];
