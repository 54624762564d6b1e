/** Cells that the recorded cluster has no case for: READY STATUS RESTARTS of pods, and the like. */
import { describe, expect, it } from '@jest/globals';
import { printers } from '#apiserver/tables/index.ts';
import { columnsOf, rowOf } from '#apiserver/tables/table.ts';
import { decodeTrusted } from '#kube/decode.ts';
import { resourceOf } from '#kube/kind.ts';
import { kindOfObject } from '../support/market.ts';
import { manifests } from '../support/rest.ts';

const now = Date.parse('2026-11-23T10:00:00Z');

/** The cells of an object written in YAML, in this minor version. */
function cells(text: string, minorVersion = 36): readonly unknown[] {
  const object = manifests(text)[0]!;
  const kind = kindOfObject(object);
  return rowOf(printers.get(resourceOf(kind))!, decodeTrusted(kind, object), { now, minorVersion });
}

const running = '{running: {startedAt: "2026-11-23T09:00:00Z"}}';

describe('pods', () => {
  const rows: readonly (readonly [what: string, spec: string, status: string, want: string])[] = [
    [
      'runs',
      '{containers: [{name: a}]}',
      `{phase: Running, containerStatuses: [{name: a, ready: true, state: ${running}}]}`,
      '1/1 Running 0',
    ],
    [
      'restarted a while ago',
      '{containers: [{name: a}]}',
      `{phase: Running, containerStatuses: [{name: a, ready: true, restartCount: 3, state: ${running}, lastState: {terminated: {exitCode: 1, finishedAt: "2026-11-23T09:55:00Z"}}}]}`,
      '1/1 Running 3 (5m ago)',
    ],
    [
      'is initialising',
      '{initContainers: [{name: i}, {name: j}], containers: [{name: a}]}',
      `{phase: Pending, initContainerStatuses: [{name: i, state: {terminated: {exitCode: 0}}}, {name: j, state: ${running}}]}`,
      '0/1 Init:1/2 0',
    ],
    [
      'fails to initialise',
      '{initContainers: [{name: i}], containers: [{name: a}]}',
      '{phase: Pending, initContainerStatuses: [{name: i, restartCount: 2, state: {waiting: {reason: CrashLoopBackOff}}}]}',
      '0/1 Init:CrashLoopBackOff 2',
    ],
    [
      'failed to initialise',
      '{initContainers: [{name: i}], containers: [{name: a}]}',
      '{phase: Failed, initContainerStatuses: [{name: i, state: {terminated: {exitCode: 3}}}]}',
      '0/1 Init:ExitCode:3 0',
    ],
    [
      'has a sidecar',
      '{initContainers: [{name: s, restartPolicy: Always}], containers: [{name: a}]}',
      `{phase: Running, conditions: [{type: Initialized, status: "True"}], initContainerStatuses: [{name: s, started: true, ready: true, restartCount: 1, state: ${running}}], containerStatuses: [{name: a, ready: true, state: ${running}}]}`,
      '2/2 Running 1',
    ],
    [
      'is half done',
      '{containers: [{name: a}, {name: b}]}',
      `{phase: Running, conditions: [{type: Ready, status: "False"}], containerStatuses: [{name: a, state: {terminated: {exitCode: 0, reason: Completed}}}, {name: b, ready: true, state: ${running}}]}`,
      '1/2 NotReady 0',
    ],
    [
      'was killed by a signal',
      '{containers: [{name: a}]}',
      '{phase: Failed, containerStatuses: [{name: a, state: {terminated: {exitCode: 137, signal: 9}}}]}',
      '0/1 Signal:9 0',
    ],
    [
      'waits for its gates',
      '{containers: [{name: a}], schedulingGates: [{name: g}]}',
      '{phase: Pending, conditions: [{type: PodScheduled, status: "False", reason: SchedulingGated}]}',
      '0/1 SchedulingGated 0',
    ],
    ['was evicted', '{containers: [{name: a}]}', '{phase: Failed, reason: Evicted}', '0/1 Evicted 0'],
  ];
  it.each(rows)('one that %s', (_, spec, status, want) => {
    expect(cells(`{apiVersion: v1, kind: Pod, metadata: {name: p}, spec: ${spec}, status: ${status}}`).slice(1, 4).join(' ')).toBe(want);
  });

  it.each([
    ['', 'Terminating'],
    [', reason: NodeLost', 'Unknown'],
  ])('one that is being deleted%s', (reason, want) => {
    const pod = `{apiVersion: v1, kind: Pod, metadata: {name: p, deletionTimestamp: "2026-11-23T10:00:10Z"}, spec: {containers: [{name: a}]}, status: {phase: Running${reason}}}`;
    expect(cells(pod)[2]).toBe(want);
  });

  it('readiness gates are counted', () => {
    const pod =
      '{apiVersion: v1, kind: Pod, metadata: {name: p}, spec: {containers: [{name: a}], readinessGates: [{conditionType: gate/a}, {conditionType: gate/b}]}, status: {conditions: [{type: gate/a, status: "True"}], podIPs: [{ip: 10.0.0.1}], nominatedNodeName: node01}}';
    expect(cells(pod).slice(5)).toEqual(['10.0.0.1', '<none>', 'node01', '1/2']);
  });
});

