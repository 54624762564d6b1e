import { describe, expect, it } from '@jest/globals';
import { eventOf, eventsEventOf, type Event } from '#kube/kinds/event.ts';

const event: Event = {
  apiVersion: 'v1',
  kind: 'Event',
  metadata: { name: 'cp1.18ea8d6b1ba25f55', namespace: 'default' },
  involvedObject: { kind: 'Node', name: 'cp1' },
  reason: 'RegisteredNode',
  message: 'Node cp1 event: Registered Node cp1 in Controller',
  source: { component: 'node-controller' },
  firstTimestamp: '2026-11-23T03:01:32Z',
  lastTimestamp: '2026-11-23T03:01:32Z',
  count: 1,
  type: 'Normal',
  reportingComponent: 'node-controller',
  reportingInstance: '',
};

describe('an event as events.k8s.io/v1 shows it', () => {
  const view = eventsEventOf(event);

  it('has other names for some fields', () => {
    expect(view).toEqual({
      apiVersion: 'events.k8s.io/v1',
      kind: 'Event',
      metadata: { name: 'cp1.18ea8d6b1ba25f55', namespace: 'default' },
      regarding: { kind: 'Node', name: 'cp1' },
      reason: 'RegisteredNode',
      note: 'Node cp1 event: Registered Node cp1 in Controller',
      deprecatedSource: { component: 'node-controller' },
      deprecatedFirstTimestamp: '2026-11-23T03:01:32Z',
      deprecatedLastTimestamp: '2026-11-23T03:01:32Z',
      deprecatedCount: 1,
      type: 'Normal',
      reportingController: 'node-controller',
      reportingInstance: '',
    });
  });

  it('is stored as it was', () => expect(eventOf(view)).toEqual(event));
});
