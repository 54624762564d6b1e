/**
 * The API's objects at one moment. `Cluster` is a value that never changes; a `Draft` is a cluster under change, which shares what it
 * did not touch with the cluster it began from, and becomes one by `publish`.
 */
import { suffixOf, uuidOf } from './chance.ts';
import { resourceOf, type Kind } from './kind.ts';
import type { KubeObject } from './object.ts';
import { newToken } from './token.ts';

type ByName = ReadonlyMap<string, KubeObject>;
type ByNamespace = ReadonlyMap<string, ByName>;

/** Reading, the same for clusters and drafts. */
export interface Objects {
  /** The object, or undefined. `namespace` is `''` for cluster-scoped kinds. */
  get<T extends KubeObject>(kind: Kind<T>, namespace: string, name: string): T | undefined;
  /**
   * The objects of a kind, of one namespace or of all, in order of creation within each namespace. The same array as long as nothing of
   * them is written.
   */
  list<T extends KubeObject>(kind: Kind<T>, namespace?: string): readonly T[];
  /** Changes whenever an object of this kind does; compare by `===`. */
  revision(kind: Kind): unknown;
  /** The kinds that have objects, by {@link resourceOf}. */
  resources(): readonly string[];
  readonly seed: string;
  /** Moves with every write. */
  readonly counter: number;
}

/** One write of one object; `before` is absent when it came, `after` when it went. */
export interface Write {
  /** By {@link resourceOf}. */
  readonly resource: string;
  readonly before?: KubeObject;
  readonly after?: KubeObject;
  /** The cluster's counter after it: the resourceVersion of what was stored. */
  readonly version: number;
}

/** The writes that made a cluster, in order, and the store they began from. */
interface WriteLog {
  readonly since: ReadonlyMap<string, ByNamespace>;
  readonly writes: readonly Write[];
}

/** More writes than this at once (a bring-up) are not worth being told one by one. */
const mostWrites = 20_000;

const none: ByName = new Map();
const nothing: ByNamespace = new Map();

export class Cluster implements Objects {
  readonly seed: string;
  readonly counter: number;
  readonly store: ReadonlyMap<string, ByNamespace>;
  /** A token a resource, new with every change. */
  readonly revisions: ReadonlyMap<string, unknown>;
  /** How often something has been drawn for a purpose. */
  readonly draws: ReadonlyMap<string, number>;
  readonly #log: WriteLog | undefined;

  constructor(
    seed = '0',
    store: ReadonlyMap<string, ByNamespace> = new Map(),
    counter = 0,
    revisions: ReadonlyMap<string, unknown> = new Map(),
    draws: ReadonlyMap<string, number> = new Map(),
    log?: WriteLog,
  ) {
    this.seed = seed;
    this.store = store;
    this.counter = counter;
    this.revisions = revisions;
    this.draws = draws;
    this.#log = log;
  }

  /** The writes that made `before` into this cluster; undefined when it was not made from it directly. */
  writesSince(before: Cluster): readonly Write[] | undefined {
    return this.#log?.since === before.store ? this.#log.writes : undefined;
  }

  get<T extends KubeObject>(kind: Kind<T>, namespace: string, name: string): T | undefined {
    return this.store
      .get(resourceOf(kind))
      ?.get(kind.namespaced ? namespace : '')
      ?.get(name) as T | undefined;
  }

  list<T extends KubeObject>(kind: Kind<T>, namespace?: string): readonly T[] {
    return listOf(this.store, kind, namespace);
  }

  revision(kind: Kind): unknown {
    return this.revisions.get(resourceOf(kind));
  }

  resources(): readonly string[] {
    return [...this.store.keys()];
  }

  edit(): Draft {
    return new Draft(this);
  }
}

/** What has been listed, by the map it was listed from: a draft forgets it when it writes there. */
const lists = new WeakMap<ByName | ByNamespace, readonly KubeObject[]>();

function listOf<T extends KubeObject>(store: ReadonlyMap<string, ByNamespace>, kind: Kind<T>, namespace: string | undefined): readonly T[] {
  const byNamespace = store.get(resourceOf(kind)) ?? nothing;
  const map = namespace === undefined ? byNamespace : (byNamespace.get(namespace) ?? none);
  let found = lists.get(map);
  if (found === undefined) {
    found = namespace === undefined ? [...byNamespace.values()].flatMap((objects) => [...objects.values()]) : [...(map as ByName).values()];
    lists.set(map, found);
  }
  return found as readonly T[];
}

