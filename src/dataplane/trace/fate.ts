/** How a packet's walk ends. */
import type { Ip } from '#net/ip.ts';
import type { Route } from '#node/kernel.ts';
import type { Hook } from '#node/netfilter.ts';
import type { Listening } from '../links/listeners.ts';
import type { Packet } from './packet.ts';
import type { Errno, Refusal } from './refusal.ts';
import type { Stack } from './stack.ts';

/** What has decided, and says why when somebody asks. */
interface Reason {
  readonly because: string;
}

/** A packet that rules or policies have held up. */
export class HeldUp {
  readonly kind = 'lost';
  readonly at: Stack;
  readonly hook: Hook | undefined;
  readonly #by: Reason;

  constructor(by: Reason, at: Stack, hook?: Hook) {
    this.at = at;
    this.hook = hook;
    this.#by = by;
  }

  get why(): string {
    return this.#by.because;
  }
}

/** A packet that rules have rejected, which its sender is told. */
export class Rejected {
  readonly kind = 'refused';
  readonly at: Stack;
  readonly packet: Packet;
  readonly refusal: Refusal;
  readonly speaker: Ip;
  readonly after = 0;
  readonly hook: Hook;
  readonly #by: Reason;

  constructor(by: Reason, at: Stack, hook: Hook, packet: Packet, refusal: Refusal, speaker: Ip) {
    this.at = at;
    this.packet = packet;
    this.refusal = refusal;
    this.speaker = speaker;
    this.hook = hook;
    this.#by = by;
  }

  get why(): string {
    return this.#by.because;
  }
}

export type Fate =
  | { readonly kind: 'delivered'; readonly at: Stack; readonly listening: Listening | undefined; readonly packet: Packet }
  /** A machine says no: by a reset, or an ICMP message that `speaker` sends. */
  | {
      readonly kind: 'refused';
      readonly at: Stack;
      readonly packet: Packet;
      readonly refusal: Refusal;
      readonly speaker: Ip;
      readonly why: string;
      /** Milliseconds that it tried before. */
      readonly after: number;
      readonly mtu?: number;
      /** The hook whose rules have refused it. */
      readonly hook?: Hook;
    }
  /** The sender's own kernel knows at once that it cannot send. */
  | { readonly kind: 'failed'; readonly errno: Errno; readonly why: string; readonly mtu?: number }
  | { readonly kind: 'lost'; readonly why: string; readonly at: Stack; readonly hook?: Hook | undefined }
  /** It has left the cluster, by this machine. */
  | { readonly kind: 'left'; readonly at: Stack; readonly packet: Packet; readonly why: string };

/** What a process gets that sends by a route (Linux net/ipv4/fib_semantics.c, fib_props). */
export function routeErrno(route: Route | undefined): Errno {
  switch (route?.type) {
    case 'blackhole':
      return 'EINVAL';
    case 'unreachable':
      return 'EHOSTUNREACH';
    case 'prohibit':
      return 'EACCES';
    default:
      return 'ENETUNREACH';
  }
}

/** What a router says of a packet that has no way on; undefined: nothing. */
export function routeRefusal(route: Route | undefined): Refusal | undefined {
  switch (route?.type) {
    case 'blackhole':
      return undefined;
    case 'unreachable':
      return 'host-unreachable';
    case 'prohibit':
      return 'admin-prohibited';
    default:
      return 'net-unreachable';
  }
}
