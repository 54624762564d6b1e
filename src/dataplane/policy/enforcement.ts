/**
 * Where on a packet's way the agents of pod networks ask their policies, and as what they see the other side there.
 *
 *     Calico   cali-FORWARD, cali-INPUT: first in their chains, after destination NAT and before source NAT; at interfaces `cali…`
 *     Weave    WEAVE-NPC, WEAVE-NPC-EGRESS in FORWARD and INPUT: the same, at the bridge `weave`
 *     Cilium   programs at interfaces `lxc…`: of what leaves a pod, after a Service has got its backend; of what comes, after all NAT
 *
 * A machine's own processes reach the pods on it whatever policies say (the kubelet has to probe them), and packets of known connections
 * pass. A pod network that has no agent enforces nothing.
 */
import type { NodeName } from '#kube/names.ts';
import type { Flow } from '#net/flow.ts';
import type { Ip } from '#net/ip.ts';
import type { Host } from '#node/host.ts';
import type { PolicyAgent, ProgrammedPolicy } from '#node/network-policy.ts';
import { rootOf, type Stack } from '../trace/stack.ts';
import type { Enforcement, PolicyAnswer, PolicyPoint, PolicyQuestion } from '../trace/policy.ts';
import { dialects } from './dialect.ts';
import { PolicyEngine, type Standing } from './engine.ts';
import { verdictText, type Direction, type PolicyVerdict } from './verdict.ts';

interface Check {
  readonly direction: Direction;
  readonly standing?: Standing;
}

/** Reports whether an address is one of a machine of the cluster. */
type IsNode = (address: Ip) => boolean;

/** How an agent judges: at which points of the way, and which directions there. */
interface Judging {
  judgesAt(point: PolicyPoint): boolean;
  checks(question: PolicyQuestion, engine: PolicyEngine, isNode: IsNode): readonly Check[];
}

const engines = new WeakMap<ProgrammedPolicy['objects'], Map<PolicyAgent, PolicyEngine>>();

function engineOf({ agent, objects }: ProgrammedPolicy): PolicyEngine {
  let byAgent = engines.get(objects);
  if (byAgent === undefined) engines.set(objects, (byAgent = new Map()));
  let engine = byAgent.get(agent);
  if (engine === undefined) byAgent.set(agent, (engine = new PolicyEngine(objects, dialects[agent])));
  return engine;
}

const nothing: readonly Check[] = [];
const egress: readonly Check[] = [{ direction: 'egress' }];
const ingress: readonly Check[] = [{ direction: 'ingress' }];
const both: readonly Check[] = [...egress, ...ingress];

function directions(isEgress: boolean, isIngress: boolean): readonly Check[] {
  return isEgress ? (isIngress ? both : egress) : isIngress ? ingress : nothing;
}

/** felix/rules/static.go: filterForwardChains, filterInputChains; host traffic to workloads leaves OUTPUT unasked. */
const calico: Judging = {
  judgesAt: (point) => point === 'forward' || point === 'input',
  checks: ({ point, inDev, outDev }) =>
    directions(inDev?.startsWith('cali') === true, point === 'forward' && outDev?.startsWith('cali') === true),
};

/** prog/weave-npc/main.go (resetIPTables): what goes to an address of the machine itself returns from WEAVE-NPC-EGRESS; pods elsewhere are for others. */
const weave: Judging = {
  judgesAt: (point) => point === 'forward',
  checks({ at, packet, inDev, outDev }, engine) {
    const isHere = (address: Ip) => engine.podAt(address)?.nodeName === at.host.name;
    return directions(inDev === 'weave' && isHere(packet.flow.srcIp), outDev === 'weave' && isHere(packet.flow.dstIp));
  },
};

