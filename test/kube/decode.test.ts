import { describe, expect, it } from '@jest/globals';
import { decode, metadataProblem, type FieldValidation } from '#kube/decode.ts';
import { gatewayKinds } from '#kube/kinds/gateway/index.ts';
import { builtInKinds } from '#kube/kinds/index.ts';
import { kindOf } from '#kube/kinds/lookup.ts';
import { ConfigMap } from '#kube/kinds/config-map.ts';
import { Deployment } from '#kube/kinds/deployment.ts';
import { Lease } from '#kube/kinds/lease.ts';
import { Pod } from '#kube/kinds/pod.ts';
import { Role } from '#kube/kinds/role.ts';
import { Service } from '#kube/kinds/service.ts';
import { readDocuments } from '#kube/yaml.ts';
import { recordedLines } from '../support/recorded.ts';

const kinds = [...builtInKinds, ...gatewayKinds];

/** kubectl sends objects with their keys sorted. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const fields = value as Record<string, unknown>;
  return Object.fromEntries(
    Object.keys(fields)
      .sort()
      .map((key) => [key, sorted(fields[key])]),
  );
}

/** What kubectl prints when the first document of a manifest that is wrong is created. */
function answer(manifest: string, fieldValidation: FieldValidation): string {
  const documents = readDocuments(manifest);
  if (!documents.ok) throw new Error(documents.error);
  for (const document of documents.value) {
    const { apiVersion, kind: name } = document as { apiVersion: string; kind: string };
    const problem = metadataProblem(document);
    if (problem !== undefined) return `unable to decode "STDIN": ${problem}\n`;
    const kind = kindOf(kinds, apiVersion, name);
    if (kind === undefined) continue;
    const decoded = decode(kind, sorted(document), { fieldValidation });
    if (!decoded.ok) return `Error from server (${decoded.error.reason}): error when creating "STDIN": ${decoded.error.message}\n`;
    if (decoded.value.warnings.length > 0) return decoded.value.warnings.map((warning) => `Warning: ${warning}\n`).join('');
  }
  return '';
}

describe('what the API server said', () => {
  const recorded = recordedLines('market/decode-errors.jsonl')
    // The scheme is asked for the kind before anything is decoded.
    .filter(({ stderr }) => !stderr.includes('no kind "'));
  it.each(recorded.map(({ note, command, stdin, stderr }) => [note, command, stdin!, stderr] as const))(
    '%s',
    (_, command, stdin, stderr) => {
      const got = answer(stdin, command.includes('--validate=warn') ? 'Warn' : 'Strict');
      expect(got).not.toBe('');
      // Warnings of deprecated kinds, and refusals of other documents, come before.
      expect(stderr.replace(/^error: /, '').endsWith(got)).toBe(true);
    },
  );
});

