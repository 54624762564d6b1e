/** Creating, changing and deleting through the REST interface: what is stored, and what is answered. */
import { describe, expect, it } from '@jest/globals';
import type { KubeObject } from '#kube/object.ts';
import type { Lab } from '#lab/lab.ts';
import { market } from './support/market.ts';
import { complaint, manifests, send, type Sent } from './support/rest.ts';

const services = '/api/v1/namespaces/market/services';
const pods = '/api/v1/namespaces/market/pods';
const deployments = '/apis/apps/v1/namespaces/market/deployments';

function yaml(text: string): KubeObject {
  return manifests(text)[0]!;
}

const plum = yaml(
  '{apiVersion: v1, kind: Service, metadata: {name: plum, labels: {fruit: plum}}, spec: {selector: {app: plum}, ports: [{name: http, port: 80}]}}',
);

type Any = Record<string, unknown> & {
  readonly metadata: KubeObject['metadata'];
  readonly spec: Record<string, unknown>;
  readonly status: Record<string, unknown>;
};

function get(lab: Lab, path: string): Any {
  return send(lab, 'GET', path).body as Any;
}

function patch(lab: Lab, path: string, body: unknown, sent: Sent = {}) {
  return send(lab, 'PATCH', path, { body, ...sent, headers: { 'Content-Type': 'application/merge-patch+json', ...sent.headers } });
}

function apply(lab: Lab, path: string, text: string, query: Record<string, string>) {
  return send(lab, 'PATCH', path, { body: text, query, headers: { 'Content-Type': 'application/apply-patch+yaml' } });
}

describe('create', () => {
  it('answers with the object as it was stored', () => {
    const lab = market();
    const answer = send(lab, 'POST', services, { body: plum, query: { fieldManager: 'kubectl-create' } });
    expect(answer.code).toBe(201);
    const { managedFields, ...metadata } = (answer.body as Any).metadata;
    expect(metadata).toMatchObject({
      name: 'plum',
      namespace: 'market',
      creationTimestamp: '2026-11-23T03:04:14Z',
      uid: expect.stringMatching(/^[0-9a-f-]{36}$/),
    });
    expect(managedFields).toMatchObject([{ manager: 'kubectl-create', operation: 'Update', apiVersion: 'v1' }]);
    expect(get(lab, `${services}/plum`)).toEqual(answer.body);
  });

  it('completes names', () => {
    const lab = market();
    const made = send(lab, 'POST', services, { body: { ...plum, metadata: { generateName: 'plum-' } } }).body as Any;
    expect(made.metadata.name).toMatch(/^plum-[bcdfghjklmnpqrstvwxz2456789]{5}$/);
    expect(get(lab, `${services}/${made.metadata.name}`).metadata.uid).toBe(made.metadata.uid);
  });

  it('does nothing in a dry run', () => {
    const lab = market();
    const before = lab.snapshot;
    expect(send(lab, 'POST', services, { body: plum, query: { dryRun: 'All' } }).code).toBe(201);
    expect(lab.snapshot).toBe(before);
  });

  it('names its manager after the client that says none', () => {
    const made = send(market(), 'POST', services, { body: plum, headers: { 'User-Agent': 'curl/7.88.1' } }).body as Any;
    expect(made.metadata.managedFields![0]!.manager).toBe('curl');
  });

  it.each([
    [{ dryRun: 'maybe' }, 'CreateOptions.meta.k8s.io "" is invalid: dryRun: Unsupported value: "maybe": supported values: "All"'],
    [
      { fieldValidation: 'strict' },
      'CreateOptions.meta.k8s.io "" is invalid: fieldValidation: Unsupported value: "strict": supported values: "", "Ignore", "Strict", "Warn"',
    ],
  ])('refuses %j', (query, message) => {
    expect(send(market(), 'POST', services, { body: plum, query })).toMatchObject({ code: 422, body: { reason: 'Invalid', message } });
  });

  it.each([
    [
      'another namespace',
      services,
      { ...plum, metadata: { name: 'plum', namespace: 'edge' } },
      'the namespace of the provided object does not match the namespace sent on the request',
    ],
    [
      'another version',
      services,
      { ...plum, apiVersion: 'v2' },
      'the API version in the data (v2) does not match the expected API version (v1)',
    ],
    ['no JSON', services, '{"kind"}', "couldn't get version/kind; json parse error: invalid character '}' after object key"],
    ['nothing', services, '', "couldn't get version/kind; json parse error: unexpected end of JSON input"],
  ])('refuses %s', (_, path, body, message) => {
    expect(send(market(), 'POST', path, { body })).toMatchObject({ code: 400, body: { reason: 'BadRequest', message } });
  });

  it('takes YAML too, and nothing it does not know', () => {
    const text = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\ndata: {a: "1"}\n';
    const path = '/api/v1/namespaces/market/configmaps';
    expect(send(market(), 'POST', path, { body: text, headers: { 'Content-Type': 'application/yaml' } }).code).toBe(201);
    expect(send(market(), 'POST', path, { body: text, headers: { 'Content-Type': 'text/plain' } })).toMatchObject({
      code: 415,
      body: {
        reason: 'UnsupportedMediaType',
        message:
          'the body of the request was in an unknown format - accepted media types include: application/json, application/yaml, application/vnd.kubernetes.protobuf',
      },
    });
  });

  it('warns of fields it drops', () => {
    const answer = send(market(), 'POST', services, { body: { ...plum, spec: { ...(plum as unknown as Any).spec, nosuch: 1 } } });
    expect(answer).toMatchObject({ code: 201, warnings: ['unknown field "spec.nosuch"'] });
    const strict = send(market(), 'POST', services, { body: { ...plum, nosuch: 1 }, query: { fieldValidation: 'Strict' } });
    expect(strict).toMatchObject({
      code: 400,
      body: { message: 'Service in version "v1" cannot be handled as a Service: strict decoding error: unknown field "nosuch"' },
    });
  });

  it('through another version is stored in the usual one', () => {
    const lab = market();
    const body = {
      spec: {
        scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'ticker' },
        maxReplicas: 4,
        targetCPUUtilizationPercentage: 60,
      },
      metadata: { name: 'pace' },
    };
    expect(send(lab, 'POST', '/apis/autoscaling/v1/namespaces/market/horizontalpodautoscalers', { body }).code).toBe(201);
    expect(get(lab, '/apis/autoscaling/v2/namespaces/market/horizontalpodautoscalers/pace').spec).toMatchObject({
      metrics: [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 60 } } }],
    });
  });
});

