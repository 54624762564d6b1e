/** Node ports: numbers out of one range for all Services, health check node ports included. (pkg/registry/core/service/portallocator) */
import type { Draft } from '#kube/cluster.ts';
import { Service } from '#kube/kinds/service.ts';
import type { PortRange } from '#kube/settings.ts';
import { fail, ok, type Result } from '#kube/status.ts';
import { chooseFree, staticBand } from './band.ts';

export class NodePorts {
  readonly #range: PortRange;
  readonly #objects: Draft;
  /** Most Services need none, so it is looked up late which are taken. */
  #known: Set<number> | undefined;
  readonly #dryRun: boolean;
  /** What this one request has got so far. */
  readonly #taken: number[] = [];

  constructor(objects: Draft, range: PortRange, dryRun: boolean) {
    this.#range = range;
    this.#objects = objects;
    this.#dryRun = dryRun;
  }

  /** Takes the named port, or says why not. A dry run does not look at the range. */
  take(port: number): Result<number, string> {
    const { first, last } = this.#range;
    if (!this.#dryRun && (port < first || port > last)) {
      return fail(`provided port is not in the valid range. The range of valid ports is ${first}-${last}`);
    }
    if (this.#used.has(port)) return fail('provided port is already allocated');
    return ok(this.#mark(port));
  }

  /** Takes any free port; asked again for the same purpose, it draws anew. A dry run answers with numbers from 32769 on. */
  takeAny(purpose: string): Result<number, string> {
    if (this.#dryRun) return ok(this.#mark(Math.max(32768, ...this.#taken) + 1));
    const { first, last } = this.#range;
    const size = last - first + 1;
    const offset = chooseFree(
      size,
      staticBand(size, 32, 128),
      (one) => !this.#used.has(first + one),
      this.#objects.draw(`nodeport/${purpose}`),
    );
    return offset === undefined ? fail('range is full') : ok(this.#mark(first + offset));
  }

  get #used(): Set<number> {
    return (this.#known ??= new Set(this.#objects.list(Service).flatMap(nodePortsOf)));
  }

  #mark(port: number): number {
    this.#used.add(port);
    this.#taken.push(port);
    return port;
  }
}

/** Every number of the range that the Service holds. */
export function nodePortsOf(service: Service): number[] {
  const { ports = [], healthCheckNodePort } = service.spec;
  return [...ports.map((port) => port.nodePort), healthCheckNodePort].filter((port): port is number => port !== undefined && port !== 0);
}
