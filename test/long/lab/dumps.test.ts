/** A dump comes up as it is: object by object, whatever it leaves out, and goes on from there. */
import { describe, expect, it } from '@jest/globals';
import { startLesson, type Lesson } from '#lesson/lesson.ts';
import { loadScenario } from '#scenario/load.ts';

async function start(text: string, seed: string): Promise<Lesson> {
  const loaded = loadScenario([{ name: 'x.yaml', text }]);
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  const started = await startLesson(loaded.scenario, { seed });
  if (!started.ok) throw new Error(JSON.stringify(started.error));
  return started.value;
}

const run = async (lesson: Lesson, line: string) => (await lesson.run(line)).stdout;

interface Item {
  readonly kind: string;
  readonly metadata: { readonly namespace?: string; readonly name: string };
}

const objectsOf = async (lesson: Lesson, what: string) => {
  const { items } = JSON.parse(await run(lesson, `kubectl get ${what} -o json`)) as { items: Item[] };
  return Object.fromEntries(items.map((one) => [`${one.kind} ${one.metadata.namespace ?? ''}/${one.metadata.name}`, one]));
};

const shop = `apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: nginx, ports: [{containerPort: 80}]}]}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db}
spec:
  serviceName: db
  selector: {matchLabels: {app: db}}
  template:
    metadata: {labels: {app: db}}
    spec: {containers: [{name: db, image: redis, ports: [{containerPort: 6379}]}]}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {type: NodePort, selector: {app: web}, ports: [{port: 80}]}
---
apiVersion: v1
kind: Pod
metadata: {name: crash}
spec: {containers: [{name: a, image: busybox, command: [sh, -c, exit 3]}]}
---
apiVersion: v1
kind: Pod
metadata: {name: stuck}
spec: {nodeSelector: {disk: ssd}, containers: [{name: a, image: nginx}]}
---
apiVersion: v1
kind: Pod
metadata: {name: client}
spec: {containers: [{name: a, image: busybox, command: [sleep, "100000000"]}]}
`;

const original = start(shop, '0');
const asks = "kubectl exec client -- wget -qO- -T 3 http://web | sed -n '/<title>/p'";

describe.each([
  ['with its nodes and slices', 'nodes,pods,svc,endpointslices,endpoints,deploy,rs,ds,sts,cm,leases -A'],
  ['of all', 'all -A'],
  ['with its roles', 'all,nodes,clusterroles,clusterrolebindings -A'],
  ['without ReplicaSets', 'nodes,pods,svc,deploy,ds,sts -A'],
  ['of pods and Services alone', 'pods,svc -A'],
  ['of one namespace', 'all'],
])('a dump %s', (_title, what) => {
  it('comes up as it is, and works', async () => {
    const first = await original;
    const before = await objectsOf(first, what);
    const again = await start(await run(first, `kubectl get ${what} -o yaml`), '7');
    expect(await objectsOf(again, what)).toEqual(before);
    expect(await run(again, asks)).toContain('nginx');
  });
});

it('a pod that is deleted is made anew by its set, elsewhere than any other', async () => {
  const again = await start(await run(await original, 'kubectl get all,nodes -A -o json'), '7');
  const names = async () => (await run(again, 'kubectl get pods -l app=web -o name')).trim().split('\n');
  const [gone, stays] = await names();
  await again.run(`kubectl delete ${gone}`);
  expect(await names()).toContain(stays);
  expect(await names()).not.toContain(gone);
  const addresses = (
    await run(again, 'kubectl get pods -A -o jsonpath=\'{range .items[?(@.spec.hostNetwork!=true)]}{.status.podIP}{"\\n"}{end}\'')
  )
    .split('\n')
    .filter((one) => one !== '');
  expect(new Set(addresses).size).toBe(addresses.length);
  expect((await names()).length).toBe(2);
});

