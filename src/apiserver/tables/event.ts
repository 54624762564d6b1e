import type { Event } from '#kube/kinds/event.ts';
import { ageOf } from './duration.ts';
import { column, definePrinter, nameColumn, wide } from './table.ts';

/** pkg/printers/internalversion/printers.go: printEvent */
export const eventPrinter = definePrinter<Event>(
  [
    column('Last Seen', 'how long ago it happened last'),
    column('Type', 'Normal or Warning'),
    column('Reason', 'what happened, in one word'),
    column('Object', 'what it happened to'),
    wide('Subobject', 'the part of the object it happened to'),
    wide('Source', 'who reported it'),
    column('Message', 'what happened, in a sentence'),
    wide('First Seen', 'how long ago it happened first'),
    wide('Count', 'how often it happened'),
    { ...nameColumn, priority: 1 },
  ],
  (event, { now }) => {
    const first = ageOf(event.firstTimestamp ?? event.eventTime, now);
    const last =
      event.series !== undefined
        ? ageOf(event.series.lastObservedTime, now)
        : event.lastTimestamp !== undefined
          ? ageOf(event.lastTimestamp, now)
          : first;
    const { kind = '', name = '', fieldPath = '' } = event.involvedObject;
    return [
      last,
      event.type ?? '',
      event.reason ?? '',
      name === '' ? kind.toLowerCase() : `${kind.toLowerCase()}/${name}`,
      fieldPath,
      sourceText(event),
      (event.message ?? '').trim(),
      first,
      event.series?.count ?? (event.count || 1),
      event.metadata.name,
    ];
  },
);

function sourceText({ source, reportingComponent, reportingInstance }: Event): string {
  const component = source?.component || reportingComponent || '';
  const instance = source?.host || reportingInstance || '';
  return instance === '' ? component : `${component}, ${instance}`;
}
