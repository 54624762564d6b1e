/**
 * What the kernels on a connection's way know of it: its first packet, and the NAT that was done to it. NAT is remembered where it was done,
 * and undone there for the answer; an answer that comes back another way is not recognised.
 */
import { sameFlow, type Flow } from '#net/flow.ts';
import type { NetworkNamespace } from '#node/kernel.ts';
import type { TrackedState } from './hooks.ts';
import type { At } from './packet.ts';

/** A connection as a namespace's connection tracking has it. */
export interface Tracked {
  readonly at: At;
  /** The first packet as it came, and as it went on. */
  readonly original: Flow;
  readonly translated: Flow;
  /** It went on: what was dropped or rejected on its way is forgotten at once. */
  readonly confirmed: boolean;
}

interface Nat {
  /** The connection as it was before NAT here, and after. */
  readonly before: Flow;
  readonly after: Flow;
}

const noNats: readonly Nat[] = [];

export class Conntrack {
  /** The packets are answers. */
  reply = false;
  /** NAT done in each namespace. */
  readonly #nats = new Map<NetworkNamespace, readonly Nat[]>();
  /** The namespaces whose connection tracking has seen the first packet. */
  readonly #seen = new Map<NetworkNamespace, Tracked>();
  /** The namespaces whose connection tracking does not see the packet. */
  #untracked: readonly NetworkNamespace[] = [];

  /** What is kept of the first packet, in the order in which it came by. */
  get tracked(): readonly Tracked[] {
    return [...this.#seen.values()].filter((one) => one.confirmed);
  }

  /** From now on packets are answers: they belong to a known connection. */
  turn(): void {
    this.reply = true;
    this.#untracked = [];
  }

  /** Rules have taken the packet out of a namespace's sight (NOTRACK). */
  untrack(namespace: NetworkNamespace): void {
    this.#untracked = [...this.#untracked, namespace];
  }

  /** What connection tracking makes of a packet: an answer without a question is none it knows, but of UDP any packet may be the first. */
  stateAt(namespace: NetworkNamespace, { protocol }: Flow): TrackedState {
    if (this.#untracked.includes(namespace)) return 'untracked';
    if (!this.reply) return 'new';
    if (this.#seen.has(namespace)) return 'established';
    return protocol === 'UDP' ? 'new' : 'invalid';
  }

  /** Destination NAT has been done to the connection. */
  isDnatted(namespace: NetworkNamespace): boolean {
    const nats = this.#nats.get(namespace) ?? noNats;
    return nats.some(({ before, after }) => before.dstIp !== after.dstIp || before.dstPort !== after.dstPort);
  }

  /** The connection that an answer belongs to, as it was before NAT here; undefined where no NAT is known. */
  translatedBy(namespace: NetworkNamespace, answer: Flow): Nat | undefined {
    return (this.#nats.get(namespace) ?? noNats).find(({ after }) => isAnswerTo(after, answer));
  }

  /** The first packet has come by a hook, `before`, and gone on, `after`; for good where it is `confirmed`. */
  see(at: At, before: Flow, after: Flow, confirmed: boolean): void {
    const { namespace } = at;
    this.#seen.set(namespace, { at, original: this.#seen.get(namespace)?.original ?? before, translated: after, confirmed });
  }

  /** The first packet was translated. */
  translate(namespace: NetworkNamespace, before: Flow, after: Flow): void {
    const nats = this.#nats.get(namespace) ?? noNats;
    const earlier = nats.find((nat) => sameFlow(nat.after, before));
    this.#nats.set(namespace, [...nats.filter((nat) => nat !== earlier), { before: earlier?.before ?? before, after }]);
  }
}

function isAnswerTo(asked: Flow, answer: Flow): boolean {
  return (
    asked.srcIp === answer.dstIp &&
    asked.dstIp === answer.srcIp &&
    asked.srcPort === answer.dstPort &&
    asked.dstPort === answer.srcPort &&
    asked.protocol === answer.protocol
  );
}
