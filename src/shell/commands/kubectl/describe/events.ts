/** Events about an object: which they are, and their table (kubectl: searchEvents, DescribeEvents). */
import type { Event } from '#kube/kinds/event.ts';
import { parseTime } from '#kube/time.ts';
import { goSort } from '../printers/go-sort.ts';
import type { Context } from './context.ts';
import { field, indented, type Lines } from './lines.ts';

/** What events are about; an empty kind or uid is not compared. */
export interface About {
  readonly name: string;
  readonly namespace: string;
  readonly kind: string;
  readonly uid: string;
}

export function searchEvents(context: Context, { name, namespace, kind, uid }: About): readonly Event[] {
  const conditions = [
    ['name', name],
    ['namespace', namespace],
    ...(kind === '' ? [] : [['kind', kind]]),
    ...(uid === '' ? [] : [['uid', uid]]),
  ];
  const fieldSelector = conditions.map(([field, value]) => `involvedObject.${field!}=${value!}`).join(',');
  return context.list<Event>('v1', 'Event', namespace, { fieldSelector });
}

export function eventLines(events: readonly Event[], context: Context): Lines {
  if (events.length === 0) return [field('Events', '<none>')];
  const rows = goSort(events, (a, b) => seconds(a.lastTimestamp) < seconds(b.lastTimestamp)).map((event) => row(event, context));
  return ['Events:', ...indented(1, ['Type\tReason\tAge\tFrom\tMessage', '----\t------\t----\t----\t-------', ...rows])];
}

function seconds(timestamp: string | null | undefined): number {
  const at = parseTime(timestamp ?? '');
  return Number.isNaN(at) ? -Infinity : at;
}

function row(event: Event, context: Context): string {
  const source = event.source.component ?? '';
  const from = source === '' ? (event.reportingComponent ?? '') : source;
  const text = (event.message ?? '').trim();
  const { fieldPath = '' } = event.involvedObject;
  const message = fieldPath === '' || !context.has('event field path') ? text : `${fieldPath}: ${text}`;
  return [event.type ?? '', event.reason ?? '', interval(event, context), from, message].join('\t');
}

/** `3m (x5 over 10m)` of what was seen often. */
function interval({ eventTime, firstTimestamp, lastTimestamp, series, count = 0 }: Event, context: Context): string {
  const first = context.age(eventTime ?? firstTimestamp);
  if (series !== undefined) return `${context.age(series.lastObservedTime)} (x${series.count ?? 0} over ${first})`;
  return count > 1 ? `${context.age(lastTimestamp)} (x${count} over ${first})` : first;
}
