/** What all connections share that are made while the machines stay as they are. */
import type { NodeName } from '#kube/names.ts';
import type { Ip } from '#net/ip.ts';
import type { Host } from '#node/host.ts';
import { enforcement } from '../policy/enforcement.ts';
import type { Enforcement } from './policy.ts';
import { rootOf, type Device } from './stack.ts';
import type { CarriedBetween } from './tunnel.ts';

export class Ground {
  readonly enforcement: Enforcement;
  readonly carried: CarriedBetween = new Map();
  readonly #hosts: readonly Host[];
  /** By address; where two have one, the first has it. */
  readonly #machines = new Map<Ip, Host>();
  /** The machines' cards on the wire between them. */
  readonly #cards = new Map<Ip, Device>();

  constructor(hosts: ReadonlyMap<NodeName, Host>) {
    this.#hosts = [...hosts.values()];
    this.enforcement = enforcement(new Map(hosts));
    for (const host of this.#hosts) {
      for (const address of host.addresses) if (!this.#machines.has(address)) this.#machines.set(address, host);
      const at = rootOf(host);
      for (const link of at.namespace.links) {
        if (link.kind !== 'ether' || !link.up) continue;
        for (const { ip } of link.addresses) if (!this.#cards.has(ip)) this.#cards.set(ip, at.device(link));
      }
    }
  }

  /** Reports whether the machines are still those. */
  isOf(hosts: ReadonlyMap<NodeName, Host>): boolean {
    if (hosts.size !== this.#hosts.length) return false;
    let i = 0;
    for (const host of hosts.values()) if (host !== this.#hosts[i++]) return false;
    return true;
  }

  /** The machine that is known by an address. */
  machineAt(address: Ip): Host | undefined {
    return this.#machines.get(address);
  }

  /** The card that answers for an address on the wire. */
  cardAt(address: Ip): Device | undefined {
    return this.#cards.get(address);
  }
}

const grounds = new WeakMap<ReadonlyMap<NodeName, Host>, Ground>();

/** While a cluster settles, its machines are changed in place: a ground holds for as long as none is another. */
export function groundOf(hosts: ReadonlyMap<NodeName, Host>): Ground {
  let ground = grounds.get(hosts);
  if (ground?.isOf(hosts) !== true) grounds.set(hosts, (ground = new Ground(hosts)));
  return ground;
}