describe('update', () => {
  it('replaces, and keeps what is not the client’s to say', () => {
    const lab = market();
    const live = get(lab, `${services}/stall`);
    const { metadata: _metadata, status: _status, ...rest } = live;
    const next = {
      ...rest,
      metadata: { name: 'stall', labels: { app: 'stall', x: 'y' } },
      spec: { ...live.spec, clusterIP: undefined, clusterIPs: undefined, sessionAffinity: 'ClientIP' },
    };
    const answer = send(lab, 'PUT', `${services}/stall`, { body: next, query: { fieldManager: 'kubectl-replace' } });
    expect(answer).toMatchObject({
      code: 200,
      body: { metadata: { uid: live.metadata.uid, labels: { x: 'y' } }, spec: { clusterIP: '10.112.33.168', sessionAffinity: 'ClientIP' } },
    });
  });

  it('of something that says the same writes nothing', () => {
    const lab = market();
    const live = get(lab, `${services}/stall`);
    const before = lab.snapshot;
    expect(send(lab, 'PUT', `${services}/stall`, { body: live })).toMatchObject({
      code: 200,
      body: { metadata: { resourceVersion: live.metadata.resourceVersion } },
    });
    expect(lab.snapshot).toBe(before);
  });

  it.each([
    [
      { resourceVersion: '1' },
      409,
      'Operation cannot be fulfilled on services "stall": the object has been modified; please apply your changes to the latest version and try again',
    ],
    [{ name: 'stand' }, 400, 'the name of the object (stand) does not match the name on the URL (stall)'],
    [
      { uid: 'x' },
      409,
      'Operation cannot be fulfilled on services "stall": Precondition failed: UID in precondition: x, UID in object meta: 3a517eac-9936-4de2-8d98-274123275c56',
    ],
  ])('with %j is refused', (metadata, code, message) => {
    const lab = market();
    const live = get(lab, `${services}/stall`);
    const body = { ...live, metadata: { ...live.metadata, ...metadata } };
    expect(send(lab, 'PUT', `${services}/stall`, { body })).toMatchObject({ code, body: { message } });
  });

  it('of a custom resource needs its version', () => {
    const lab = market();
    const path = '/apis/gateway.networking.k8s.io/v1/gatewayclasses/bazaar';
    const live = get(lab, path);
    const { resourceVersion: _version, ...metadata } = live.metadata;
    expect(complaint(send(lab, 'PUT', path, { body: { ...live, metadata } }))).toContain(
      'metadata.resourceVersion: Invalid value: 0: must be specified for an update',
    );
  });
});

