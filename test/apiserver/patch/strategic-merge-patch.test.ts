import { describe, expect, it } from '@jest/globals';
import { Deployment } from '#kube/kinds/deployment.ts';
import { Service } from '#kube/kinds/service.ts';
import { parseYaml } from '#kube/yaml.ts';
import type { Schema } from '#kube/schema.ts';
import { applyStrategicMergePatch } from '#apiserver/patch/strategic-merge-patch.ts';
import type { JsonObject } from '#apiserver/json.ts';

function yaml(text: string): JsonObject {
  const parsed = parseYaml(text);
  if (!parsed.ok) throw new Error(parsed.error);
  return parsed.value as JsonObject;
}

const service = `
metadata: {labels: {app: web, tier: front}, finalizers: [a, b]}
spec:
  selector: {app: web}
  ports:
  - {name: http, port: 80, protocol: TCP, targetPort: 8080}
  - {name: stats, port: 9102, protocol: TCP, targetPort: 9102}
`;

const deployment = `
spec:
  strategy: {type: RollingUpdate, rollingUpdate: {maxSurge: 1}}
  template:
    spec:
      containers:
      - {name: app, image: "httpd:2.4", env: [{name: A, value: "1"}, {name: B, value: "2"}], args: [a, b]}
      - {name: log, image: busybox}
      volumes:
      - {name: data, emptyDir: {}}
`;

interface Row {
  readonly what: string;
  readonly of: 'service' | 'deployment';
  readonly patch: string;
  /** What the changed part looks like afterwards. */
  readonly want: string;
  readonly at: readonly string[];
}

const ports = ['spec', 'ports'];
const containers = ['spec', 'template', 'spec', 'containers'];

const rows: readonly Row[] = [
  {
    what: 'a map merges, null removes',
    of: 'service',
    patch: '{metadata: {labels: {tier: null, x: y}}}',
    at: ['metadata', 'labels'],
    want: '{app: web, x: y}',
  },
  { what: 'a scalar is replaced', of: 'service', patch: '{spec: {type: NodePort}}', at: ['spec', 'type'], want: 'NodePort' },
  {
    what: 'an item merges by its key, in place',
    of: 'service',
    patch: '{spec: {ports: [{port: 9102, nodePort: 30001}]}}',
    at: ports,
    want: '[{name: http, port: 80, protocol: TCP, targetPort: 8080}, {name: stats, port: 9102, protocol: TCP, targetPort: 9102, nodePort: 30001}]',
  },
  {
    what: 'a new item comes first',
    of: 'service',
    patch: '{spec: {ports: [{port: 443, name: tls}]}}',
    at: ports,
    want: '[{port: 443, name: tls}, {name: http, port: 80, protocol: TCP, targetPort: 8080}, {name: stats, port: 9102, protocol: TCP, targetPort: 9102}]',
  },
  {
    what: 'an order puts a new item where it belongs',
    of: 'service',
    patch: '{spec: {$setElementOrder/ports: [{port: 80}, {port: 443}], ports: [{port: 443, name: tls}]}}',
    at: ports,
    want: '[{name: http, port: 80, protocol: TCP, targetPort: 8080}, {port: 443, name: tls}, {name: stats, port: 9102, protocol: TCP, targetPort: 9102}]',
  },
  {
    what: 'an item is deleted by its key',
    of: 'service',
    patch: '{spec: {ports: [{port: 80, $patch: delete}]}}',
    at: ports,
    want: '[{name: stats, port: 9102, protocol: TCP, targetPort: 9102}]',
  },
  { what: 'a list is replaced', of: 'service', patch: '{spec: {ports: [{port: 1}, {$patch: replace}]}}', at: ports, want: '[{port: 1}]' },
  {
    what: 'a map is replaced',
    of: 'service',
    patch: '{spec: {selector: {$patch: replace, app: x}}}',
    at: ['spec', 'selector'],
    want: '{app: x}',
  },
  { what: 'a map is emptied', of: 'service', patch: '{metadata: {labels: {$patch: delete}}}', at: ['metadata', 'labels'], want: '{}' },
  { what: 'a set grows', of: 'service', patch: '{metadata: {finalizers: [c, a]}}', at: ['metadata', 'finalizers'], want: '[c, a, b]' },
  {
    what: 'a set shrinks',
    of: 'service',
    patch: '{metadata: {$deleteFromPrimitiveList/finalizers: [a]}}',
    at: ['metadata', 'finalizers'],
    want: '[b]',
  },
  {
    what: 'lists merge at every depth',
    of: 'deployment',
    patch: '{spec: {template: {spec: {containers: [{name: app, env: [{name: B, value: "3"}, {name: A, $patch: delete}], args: [c]}]}}}}',
    at: containers,
    want: '[{name: app, image: "httpd:2.4", env: [{name: B, value: "3"}], args: [c]}, {name: log, image: busybox}]',
  },
  {
    what: 'other keys go with retainKeys',
    of: 'deployment',
    patch: '{spec: {strategy: {$retainKeys: [type], type: Recreate}}}',
    at: ['spec', 'strategy'],
    want: '{type: Recreate}',
  },
  {
    what: 'nulls and directives in a new value are dropped',
    of: 'deployment',
    patch: '{spec: {template: {spec: {securityContext: {runAsUser: 1, fsGroup: null}, $setElementOrder/hostAliases: []}}}}',
    at: ['spec', 'template', 'spec', 'securityContext'],
    want: '{runAsUser: 1}',
  },
];

const documents = { service: [service, Service.schema], deployment: [deployment, Deployment.schema] } as const;

function apply(of: Row['of'], patch: string) {
  const [document, schema] = documents[of];
  return applyStrategicMergePatch(yaml(document), yaml(patch), schema as Schema);
}

describe('strategic merge patch', () => {
  it.each(rows.map((row) => [row.what, row] as const))('%s', (_, { of, patch, at, want }) => {
    const result = apply(of, patch);
    const value = result.ok ? at.reduce<unknown>((inner, key) => (inner as JsonObject)[key], result.value) : result.error;
    expect(value).toEqual(yaml(`v: ${want}`)['v']);
  });

  it.each([
    ['service', '{spec: {ports: [{name: x}]}}', 'map: map[name:x] does not contain declared merge key: port'],
    ['service', '{spec: {selector: {$patch: swap}}}', 'unknown patch type found: swap in map map[$patch:swap]'],
    ['deployment', '{spec: {strategy: {$retainKeys: [type], rollingUpdate: {}}}}', 'patch content does not match retainKeys list'],
  ] as const)('%s: %s', (of, patch, message) => {
    expect(apply(of, patch)).toMatchObject({ ok: false, error: { message } });
  });
});
