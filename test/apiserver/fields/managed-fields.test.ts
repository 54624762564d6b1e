import { describe, expect, it } from '@jest/globals';
import { Deployment } from '#kube/kinds/deployment.ts';
import { Service } from '#kube/kinds/service.ts';
import type { KubeObject } from '#kube/object.ts';
import { parseYaml } from '#kube/yaml.ts';
import { apply, conflictText, recordUpdate, type Manager } from '#apiserver/fields/managed-fields.ts';

const time = '2026-11-23T03:01:36Z';

function yaml(text: string): KubeObject {
  const parsed = parseYaml(text);
  if (!parsed.ok) throw new Error(parsed.error);
  return parsed.value as KubeObject;
}

function by(name: string, operation: Manager['operation'] = 'Update', apiVersion = 'v1', subresource = ''): Manager {
  return { name, operation, apiVersion, subresource };
}

/** As kubectl apply made it, with defaults and before an address was allocated. */
const stall = yaml(`
apiVersion: v1
kind: Service
metadata:
  name: stall
  namespace: market
  annotations: {kubectl.kubernetes.io/last-applied-configuration: "{}"}
  labels: {app: stall}
spec:
  internalTrafficPolicy: Cluster
  ports:
  - {name: page, port: 80, protocol: TCP, targetPort: page}
  - {appProtocol: http, name: stats, port: 9102, protocol: TCP, targetPort: stats}
  selector: {app: stall}
  sessionAffinity: None
  type: ClusterIP
status: {loadBalancer: {}}
`);

describe('managedFields', () => {
  it('of a Service that was created, as recorded', () => {
    const created = recordUpdate(undefined, stall, Service.schema, by('kubectl-client-side-apply'), time);
    expect(JSON.stringify(created.metadata.managedFields)).toBe(
      '[{"manager":"kubectl-client-side-apply","operation":"Update","apiVersion":"v1","time":"2026-11-23T03:01:36Z","fieldsType":"FieldsV1","fieldsV1":{"f:metadata":{"f:annotations":{".":{},"f:kubectl.kubernetes.io/last-applied-configuration":{}},"f:labels":{".":{},"f:app":{}}},"f:spec":{"f:internalTrafficPolicy":{},"f:ports":{".":{},"k:{\\"port\\":80,\\"protocol\\":\\"TCP\\"}":{".":{},"f:name":{},"f:port":{},"f:protocol":{},"f:targetPort":{}},"k:{\\"port\\":9102,\\"protocol\\":\\"TCP\\"}":{".":{},"f:appProtocol":{},"f:name":{},"f:port":{},"f:protocol":{},"f:targetPort":{}}},"f:selector":{},"f:sessionAffinity":{},"f:type":{}}}}]',
    );
  });

  it('of a Deployment: no dot where Go prints the empty value too', () => {
    const deployment = yaml(`
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, labels: {app: web}}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  strategy: {type: RollingUpdate, rollingUpdate: {maxSurge: 25%}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: c, image: httpd, resources: {}}]}
status: {}
`);
    const created = recordUpdate(undefined, deployment, Deployment.schema, by('kubectl-create', 'Update', 'apps/v1'), time);
    expect(created.metadata.managedFields![0]!.fieldsV1).toEqual({
      'f:metadata': { 'f:labels': { '.': {}, 'f:app': {} } },
      'f:spec': {
        'f:replicas': {},
        'f:selector': {},
        'f:strategy': { 'f:rollingUpdate': { '.': {}, 'f:maxSurge': {} }, 'f:type': {} },
        'f:template': {
          'f:metadata': { 'f:labels': { '.': {}, 'f:app': {} } },
          'f:spec': { 'f:containers': { 'k:{"name":"c"}': { '.': {}, 'f:image': {}, 'f:name': {}, 'f:resources': {} } } },
        },
      },
    });
  });

  it('an update takes over what it changes, and only that', () => {
    const created = recordUpdate(undefined, stall, Service.schema, by('kubectl-create'), time);
    const edited = { ...created, spec: { ...(created as Service).spec, type: 'NodePort' } } as KubeObject;
    const later = recordUpdate(created, edited, Service.schema, by('kubectl-edit'), '2026-11-23T04:00:00Z');
    expect(later.metadata.managedFields!.map(({ manager, time: at }) => [manager, at])).toEqual([
      ['kubectl-create', time],
      ['kubectl-edit', '2026-11-23T04:00:00Z'],
    ]);
    expect(later.metadata.managedFields![1]!.fieldsV1).toEqual({ 'f:spec': { 'f:type': {} } });
    expect(later.metadata.managedFields![0]!.fieldsV1).not.toHaveProperty(['f:spec', 'f:type']);
  });

  it('an object that was never tracked stays so', () => {
    expect(
      recordUpdate(stall, { ...stall, spec: {} } as KubeObject, Service.schema, by('kubectl-edit'), time).metadata.managedFields,
    ).toBeUndefined();
  });
});