describe('subresources', () => {
  it('status is written by itself', () => {
    const lab = market();
    const body = { spec: { replicas: 9 }, status: { readyReplicas: 2 } };
    expect(patch(lab, `${deployments}/ticker/status`, body).code).toBe(200);
    expect(get(lab, `${deployments}/ticker`)).toMatchObject({ spec: { replicas: 3 }, status: { readyReplicas: 2 } });
    patch(lab, `${deployments}/ticker`, body);
    expect(get(lab, `${deployments}/ticker`)).toMatchObject({ spec: { replicas: 9 }, status: { readyReplicas: 2 } });
  });

  it('scale reads and writes a number', () => {
    const lab = market();
    expect(get(lab, `${deployments}/ticker/scale`)).toEqual({
      kind: 'Scale',
      apiVersion: 'autoscaling/v1',
      metadata: {
        name: 'ticker',
        namespace: 'market',
        uid: '5d55a615-5d22-4f31-8db2-f0d35daa8b09',
        resourceVersion: '599',
        creationTimestamp: '2026-11-23T03:01:34Z',
      },
      spec: { replicas: 3 },
      status: { replicas: 3, selector: 'app=ticker' },
    });
    expect(patch(lab, `${deployments}/ticker/scale`, { spec: { replicas: 5 } })).toMatchObject({
      code: 200,
      body: { kind: 'Scale', spec: { replicas: 5 } },
    });
    expect(get(lab, `${deployments}/ticker`).spec['replicas']).toBe(5);
    expect(complaint(patch(lab, `${deployments}/ticker/scale`, { spec: { replicas: -1 } }))).toBe(
      'The Scale "ticker" is invalid: spec.replicas: Invalid value: -1: must be greater than or equal to 0\n',
    );
    const stale = { ...get(lab, `${deployments}/ticker/scale`), metadata: { name: 'ticker', resourceVersion: '599' } };
    expect(send(lab, 'PUT', `${deployments}/ticker/scale`, { body: stale })).toMatchObject({ code: 409, body: { reason: 'Conflict' } });
  });

  it('binding gives a pod to a node, once', () => {
    const lab = market();
    const body = { apiVersion: 'v1', kind: 'Binding', metadata: { name: 'nowhere' }, target: { kind: 'Node', name: 'worker-b' } };
    const path = '/api/v1/namespaces/ledger/pods/nowhere';
    expect(send(lab, 'POST', `${path}/binding`, { body })).toMatchObject({ code: 201, body: { kind: 'Status', status: 'Success' } });
    expect(get(lab, path)).toMatchObject({
      spec: { nodeName: 'worker-b' },
      status: { conditions: expect.arrayContaining([expect.objectContaining({ type: 'PodScheduled', status: 'True' })]) },
    });
    expect(send(lab, 'POST', '/api/v1/namespaces/ledger/bindings', { body })).toMatchObject({
      code: 409,
      body: { message: 'Operation cannot be fulfilled on pods/binding "nowhere": pod nowhere is already assigned to node "worker-b"' },
    });
  });

  it('eviction asks the budget', () => {
    const lab = market();
    const evict = (name: string) =>
      send(lab, 'POST', `${pods}/${name}/eviction`, {
        body: { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name, namespace: 'market' } },
      });
    expect(evict('stall-7f79fcd8bb-lnhf7')).toMatchObject({
      code: 429,
      body: {
        reason: 'TooManyRequests',
        message: "Cannot evict pod as it would violate the pod's disruption budget.",
        details: {
          causes: [{ reason: 'DisruptionBudget', message: 'The disruption budget stall needs 3 healthy pods and has 3 currently' }],
        },
      },
    });
    expect(evict('solo')).toMatchObject({ code: 201, body: { status: 'Success' } });
    expect(get(lab, `${pods}/solo`).metadata.deletionTimestamp).toBeDefined();
    expect(evict('nosuch').code).toBe(404);
  });

  it('eviction spends what the budget allows', () => {
    const lab = market();
    const path = '/apis/policy/v1/namespaces/market/poddisruptionbudgets/stall';
    patch(lab, `${path}/status`, { status: { disruptionsAllowed: 1, currentHealthy: 4, observedGeneration: 1 } });
    const evict = (name: string) => send(lab, 'POST', `${pods}/${name}/eviction`, { body: { metadata: { name } } }).code;
    expect([evict('stall-7f79fcd8bb-lnhf7'), evict('stall-7f79fcd8bb-pzgtw')]).toEqual([201, 429]);
    expect(get(lab, path).status).toMatchObject({ disruptionsAllowed: 0, disruptedPods: { 'stall-7f79fcd8bb-lnhf7': expect.any(String) } });
  });

  it.each([
    ['GET', `${pods}/solo/exec`, { container: 'nosuch', command: 'ls' }, 400, 'container nosuch is not valid for pod solo'],
    ['POST', `${pods}/solo/exec`, { command: 'ls' }, 400, 'Upgrade request required'],
    ['POST', '/api/v1/namespaces/ledger/pods/nowhere/exec', { command: 'ls' }, 400, 'pod nowhere does not have a host assigned'],
    [
      'GET',
      '/api/v1/namespaces/ledger/pods/halfway/log',
      {},
      400,
      'a container name must be specified for pod halfway, choose one of: [a b] or one of the init containers: [logger]',
    ],
    ['GET', `${services}/stall/proxy/`, {}, 503, 'the server is currently unable to handle the request'],
    ['GET', `${services}/stall/nosuch`, {}, 404, 'the server could not find the requested resource'],
    ['POST', `${services}/stall/status`, {}, 405, 'the server does not allow this method on the requested resource'],
  ] as const)('%s %s %j', (method, path, query, code, message) => {
    expect(send(market(), method, path, { query })).toMatchObject({ code, body: { message } });
  });

  it('the log of a pod without a node is empty', () => {
    expect(send(market(), 'GET', '/api/v1/namespaces/ledger/pods/nowhere/log')).toMatchObject({
      code: 200,
      body: '',
      contentType: 'text/plain; charset=utf-8',
    });
  });
});

