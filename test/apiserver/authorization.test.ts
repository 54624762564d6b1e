/** Who may do what. */
import { describe, expect, it } from '@jest/globals';
import { isServing } from '#apiserver/handle.ts';
import type { ApiRequest } from '#apiserver/request.ts';
import { Cluster } from '#kube/cluster.ts';
import { ClusterRole } from '#kube/kinds/cluster-role.ts';
import { ClusterRoleBinding } from '#kube/kinds/cluster-role-binding.ts';
import type { Lab } from '#lab/lab.ts';
import { recordedLines } from '../support/recorded.ts';
import { labOf, market } from './support/market.ts';
import { complaint, send } from './support/rest.ts';

/** The roles that every server has, and that the dump was made without. */
function withBasicRoles(): Lab {
  const { cluster } = market().snapshot;
  const draft = new Cluster(cluster.seed, cluster.store, cluster.counter).edit();
  const paths = ['/api', '/api/*', '/apis', '/apis/*', '/healthz', '/livez', '/openapi', '/openapi/*', '/readyz', '/version', '/version/'];
  const roles = [
    {
      name: 'system:basic-user',
      rules: [
        { apiGroups: ['authorization.k8s.io'], resources: ['selfsubjectaccessreviews', 'selfsubjectrulesreviews'], verbs: ['create'] },
        { apiGroups: ['authentication.k8s.io'], resources: ['selfsubjectreviews'], verbs: ['create'] },
      ],
    },
    { name: 'system:discovery', rules: [{ nonResourceURLs: paths, verbs: ['get'] }] },
  ];
  const rbac = 'rbac.authorization.k8s.io';
  for (const { name, rules } of roles) {
    draft.put(ClusterRole, { apiVersion: `${rbac}/v1`, kind: 'ClusterRole', metadata: { name }, rules } as unknown as ClusterRole);
    const binding = {
      apiVersion: `${rbac}/v1`,
      kind: 'ClusterRoleBinding',
      metadata: { name },
      roleRef: { apiGroup: rbac, kind: 'ClusterRole', name },
      subjects: [{ apiGroup: rbac, kind: 'Group', name: 'system:authenticated' }],
    };
    draft.put(ClusterRoleBinding, binding as unknown as ClusterRoleBinding);
  }
  return labOf(draft.publish(), market().now);
}

const lab = withBasicRoles();
const jane: NonNullable<ApiRequest['user']> = { name: 'jane', groups: ['stallholders', 'system:authenticated'] };

describe('kubectl auth can-i, as recorded', () => {
  const groupsOf: Readonly<Record<string, string>> = { ingress: 'networking.k8s.io' };
  const plurals: Readonly<Record<string, string>> = { ingress: 'ingresses' };
  const records = recordedLines('market/kubectl-read.jsonl').filter(
    ({ command, stdout }) => /^kubectl auth can-i/.test(command) && /^(yes|no)\n$/.test(stdout),
  );

  it.each(records.map((record) => [record.command, record] as const))('%s', (command, { stdout }) => {
    const words = command
      .split(' ')
      .slice(3)
      .map((word) => word.replaceAll("'", ''));
    const flag = (name: string) => (words.includes(name) ? words[words.indexOf(name) + 1] : undefined);
    const [verb = '', what = ''] = words;
    const [resource = '', name = ''] = what.startsWith('/') ? [] : what.split('/');
    const isPath = what.startsWith('/');
    // `pods/log` asks for the pod called log.
    const attributes = isPath
      ? { nonResourceAttributes: { path: what, verb } }
      : {
          resourceAttributes: {
            verb,
            resource: plurals[resource] ?? resource,
            group: groupsOf[resource] ?? '',
            name,
            subresource: flag('--subresource') ?? words.find((word) => word.startsWith('--subresource='))?.split('=')[1] ?? '',
            ...(words.includes('-A') ? {} : { namespace: flag('-n') ?? 'default' }),
          },
        };
    const user = flag('--as');
    const answer = send(lab, 'POST', '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', {
      body: { apiVersion: 'authorization.k8s.io/v1', kind: 'SelfSubjectAccessReview', spec: attributes },
      headers: {
        ...(user !== undefined && { 'Impersonate-User': user }),
        ...(flag('--as-group') !== undefined && { 'Impersonate-Group': flag('--as-group')! }),
      },
    });
    expect(answer.code).toBe(201);
    expect((answer.body as { status: { allowed: boolean } }).status.allowed ? 'yes\n' : 'no\n').toBe(stdout);
  });
});

describe('reviews', () => {
  it('tell which binding allows it', () => {
    const answer = send(lab, 'POST', '/apis/authorization.k8s.io/v1/subjectaccessreviews', {
      body: { spec: { user: 'jane', resourceAttributes: { verb: 'list', resource: 'pods', namespace: 'market' } } },
    });
    expect(answer.body).toMatchObject({
      status: { allowed: true, reason: 'RBAC: allowed by RoleBinding "jane-reads/market" of Role "stall-reader" to User "jane"' },
    });
  });

  it('list the rules of a user', () => {
    const answer = send(lab, 'POST', '/apis/authorization.k8s.io/v1/selfsubjectrulesreviews', {
      body: { spec: { namespace: 'market' } },
      user: jane,
    });
    const { resourceRules } = (answer.body as { status: { resourceRules: { resources: string[] }[] } }).status;
    expect(resourceRules.map(({ resources }) => resources.join(','))).toEqual([
      'nodes',
      'selfsubjectaccessreviews,selfsubjectrulesreviews',
      'selfsubjectreviews',
      'pods,services,endpoints',
      'ingresses',
    ]);
  });

  it('say who one is', () => {
    expect(send(lab, 'POST', '/apis/authentication.k8s.io/v1/selfsubjectreviews', { body: {}, user: jane }).body).toMatchObject({
      status: { userInfo: { username: 'jane', groups: ['stallholders', 'system:authenticated'] } },
    });
  });
});