/** bpf/bpf_lxc.c: handle_ipv4_from_lxc and ipv4_policy. Machines have identities of their own, which neither selectors nor blocks mean. */
const cilium: Judging = {
  // A Service without a backend is rejected before policies are asked: hence after the filter.
  judgesAt: (point) => point === 'delivery' || point === 'forwarded' || point === 'input',
  checks({ point, at, packet, inDev, sender, sent }, _, isNode) {
    const { srcIp, dstIp } = packet.flow;
    if (point === 'delivery') {
      if (!isEndpointOf(at) || sender === undefined) {
        // The address of somebody outside is known as long as no NAT has taken it; afterwards it is still somewhere in the world.
        return isEndpointOf(at) ? [{ direction: 'ingress', standing: srcIp === sent.srcIp ? 'address' : 'world' }] : nothing;
      }
      const here = sender.host.name === at.host.name;
      if (here && (sender.isRoot || sender === at)) return nothing;
      return [{ direction: 'ingress', standing: isNode(srcIp) ? 'node' : 'address' }];
    }
    if (inDev?.startsWith('lxc') !== true) return nothing;
    return [{ direction: 'egress', standing: isNode(dstIp) ? 'node' : 'address' }];
  },
};

const agents: Readonly<Record<PolicyAgent, Judging>> = { calico, cilium, weave };

/** Reports whether a pod's interface is one of Cilium's. */
function isEndpointOf(at: Stack): boolean {
  return at.namespace.links.some((link) => {
    const peer = at.device(link).peer;
    return peer?.at.isRoot === true && peer.link.name.startsWith('lxc');
  });
}

const noAnswers: readonly PolicyAnswer[] = [];

/** A decision, which is put into words when somebody asks. */
class Answer implements PolicyAnswer {
  readonly direction: Direction;
  readonly verdict: PolicyVerdict;
  readonly #engine: PolicyEngine;
  readonly #flow: Flow;
  readonly #standing: Standing | undefined;

  constructor(engine: PolicyEngine, flow: Flow, { direction, standing }: Check, verdict: PolicyVerdict) {
    this.direction = direction;
    this.verdict = verdict;
    this.#engine = engine;
    this.#flow = flow;
    this.#standing = standing;
  }

  get because(): string {
    return verdictText(this.verdict, this.direction, ...namesOf(this.#engine, this.#flow, this.direction, this.#standing));
  }
}

/** The policies that are in force on these machines, to be asked on the way of a packet. */
export function enforcement(hosts: ReadonlyMap<NodeName, Host>): Enforcement {
  // Most machines of a cluster have the same policies.
  let last: ProgrammedPolicy | undefined;
  let lastEngine: PolicyEngine | undefined;
  const engineFor = (policy: ProgrammedPolicy): PolicyEngine => {
    if (lastEngine === undefined || policy.objects !== last?.objects || policy.agent !== last.agent) lastEngine = engineOf(policy);
    last = policy;
    return lastEngine;
  };
  const isNode: IsNode = (address) => [...hosts.values()].some((host) => rootOf(host).routing.local(address) !== undefined);
  return {
    judgesAt: ({ policy }, point) => policy !== undefined && policy.objects.policies.length > 0 && agents[policy.agent].judgesAt(point),
    judge(question) {
      const policy = question.at.host.policy!;
      const engine = engineFor(policy);
      let answers = noAnswers;
      for (const check of agents[policy.agent].checks(question, engine, isNode)) {
        const { flow } = question.packet;
        const verdict = engine.verdict(check.direction, flow, check.standing);
        if (verdict.allowed && verdict.because !== 'rule') continue;
        answers = [...answers, new Answer(engine, flow, check, verdict)];
        if (!verdict.allowed) break;
      }
      return answers;
    },
  };
}

/** `pod shop/db`, and `TCP 5432 from pod shop/web (10.244.1.5)`. */
function namesOf(engine: PolicyEngine, flow: Flow, direction: Direction, standing: Standing = 'address'): [subject: string, what: string] {
  const [own, other, word] = direction === 'ingress' ? [flow.dstIp, flow.srcIp, 'from'] : [flow.srcIp, flow.dstIp, 'to'];
  const pod = (address: Ip) => {
    const found = engine.podAt(address);
    return found === undefined ? address : `pod ${found.namespace}/${found.name}`;
  };
  const known = pod(other);
  const peer = standing === 'node' ? `the node's address ${other}` : known === other ? other : `${known} (${other})`;
  return [pod(own), `${flow.protocol}${flow.protocol === 'ICMP' ? '' : ` ${flow.dstPort}`} ${word} ${peer}`];
}