describe('delete', () => {
  it('of a Service answers with it, of a ConfigMap with its name', () => {
    const lab = market();
    expect(send(lab, 'DELETE', `${services}/stall`)).toMatchObject({ code: 200, body: { kind: 'Service', metadata: { name: 'stall' } } });
    expect(send(lab, 'GET', `${services}/stall`).code).toBe(404);
    const uid = get(lab, '/api/v1/namespaces/market/configmaps/stall-cfg').metadata.uid;
    expect(send(lab, 'DELETE', '/api/v1/namespaces/market/configmaps/stall-cfg').body).toEqual({
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Success',
      details: { name: 'stall-cfg', kind: 'configmaps', uid },
    });
  });

  it('of a pod that runs takes its time', () => {
    const lab = market();
    const body = { kind: 'DeleteOptions', apiVersion: 'v1', gracePeriodSeconds: 5 };
    expect(send(lab, 'DELETE', `${pods}/solo`, { body })).toMatchObject({
      code: 200,
      body: { kind: 'Pod', metadata: { deletionGracePeriodSeconds: 5, deletionTimestamp: '2026-11-23T03:04:19Z' } },
    });
    send(lab, 'DELETE', `${pods}/solo`, { query: { gracePeriodSeconds: '0' } });
    expect(send(lab, 'GET', `${pods}/solo`).code).toBe(404);
  });

  it('of a collection goes by selectors', () => {
    const lab = market();
    const answer = send(lab, 'DELETE', services, { query: { labelSelector: 'app=stall' } });
    expect(answer).toMatchObject({ code: 200, body: { kind: 'ServiceList' } });
    expect((answer.body as { items: Any[] }).items.map(({ metadata }) => metadata.name)).toEqual(['stall', 'stall-np']);
    expect(send(lab, 'GET', `${services}/stall-lb`).code).toBe(200);
  });

  it.each([
    [
      `${services}/stall`,
      { preconditions: { uid: 'x' } },
      409,
      'Operation cannot be fulfilled on services "stall": Precondition failed: UID in precondition: x, UID in object meta: 3a517eac-9936-4de2-8d98-274123275c56',
    ],
    [
      `${services}/stall`,
      { propagationPolicy: 'foo' },
      422,
      'DeleteOptions.meta.k8s.io "" is invalid: propagationPolicy: Unsupported value: "foo": supported values: "Foreground", "Background", "Orphan", "nil"',
    ],
    [`${services}/nosuch`, {}, 404, 'services "nosuch" not found'],
    ['/api/v1/namespaces', {}, 405, 'the server does not allow this method on the requested resource'],
  ])('%s with %j', (path, options, code, message) => {
    expect(send(market(), 'DELETE', path, { body: options })).toMatchObject({ code, body: { message } });
  });

  it('of a dry run leaves it', () => {
    const lab = market();
    expect(send(lab, 'DELETE', `${services}/stall`, { body: { dryRun: ['All'] } }).code).toBe(200);
    expect(send(lab, 'GET', `${services}/stall`).code).toBe(200);
  });
});

