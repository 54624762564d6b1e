/** Events as components record them: repeated ones are counted, not added (staging:client-go/tools/record/event.go, events_cache.go). */
import { hexOf } from './chance.ts';
import type { Draft } from './cluster.ts';
import { Event } from './kinds/event.ts';
import type { KubeObject } from './object.ts';
import { parseTime, rfc3339, rfc3339Micro } from './time.ts';

/** The objects, and what time it is. */
export interface Recording {
  readonly objects: Draft;
  /** Unix milliseconds. */
  readonly now: number;
}

export interface EventSource {
  readonly component: string;
  /** The node, for events of a kubelet. */
  readonly host?: string;
}

export interface Occurrence {
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
  /** `spec.containers{web}` */
  readonly fieldPath?: string;
  /** How often it happened since it was last recorded; 1 when absent. */
  readonly times?: number;
  /** When it (last) happened; now when absent. */
  readonly at?: number;
}

/** An hour: what `--event-ttl` of the API server defaults to. */
export const eventTtl = 3_600_000;

/** Records that something happened to an object. */
export function recordEvent(plane: Recording, involved: KubeObject, source: EventSource, what: Occurrence): void {
  const { objects } = plane;
  const at = what.at ?? plane.now;
  const namespace = involved.metadata.namespace ?? 'default';
  const same = objects
    .list(Event, namespace)
    .find(
      (event) =>
        event.involvedObject.uid === (involved.metadata.uid ?? involved.metadata.name) &&
        event.reason === what.reason &&
        event.message === what.message &&
        event.source?.component === source.component &&
        event.involvedObject.fieldPath === what.fieldPath,
    );
  if (same !== undefined) {
    objects.put(Event, { ...same, count: (same.count ?? 1) + (what.times ?? 1), lastTimestamp: rfc3339(at) });
    return;
  }
  const name = `${involved.metadata.name}.${eventSuffix(plane, involved, at)}`;
  objects.put(Event, {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name, namespace, uid: objects.uid(`event/${name}`), creationTimestamp: rfc3339(at) },
    involvedObject: reference(involved, what.fieldPath),
    reason: what.reason,
    message: what.message,
    source: { component: source.component, ...(source.host !== undefined && { host: source.host }) },
    firstTimestamp: rfc3339(at),
    lastTimestamp: rfc3339(at),
    count: what.times ?? 1,
    type: what.type,
    reportingComponent: source.component,
    reportingInstance: source.host ?? '',
  });
}

/** The scheduler reports through events.k8s.io: no count, an `action` and an `eventTime` (staging:client-go/tools/events). */
export function recordSchedulerEvent(
  plane: Recording,
  pod: KubeObject,
  type: 'Normal' | 'Warning',
  reason: string,
  action: string,
  message: string,
): void {
  const { objects, now } = plane;
  const namespace = pod.metadata.namespace!;
  const same = objects
    .list(Event, namespace)
    .find((event) => event.involvedObject.uid === pod.metadata.uid && event.reason === reason && event.message === message);
  if (same !== undefined) {
    if (parseTime(same.series?.lastObservedTime ?? same.eventTime ?? '') + 300_000 > now) return;
    objects.put(Event, { ...same, series: { count: (same.series?.count ?? 1) + 1, lastObservedTime: rfc3339Micro(now) } });
    return;
  }
  const name = `${pod.metadata.name}.${eventSuffix(plane, pod, now)}`;
  objects.put(Event, {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name, namespace, uid: objects.uid(`event/${name}`), creationTimestamp: rfc3339(now) },
    involvedObject: reference(pod, undefined),
    reason,
    message,
    source: {},
    eventTime: rfc3339Micro(now),
    action,
    type,
    reportingComponent: 'default-scheduler',
    reportingInstance: 'default-scheduler-controlplane',
  });
}

/**
 * Real names end in the nanoseconds since 1970 in hex, and lists are in the order of names: what has happened to an object in one
 * millisecond stands in the order in which it happened.
 */
function eventSuffix({ objects }: Recording, involved: KubeObject, at: number): string {
  const drawn = BigInt(parseInt(hexOf(`${objects.seed}/event/${involved.metadata.uid}/${objects.next()}`, 5), 16) % 1_000_000);
  const begins = BigInt(at) * 1_000_000n;
  const { namespace = 'default', name, uid } = involved.metadata;
  let latest: bigint | undefined;
  for (const event of objects.list(Event, namespace)) {
    if (event.involvedObject.uid !== (uid ?? name)) continue;
    const [, suffix] = /\.([\da-f]{16})$/.exec(event.metadata.name) ?? [];
    const other = suffix === undefined ? undefined : BigInt(`0x${suffix}`);
    if (other !== undefined && other >= (latest ?? begins) && other < begins + 1_000_000n) latest = other;
  }
  return (latest === undefined ? begins + drawn / 2n : latest + 1n + drawn / 20n).toString(16);
}

function reference(object: KubeObject, fieldPath: string | undefined) {
  return {
    apiVersion: object.apiVersion,
    kind: object.kind,
    name: object.metadata.name,
    ...(object.metadata.namespace !== undefined && { namespace: object.metadata.namespace }),
    ...(object.metadata.resourceVersion !== undefined && { resourceVersion: object.metadata.resourceVersion }),
    uid: object.metadata.uid ?? object.metadata.name,
    ...(fieldPath !== undefined && { fieldPath }),
  };
}

/** Drops events older than their time to live, as etcd's leases do. */
export function expireEvents({ objects, now }: Recording): void {
  for (const event of objects.list(Event)) {
    const last = event.series?.lastObservedTime ?? event.lastTimestamp ?? event.eventTime ?? event.metadata.creationTimestamp;
    if (last !== undefined && parseTime(last) + eventTtl < now) objects.remove(Event, event.metadata.namespace!, event.metadata.name);
  }
}