describe('refusals', () => {
  it.each([
    [
      'GET',
      '/api/v1/namespaces/market/secrets',
      'secrets is forbidden: User "jane" cannot list resource "secrets" in API group "" in the namespace "market"',
    ],
    ['GET', '/api/v1/pods', 'pods is forbidden: User "jane" cannot list resource "pods" in API group "" at the cluster scope'],
    [
      'DELETE',
      '/api/v1/namespaces/market/pods/solo',
      'pods "solo" is forbidden: User "jane" cannot delete resource "pods" in API group "" in the namespace "market"',
    ],
    [
      'GET',
      '/api/v1/namespaces/market/pods/solo/log',
      'pods "solo" is forbidden: User "jane" cannot get resource "pods/log" in API group "" in the namespace "market"',
    ],
    [
      'GET',
      '/apis/apps/v1/namespaces/market/deployments/stall/scale',
      'deployments.apps "stall" is forbidden: User "jane" cannot get resource "deployments/scale" in API group "apps" in the namespace "market"',
    ],
    ['GET', '/logs', 'forbidden: User "jane" cannot get path "/logs"'],
  ] as const)('%s %s', (method, path, message) => {
    const answer = send(lab, method, path, { user: jane });
    expect(answer).toMatchObject({ code: 403, body: { reason: 'Forbidden', message } });
  });

  it('of impersonation', () => {
    const answer = send(lab, 'GET', '/api/v1/nodes', { user: jane, headers: { 'Impersonate-User': 'bob' } });
    expect(complaint(answer)).toBe(
      'Error from server (Forbidden): users "bob" is forbidden: User "jane" cannot impersonate resource "users" in API group "" at the cluster scope\n',
    );
  });

  it.each([
    [
      '/api/v1/nodes',
      `nodes is forbidden: User "system:node:worker-a" cannot list resource "nodes" in API group "" at the cluster scope: node 'worker-a' cannot read all nodes, only its own Node object`,
    ],
    [
      '/api/v1/nodes/cp1',
      `nodes "cp1" is forbidden: User "system:node:worker-a" cannot get resource "nodes" in API group "" at the cluster scope: node 'worker-a' cannot read 'cp1', only its own Node object`,
    ],
    [
      '/api/v1/pods',
      'pods is forbidden: User "system:node:worker-a" cannot list resource "pods" in API group "" at the cluster scope: can only list/watch pods with spec.nodeName field selector',
    ],
  ])('of a kubelet at %s', (path, message) => {
    const user = { name: 'system:node:worker-a', groups: ['system:nodes', 'system:authenticated'] };
    expect(send(lab, 'GET', path, { user })).toMatchObject({ code: 403, body: { message } });
    expect(send(lab, 'GET', '/api/v1/nodes/worker-a', { user }).code).toBe(200);
    expect(send(lab, 'GET', '/api/v1/pods', { user, query: { fieldSelector: 'spec.nodeName=worker-a' } }).code).toBe(200);
  });
});

describe('tokens of service accounts', () => {
  const created = send(lab, 'POST', '/api/v1/namespaces/market/serviceaccounts/default/token', { body: { spec: { audiences: [] } } });
  const { token, expirationTimestamp } = (created.body as { status: { token: string; expirationTimestamp: string } }).status;

  it('speak for their account', () => {
    expect(expirationTimestamp).toBe('2026-11-23T04:04:13Z');
    const whoami = send(lab, 'POST', '/apis/authentication.k8s.io/v1/selfsubjectreviews', {
      body: {},
      headers: { Authorization: `Bearer ${token}` },
    });
    expect(whoami.body).toMatchObject({
      status: {
        userInfo: {
          username: 'system:serviceaccount:market:default',
          groups: ['system:serviceaccounts', 'system:serviceaccounts:market', 'system:authenticated'],
        },
      },
    });
  });

  it('are not taken when they were tampered with, or are too old', () => {
    const [header = '', payload = ''] = token.split('.');
    expect(send(lab, 'GET', '/version', { headers: { Authorization: `Bearer ${header}.${payload}.x` } })).toMatchObject({
      code: 401,
      body: { reason: 'Unauthorized', message: 'Unauthorized' },
    });
    const later = labOf(lab.snapshot.cluster, lab.now + 3_601_000);
    expect(send(later, 'GET', '/version', { headers: { Authorization: `Bearer ${token}` } }).code).toBe(401);
  });

  it('live ten minutes at least', () => {
    const answer = send(lab, 'POST', '/api/v1/namespaces/market/serviceaccounts/default/token', {
      body: { spec: { audiences: [], expirationSeconds: 1 } },
    });
    expect(answer.body).toMatchObject({
      message:
        'TokenRequest.authentication.k8s.io "" is invalid: spec.expirationSeconds: Invalid value: 1: may not specify a duration less than 10 minutes',
    });
  });
});

it('an API server is taken to answer where its machines are not ours', () => {
  expect(isServing(lab.snapshot)).toBe(true);
});
