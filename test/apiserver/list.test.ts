/** Collections: their order, pages, selectors and forms. */
import { describe, expect, it } from '@jest/globals';
import type { KubeObject } from '#kube/object.ts';
import { market } from './support/market.ts';
import { send } from './support/rest.ts';

const lab = market();

interface List {
  readonly kind: string;
  readonly apiVersion: string;
  readonly metadata: { readonly resourceVersion?: string; readonly continue?: string; readonly remainingItemCount?: number };
  readonly items: readonly KubeObject[];
}

function list(path: string, query: Record<string, string> = {}, accept = 'application/json'): List {
  return send(lab, 'GET', path, { query, headers: { Accept: accept } }).body as List;
}

const keys = ({ items }: List) => items.map(({ metadata }) => `${metadata.namespace ?? ''}/${metadata.name}`);

describe('a list', () => {
  it('is in the order of etcd, and of one version', () => {
    const pods = list('/api/v1/pods');
    expect(pods).toMatchObject({ kind: 'PodList', apiVersion: 'v1', metadata: { resourceVersion: '5000' } });
    expect(keys(pods)).toEqual([...keys(pods)].sort());
    expect(pods.items).toHaveLength(45);
  });

  it('of built-in objects does not repeat their kind, of custom ones it does', () => {
    expect(list('/api/v1/namespaces/market/services').items[0]).not.toHaveProperty('kind');
    expect(list('/apis/gateway.networking.k8s.io/v1/gateways').items[0]).toMatchObject({
      kind: 'Gateway',
      apiVersion: 'gateway.networking.k8s.io/v1',
    });
  });

  it('comes in pages', () => {
    const seen: string[] = [];
    let token = '';
    const left: (number | undefined)[] = [];
    do {
      const page = list('/api/v1/pods', { limit: '20', ...(token !== '' && { continue: token }) });
      seen.push(...keys(page));
      left.push(page.metadata.remainingItemCount);
      token = page.metadata.continue ?? '';
    } while (token !== '');
    expect(seen).toEqual(keys(list('/api/v1/pods')));
    expect(left).toEqual([25, 5, undefined]);
  });

  it('does not count what is left behind selectors', () => {
    const { metadata } = list('/api/v1/pods', { limit: '1', labelSelector: 'app' });
    expect(metadata.continue).toEqual(expect.any(String));
    expect(metadata.remainingItemCount).toBeUndefined();
  });

  it.each([
    [
      { labelSelector: 'app in (stall,till),tier' },
      ['market/stall-7f79fcd8bb-lnhf7', 'market/stall-7f79fcd8bb-pzgtw', 'market/stall-7f79fcd8bb-sckjb', 'market/stall-7f79fcd8bb-srqw4'],
    ],
    [
      { fieldSelector: 'metadata.namespace=edge,spec.nodeName!=worker-a' },
      ['edge/gate', 'edge/lamp-cmbr9', 'edge/lamp-wzxz4', 'edge/wanderer'],
    ],
    [{ fieldSelector: 'metadata.name=solo' }, ['market/solo']],
  ])('chooses by %j', (query, want) => {
    expect(keys(list('/api/v1/pods', query))).toEqual(want);
  });

  it.each([
    ['/api/v1/pods', { fieldSelector: 'spec.foo=bar' }, 'field label not supported: spec.foo'],
    ['/api/v1/pods', { fieldSelector: 'foo' }, `invalid selector: 'foo'; can't understand 'foo'`],
    [
      '/api/v1/configmaps',
      { fieldSelector: 'data.a=1' },
      '"data.a" is not a known field selector: only "metadata.name", "metadata.namespace"',
    ],
    ['/apis/batch/v1/jobs', { fieldSelector: 'status.phase=x' }, 'field label "status.phase" not supported for batchv1.Job'],
    ['/apis/gateway.networking.k8s.io/v1/gateways', { fieldSelector: 'spec.x=1' }, 'field label not supported: spec.x'],
    ['/api/v1/pods', { labelSelector: 'a in b' }, "unable to parse requirement: found 'b' expected: '('"],
    ['/api/v1/pods', { includeObject: 'All' }, 'unrecognized includeObject value: "All"'],
  ])('%s refuses %j', (path, query, message) => {
    const answer = send(lab, 'GET', path, {
      query: query as Record<string, string>,
      headers: { Accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' },
    });
    expect(answer).toMatchObject({ code: 400, body: { reason: 'BadRequest', message } });
  });
});

describe('other forms', () => {
  const table = 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json';

  it('a table says the types of its columns, and carries the metadata of its rows', () => {
    const body = list('/api/v1/namespaces/market/pods', { limit: '1' }, table) as unknown as Record<string, unknown>;
    expect(body).toMatchObject({
      kind: 'Table',
      apiVersion: 'meta.k8s.io/v1',
      metadata: { resourceVersion: '5000', remainingItemCount: 11 },
      columnDefinitions: [
        { name: 'Name', type: 'string', format: 'name', priority: 0 },
        { name: 'Ready' },
        { name: 'Status' },
        { name: 'Restarts' },
        { name: 'Age' },
        { name: 'IP', priority: 1 },
        {},
        {},
        {},
      ],
      rows: [
        {
          cells: ['drain-1', '1/1', 'Terminating', '0', '2m39s', '10.60.1.12', 'worker-a', '<none>', '<none>'],
          object: { kind: 'PartialObjectMetadata', metadata: { name: 'drain-1' } },
        },
      ],
    });
  });

  it('whole objects, or none', () => {
    const rows = (includeObject: string) =>
      (list('/api/v1/namespaces/market/pods', { includeObject }, table) as unknown as { rows: { object: unknown }[] }).rows;
    expect(rows('Object')[0]!.object).toMatchObject({ kind: 'Pod', spec: { nodeName: 'worker-a' } });
    expect(rows('None')[0]!.object).toBeNull();
  });

  it('a pod that has ended is marked', () => {
    const { rows } = list('/api/v1/namespaces/ledger/pods', { fieldSelector: 'metadata.name=restock-9n69r' }, table) as unknown as {
      rows: { conditions: unknown }[];
    };
    expect(rows[0]!.conditions).toEqual([{ type: 'Completed', status: 'True', reason: 'Succeeded', message: expect.any(String) }]);
  });

  it('metadata alone', () => {
    const body = list('/api/v1/nodes', {}, 'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io');
    expect(body.kind).toBe('PartialObjectMetadataList');
    expect(Object.keys(body.items[0]!)).toEqual(['metadata']);
  });

  it('events have a second view', () => {
    const event = list('/apis/events.k8s.io/v1/namespaces/edge/events').items[0] as unknown as Record<string, unknown>;
    expect(event).toMatchObject({
      note: 'Successfully assigned edge/lamp-cmbr9 to worker-c',
      regarding: { kind: 'Pod', name: 'lamp-cmbr9' },
      reportingController: 'default-scheduler',
    });
    expect(event).not.toHaveProperty('involvedObject');
  });

  it('so have autoscalers', () => {
    expect(list('/apis/autoscaling/v1/namespaces/market/horizontalpodautoscalers').items[0]).toMatchObject({
      spec: { maxReplicas: 5, targetCPUUtilizationPercentage: 70 },
    });
  });
});

describe('one object', () => {
  it('is written as Go writes it: in its order, null where nothing can be left out', () => {
    const { body } = send(lab, 'GET', '/apis/discovery.k8s.io/v1/namespaces/market/endpointslices/ghost-8h7ww');
    expect(Object.keys(body as object)).toEqual(['kind', 'apiVersion', 'metadata', 'addressType', 'endpoints', 'ports']);
    expect(body).toMatchObject({ endpoints: null, ports: null });
  });

  it.each([
    ['/api/v1/namespaces/market/services/nosuch', 'services "nosuch" not found', { name: 'nosuch', kind: 'services' }],
    [
      '/apis/apps/v1/namespaces/market/deployments/nosuch/scale',
      'deployments.apps "nosuch" not found',
      { name: 'nosuch', group: 'apps', kind: 'deployments' },
    ],
  ])('%s', (path, message, details) => {
    expect(send(lab, 'GET', path)).toMatchObject({
      code: 404,
      body: { status: 'Failure', reason: 'NotFound', message, details, code: 404 },
    });
  });
});
