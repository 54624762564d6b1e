/** What a describer may ask while it describes an object. */
import { ageOf } from '#apiserver/tables/duration.ts';
import type { KubeObject } from '#kube/object.ts';
import type { Client, ListOptions } from '../client.ts';
import type { RestMapping } from '../discovery.ts';
import { ApiError } from '../errors.ts';
import type { Version } from '../version.ts';
import { hasChange, type Change } from './changes.ts';
import { eventLines, searchEvents, type About } from './events.ts';
import type { Lines } from './lines.ts';

export interface DescribeOptions {
  readonly showEvents: boolean;
  /** How many objects one request of a large list asks for; 0 asks for all at once. */
  readonly chunkSize: number;
  /** The simulated time, Unix milliseconds: ages are counted from it. */
  readonly now: number;
  readonly version: Version;
}

export class Context {
  readonly client: Client;
  readonly #options: DescribeOptions;

  constructor(client: Client, options: DescribeOptions) {
    this.client = client;
    this.#options = options;
  }

  /** Reports whether this kubectl prints what came with a later version. */
  has(change: Change): boolean {
    return hasChange(this.#options.version, change);
  }

  /** `5m12s`: how long ago that was. */
  age(timestamp: string | null | undefined): string {
    return ageOf(timestamp ?? undefined, this.#options.now);
  }

  /** All objects of a type, of one namespace or (with `''`) of all, however many requests it takes. Throws `ApiError`. */
  list<T extends KubeObject>(apiVersion: string, kind: string, namespace: string, selection: ListOptions = {}): readonly T[] {
    const mapping = this.#mapping(apiVersion, kind);
    return this.client.listAll<T>(mapping, namespace, { ...selection, limit: this.#options.chunkSize }).map(withoutNulls);
  }

  get<T extends KubeObject>(apiVersion: string, kind: string, namespace: string, name: string): T {
    return this.typed<T>(this.#mapping(apiVersion, kind), namespace, name);
  }

  #mapping(apiVersion: string, kind: string): RestMapping {
    const mapping = this.client.mapper.forKind(apiVersion, kind);
    if (mapping !== undefined) return mapping;
    throw new ApiError({ code: 404, reason: 'NotFound', message: 'the server could not find the requested resource' });
  }

  /** An object as a Go type takes it in. */
  typed<T extends KubeObject>(mapping: RestMapping, namespace: string, name: string): T {
    return withoutNulls(this.client.get<T>(mapping, namespace, name));
  }

  /**
   * The events about an object, or about something else in its place; no line when events are not shown. Where the server refuses to list
   * them there are none, or (`required`) the refusal is thrown.
   */
  events({ kind, metadata }: KubeObject, about: Partial<About> = {}, required = false): Lines {
    const { name, namespace = '', uid = '' } = metadata;
    return this.eventsOf([{ name, namespace, kind, uid, ...about }], required);
  }

  /** The events about any of these, in one table. */
  eventsOf(objects: readonly About[], required = false): Lines {
    if (!this.#options.showEvents) return [];
    const search = (about: About) => searchEvents(this, about);
    return eventLines(
      objects.flatMap((about) => (required ? search(about) : unlessRefused([], () => search(about)))),
      this,
    );
  }
}

/** What is asked for, or something else where the server refuses it. */
export function unlessRefused<T>(other: T, ask: () => T): T {
  try {
    return ask();
  } catch (error) {
    if (error instanceof ApiError) return other;
    throw error;
  }
}

/** The object without `null`: Go's types read it as they read what is absent. */
function withoutNulls<T>(value: T): T {
  if (Array.isArray(value)) return value.map(withoutNulls) as T;
  if (typeof value !== 'object' || value === null) return value;
  const fields = Object.entries(value).filter(([, field]) => field !== null);
  return Object.fromEntries(fields.map(([name, field]) => [name, withoutNulls(field as unknown)])) as T;
}
