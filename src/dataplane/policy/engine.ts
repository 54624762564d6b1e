/**
 * NetworkPolicies compiled for many questions. Who isolates a pod is worked out once for all pods of a namespace that are labelled alike,
 * by an index over the labels that policies ask for; a selector is asked about a label set once.
 *
 * A pod is isolated in a direction when a policy of its namespace selects it and names that direction; then it may do what any rule of any
 * such policy allows, and nothing else. Rules add up, and have no order
 * (https://kubernetes.io/docs/concepts/services-networking/network-policies/).
 */
import type { NetworkPolicy, NetworkPolicyPeer } from '#kube/kinds/network-policy.ts';
import type { Pod } from '#kube/kinds/pod.ts';
import type { NamespacedName } from '#kube/names.ts';
import type { Ip } from '#net/ip.ts';
import type { PolicyObjects } from '#node/network-policy.ts';
import { compileBlock, inBlock, type Block } from './block.ts';
import { specification, type Dialect } from './dialect.ts';
import { compilePorts, matchesPorts, noNamedPorts, type NamedPorts, type PortMatch } from './ports.ts';
import { keysOf, LabelSets, type Selection } from './selection.ts';
import { itself, notIsolated, type Direction, type PolicyVerdict } from './verdict.ts';

/** What is asked about: addresses and port as they are where policies are enforced. */
export interface PolicyFlow {
  readonly protocol: string;
  readonly srcIp: Ip;
  readonly dstIp: Ip;
  /** 0 for ICMP. */
  readonly dstPort: number;
}

/**
 * As what the other side is known: by its address; as a machine of the cluster, which neither selectors nor blocks mean; or as somewhere
 * in the world, whose own address has been lost to NAT.
 */
export type Standing = 'address' | 'node' | 'world';

/** A pod with an address of its own. Pods on their machine's network are that machine. */
export interface PolicyPod extends NamespacedName {
  readonly nodeName: string;
  readonly addresses: readonly Ip[];
}

interface KnownPod extends PolicyPod {
  readonly namespaceNumber: number;
  readonly labels: number;
  readonly named: NamedPorts;
  /** Worked out when it is first asked for. */
  isolation: Isolations | undefined;
}

type Isolations = Readonly<Record<Direction, Isolation | undefined>>;

interface Peer {
  /** Pods of this namespace; undefined: of those that `namespaces` selects. */
  readonly namespaceNumber: number | undefined;
  readonly namespaces: Selection | undefined;
  /** Undefined: all. */
  readonly pods: Selection | undefined;
  readonly block: Block | undefined;
}

interface Rule {
  /** Undefined: everybody. */
  readonly peers: readonly Peer[] | undefined;
  readonly ports: readonly PortMatch[] | undefined;
}

/** What isolates a pod in one direction: policies, and the rules of each. They are the policies' own, which many pods share. */
interface Isolation {
  readonly isolatedBy: readonly NamespacedName[];
  readonly rules: readonly (readonly Rule[])[];
  readonly denied: PolicyVerdict;
  /** By policy and rule. */
  readonly allowed: readonly (readonly PolicyVerdict[])[];
}

interface CompiledPolicy extends NamespacedName {
  readonly subject: Selection;
  readonly rules: Readonly<Record<Direction, readonly Rule[] | undefined>>;
}

/** The policies of a namespace, by one label that their subjects must have; those that ask for none apart. */
interface NamespacePolicies {
  readonly byLabel: ReadonlyMap<string, readonly CompiledPolicy[]>;
  readonly others: readonly CompiledPolicy[];
}

const byName = (a: NamespacedName, b: NamespacedName) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0);

export class PolicyEngine {
  readonly #dialect: Dialect;
  readonly #labels: LabelSets;
  readonly #namespaces: LabelSets;
  /** The number of each namespace, and of its label set. */
  readonly #namespaceNumbers = new Map<string, number>();
  readonly #namespaceLabels: number[] = [];
  readonly #policies: ReadonlyMap<string, NamespacePolicies>;
  readonly #pods = new Map<string, KnownPod>();
  readonly #isolations = new Map<string, Isolations>();

