/** A packet as it passed an interface: what somebody who listened there has seen. */
import type { Flow } from '#net/flow.ts';
import type { Device } from './stack.ts';

export interface Frame {
  readonly node: string;
  /** The network namespace; `''` for the machine's own. */
  readonly namespace: string;
  readonly device: string;
  readonly direction: 'In' | 'Out';
  readonly flow: Flow;
  /** It is on its way back. */
  readonly answer: boolean;
  /** The packet inside of one that a tunnel sends. */
  readonly inner?: Flow;
}

/** A packet that has passed a device, as it is kept. */
export class Passed {
  readonly #device: Device;
  readonly #direction: Frame['direction'];
  readonly #flow: Flow;
  readonly #answer: boolean;

  constructor(device: Device, direction: Frame['direction'], flow: Flow, answer: boolean) {
    this.#device = device;
    this.#direction = direction;
    this.#flow = flow;
    this.#answer = answer;
  }

  get frame(): Frame {
    const { at, link } = this.#device;
    const { host, namespace } = at;
    return {
      node: host.name,
      namespace: namespace.name,
      device: link.name,
      direction: this.#direction,
      flow: this.#flow,
      answer: this.#answer,
    };
  }
}

/** What passed the interfaces on the way of packets that a tunnel sent for one inside of them. */
export interface CarriedFrames {
  readonly carried: readonly Frame[];
  readonly answer: boolean;
  readonly inner: Flow;
}

/** Frames as they are kept, in order. */
export function framesOf(kept: readonly (Passed | CarriedFrames)[]): readonly Frame[] {
  return kept.flatMap((one) =>
    one instanceof Passed ? one.frame : one.carried.map((frame) => ({ ...frame, answer: one.answer, inner: one.inner })),
  );
}
