/** The network of a snapshot, ready to be walked: its hosts' kernels with whatever filters packets there. */
import { Stream } from '#kube/chance.ts';
import type { NodeName } from '#kube/names.ts';
import type { Host } from '#node/host.ts';
import { Account, SeededChooser } from '../netfilter/packet.ts';
import { groundOf, type Ground } from './ground.ts';
import type { Memory } from './hooks.ts';

/** Where packets walk. */
export class World {
  readonly ground: Ground;
  readonly memory: Memory;
  readonly #seed: string;
  readonly #purpose: string;

  constructor(ground: Ground, seed: string, purpose: string, memory: Memory) {
    this.ground = ground;
    this.memory = memory;
    this.#seed = seed;
    this.#purpose = purpose;
  }

  /** What decides where chance does: for each walk from the beginning. */
  chooser(): Account {
    return new Account(new SeededChooser(new Stream(this.#seed, '/balance/', this.#purpose)));
  }
}

const noMemory: Memory = () => false;

/**
 * The world in which the connection `purpose` is made: what it is decides where load balancing sends it, unless rules have noted earlier ones
 * (ClientIP affinity).
 */
export function worldOf(hosts: ReadonlyMap<NodeName, Host>, seed: string, purpose: string, memory = noMemory): World {
  return new World(groundOf(hosts), seed, purpose, memory);
}
