/** Healthy clusters, as they are before people's objects are applied: lessons of one process that differ only in these share one. */
import type { Change } from '#node/change.ts';
import type { ContainerRun } from '#node/host.ts';
import type { Snapshot } from '#node/snapshot.ts';
import { programOf } from '#workloads/index.ts';
import { resumePrograms, withRuns } from '../runs.ts';
import type { StartInput } from './start.ts';

/** Everything that a ground follows from; of the objects, those that were read from a running cluster. */
export type GroundInput = StartInput & Required<Pick<StartInput, 'clock'>>;

/** A library has a few kinds of clusters, and each of them takes some megabytes. */
const most = 12;

export class Grounds {
  readonly #known = new Map<string, Snapshot>();

  /** The ground that follows from `input`, to be built upon; `make` is called where none is known. */
  find(input: GroundInput, make: () => Change): Change {
    const key = JSON.stringify(input);
    const known = this.#known.get(key) ?? snapshotOf(make());
    this.#known.delete(key);
    this.#known.set(key, known);
    for (const oldest of [...this.#known.keys()].slice(0, -most)) this.#known.delete(oldest);
    return builtUpon(known) ?? make();
  }
}

function snapshotOf({ objects, hosts, now }: Change): Snapshot {
  return { cluster: objects.publish(), hosts, now };
}

/**
 * Its processes are others than those of whoever builds on the same ground: what one of them learns, the others do not know. Undefined
 * when one cannot be had again.
 */
function builtUpon({ cluster, hosts, now }: Snapshot): Change | undefined {
  const another = (run: ContainerRun, image: string) =>
    programOf(image).resume === undefined ? run : { ...run, loaded: new Map(run.loaded) };
  const own = new Map([...hosts].map(([name, host]) => [name, withRuns(host, another)]));
  return resumePrograms({ cluster, hosts: own, now }, programOf) ? { objects: cluster.edit(), hosts: own, now } : undefined;
}
