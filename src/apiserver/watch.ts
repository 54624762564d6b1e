/** `watch`: changes as they happen. (staging:apiserver/pkg/endpoints/handlers/watch.go) */
import type { Cluster } from '#kube/cluster.ts';
import { minorVersionOf } from '#kube/settings.ts';
import type { KubeObject } from '#kube/object.ts';
import { badRequest, type Result, type Status } from '#kube/status.ts';
import { refuse, type Call } from './call.ts';
import { encode } from './encode.ts';
import { historyOf, transitions } from './history.ts';
import { listObjects } from './list.ts';
import { formOf } from './media-type.ts';
import type { ApiResponse } from './request.ts';
import { isTrue } from './route.ts';
import { isSelected, selectionOf, type Selection } from './selection.ts';
import { printerOf, tableOf } from './tables/render.ts';

export interface WatchEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  /** A JSON value: the object, or a table of one row. */
  readonly object: unknown;
}

export interface Watch {
  stop(): void;
}

/**
 * Hands `send` what has happened since the request's resourceVersion, at once, and from then on what happens in the lab, until it is
 * stopped. Without a resourceVersion the objects that are there come first.
 */
export function startWatch(call: Call, send: (event: WatchEvent) => void): Result<Watch, ApiResponse> {
  const { lab, request, resource, route } = call;
  const { query } = request;
  const selection = selectionOf(resource, query);
  if (!selection.ok) return { ok: false, error: refuse(call, selection.error) };
  const wanted = query.get('resourceVersion') ?? '';
  if (!/^\d*$/.test(wanted)) return { ok: false, error: refuse(call, badRequest(`invalid resource version ${JSON.stringify(wanted)}`)) };
  const since = Number(wanted);
  const history = historyOf(lab);
  const present = history.at(-1)!;
  const stream = new Stream(call, selection.value, send);
  if (since === 0) {
    for (const object of listObjects(present, resource, route.namespace, selection.value)) stream.emit('ADDED', object);
    if (isTrue(query.get('sendInitialEvents'))) stream.bookmark(present, { 'k8s.io/initial-events-end': 'true' });
  } else {
    const start = history.findLastIndex(({ counter }) => counter <= since);
    if (start < 0) return { ok: false, error: refuse(call, expired(since, history[0]!)) };
    for (let i = start + 1; i < history.length; i++) stream.changes(history[i - 1]!, history[i]!, since);
  }
  let last = present;
  const unsubscribe = lab.subscribe((_, { cluster }) => {
    stream.changes(last, cluster, -1);
    last = cluster;
  });
  return { ok: true, value: { stop: unsubscribe } };
}

function expired(since: number, oldest: Cluster): Status {
  return { code: 410, reason: 'Expired', message: `too old resource version: ${since} (${oldest.counter})` };
}

/** Events in the form that the client accepts; tables say their columns only once. */
class Stream {
  readonly #call: Call;
  readonly #selection: Selection;
  readonly #send: (event: WatchEvent) => void;
  readonly #isTable: boolean;
  #hasColumns = false;

  constructor(call: Call, selection: Selection, send: (event: WatchEvent) => void) {
    this.#call = call;
    this.#selection = selection;
    this.#send = send;
    this.#isTable = formOf(call.request) === 'table';
  }

  /** What happened between two clusters after version `since`. An object that enters or leaves the selection is added or deleted. */
  changes(from: Cluster, to: Cluster, since: number): void {
    const { resource, route } = this.#call;
    for (const { before, after, version } of transitions(from, to, resource.stored)) {
      if (version <= since) continue;
      const was = before !== undefined && this.#isWatched(before, route.namespace);
      const is = after !== undefined && this.#isWatched(after, route.namespace);
      if (is) this.emit(was ? 'MODIFIED' : 'ADDED', after);
      else if (was)
        this.emit('DELETED', { ...before, ...after, metadata: { ...(after ?? before).metadata, resourceVersion: String(version) } });
    }
  }

  #isWatched(object: KubeObject, namespace: string): boolean {
    const { resource } = this.#call;
    return (
      (namespace === '' || object.metadata.namespace === namespace) && isSelected(resource, this.#selection, resource.fromStored(object))
    );
  }

  emit(type: WatchEvent['type'], stored: KubeObject): void {
    this.#send({ type, object: this.#isTable ? this.#table([stored], stored.metadata.resourceVersion ?? '') : this.#object(stored) });
  }

  /** Says that everything up to this version has been told. */
  bookmark(cluster: Cluster, annotations: Readonly<Record<string, string>>): void {
    const resourceVersion = String(cluster.counter);
    const { kind } = this.#call.resource;
    const apiVersion = kind.group === '' ? kind.version : `${kind.group}/${kind.version}`;
    const object = this.#isTable
      ? this.#table([], resourceVersion)
      : { kind: kind.kind, apiVersion, metadata: { resourceVersion, annotations } };
    this.#send({ type: 'BOOKMARK', object });
  }

  #object(stored: KubeObject): unknown {
    const { resource, moment } = this.#call;
    return encode(resource.kind, resource.fromStored(stored), moment.minorVersion);
  }

  #table(rows: readonly KubeObject[], resourceVersion: string): unknown {
    const { lab, resource, request } = this.#call;
    const include = request.query.get('includeObject');
    const table = tableOf(resource, rows, {
      printer: printerOf(resource),
      moment: { now: lab.now, minorVersion: minorVersionOf(lab.snapshot.cluster) },
      include: include === 'None' || include === 'Object' ? include : 'Metadata',
      metadata: { resourceVersion },
    });
    if (!this.#hasColumns) {
      this.#hasColumns = true;
      return table;
    }
    return { ...(table as object), columnDefinitions: null };
  }
}

/** A watch that ends at once: what has happened so far, one event a line. */
export function watchSoFar(call: Call): ApiResponse {
  const events: WatchEvent[] = [];
  const watch = startWatch(call, (event) => events.push(event));
  if (!watch.ok) return watch.error;
  watch.value.stop();
  return {
    code: 200,
    body: events.map((event) => `${JSON.stringify(event)}\n`).join(''),
    contentType: 'application/json;stream=watch',
    warnings: [],
  };
}