  constructor({ policies, namespaces, pods }: PolicyObjects, dialect: Dialect = specification) {
    this.#dialect = dialect;
    const peers = policies.flatMap(({ spec }) => [
      ...(spec.ingress ?? []).flatMap(({ from = [] }) => from),
      ...(spec.egress ?? []).flatMap(({ to = [] }) => to),
    ]);
    const subjects = policies.map(({ spec }) => spec.podSelector);
    this.#labels = new LabelSets([...subjects, ...peers.map((peer) => peer.podSelector ?? {})].flatMap(keysOf));
    this.#namespaces = new LabelSets(peers.flatMap((peer) => keysOf(peer.namespaceSelector ?? {})));
    for (const { metadata } of namespaces) this.#addNamespace(metadata.name, metadata.labels);
    const known = pods.filter(hasOwnAddress).map((pod) => ({ pod, labels: this.#labels.numberOf(pod.metadata.labels) }));
    for (const { pod } of known)
      if (!this.#namespaceNumbers.has(pod.metadata.namespace!)) this.#addNamespace(pod.metadata.namespace!, undefined);
    this.#policies = this.#compile(policies);
    for (const { pod, labels } of known) this.#addPod(pod, labels);
  }

  #addNamespace(name: string, labels: Readonly<Record<string, string>> | undefined): void {
    this.#namespaceNumbers.set(name, this.#namespaceLabels.length);
    this.#namespaceLabels.push(this.#namespaces.numberOf(labels));
  }

  #addPod(pod: Pod, labels: number): void {
    const { name, namespace = '' } = pod.metadata;
    const addresses = addressesOf(pod);
    const known: KnownPod = {
      namespace,
      name,
      nodeName: pod.spec.nodeName ?? '',
      addresses,
      namespaceNumber: this.#namespaceNumbers.get(namespace)!,
      labels,
      named: namedPortsOf(pod),
      isolation: undefined,
    };
    for (const address of addresses) this.#pods.set(address, known);
  }

  /** The pod that has an address. */
  podAt(address: Ip): PolicyPod | undefined {
    return this.#pods.get(address);
  }

  /** What policies say about one direction; a subject that is no pod is nobody's to isolate. */
  verdict(direction: Direction, flow: PolicyFlow, standing: Standing = 'address'): PolicyVerdict {
    const { srcIp, dstIp, protocol, dstPort } = flow;
    const ingress = direction === 'ingress';
    const subject = this.#pods.get(ingress ? dstIp : srcIp);
    if (subject === undefined) return notIsolated;
    const isolations = (subject.isolation ??= this.#isolationsOf(subject));
    const isolation = ingress ? isolations.ingress : isolations.egress;
    if (isolation === undefined) return notIsolated;
    const peerIp = ingress ? srcIp : dstIp;
    const peer = standing === 'address' ? this.#pods.get(peerIp) : undefined;
    if (peer === subject && this.#dialect.exemptsItself) return itself;
    const named = (ingress ? subject : peer)?.named ?? noNamedPorts;
    const { rules } = isolation;
    for (let i = 0; i < rules.length; i++) {
      const of = rules[i]!;
      for (let j = 0; j < of.length; j++) {
        const { ports, peers } = of[j]!;
        const isPort = ports === undefined || matchesPorts(ports, protocol, dstPort, named);
        if (isPort && (peers === undefined || this.#isMeant(peers, peer, peerIp, standing))) return isolation.allowed[i]![j]!;
      }
    }
    return isolation.denied;
  }

  #isMeant(peers: readonly Peer[], pod: KnownPod | undefined, ip: Ip, standing: Standing): boolean {
    for (let i = 0; i < peers.length; i++) {
      const one = peers[i]!;
      if (one.block === undefined) {
        if (pod !== undefined && this.#selects(one, pod)) return true;
      } else if (standing === 'world') {
        if (one.block.whole) return true;
      } else if (standing === 'address' && (pod === undefined || this.#dialect.blocksMatchPods)) {
        if (inBlock(one.block, ip)) return true;
      }
    }
    return false;
  }

  /** Both directions; what is allowed in both passes. */
  connection(flow: PolicyFlow): Readonly<Record<Direction, PolicyVerdict>> & { readonly allowed: boolean } {
    const egress = this.verdict('egress', flow);
    const ingress = this.verdict('ingress', flow);
    return { egress, ingress, allowed: egress.allowed && ingress.allowed };
  }

  #selects({ namespaceNumber, namespaces, pods }: Peer, pod: KnownPod): boolean {
    if (namespaceNumber !== undefined && pod.namespaceNumber !== namespaceNumber) return false;
    if (namespaces !== undefined && !namespaces.has(this.#namespaceLabels[pod.namespaceNumber]!)) return false;
    return pods === undefined || pods.has(pod.labels);
  }

  #compile(policies: readonly NetworkPolicy[]): ReadonlyMap<string, NamespacePolicies> {
    const found = new Map<string, { byLabel: Map<string, CompiledPolicy[]>; others: CompiledPolicy[] }>();
    for (const policy of policies) {
      const { namespace = '' } = policy.metadata;
      let own = found.get(namespace);
      if (own === undefined) found.set(namespace, (own = { byLabel: new Map(), others: [] }));
      const [label] = Object.entries(policy.spec.podSelector.matchLabels ?? {});
      const compiled = this.#compilePolicy(policy);
      if (label === undefined) own.others.push(compiled);
      else own.byLabel.set(label.join('='), [...(own.byLabel.get(label.join('=')) ?? []), compiled]);
    }
    return found;
  }

  #compilePolicy({ metadata: { name, namespace = '' }, spec }: NetworkPolicy): CompiledPolicy {
    const { ingress = [], egress = [] } = spec;
    const types = policyTypesOf(spec);
    const rules = (list: readonly { readonly ports?: (typeof ingress)[number]['ports'] }[], peers: (i: number) => Rule['peers']) =>
      list.map(({ ports }, i) => ({ ports: compilePorts(ports, this.#dialect), peers: peers(i) }));
    return {
      name,
      namespace,
      subject: this.#labels.selection(spec.podSelector),
      rules: {
        ingress: types.includes('Ingress') ? rules(ingress, (i) => this.#compilePeers(ingress[i]!.from, namespace)) : undefined,
        egress: types.includes('Egress') ? rules(egress, (i) => this.#compilePeers(egress[i]!.to, namespace)) : undefined,
      },
    };
  }

  #compilePeers(peers: readonly NetworkPolicyPeer[] | undefined, namespace: string): Rule['peers'] {
    if (peers === undefined || peers.length === 0) return undefined;
    return peers.flatMap(({ podSelector, namespaceSelector, ipBlock }): Peer[] => {
      if (ipBlock !== undefined) {
        const block = compileBlock(ipBlock);
        return block === undefined ? [] : [{ namespaceNumber: undefined, namespaces: undefined, pods: undefined, block }];
      }
      if (podSelector === undefined && namespaceSelector === undefined) return [];
      return [
        {
          namespaceNumber: namespaceSelector === undefined ? (this.#namespaceNumbers.get(namespace) ?? -1) : undefined,
          namespaces: namespaceSelector === undefined ? undefined : this.#namespaces.selection(namespaceSelector),
          pods: podSelector === undefined ? undefined : this.#labels.selection(podSelector),
          block: undefined,
        },
      ];
    });
  }

  /** What isolates the pods of a namespace that are labelled alike. */
  #isolationsOf({ namespace, labels }: KnownPod): Isolations {
    const policies = this.#policies.get(namespace);
    if (policies === undefined) return { ingress: undefined, egress: undefined };
    const key = `${namespace} ${labels}`;
    let isolation = this.#isolations.get(key);
    if (isolation === undefined) {
      const asked = Object.entries(this.#labels.sets[labels]!).flatMap((label) => policies.byLabel.get(label.join('=')) ?? []);
      const selecting = [...asked, ...policies.others].filter(({ subject }) => subject.has(labels)).sort(byName);
      isolation = { ingress: isolationBy(selecting, 'ingress'), egress: isolationBy(selecting, 'egress') };
      this.#isolations.set(key, isolation);
    }
    return isolation;
  }
}

function isolationBy(policies: readonly CompiledPolicy[], direction: Direction): Isolation | undefined {
  const isolating = policies.filter(({ rules }) => rules[direction] !== undefined);
  if (isolating.length === 0) return undefined;
  const isolatedBy = isolating.map(({ namespace, name }) => ({ namespace, name }));
  const rules = isolating.map((policy) => policy.rules[direction]!);
  const allowed = rules.map((of, i) =>
    of.map((_, rule): PolicyVerdict => ({ allowed: true, because: 'rule', policy: isolatedBy[i]!, rule, isolatedBy })),
  );
  return { isolatedBy, rules, denied: { allowed: false, isolatedBy }, allowed };
}

/** As the API server fills them in (pkg/apis/networking/v1/defaults.go). */
function policyTypesOf({ policyTypes = [], egress = [] }: NetworkPolicy['spec']): readonly string[] {
  if (policyTypes.length > 0) return policyTypes;
  return egress.length > 0 ? ['Ingress', 'Egress'] : ['Ingress'];
}

/** A pod whose address is its own, and still is: one that has ended has given it back. */
function hasOwnAddress({ spec, status }: Pod): boolean {
  return spec.hostNetwork !== true && status?.phase !== 'Succeeded' && status?.phase !== 'Failed';
}

function addressesOf({ status }: Pod): readonly Ip[] {
  const all = (status?.podIPs ?? []).map(({ ip }) => ip as Ip);
  return all.length > 0 || status?.podIP === undefined || status.podIP === '' ? all : [status.podIP as Ip];
}

function namedPortsOf({ spec }: Pod): NamedPorts {
  const named = new Map<string, number[]>();
  // Init containers that stay are sidecars, and serve too.
  const sidecars = (spec.initContainers ?? []).filter((one) => one.restartPolicy === 'Always');
  for (const { ports = [] } of [...spec.containers, ...sidecars]) {
    for (const { name, protocol = 'TCP', containerPort } of ports) {
      if (name === undefined || name === '') continue;
      const key = `${name}/${protocol}`;
      named.set(key, [...(named.get(key) ?? []), containerPort]);
    }
  }
  return named.size === 0 ? noNamedPorts : named;
}