/** A cluster under change. Writes bypass admission: only `control/` and the bring-up use it. */
export class Draft implements Objects {
  readonly seed: string;
  #counter: number;
  readonly #store: Map<string, Map<string, Map<string, KubeObject>>>;
  /** Which maps are this draft's own, and may be written in place. */
  readonly #own = new Set<unknown>();
  readonly #revisions: Map<string, unknown>;
  #draws: ReadonlyMap<string, number>;
  readonly #base: Cluster;
  readonly #writes: Write[] = [];

  constructor(base: Cluster) {
    this.#base = base;
    this.#revisions = new Map(base.revisions);
    this.#draws = base.draws;
    this.seed = base.seed;
    this.#counter = base.counter;
    this.#store = new Map(base.store) as Map<string, Map<string, Map<string, KubeObject>>>;
  }

  get<T extends KubeObject>(kind: Kind<T>, namespace: string, name: string): T | undefined {
    return this.#store
      .get(resourceOf(kind))
      ?.get(kind.namespaced ? namespace : '')
      ?.get(name) as T | undefined;
  }

  list<T extends KubeObject>(kind: Kind<T>, namespace?: string): readonly T[] {
    return listOf(this.#store, kind, namespace);
  }

  revision(kind: Kind): unknown {
    return this.#revisions.get(resourceOf(kind));
  }

  resources(): readonly string[] {
    return [...this.#store.keys()];
  }

  /** The last value of the cluster's counter: it moves with every write. */
  get counter(): number {
    return this.#counter;
  }

  /** The next value of the cluster's one counter: resourceVersions, and the seed of generated names. */
  next(): number {
    return ++this.#counter;
  }

  /** A fresh UID; `purpose` keeps equal counters of different uses apart. */
  uid(purpose: string): string {
    return uuidOf(`${this.seed}/uid/${purpose}/${this.next()}`);
  }

  /** Five letters for a generated name. */
  suffix(purpose: string): string {
    return suffixOf(`${this.seed}/suffix/${purpose}/${this.next()}`);
  }

  /** What to draw from for a purpose: something new each time, which depends on nothing but how often that was. */
  draw(purpose: string): string {
    const times = (this.#draws.get(purpose) ?? 0) + 1;
    if (this.#draws === this.#base.draws) this.#draws = new Map(this.#draws);
    (this.#draws as Map<string, number>).set(purpose, times);
    return times === 1 ? `${this.seed}/${purpose}` : `${this.seed}/${purpose}/${times}`;
  }

  /** Stores the object under a new resourceVersion, and returns it as stored. */
  put<T extends KubeObject>(kind: Kind<T>, object: T): T {
    const stored = { ...object, metadata: { ...object.metadata, resourceVersion: String(this.next()) } };
    return this.keep(kind, stored);
  }

  /** Stores the object as it is, its resourceVersion too: for dumps. */
  keep<T extends KubeObject>(kind: Kind<T>, object: T): T {
    const { namespace = '', name } = object.metadata;
    const before = this.get(kind, namespace, name);
    this.#objects(kind, namespace).set(name, object);
    this.#note({ resource: resourceOf(kind), ...(before !== undefined && { before }), after: object, version: this.#counter });
    return object;
  }

  remove(kind: Kind, namespace: string, name: string): void {
    const before = this.get(kind, namespace, name);
    if (before === undefined) return;
    this.#objects(kind, namespace).delete(name);
    this.#note({ resource: resourceOf(kind), before, version: this.next() });
  }

  publish(): Cluster {
    const log = this.#writes.length > mostWrites ? undefined : { since: this.#base.store, writes: this.#writes };
    return new Cluster(this.seed, this.#store, this.#counter, this.#revisions, this.#draws, log);
  }

  #note(write: Write): void {
    if (this.#writes.length <= mostWrites) this.#writes.push(write);
  }

  #objects(kind: Kind, namespace: string): Map<string, KubeObject> {
    const resource = resourceOf(kind);
    this.#revisions.set(resource, newToken(resource));
    let byNamespace = this.#store.get(resource);
    if (byNamespace === undefined || !this.#own.has(byNamespace)) {
      byNamespace = new Map(byNamespace);
      this.#own.add(byNamespace);
      this.#store.set(resource, byNamespace);
    }
    const key = kind.namespaced ? namespace : '';
    let objects = byNamespace.get(key);
    if (objects === undefined || !this.#own.has(objects)) {
      objects = new Map(objects);
      this.#own.add(objects);
      byNamespace.set(key, objects);
    }
    lists.delete(byNamespace);
    lists.delete(objects);
    return objects;
  }
}
