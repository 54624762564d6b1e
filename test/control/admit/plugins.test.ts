import { describe, expect, it } from '@jest/globals';
import { Client, recordedCluster } from '../../support/write.ts';

const market = recordedCluster('market/cluster.json');

/** What kubectl prints when the manifests are created one after the other. */
function answers(...manifests: readonly string[]): string[] {
  const client = new Client(market);
  return manifests.map((manifest) => client.create(manifest).stderr.trimEnd());
}

const namespace = (name: string, labels: string) => `{apiVersion: v1, kind: Namespace, metadata: {name: ${name}, labels: {${labels}}}}`;
const account = (name: string) => `{apiVersion: v1, kind: ServiceAccount, metadata: {name: default, namespace: ${name}}}`;
const pod = (name: string, spec: string) => `{apiVersion: v1, kind: Pod, metadata: {name: p, namespace: ${name}}, spec: {${spec}}}`;

describe('PodSecurity', () => {
  const rows: [level: string, spec: string, refusal: string][] = [
    ['baseline', 'containers: [{name: c, image: x}]', ''],
    ['baseline', 'hostNetwork: true, hostPID: true, containers: [{name: c, image: x}]', 'host namespaces (hostNetwork=true, hostPID=true)'],
    [
      'baseline',
      'containers: [{name: c, image: x, ports: [{containerPort: 80, hostPort: 8080}]}]',
      'hostPort (container "c" uses hostPort 8080)',
    ],
    [
      'baseline',
      'containers: [{name: c, image: x, securityContext: {privileged: true}}]',
      'privileged (container "c" must not set securityContext.privileged=true)',
    ],
    [
      'baseline',
      'containers: [{name: c, image: x, securityContext: {capabilities: {add: [NET_ADMIN, CHOWN]}}}]',
      'non-default capabilities (container "c" must not include "NET_ADMIN" in securityContext.capabilities.add)',
    ],
    ['baseline', 'volumes: [{name: v, hostPath: {path: /}}], containers: [{name: c, image: x}]', 'hostPath volumes (volume "v")'],
    [
      'restricted',
      'securityContext: {runAsNonRoot: true, seccompProfile: {type: RuntimeDefault}}, containers: [{name: c, image: x, securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}}]',
      '',
    ],
    [
      'restricted',
      'securityContext: {runAsNonRoot: true, seccompProfile: {type: RuntimeDefault}}, containers: [{name: a, image: x}, {name: b, image: x}]',
      'allowPrivilegeEscalation != false (containers "a", "b" must set securityContext.allowPrivilegeEscalation=false), ' +
        'unrestricted capabilities (containers "a", "b" must set securityContext.capabilities.drop=["ALL"])',
    ],
  ];
  it.each(rows)('%s: %s', (level, spec, refusal) => {
    const [, , answer] = answers(
      namespace('guarded', `pod-security.kubernetes.io/enforce: ${level}`),
      account('guarded'),
      pod('guarded', spec),
    );
    const text = `Error from server (Forbidden): error when creating "STDIN": pods "p" is forbidden: violates PodSecurity "${level}:latest": ${refusal}`;
    expect(answer).toBe(refusal === '' ? '' : text);
  });

  it('warns of templates whose pods will be refused', () => {
    const deployment =
      '{apiVersion: apps/v1, kind: Deployment, metadata: {name: d, namespace: ward}, spec: {selector: {matchLabels: {a: b}}, ' +
      'template: {metadata: {labels: {a: b}}, spec: {hostNetwork: true, containers: [{name: c, image: x}]}}}}';
    expect(answers(deployment)[0]).toMatch(
      /^Warning: would violate PodSecurity "restricted:latest": host namespaces \(hostNetwork=true\), allowPriv/,
    );
  });
});

describe('ResourceQuota', () => {
  const quota = (hard: string) => `{apiVersion: v1, kind: ResourceQuota, metadata: {name: q, namespace: edge}, spec: {hard: {${hard}}}}`;
  const config = (name: string) => `{apiVersion: v1, kind: ConfigMap, metadata: {name: ${name}, namespace: edge}}`;
  const forbidden = (what: string) => `Error from server (Forbidden): error when creating "STDIN": ${what}`;

  it('counts objects that there are', () => {
    // kube-root-ca.crt is the first.
    const [, first, second] = answers(quota('configmaps: "2"'), config('a'), config('b'));
    expect([first, second]).toEqual([
      '',
      forbidden('configmaps "b" is forbidden: exceeded quota: q, requested: configmaps=1, used: configmaps=2, limited: configmaps=2'),
    ]);
  });

  it('adds up what containers ask for', () => {
    const asking = pod(
      'edge',
      'containers: [{name: a, image: x, resources: {requests: {memory: 1Gi}}}, {name: b, image: x, resources: {requests: {memory: 512Mi}}}]',
    );
    expect(answers(quota('requests.memory: 1Gi'), asking)[1]).toBe(
      forbidden(
        'pods "p" is forbidden: exceeded quota: q, requested: requests.memory=1536Mi, used: requests.memory=0, limited: requests.memory=1Gi',
      ),
    );
  });

  it('wants to be told what containers ask for', () => {
    expect(answers(quota('requests.cpu: "1", limits.memory: 1Gi'), pod('edge', 'containers: [{name: a, image: x}]'))[1]).toBe(
      forbidden('pods "p" is forbidden: failed quota: q: must specify limits.memory for: a; requests.cpu for: a'),
    );
  });
});

describe('LimitRanger', () => {
  it('fills in, and notes what it filled in', () => {
    const client = new Client(market);
    const { object } = client.create(pod('tight', 'containers: [{name: c, image: x}]'));
    expect(object!.metadata.annotations).toEqual({
      'kubernetes.io/limit-ranger': 'LimitRanger plugin set: cpu, memory request for container c; cpu, memory limit for container c',
    });
  });
});

describe('webhooks', () => {
  it('refuse in the name of their configuration', () => {
    const webhooks = [
      {
        name: 'validate.nginx.ingress.kubernetes.io',
        review: () => ({ kind: 'denied' as const, message: 'host "a.example" and path "/" is already defined in ingress market/front' }),
      },
    ];
    const client = new Client(market, { webhooks });
    expect(client.create('{apiVersion: v1, kind: ConfigMap, metadata: {name: a, namespace: market}}').stderr).toBe(
      'Error from server (BadRequest): error when creating "STDIN": admission webhook "validate.nginx.ingress.kubernetes.io" denied the request: ' +
        'host "a.example" and path "/" is already defined in ingress market/front\n',
    );
  });
});

describe('a service account', () => {
  it('can keep its token to itself', () => {
    const [first] = answers(
      '{apiVersion: v1, kind: ServiceAccount, metadata: {name: quiet, namespace: edge}, automountServiceAccountToken: false}',
    );
    expect(first).toBe('');
    const client = new Client(market);
    client.create('{apiVersion: v1, kind: ServiceAccount, metadata: {name: quiet, namespace: edge}, automountServiceAccountToken: false}');
    const { object } = client.create(pod('edge', 'serviceAccountName: quiet, containers: [{name: c, image: x}]'));
    expect((object as unknown as { spec: object }).spec).not.toHaveProperty('volumes');
  });
});