describe('others', () => {
  it.each([
    [
      'a node that takes no pods',
      '{apiVersion: v1, kind: Node, metadata: {name: node01, labels: {node-role.kubernetes.io/b: "", node-role.kubernetes.io/a: ""}}, spec: {unschedulable: true}, status: {conditions: [{type: Ready, status: "Unknown"}]}}',
      [1, 2],
      ['NotReady,SchedulingDisabled', 'a,b'],
    ],
    [
      'an Ingress with more hosts than fit',
      '{apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {name: i}, spec: {rules: [{host: a}, {}, {host: b}, {host: c}, {host: d}]}}',
      [2],
      ['a,b,c + 2 more...'],
    ],
    [
      'Endpoints of more addresses than fit',
      '{apiVersion: v1, kind: Endpoints, metadata: {name: e}, subsets: [{addresses: [{ip: 10.0.0.1}, {ip: 10.0.0.2}], ports: [{port: 80}, {port: 81}]}]}',
      [1],
      ['10.0.0.1:80,10.0.0.2:80,10.0.0.1:81 + 1 more...'],
    ],
    [
      'an IPv6 endpoint',
      '{apiVersion: v1, kind: Endpoints, metadata: {name: e}, subsets: [{addresses: [{ip: "fd00::1"}], ports: [{port: 80}]}]}',
      [1],
      ['[fd00::1]:80'],
    ],
    [
      'a slice whose port is any',
      '{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: s}, addressType: IPv4, endpoints: [], ports: [{protocol: TCP}]}',
      [2, 3],
      ['*', '<unset>'],
    ],
    [
      'an autoscaler of several metrics',
      '{apiVersion: autoscaling/v2, kind: HorizontalPodAutoscaler, metadata: {name: h}, spec: {scaleTargetRef: {kind: D, name: d}, maxReplicas: 3, metrics: [{type: Resource, resource: {name: memory, target: {type: AverageValue, averageValue: 1Gi}}}, {type: Pods, pods: {metric: {name: q}, target: {type: AverageValue, averageValue: "5"}}}, {type: External, external: {metric: {name: x}, target: {type: Value, value: "7"}}}]}}',
      [2, 3],
      ['memory: <unknown>/1Gi, <unknown>/5 + 1 more...', '<unset>'],
    ],
    [
      'a job of several at once',
      '{apiVersion: batch/v1, kind: Job, metadata: {name: j}, spec: {parallelism: 3, template: {spec: {containers: []}}}, status: {succeeded: 1, startTime: "2026-11-23T09:59:00Z", completionTime: "2026-11-23T09:59:30Z", conditions: [{type: Suspended, status: "True"}]}}',
      [1, 2, 3],
      ['Suspended', '1/1 of 3', '30s'],
    ],
    [
      'a claim that has its volume',
      '{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: c}, spec: {volumeName: v, accessModes: [ReadWriteOnce]}, status: {phase: Bound, capacity: {storage: 1Gi}, accessModes: [ReadWriteMany, ReadWriteOnce]}}',
      [1, 2, 3, 4],
      ['Bound', 'v', '1Gi', 'RWO,RWX'],
    ],
    [
      'a signed request',
      '{apiVersion: certificates.k8s.io/v1, kind: CertificateSigningRequest, metadata: {name: c}, spec: {request: "", signerName: kubernetes.io/kube-apiserver-client, username: ann, expirationSeconds: 86400}, status: {certificate: eA==, conditions: [{type: Approved, status: "True"}]}}',
      [2, 3, 4, 5],
      ['kubernetes.io/kube-apiserver-client', 'ann', '24h', 'Approved,Issued'],
    ],
    [
      'the usual storage class',
      '{apiVersion: storage.k8s.io/v1, kind: StorageClass, metadata: {name: s, annotations: {storageclass.kubernetes.io/is-default-class: "true"}}, provisioner: p}',
      [0, 2, 3, 4],
      ['s (default)', 'Delete', 'Immediate', false],
    ],
    [
      'a served API',
      '{apiVersion: apiregistration.k8s.io/v1, kind: APIService, metadata: {name: v1.x}, spec: {groupPriorityMinimum: 1, versionPriority: 1, service: {namespace: apis, name: s}}, status: {conditions: [{type: Available, status: "False", reason: MissingEndpoints}]}}',
      [1, 2],
      ['apis/s', 'False (MissingEndpoints)'],
    ],
    [
      'an event of the newer sort',
      '{apiVersion: v1, kind: Event, metadata: {name: e}, involvedObject: {kind: Pod, name: p}, eventTime: "2026-11-23T09:58:00.000000Z", series: {count: 4, lastObservedTime: "2026-11-23T09:59:00.000000Z"}, reportingComponent: c}',
      [0, 5, 7, 8],
      ['60s', 'c', '2m', 4],
    ],
  ] as const)('%s', (_, text, which, want) => {
    const row = cells(text);
    expect(which.map((i) => row[i])).toEqual(want);
  });
});

