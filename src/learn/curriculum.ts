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

/** What a learner must have seen, tried, broken and mended: smaller than topics, and across them. Scenarios say which of them they are about. */
export const subjects = [
  { key: 'pod-network-model', title: 'Every pod has an address, and reaches every other without NAT' },
  { key: 'cni-configuration', title: 'Who calls a CNI plugin, and where its configuration and binaries are' },
  { key: 'pod-creation', title: 'From the scheduler to an address: how a pod is made, and where that fails' },
  { key: 'weave', title: 'Weave Net: an agent a node, peers, encapsulation; and what replaces it' },
  { key: 'ipam', title: 'Who hands out addresses, from which range, and where that is kept' },
  { key: 'cluster-ip', title: 'A ClusterIP: one virtual address for the pods that a selector finds' },
  { key: 'service-types', title: 'NodePort, LoadBalancer, ExternalName, headless, and whom their policies serve' },
  { key: 'service-addresses', title: 'The range of ClusterIPs: allocation, collisions, exhaustion, overlap' },
  { key: 'kube-proxy', title: 'kube-proxy: its modes, and the rules it writes' },
  { key: 'dns-records', title: 'Names of Services and pods, A, SRV and PTR' },
  { key: 'coredns', title: 'CoreDNS: its Deployment, Service, Corefile, upstreams and logs' },
  { key: 'resolv-conf', title: "Who writes a pod's resolv.conf, and what is in it" },
  { key: 'ingress-controller', title: 'An Ingress controller: its Deployment, Service, classes, webhook and logs' },
  { key: 'ingress', title: 'Ingresses: hosts, paths, backends, TLS, rewrites; and the way from v1beta1' },
  { key: 'gateway-api', title: 'GatewayClasses, Gateways, HTTPRoutes, ReferenceGrants, and their conditions' },
  { key: 'network-policy', title: 'NetworkPolicies: who may reach whom, and who enforces that' },
  { key: 'node-networking', title: "A node's interfaces, routes, bridges, forwarding and listening ports" },
  { key: 'from-symptom-to-cause', title: 'From a symptom to its cause, when it may be anywhere' },
] as const;

export type Subject = (typeof subjects)[number]['key'];
export const subjectKeys = subjects.map((subject) => subject.key) as [Subject, ...Subject[]];

export const difficulties = ['easy', 'medium', 'hard'] as const;
export type Difficulty = (typeof difficulties)[number];

export function topicTitle(key: Topic): string {
  return topics.find((topic) => topic.key === key)!.title;
}