describe('Go types in refusals', () => {
  const pod = (spec: unknown) => ({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p' }, spec });
  const container = (fields: object) => pod({ containers: [{ name: 'c', ...fields }] });
  it.each([
    [container({ livenessProbe: { httpGet: { port: true } } }), 'json: cannot unmarshal bool into Go value of type int32'],
    [
      container({ livenessProbe: { httpGet: 'x' } }),
      'json: cannot unmarshal string into Go struct field Probe.spec.containers.livenessProbe.ProbeHandler.httpGet of type v1.HTTPGetAction',
    ],
    [
      container({ ports: [{ containerPort: 80, protocol: 6 }] }),
      'json: cannot unmarshal number into Go struct field ContainerPort.spec.containers.ports.protocol of type v1.Protocol',
    ],
    [
      container({ ports: [{ containerPort: 3000000000 }] }),
      'json: cannot unmarshal number 3000000000 into Go struct field ContainerPort.spec.containers.ports.containerPort of type int32',
    ],
    [
      pod({ containers: [], volumes: [{ name: 'v', configMap: { name: 5 } }] }),
      'json: cannot unmarshal number into Go struct field ConfigMapVolumeSource.spec.volumes.VolumeSource.configMap.LocalObjectReference.name of type string',
    ],
    [
      pod({ containers: [], nodeSelector: ['a'] }),
      'json: cannot unmarshal array into Go struct field PodSpec.spec.nodeSelector of type map[string]string',
    ],
    [
      container({ resources: { limits: 'x' } }),
      'json: cannot unmarshal string into Go struct field ResourceRequirements.spec.containers.resources.limits of type v1.ResourceList',
    ],
    ['x', 'json: cannot unmarshal string into Go value of type v1.Pod'],
    [
      { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', creationTimestamp: 'noon' } },
      'parsing time "noon" as "2006-01-02T15:04:05Z07:00": cannot parse "noon" as "2006"',
    ],
    [
      { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', creationTimestamp: '2026-13-01T00:00:00Z' } },
      'parsing time "2026-13-01T00:00:00Z": month out of range',
    ],
  ])('%j', (value, want) => {
    const decoded = decode(Pod, value);
    expect(decoded.ok ? '' : decoded.error.message).toBe(`Pod in version "v1" cannot be handled as a Pod: ${want}`);
  });
});

describe('decoded objects', () => {
  const decoded = <T>(result: { ok: true; value: { object: T } } | { ok: false; error: { message: string } }): T => {
    if (!result.ok) throw new Error(result.error.message);
    return result.value.object;
  };

  it('have what Go structs always have', () => {
    expect(decoded(decode(Service, { apiVersion: 'v1', kind: 'Service', metadata: { name: 's' } }))).toEqual({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 's' },
      spec: {},
      status: { loadBalancer: {} },
    });
    expect(decoded(decode(Role, { apiVersion: 'v1', kind: 'Role', metadata: { name: 'r' } })).rules).toEqual([]);
  });

  it('lose nulls and what omitempty leaves out, but not the zero values of pointers', () => {
    const spec = { replicas: 0, minReadySeconds: 0, paused: false, revisionHistoryLimit: null, selector: {}, template: {} };
    expect(decoded(decode(Deployment, { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'd', labels: {} }, spec }))).toEqual({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'd' },
      spec: { replicas: 0, selector: {}, template: { metadata: {}, spec: { containers: [] } }, strategy: {} },
      status: {},
    });
  });

  it('have amounts and times in their one form', () => {
    const resources = { limits: { memory: '1024Mi', cpu: 0.5 }, requests: { cpu: '1000m' } };
    const pod = {
      metadata: { name: 'p', creationTimestamp: '2026-11-23T05:00:00.7+02:00' },
      spec: { containers: [{ name: 'c', resources }] },
    };
    const { metadata, spec } = decoded(decode(Pod, pod));
    expect(metadata.creationTimestamp).toBe('2026-11-23T03:00:00Z');
    expect(spec.containers[0]!.resources).toEqual({ limits: { memory: '1Gi', cpu: '500m' }, requests: { cpu: '1' } });
    const lease = { metadata: { name: 'l' }, spec: { renewTime: '2026-11-23T03:04:06.25Z' } };
    expect(decoded(decode(Lease, lease)).spec.renewTime).toBe('2026-11-23T03:04:06.250000Z');
  });

  it('of custom resources are kept as they are', () => {
    const gateway = kindOf(kinds, 'gateway.networking.k8s.io/v1', 'Gateway')!;
    const value = {
      apiVersion: 'gateway.networking.k8s.io/v1',
      kind: 'Gateway',
      metadata: { name: 'g' },
      spec: { listeners: [], gatewayClassName: 5 },
    };
    expect(decoded(decode(gateway, value))).toEqual(value);
  });
});

describe('duplicate and unknown fields', () => {
  const value = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'c' }, date: {}, data: { a: 'b' } };
  const duplicates = ['data.a'];
  it.each<[FieldValidation, string]>([
    [
      'Strict',
      'ConfigMap in version "v1" cannot be handled as a ConfigMap: strict decoding error: duplicate field "data.a", unknown field "date"',
    ],
    ['Warn', 'duplicate field "data.a"; unknown field "date"'],
    ['Ignore', ''],
  ])('%s', (fieldValidation, want) => {
    const result = decode(ConfigMap, value, { fieldValidation, duplicates });
    expect(result.ok ? result.value.warnings.join('; ') : result.error.message).toBe(want);
  });
});