describe('versions', () => {
  const names = (resource: string, minorVersion: number) =>
    columnsOf(printers.get(resource)!, { now, minorVersion }).map(({ name }) => name);

  it.each([
    ['serviceaccounts', 35, 36, ['Name', 'Secrets', 'Age'], ['Name', 'Age']],
    ['jobs.batch', 30, 31, ['Name', 'Completions'], ['Name', 'Status']],
    ['cronjobs.batch', 29, 30, ['Name', 'Schedule', 'Suspend'], ['Name', 'Schedule', 'Timezone']],
  ])('%s in 1.%d and 1.%d', (resource, before, after, old, next) => {
    expect(names(resource, before)).toEqual(expect.arrayContaining(old));
    expect(names(resource, before).slice(0, old.length)).toEqual(old);
    expect(names(resource, after).slice(0, next.length)).toEqual(next);
  });

  it('the kernel shows its architecture since 1.36', () => {
    const node = '{apiVersion: v1, kind: Node, metadata: {name: node01}, status: {nodeInfo: {kernelVersion: 6.8.0, architecture: amd64}}}';
    expect([cells(node, 35)[8], cells(node, 36)[8]]).toEqual(['6.8.0', '6.8.0 (amd64)']);
  });

  it('every printer makes as many cells as it has columns', () => {
    for (const printer of printers.values()) expect(new Set(printer.columns.map(({ name }) => name)).size).toBe(printer.columns.length);
  });
});
