/** What a pod network's agent has told the kernel of its machine to enforce. */
import type { Namespace } from '#kube/kinds/namespace.ts';
import type { NetworkPolicy } from '#kube/kinds/network-policy.ts';
import type { Pod } from '#kube/kinds/pod.ts';

/** Who enforces: Felix by iptables, Cilium by programs at the pods' interfaces, weave-npc by iptables. */
export type PolicyAgent = 'calico' | 'cilium' | 'weave';

/** The objects that rules were made of. */
export interface PolicyObjects {
  readonly policies: readonly NetworkPolicy[];
  readonly namespaces: readonly Namespace[];
  readonly pods: readonly Pod[];
}

/** What is in force, also when the agent has died since. Machines whose agents have seen the same share one `objects`. */
export interface ProgrammedPolicy {
  readonly agent: PolicyAgent;
  readonly objects: PolicyObjects;
}
