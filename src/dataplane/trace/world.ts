/** The network of a snapshot, ready to be walked: its hosts' kernels with whatever filters packets there. */
import { stream } from '#kube/chance.ts';
import type { NodeName } from '#kube/names.ts';
import type { Host } from '#node/host.ts';
import { Account, seededChooser } from '../netfilter/packet.ts';
import { groundOf, type Ground } from './ground.ts';
import type { Circumstances, Memory } from './hooks.ts';

/** Where packets walk. */
export interface World extends Circumstances {
  readonly ground: Ground;
}

const noMemory: Memory = () => false;

/**
 * The world in which the connection `purpose` is made: what it is decides where load balancing sends it, unless rules have noted earlier ones
 * (ClientIP affinity).
 */
export function worldOf(hosts: ReadonlyMap<NodeName, Host>, seed: string, purpose: string, memory = noMemory): World {
  let draws: (() => number) | undefined;
  const chooser = new Account(seededChooser(() => (draws ??= stream(`${seed}/balance/${purpose}`))()));
  return { ground: groundOf(hosts), chooser, memory };
}
