/**
 * NetworkPolicy once more, as slowly and literally as the text of the API says it
 * (https://kubernetes.io/docs/reference/kubernetes-api/policy-resources/network-policy-v1/), for the compiled engine to be compared with.
 * It shares nothing with it: labels, ranges and ports are looked at here anew for every question.
 */
import type { NetworkPolicy, NetworkPolicyPeer, NetworkPolicyPort } from '#kube/kinds/network-policy.ts';
import type { Pod } from '#kube/kinds/pod.ts';
import type { PolicyObjects } from '#node/network-policy.ts';

interface Flow {
  readonly protocol: string;
  readonly srcIp: string;
  readonly dstIp: string;
  readonly dstPort: number;
}

type Labels = Readonly<Record<string, string>>;
type Selector = NetworkPolicy['spec']['podSelector'];

/** "A label selector is a label query over a set of resources. The result of matchLabels and matchExpressions are ANDed." */
function selects({ matchLabels = {}, matchExpressions = [] }: Selector, labels: Labels): boolean {
  for (const [key, value] of Object.entries(matchLabels)) if (labels[key] !== value) return false;
  for (const { key, operator, values = [] } of matchExpressions) {
    const has = key in labels;
    const among = has && values.includes(labels[key]!);
    if (operator === 'In' && !among) return false;
    if (operator === 'NotIn' && among) return false;
    if (operator === 'Exists' && !has) return false;
    if (operator === 'DoesNotExist' && has) return false;
  }
  return true;
}

/** The bits of an address, as text. */
function bits(address: string): string {
  if (!address.includes(':'))
    return address
      .split('.')
      .map((one) => Number(one).toString(2).padStart(8, '0'))
      .join('');
  const [left = '', right] = address.split('::');
  const groups = (text: string | undefined) => (text === undefined || text === '' ? [] : text.split(':'));
  const [first, last] = [groups(left), groups(right)];
  const zeros = Array.from({ length: 8 - first.length - last.length }, () => '0');
  return [...first, ...zeros, ...last].map((one) => parseInt(one, 16).toString(2).padStart(16, '0')).join('');
}

function within(range: string, address: string): boolean {
  const [network = '', length = ''] = range.split('/');
  if (network.includes(':') !== address.includes(':')) return false;
  return bits(network).slice(0, Number(length)) === bits(address).slice(0, Number(length));
}

export function naivePodAt({ pods }: PolicyObjects, address: string): Pod | undefined {
  return pods.find(
    ({ spec, status }) =>
      spec.hostNetwork !== true &&
      status?.phase !== 'Succeeded' &&
      status?.phase !== 'Failed' &&
      status?.podIPs?.some(({ ip }) => ip === address) === true,
  );
}

/** "podSelector … selects pods in the policy's own namespace … namespaceSelector … if both are set, the pods matching in the namespaces selected." */
function isPeer(world: PolicyObjects, policy: NetworkPolicy, peer: NetworkPolicyPeer, address: string): boolean {
  if (peer.ipBlock !== undefined) {
    const { cidr, except = [] } = peer.ipBlock;
    return within(cidr, address) && except.every((one) => !within(one, address));
  }
  const pod = naivePodAt(world, address);
  if (pod === undefined) return false;
  if (peer.podSelector === undefined && peer.namespaceSelector === undefined) return false;
  const { namespace } = pod.metadata;
  if (peer.namespaceSelector === undefined) {
    if (namespace !== policy.metadata.namespace) return false;
  } else {
    const labels = world.namespaces.find(({ metadata }) => metadata.name === namespace)?.metadata.labels ?? {};
    if (!selects(peer.namespaceSelector, labels)) return false;
  }
  return peer.podSelector === undefined || selects(peer.podSelector, pod.metadata.labels ?? {});
}

/** "If this field is not provided, this matches all port names and numbers. If present, only traffic on the specified protocol AND port." */
function isPort(world: PolicyObjects, entry: NetworkPolicyPort, flow: Flow): boolean {
  if ((entry.protocol ?? 'TCP') !== flow.protocol) return false;
  if (entry.port === undefined) return true;
  if (typeof entry.port === 'number') {
    if (entry.endPort === undefined) return flow.dstPort === entry.port;
    return flow.dstPort >= entry.port && flow.dstPort <= entry.endPort;
  }
  const containers = naivePodAt(world, flow.dstIp)?.spec.containers ?? [];
  for (const { ports = [] } of containers)
    for (const { name, protocol = 'TCP', containerPort } of ports)
      if (name === entry.port && protocol === flow.protocol && containerPort === flow.dstPort) return true;
  return false;
}

function allowedIn(world: PolicyObjects, direction: 'Ingress' | 'Egress', flow: Flow): boolean {
  const [own, other] = direction === 'Ingress' ? [flow.dstIp, flow.srcIp] : [flow.srcIp, flow.dstIp];
  const pod = naivePodAt(world, own);
  if (pod === undefined || pod === naivePodAt(world, other)) return true;
  const isolating = world.policies.filter(({ metadata, spec }) => {
    const types = spec.policyTypes ?? ['Ingress', ...((spec.egress ?? []).length > 0 ? ['Egress'] : [])];
    return (
      metadata.namespace === pod.metadata.namespace && types.includes(direction) && selects(spec.podSelector, pod.metadata.labels ?? {})
    );
  });
  if (isolating.length === 0) return true;
  for (const policy of isolating) {
    const rules =
      direction === 'Ingress'
        ? (policy.spec.ingress ?? []).map(({ from, ports }) => ({ peers: from, ports }))
        : (policy.spec.egress ?? []).map(({ to, ports }) => ({ peers: to, ports }));
    for (const { peers = [], ports = [] } of rules) {
      const peerFits = peers.length === 0 || peers.some((peer) => isPeer(world, policy, peer, other));
      const portFits = ports.length === 0 || ports.some((port) => isPort(world, port, flow));
      if (peerFits && portFits) return true;
    }
  }
  return false;
}

/** "For a connection from a source pod to a destination pod to be allowed, both the egress policy on the source and the ingress policy on the destination need to allow it." */
export function naivelyAllowed(world: PolicyObjects, flow: Flow): boolean {
  return allowedIn(world, 'Egress', flow) && allowedIn(world, 'Ingress', flow);
}
