/** Changes as clients see them. */
import { describe, expect, it } from '@jest/globals';
import { watch, type WatchEvent } from '#apiserver/handle.ts';
import { Pod } from '#kube/kinds/pod.ts';
import type { KubeObject } from '#kube/object.ts';
import type { Lab } from '#lab/lab.ts';
import { market } from './support/market.ts';
import { admin, send } from './support/rest.ts';

const pods = '/api/v1/namespaces/market/pods';

function follow(lab: Lab, path: string, query: Record<string, string> = {}, accept = 'application/json') {
  const events: WatchEvent[] = [];
  const started = watch(
    lab,
    { method: 'GET', path, query: new URLSearchParams({ watch: 'true', ...query }), headers: { Accept: accept }, user: admin },
    (event) => events.push(event),
  );
  return { events, started, stop: () => started.ok && started.value.stop() };
}

/** `ADDED solo`, and the name of a table's only row. */
const brief = ({ type, object }: WatchEvent) => {
  const table = object as { rows?: { cells: unknown[] }[] };
  return `${type} ${table.rows === undefined ? (object as KubeObject).metadata.name : String(table.rows[0]?.cells[0])}`;
};

function label(lab: Lab, name: string, value: string | null) {
  return send(lab, 'PATCH', `${pods}/${name}`, {
    body: { metadata: { labels: { app: value } } },
    headers: { 'Content-Type': 'application/merge-patch+json' },
  });
}

describe('a watch', () => {
  it('begins with what is there', () => {
    const { events } = follow(market(), pods, { labelSelector: 'app=ticker' });
    expect(events.map(brief)).toEqual(['ADDED ticker-7d6c868cc6-4wk24', 'ADDED ticker-7d6c868cc6-fxgsk', 'ADDED ticker-7d6c868cc6-xbckz']);
  });

  it('says where the beginning ends, if asked', () => {
    const { events } = follow(market(), pods, {
      labelSelector: 'app=solo',
      sendInitialEvents: 'true',
      resourceVersionMatch: 'NotOlderThan',
      allowWatchBookmarks: 'true',
    });
    expect(events.map(({ type }) => type)).toEqual(['ADDED', 'BOOKMARK']);
    expect(events[1]!.object).toMatchObject({
      kind: 'Pod',
      metadata: { resourceVersion: '5000', annotations: { 'k8s.io/initial-events-end': 'true' } },
    });
  });

  it('tells what happens, until it is stopped', () => {
    const lab = market();
    const { events, stop } = follow(lab, pods, { resourceVersion: '5000' });
    label(lab, 'solo', 'alone');
    send(lab, 'DELETE', `${pods}/solo`, { query: { gracePeriodSeconds: '0' } });
    send(lab, 'DELETE', '/api/v1/namespaces/edge/pods/gate', { query: { gracePeriodSeconds: '0' } });
    stop();
    label(lab, 'drain-1', 'x');
    expect(events.map(brief)).toEqual(['MODIFIED solo', 'DELETED solo']);
    const [before, after] = events.map(({ object }) => Number((object as KubeObject).metadata.resourceVersion));
    expect(after!).toBeGreaterThan(before!);
  });

  it('catches up from an older version', () => {
    const lab = market();
    follow(lab, pods).stop();
    const since = String(lab.snapshot.cluster.counter);
    label(lab, 'solo', 'alone');
    label(lab, 'drain-1', 'x');
    expect(follow(lab, pods, { resourceVersion: since }).events.map(brief)).toEqual(['MODIFIED solo', 'MODIFIED drain-1']);
    expect(follow(lab, pods, { resourceVersion: String(Number(since) + 1) }).events.map(brief)).toEqual(['MODIFIED drain-1']);
  });

  it('cannot go back beyond what is remembered', () => {
    const { started } = follow(market(), pods, { resourceVersion: '12' });
    expect(started).toMatchObject({
      ok: false,
      error: { code: 410, body: { reason: 'Expired', message: 'too old resource version: 12 (5000)' } },
    });
  });

  it('sees what enters and leaves its selection come and go', () => {
    const lab = market();
    const { events } = follow(lab, pods, { labelSelector: 'app=solo', resourceVersion: '5000' });
    label(lab, 'solo', 'other');
    label(lab, 'solo', 'solo');
    expect(events.map(brief)).toEqual(['DELETED solo', 'ADDED solo']);
  });

  it('sees what an undo takes back', () => {
    const lab = market();
    const before = lab.snapshot;
    const { events } = follow(lab, pods, { resourceVersion: '5000' });
    label(lab, 'solo', 'other');
    lab.restore(before);
    expect(events.map(brief)).toEqual(['MODIFIED solo', 'MODIFIED solo']);
    expect((events[1]!.object as KubeObject).metadata.labels).toMatchObject({ app: 'solo' });
  });

  it('sends tables of one row, their columns once', () => {
    const { events } = follow(market(), pods, { labelSelector: 'app=ticker' }, 'application/json;as=Table;v=v1;g=meta.k8s.io');
    expect(events.map(brief)).toEqual(['ADDED ticker-7d6c868cc6-4wk24', 'ADDED ticker-7d6c868cc6-fxgsk', 'ADDED ticker-7d6c868cc6-xbckz']);
    expect(events.map(({ object }) => (object as { columnDefinitions: unknown[] | null }).columnDefinitions?.length)).toEqual([
      9,
      undefined,
      undefined,
    ]);
  });

  it('without anybody to follow it ends at once', () => {
    const answer = send(market(), 'GET', pods, { query: { watch: '1', fieldSelector: 'metadata.name=solo' } });
    expect(answer.contentType).toBe('application/json;stream=watch');
    expect(JSON.parse(String(answer.body))).toMatchObject({ type: 'ADDED', object: { kind: 'Pod', metadata: { name: 'solo' } } });
  });
});

describe('a change of many writes', () => {
  it('is told write by write', () => {
    const lab = market();
    const { events } = follow(lab, pods, { resourceVersion: '5000', labelSelector: 'app' });
    lab.change(({ objects }) => {
      const solo = objects.get(Pod, 'market', 'solo')!;
      const pending = objects.put(Pod, {
        ...solo,
        metadata: { ...solo.metadata, name: 'duo', uid: 'duo' },
        status: { ...solo.status, phase: 'Pending' },
      });
      objects.put(Pod, { ...pending, status: solo.status });
      objects.remove(Pod, 'market', 'duo');
    });
    expect(events.map((event) => `${brief(event)} ${(event.object as Pod).status.phase}`)).toEqual([
      'ADDED duo Pending',
      'MODIFIED duo Running',
      'DELETED duo Running',
    ]);
    const versions = events.map(({ object }) => Number((object as KubeObject).metadata.resourceVersion));
    expect(versions).toEqual([5001, 5002, 5003]);
  });
});
