/** What a walk asks of whoever enforces NetworkPolicies on a machine. */
import type { Flow } from '#net/flow.ts';
import type { Host } from '#node/host.ts';
import type { Direction, PolicyVerdict } from '../policy/verdict.ts';
import type { Packet } from './packet.ts';
import type { Stack } from './stack.ts';

/** Where packets may be judged: before and after the FORWARD hook, before INPUT, and at the interface of a pod (`at` is the pod's namespace). */
export type PolicyPoint = 'forward' | 'forwarded' | 'input' | 'delivery';

export interface PolicyQuestion {
  readonly point: PolicyPoint;
  readonly at: Stack;
  readonly packet: Packet;
  readonly inDev?: string | undefined;
  readonly outDev?: string | undefined;
  /** Who has begun the connection; undefined: somebody outside. */
  readonly sender: Stack | undefined;
  /** Its first packet, before any NAT. */
  readonly sent: Flow;
}

/** A decision worth telling: that nobody isolates a pod is none. */
export interface PolicyAnswer {
  readonly direction: Direction;
  readonly verdict: PolicyVerdict;
  /** The verdict in words. */
  readonly because: string;
}

/** Whoever enforces NetworkPolicies on the machines of a cluster. */
export interface Enforcement {
  /** Reports whether anybody judges packets of a machine at a point of the way. */
  judgesAt(host: Host, point: PolicyPoint): boolean;
  /** Decisions in the order in which they are made; the first that does not allow is the last that matters. */
  judge(question: PolicyQuestion): readonly PolicyAnswer[];
}
