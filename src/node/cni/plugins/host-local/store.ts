/**
 * host-local's memory (backend/disk/backend.go): in a directory of the network's name, one file an address, named as the address, holding
 * the container's id and interface; `last_reserved_ip.N`; `lock`.
 */
import { parseIp, type Ip } from '#net/ip.ts';
import type { Machine } from '../../machine.ts';

const lineBreak = '\r\n';

export class Store {
  readonly #machine: Machine;
  readonly #directory: string;

  constructor(machine: Machine, network: string, dataDir: string) {
    this.#machine = machine;
    this.#directory = `${dataDir === '' ? '/var/lib/cni/networks' : dataDir.replace(/\/+$/, '')}/${network}`;
    machine.makeDirectory(this.#directory);
    if (!machine.exists(`${this.#directory}/lock`)) machine.write(`${this.#directory}/lock`, '', 0o600);
  }

  /** Reports whether the address was free, and is now this container's. */
  reserve(id: string, ifName: string, ip: Ip, rangeSet: number): boolean {
    const path = `${this.#directory}/${ip}`;
    if (this.#machine.exists(path)) return false;
    this.#machine.write(path, id.trim() + lineBreak + ifName);
    this.#machine.write(`${this.#directory}/last_reserved_ip.${rangeSet}`, ip);
    return true;
  }

  lastReserved(rangeSet: number): Ip | undefined {
    const text = this.#machine.read(`${this.#directory}/last_reserved_ip.${rangeSet}`);
    return text === undefined ? undefined : parseIp(text);
  }

  /** Removes the files of this container's interface; of older releases, that knew no interface, only where there are no others. */
  release(id: string, ifName: string): void {
    const exact = this.#holding(id.trim() + lineBreak + ifName);
    for (const name of exact.length > 0 ? exact : this.#holding(id.trim())) this.#machine.remove(`${this.#directory}/${name}`);
  }

  /** Addresses that a container's interface already has. */
  addressesOf(id: string, ifName: string): readonly Ip[] {
    const names = [...this.#holding(id.trim() + lineBreak + ifName), ...this.#holding(id.trim())].sort();
    return names.map((name) => parseIp(name)).filter((ip) => ip !== undefined);
  }

  #holding(content: string): readonly string[] {
    const names = this.#machine.list(this.#directory) ?? [];
    return names.filter((name) => this.#machine.read(`${this.#directory}/${name}`)?.trim() === content);
  }
}