/** Of a managed cluster: nodes, pods with addresses of the machines' network, and a program that the simulation does not know. */
const at = '2026-10-01T08:00:00Z';
const node = (name: string, ip: string) => `apiVersion: v1
kind: Node
metadata: {name: ${name}, uid: n-${name}, creationTimestamp: "${at}"}
status:
  addresses: [{type: InternalIP, address: ${ip}}, {type: Hostname, address: ${name}}]
  conditions: [{type: Ready, status: "True", reason: KubeletReady, message: kubelet is posting ready status, lastHeartbeatTime: "${at}", lastTransitionTime: "${at}"}]
  nodeInfo: {kubeletVersion: v1.29.3-eks-ae9a62a, machineID: m, systemUUID: s, bootID: b, kernelVersion: 5.10.214, osImage: Amazon Linux 2, containerRuntimeVersion: "containerd://1.7.11", operatingSystem: linux, architecture: amd64, kubeProxyVersion: v1.29.3}
---
`;
const pod = (
  name: string,
  namespace: string,
  on: string,
  ip: string,
  more: { readonly owner?: string; readonly host?: string; readonly spec?: string; readonly labels?: string },
) => `apiVersion: v1
kind: Pod
metadata:
  name: ${name}
  namespace: ${namespace}
  uid: p-${name}
  creationTimestamp: "${at}"
  labels: ${more.labels ?? '{}'}
  ${more.owner === undefined ? '' : `ownerReferences: [{apiVersion: apps/v1, kind: DaemonSet, name: ${more.owner}, uid: d-${more.owner}, controller: true}]`}
spec:
  nodeName: ${on}
  ${more.host === undefined ? '' : 'hostNetwork: true'}
  containers: [${more.spec ?? '{name: a, image: "example.com/own/app:3", ports: [{containerPort: 8080}], readinessProbe: {httpGet: {path: /health, port: 9000}}}'}]
status:
  phase: Running
  hostIP: ${more.host ?? ip}
  podIP: ${ip}
  podIPs: [{ip: ${ip}}]
  startTime: "${at}"
  conditions: [{type: Ready, status: "True", lastProbeTime: null, lastTransitionTime: "${at}"}]
  containerStatuses: [{name: a, ready: true, started: true, restartCount: 4, image: "example.com/own/app:3", imageID: "example.com/own/app@sha256:1", containerID: "containerd://c-${name}", lastState: {}, state: {running: {startedAt: "${at}"}}}]
---
`;
const managed =
  node('ip-10-0-1-10', '10.0.1.10') +
  node('ip-10-0-2-20', '10.0.2.20') +
  pod('aws-node-x', 'kube-system', 'ip-10-0-1-10', '10.0.1.10', { owner: 'aws-node', host: '10.0.1.10' }) +
  pod('aws-node-y', 'kube-system', 'ip-10-0-2-20', '10.0.2.20', { owner: 'aws-node', host: '10.0.2.20' }) +
  pod('one', 'default', 'ip-10-0-1-10', '10.0.1.77', {}) +
  pod('two', 'default', 'ip-10-0-2-20', '10.0.2.154', {});

it('a dump of a managed cluster has its pods where they are, and they reach each other', async () => {
  const lesson = await start(managed, '0');
  const pods = await run(lesson, 'kubectl get pods -A -o custom-columns=:metadata.name,:status.podIP,:spec.nodeName --no-headers');
  expect(
    pods
      .replace(/ +/g, ' ')
      .trim()
      .split('\n')
      .map((line) => line.trim()),
  ).toEqual([
    'one 10.0.1.77 ip-10-0-1-10',
    'two 10.0.2.154 ip-10-0-2-20',
    'aws-node-x 10.0.1.10 ip-10-0-1-10',
    'aws-node-y 10.0.2.20 ip-10-0-2-20',
  ]);
  expect(await run(lesson, 'kubectl version')).toContain('v1.29.3-eks-ae9a62a');
  // It is ready where it is probed, though it declares another port.
  expect(await run(lesson, 'kubectl exec one -- curl -sS -m 3 http://10.0.2.154:9000')).toBe('two\n');
  expect(lesson.scenario.cluster).toMatchObject({ cni: 'routed', network: 'the Amazon VPC CNI' });
});

it('a cluster whose control plane is elsewhere lets its administrator in', async () => {
  const nodes = await (await original).run('kubectl get nodes -o yaml');
  const again = await start(nodes.stdout, '0');
  expect(await again.run('kubectl auth can-i delete nodes')).toMatchObject({ stdout: 'yes\n', exitCode: 0 });
});
