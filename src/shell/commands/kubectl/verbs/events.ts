/** `kubectl events` (staging:kubectl/pkg/cmd/events/events.go). */
import { humanDuration } from '#apiserver/tables/duration.ts';
import type { KubeObject } from '#kube/object.ts';
import { alignTabs } from '../../../columns.ts';
import { mappingFor } from '../builder.ts';
import { apiVersionText } from '../discovery.ts';
import { allNamespacesFlag, chunkFlag } from '../file-flags.ts';
import { bool, string, stringSlice } from '../flags.ts';
import { goSort } from '../printers/go-sort.ts';
import { printerFor, printFlags } from '../printers/printer.ts';
import { defineVerb } from '../verb.ts';
import { KubectlError } from '../errors.ts';

interface EventShape extends KubeObject {
  readonly type?: string;
  readonly reason?: string;
  readonly message?: string;
  readonly count?: number;
  readonly firstTimestamp?: string | null;
  readonly lastTimestamp?: string | null;
  readonly eventTime?: string | null;
  readonly series?: { readonly count: number; readonly lastObservedTime: string };
  readonly involvedObject: { readonly kind?: string; readonly name?: string; readonly apiVersion?: string };
}

export const events = defineVerb({
  name: 'events',
  use: 'events [(-o|--output=)json|yaml|name|go-template|go-template-file|template|templatefile|jsonpath|jsonpath-as-json|jsonpath-file] [--for TYPE/NAME] [--watch] [--types=Normal,Warning]',
  short: 'List events',
  flags: {
    ...printFlags,
    ...allNamespacesFlag,
    ...chunkFlag,
    for: string('Only events about this object: TYPE/NAME.'),
    'no-headers': bool('Leave the line of column names out.'),
    types: stringSlice('Only events of these types: Normal, Warning.'),
    watch: bool('After listing, go on with new events.', false, { shorthand: 'w' }),
  },
  run: (kubectl, { args, flags }) => {
    if (args.length > 0) throw kubectl.usageError(`unexpected arguments: [${args.join(' ')}]`);
    const types = flags.types.map((type) => type.toLowerCase());
    for (const type of types) if (!['normal', 'warning'].includes(type)) throw new KubectlError('valid --types are Normal or Warning');
    const about = flags.for === '' ? undefined : subjectOf(flags.for, (type) => mappingFor(kubectl, type));
    const namespace = flags['all-namespaces'] ? undefined : kubectl.namespace.name;
    const fieldSelector =
      about === undefined
        ? ''
        : `involvedObject.kind=${about.kind},involvedObject.name=${about.name},involvedObject.apiVersion=${about.apiVersion}`;
    const list = kubectl.client.list<EventShape>(mappingFor(kubectl, 'events'), namespace, { fieldSelector });
    const items = goSort(
      list.items.filter(({ type = '' }) => types.length === 0 || types.includes(type.toLowerCase())),
      (a, b) => lastSeen(a) < lastSeen(b),
    );
    if (items.length === 0) {
      if (!flags.watch) kubectl.err(namespace === undefined ? 'No events found.\n' : `No events found in ${namespace} namespace.\n`);
      return;
    }
    if (flags.output !== '' || flags.template !== '') {
      const whole = {
        apiVersion: 'v1',
        items,
        kind: 'List',
        metadata: { resourceVersion: list.metadata.resourceVersion ?? '' },
      } as unknown as KubeObject;
      printerFor({ flags, io: kubectl.io }).print(whole, (text) => kubectl.out(text));
      return;
    }
    const columns = ['LAST SEEN', 'TYPE', 'REASON', 'OBJECT', 'MESSAGE'];
    const header = flags['no-headers'] ? [] : [namespace === undefined ? ['NAMESPACE', ...columns] : columns];
    const rows = items.map((event) => [
      ...(namespace === undefined ? [event.metadata.namespace ?? ''] : []),
      interval(event, kubectl.now),
      event.type ?? '',
      event.reason ?? '',
      `${event.involvedObject.kind ?? ''}/${event.involvedObject.name ?? ''}`,
      (event.message ?? '').trim(),
    ]);
    kubectl.out(alignTabs([...header, ...rows].map((row) => `${row.join('\t')}\n`).join('')));
  },
});

function subjectOf(text: string, mapping: (type: string) => Parameters<typeof apiVersionText>[0] & { readonly kind: string }) {
  const [type = '', name = '', ...more] = text.split('/');
  if (name === '' || more.length > 0) throw new KubectlError('--for must be in resource/name form');
  const found = mapping(type);
  return { kind: found.kind, name, apiVersion: apiVersionText(found) };
}

function lastSeen({ series, lastTimestamp, eventTime }: EventShape): number {
  return Date.parse(series?.lastObservedTime ?? lastTimestamp ?? eventTime ?? '') || 0;
}

function firstSeen({ firstTimestamp, eventTime }: EventShape): string | undefined {
  return firstTimestamp ?? eventTime ?? undefined;
}

/** `5m (x3 over 20m)` */
function interval(event: EventShape, now: number): string {
  const since = (time: string | undefined) => (time === undefined ? '<unknown>' : humanDuration(now - Date.parse(time)));
  const first = firstSeen(event);
  if (event.series !== undefined) return `${since(event.series.lastObservedTime)} (x${event.series.count} over ${since(first)})`;
  if ((event.count ?? 0) > 1) return `${since(event.lastTimestamp ?? undefined)} (x${event.count!} over ${since(first)})`;
  return since(first);
}
