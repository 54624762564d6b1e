/** A packet as it passed an interface: what somebody who listened there has seen. */
import type { Flow } from '#net/flow.ts';

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