describe('server-side apply', () => {
  const text = (targetPort: number, labels = '{fruit: plum}') =>
    `apiVersion: v1\nkind: Service\nmetadata: {name: plum, namespace: market, labels: ${labels}}\nspec: {selector: {app: plum}, ports: [{name: http, port: 80, targetPort: ${targetPort}}]}\n`;
  const path = `${services}/plum`;

  it('creates, changes, and leaves alone', () => {
    const lab = market();
    expect(apply(lab, path, text(8080), { fieldManager: 'kubectl' }).code).toBe(201);
    const before = lab.snapshot;
    expect(apply(lab, path, text(8080), { fieldManager: 'kubectl' }).code).toBe(200);
    expect(lab.snapshot).toBe(before);
    expect(apply(lab, path, text(8081), { fieldManager: 'kubectl' })).toMatchObject({
      code: 200,
      body: { spec: { ports: [{ targetPort: 8081 }] } },
    });
    expect(get(lab, path).metadata.managedFields).toMatchObject([{ manager: 'kubectl', operation: 'Apply' }]);
  });

  it('has conflicts with other managers', () => {
    const lab = market();
    apply(lab, path, text(8080), { fieldManager: 'kubectl' });
    patch(lab, path, { spec: { sessionAffinity: 'ClientIP' } }, { query: { fieldManager: 'kubectl-patch' } });
    const refused = apply(lab, path, text(9090, '{fruit: plum, ripe: "yes"}'), { fieldManager: 'other' });
    expect(refused).toMatchObject({
      code: 409,
      body: {
        reason: 'Conflict',
        message: 'Apply failed with 1 conflict: conflict with "kubectl": .spec.ports[port=80,protocol="TCP"].targetPort',
        details: {
          causes: [
            { reason: 'FieldManagerConflict', message: 'conflict with "kubectl"', field: '.spec.ports[port=80,protocol="TCP"].targetPort' },
          ],
        },
      },
    });
    expect(apply(lab, path, text(9090, '{fruit: plum, ripe: "yes"}'), { fieldManager: 'other', force: 'true' })).toMatchObject({
      code: 200,
      body: { metadata: { labels: { ripe: 'yes' } }, spec: { sessionAffinity: 'ClientIP' } },
    });
    apply(lab, path, text(9090), { fieldManager: 'other' });
    expect(get(lab, path).metadata.labels).toEqual({ fruit: 'plum' });
  });

  it('lets kubectl take over what it applied the older way', () => {
    const lab = market();
    const configuration = `${JSON.stringify({ apiVersion: 'v1', kind: 'Service', metadata: { annotations: {}, name: 'plum' }, spec: { ports: [{ name: 'http', port: 80, targetPort: 8080 }] } })}\n`;
    const body = {
      ...plum,
      metadata: { name: 'plum', annotations: { 'kubectl.kubernetes.io/last-applied-configuration': configuration } },
      spec: { selector: { app: 'plum' }, ports: [{ name: 'http', port: 80, targetPort: 8080 }] },
    };
    send(lab, 'POST', services, { body, query: { fieldManager: 'kubectl-client-side-apply' } });
    expect(apply(lab, path, text(8081), { fieldManager: 'other' }).code).toBe(409);
    expect(apply(lab, path, text(8081), { fieldManager: 'kubectl' }).code).toBe(200);
    expect(get(lab, path).metadata.annotations!['kubectl.kubernetes.io/last-applied-configuration']).toContain('"targetPort":8081');
  });

  it.each([
    [{}, text(1), 422, 'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch'],
    [{ fieldManager: 'x' }, 'a: [', 400, 'error decoding YAML: yaml: line 1: did not find expected node content'],
    [{ fieldManager: 'x' }, 'metadata: {managedFields: [{manager: me}], name: plum}', 400, 'metadata.managedFields must be nil'],
  ])('with %j refuses %j', (query, body, code, message) => {
    expect(apply(market(), path, body, query as Record<string, string>)).toMatchObject({ code, body: { message } });
  });

  it('is the only patch that can be forced', () => {
    expect(complaint(patch(market(), `${services}/stall`, {}, { query: { force: 'true' } }))).toContain(
      'force: Forbidden: may not be specified for non-apply patch',
    );
  });
});
