/** The network of a snapshot, ready to be walked: its hosts' kernels with whatever filters packets there. */
import { pick } from '#kube/chance.ts';
import type { NodeName } from '#kube/names.ts';
import type { Host } from '#node/host.ts';
import { traverse } from '../netfilter/iptables/traverse.ts';
import type { HookInput, HookOutput } from './hooks.ts';
import type { World } from './walk.ts';

function runIptables(input: HookInput): HookOutput {
  const { at, hook, packet, inDev, outDev, state, dnatted, masqueradeAs, chance } = input;
  const result = traverse({
    namespace: at.namespace,
    hook,
    packet,
    state,
    dnatted,
    chance,
    ...(inDev !== undefined && { inDev }),
    ...(outDev !== undefined && { outDev }),
    ...(masqueradeAs !== undefined && { masqueradeAs }),
  });
  return {
    verdict: result.verdict,
    packet: result.packet,
    hops: result.decisions.map((decision) => ({ at: `iptables ${decision.at}`, action: decision.action, because: decision.because, packet: decision.packet })),
    ...(result.candidates.length > 0 && { candidates: result.candidates }),
    ...(result.rejectWith !== undefined && { rejectWith: result.rejectWith }),
  };
}

/** The world in which the connection `purpose` is made: what it is decides where load balancing sends it. */
export function worldOf(hosts: ReadonlyMap<NodeName, Host>, seed: string, purpose: string): World {
  return { hosts, runHook: runIptables, chance: pick(`${seed}/balance/${purpose}`, 1_000_000) / 1_000_000 };
}
