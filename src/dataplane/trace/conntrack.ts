/**
 * What the kernels on a connection's way know of it: its first packet, and the NAT that was done to it. NAT is remembered where it was done,
 * and undone there for the answer; an answer that comes back another way is not recognised.
 */
import { sameFlow, type Flow } from '#net/flow.ts';
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

/** What one namespace's connection tracking knows of a connection. */
export class Known {
  readonly at: At;
  /** The first packet as it came, and as it went on; undefined where it has not been seen. */
  original: Flow | undefined;
  translated: Flow | undefined;
  confirmed = false;
  /** Packets on their way one way are not seen: rules have taken them out of sight (NOTRACK). */
  isUntracked = false;
  /** The one by which it has come before. */
  readonly before: Known | undefined;
  #nats = noNats;

  constructor(at: At, before: Known | undefined) {
    this.at = at;
    this.before = before;
  }

  /** The first packet has come by a hook, `before`, and gone on, `after`; for good where it is `confirmed`. */
  see(before: Flow, after: Flow, confirmed: boolean): void {
    this.original ??= before;
    this.translated = after;
    this.confirmed = confirmed;
    if (before !== after && !sameFlow(before, after)) this.#translate(before, after);
  }

  #translate(before: Flow, after: Flow): void {
    if (this.#nats.length === 0) {
      this.#nats = [{ before, after }];
      return;
    }
    const earlier = this.#nats.find((nat) => sameFlow(nat.after, before));
    this.#nats = [...this.#nats.filter((nat) => nat !== earlier), { before: earlier?.before ?? before, after }];
  }

  /** Destination NAT has been done to the connection. */
  get isDnatted(): boolean {
    for (const { before, after } of this.#nats) if (before.dstIp !== after.dstIp || before.dstPort !== after.dstPort) return true;
    return false;
  }

  /** The connection that an answer belongs to, as it was before NAT here; undefined where no NAT is known. */
  translatedBy(answer: Flow): Nat | undefined {
    for (const nat of this.#nats) if (isAnswerTo(nat.after, answer)) return nat;
    return undefined;
  }
}

export class Conntrack {
  /** The packets are answers. */
  reply = false;
  /** The one by which the connection has come last. */
  #last: Known | undefined;

  /** What is kept of the first packet, in the order in which it came by. */
  get tracked(): readonly Tracked[] {
    const tracked: Tracked[] = [];
    for (let known = this.#last; known !== undefined; known = known.before) {
      const { at, original, translated, confirmed } = known;
      if (confirmed && original !== undefined && translated !== undefined) tracked.push({ at, original, translated, confirmed });
    }
    return tracked.reverse();
  }

  /** From now on packets are answers: they belong to a known connection. */
  turn(): void {
    this.reply = true;
    for (let known = this.#last; known !== undefined; known = known.before) known.isUntracked = false;
  }

  /** What a namespace knows of the connection. */
  at(at: At): Known {
    for (let known = this.#last; known !== undefined; known = known.before) if (known.at === at) return known;
    return (this.#last = new Known(at, this.#last));
  }

  /** What connection tracking makes of a packet: an answer without a question is none it knows, but of UDP any packet may be the first. */
  stateAt({ isUntracked, original }: Known, { protocol }: Flow): TrackedState {
    if (isUntracked) return 'untracked';
    if (!this.reply) return 'new';
    if (original !== undefined) return 'established';
    return protocol === 'UDP' ? 'new' : 'invalid';
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