const config = (text: string) =>
  yaml(
    `{apiVersion: v1, kind: Service, metadata: {name: plum, namespace: yard${text.startsWith('labels') ? `, ${text.split('\n')[0]}` : ''}}, spec: ${text.split('\n').at(-1)!}}`,
  );

describe('server-side apply', () => {
  it('owns what it sets, without dots of maps', () => {
    const applied = apply(
      undefined,
      config('labels: {fruit: plum}\n{selector: {app: plum}, ports: [{port: 80}]}'),
      Service.schema,
      by('kubectl', 'Apply'),
      time,
      false,
    );
    expect(applied.ok && applied.value.metadata.managedFields![0]).toEqual({
      manager: 'kubectl',
      operation: 'Apply',
      apiVersion: 'v1',
      time,
      fieldsType: 'FieldsV1',
      fieldsV1: {
        'f:metadata': { 'f:labels': { 'f:fruit': {} } },
        'f:spec': { 'f:ports': { 'k:{"port":80,"protocol":"TCP"}': { '.': {}, 'f:port': {} } }, 'f:selector': {} },
      },
    });
  });

  const first = apply(
    undefined,
    config('{ports: [{name: http, port: 80, targetPort: 8080}], type: ClusterIP}'),
    Service.schema,
    by('kubectl', 'Apply'),
    time,
    false,
  );
  const live = first.ok ? first.value : stall;

  it('words its conflicts as recorded', () => {
    const replaced = recordUpdate({ ...live, spec: {} } as KubeObject, live, Service.schema, by('kubectl-replace'), time);
    const owners = {
      ...live,
      metadata: {
        ...live.metadata,
        managedFields: [
          ...live.metadata.managedFields!,
          ...replaced.metadata.managedFields!.filter(({ manager }) => manager !== 'kubectl'),
        ],
      },
    };
    const refused = apply(
      owners,
      config('{ports: [{name: http, port: 80, targetPort: 9090}]}'),
      Service.schema,
      by('other', 'Apply'),
      time,
      false,
    );
    expect(refused.ok ? '' : conflictText(refused.conflicts).message).toBe(
      `Apply failed with 2 conflicts: conflicts with "kubectl":
- .spec.ports[port=80,protocol="TCP"].targetPort
conflicts with "kubectl-replace" using v1:
- .spec.ports[port=80,protocol="TCP"].targetPort`,
    );
  });

  it('a single conflict stands on one line', () => {
    const refused = apply(live, config('{type: NodePort}'), Service.schema, by('other', 'Apply'), time, false);
    expect(refused.ok ? '' : conflictText(refused.conflicts).message).toBe(
      'Apply failed with 1 conflict: conflict with "kubectl": .spec.type',
    );
  });

  it('takes over when forced', () => {
    const forced = apply(live, config('{type: NodePort}'), Service.schema, by('other', 'Apply'), time, true);
    expect(forced.ok && forced.value.metadata.managedFields!.map(({ manager, fieldsV1 }) => [manager, fieldsV1])).toEqual([
      [
        'kubectl',
        { 'f:spec': { 'f:ports': { 'k:{"port":80,"protocol":"TCP"}': { '.': {}, 'f:name': {}, 'f:port': {}, 'f:targetPort': {} } } } },
      ],
      ['other', { 'f:spec': { 'f:type': {} } }],
    ]);
  });

  it('removes what it no longer sets, unless somebody else does', () => {
    const shared = apply(live, config('{type: ClusterIP, externalName: x}'), Service.schema, by('other', 'Apply'), time, false);
    const next = shared.ok
      ? apply(shared.value, config('{ports: [{name: http, port: 81}]}'), Service.schema, by('kubectl', 'Apply'), time, false)
      : shared;
    expect(next.ok && (next.value as Service).spec).toEqual({ ports: [{ name: 'http', port: 81 }], type: 'ClusterIP', externalName: 'x' });
  });

  it('leaves the object alone when nothing changes', () => {
    const again = apply(
      live,
      config('{ports: [{name: http, port: 80, targetPort: 8080}], type: ClusterIP}'),
      Service.schema,
      by('kubectl', 'Apply'),
      '2026-11-24T00:00:00Z',
      false,
    );
    expect(again.ok && again.value).toBe(live);
  });
});
