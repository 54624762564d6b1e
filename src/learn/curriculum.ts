/** The topics, in the order in which they build on each other. */
export const topics = [
  { key: 'pod-networking', title: 'Pod networking' },
  { key: 'cni', title: 'CNI' },
  { key: 'ipam', title: 'Address management' },
  { key: 'services', title: 'Services' },
  { key: 'kube-proxy', title: 'kube-proxy' },
  { key: 'dns', title: 'DNS' },
  { key: 'ingress', title: 'Ingress' },
  { key: 'gateway-api', title: 'Gateway API' },
  { key: 'network-policy', title: 'Network policies' },
  { key: 'node-networking', title: 'Node networking' },
  { key: 'troubleshooting', title: 'Troubleshooting' },
] as const;

export type Topic = (typeof topics)[number]['key'];
export const topicKeys = topics.map((topic) => topic.key) as [Topic, ...Topic[]];

export const difficulties = ['easy', 'medium', 'hard'] as const;
export type Difficulty = (typeof difficulties)[number];

export function topicTitle(key: Topic): string {
  return topics.find((topic) => topic.key === key)!.title;
}
