/**
 * Events. The API server keeps them once and shows them in two groups: `v1 Event`, and `events.k8s.io/v1 Event` with other names for
 * some fields. Here the first is stored and the second is a view (pkg/apis/events/v1/conversion.go).
 */
import { defineKind, type ObjectOf } from '../kind.ts';
import { always, int32, microTime, nullable, required, string, struct, time, type Infer } from '../schema.ts';
import { ObjectReference } from './object-reference.ts';

export const EventSource = struct('EventSource', 'who saw it', {
  component: string('name of the component'),
  host: string('name of its node'),
});
export type EventSource = Infer<typeof EventSource>;

const seriesFields = {
  count: int32('how often'),
  lastObservedTime: nullable(microTime('when last')),
};
export const EventSeries = struct('EventSeries', 'the same event many times', seriesFields);

export const Event = defineKind(
  'Event',
  'something that was seen to happen to an object',
  {
    involvedObject: required(ObjectReference),
    reason: string('what happened, in one word'),
    message: string('what happened, in a sentence'),
    source: always(EventSource),
    firstTimestamp: nullable(time('when it was first seen')),
    lastTimestamp: nullable(time('when it was last seen')),
    count: int32('how often it was seen'),
    type: string('Normal or Warning'),
    eventTime: nullable(microTime('when it was first seen, for new reporters')),
    series: EventSeries,
    action: string('what was done'),
    related: ObjectReference,
    reportingComponent: always(string('name of the controller that reports it')),
    reportingInstance: always(string('the instance of that controller')),
  },
  { shortNames: ['ev'] },
);
export type Event = ObjectOf<typeof Event>;

export const EventsEvent = defineKind(
  'Event',
  'something that was seen to happen to an object',
  {
    eventTime: nullable(microTime('when it was first seen')),
    series: struct('EventSeries', 'the same event many times', {
      count: required(seriesFields.count),
      lastObservedTime: required(microTime('when last')),
    }),
    reportingController: string('name of the controller that reports it'),
    reportingInstance: string('the instance of that controller'),
    action: string('what was done'),
    reason: string('why, in one word'),
    regarding: always(ObjectReference),
    related: ObjectReference,
    note: string('what happened, in a sentence'),
    type: string('Normal or Warning'),
    deprecatedSource: always(EventSource),
    deprecatedFirstTimestamp: nullable(time('when it was first seen')),
    deprecatedLastTimestamp: nullable(time('when it was last seen')),
    deprecatedCount: int32('how often it was seen'),
  },
  { group: 'events.k8s.io', shortNames: ['ev'] },
);
export type EventsEvent = ObjectOf<typeof EventsEvent>;

/** The two names of each field that has two. */
const renamed = [
  ['involvedObject', 'regarding'],
  ['message', 'note'],
  ['source', 'deprecatedSource'],
  ['firstTimestamp', 'deprecatedFirstTimestamp'],
  ['lastTimestamp', 'deprecatedLastTimestamp'],
  ['count', 'deprecatedCount'],
  ['reportingComponent', 'reportingController'],
] as const;

function rename(object: Readonly<Record<string, unknown>>, names: ReadonlyMap<string, string>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(object).map(([name, value]) => [names.get(name) ?? name, value]));
}

const toView = new Map<string, string>(renamed);
const fromView = new Map<string, string>(renamed.map(([stored, view]) => [view, stored]));

/** A stored event as `events.k8s.io/v1` shows it. */
export function eventsEventOf(event: Event): EventsEvent {
  return { ...rename(event, toView), apiVersion: 'events.k8s.io/v1' } as EventsEvent;
}

/** The event to store for one that was written through `events.k8s.io/v1`. */
export function eventOf(event: EventsEvent): Event {
  return { ...rename(event, fromView), apiVersion: 'v1' } as Event;
}
