/** How a cluster reacts: what is done, and how `kubectl get` sees it once things have come to rest. */
import { beforeEach, describe, expect, it } from '@jest/globals';
import { Grounds } from '#lab/bring-up/grounds.ts';
import { rfc3339 } from '#kube/time.ts';
import type { Lesson } from '#lesson/lesson.ts';
import type { Change } from '#node/change.ts';
import { withFiles, type FileNode } from '#node/files.ts';
import { lessonOf } from '../support/session.ts';

let lesson: Lesson;
let first: Lesson['start'];

beforeEach(async () => {
  lesson ??= await lessonOf('test/sessions/shop.yaml');
  first ??= lesson.start;
  lesson.lab.restore(first);
});

async function run(line: string): Promise<string> {
  const { stdout, stderr } = await lesson.run(line);
  return (stdout + stderr).trimEnd();
}

const columns = (line: string) => line.replace(/ {2,}/g, '  ');

describe('workloads', () => {
  const rows: readonly (readonly [what: string, act: string, look: string, want: string])[] = [
    [
      'a Deployment is scaled',
      'kubectl -n shop scale deploy web --replicas=3',
      'kubectl -n shop get deploy web --no-headers',
      'web  3/3  3  3  3h',
    ],
    [
      'an image that cannot be had',
      'kubectl run bad --image=redis --image-pull-policy=Never',
      'kubectl get pod bad --no-headers',
      'bad  0/1  ErrImageNeverPull  0  1s',
    ],
    [
      'a pod whose Secret comes a moment after it',
      `kubectl run late --image=nginx:1.29 --overrides='{"spec":{"nodeName":"node01","volumes":[{"name":"key","secret":{"secretName":"key"}}]}}'; kubectl create secret generic key --from-literal=a=b`,
      'kubectl get pod late --no-headers',
      'late  1/1  Running  0  17s',
    ],
    [
      'a command that ends',
      'kubectl run once --image=busybox --restart=Never -- true',
      'kubectl get pod once --no-headers',
      'once  0/1  Completed  0  1s',
    ],
    [
      'a command that fails',
      'kubectl run once --image=busybox --restart=Never -- false',
      'kubectl get pod once --no-headers',
      'once  0/1  Error  0  1s',
    ],
    [
      'a command that fails again and again',
      'kubectl run loop --image=busybox -- false',
      'kubectl get pod loop --no-headers',
      'loop  0/1  CrashLoopBackOff  1 (1s ago)  2s',
    ],
    [
      'a daemon that is never ready, for as long as it runs',
      `kubectl -n kube-system patch ds kube-proxy --type=json -p '[{"op":"add","path":"/spec/template/spec/containers/0/readinessProbe","value":{"httpGet":{"path":"/healthz","port":9999}}}]'`,
      'kubectl -n kube-system get ds kube-proxy --no-headers',
      'kube-proxy  3  3  2  1  2  kubernetes.io/os=linux  9d',
    ],
    [
      'a node is cordoned',
      'kubectl cordon node01',
      'kubectl get node node01 --no-headers',
      'node01  Ready,SchedulingDisabled  <none>  8d  v1.36.2',
    ],
    [
      'a selector that no node has',
      `kubectl run far --image=nginx --overrides='{"spec":{"nodeSelector":{"disk":"tape"}}}'`,
      'kubectl get pod far --no-headers',
      'far  0/1  Pending  0  1s',
    ],
    [
      'a kubelet stops',
      'ssh node01 systemctl stop kubelet',
      'kubectl get node node01 --no-headers',
      'node01  NotReady  <none>  8d  v1.36.2',
    ],
    [
      'containerd stops',
      'ssh node01 systemctl stop containerd',
      'kubectl get node node01 --no-headers',
      'node01  NotReady  <none>  8d  v1.36.2',
    ],
    [
      'the API server goes',
      'mv /etc/kubernetes/manifests/kube-apiserver.yaml /tmp',
      'kubectl get nodes 2>&1 | tail -1',
      'The connection to the server 172.30.1.2:6443 was refused - did you specify the right host or port?',
    ],
    [
      'the scheduler goes',
      'mv /etc/kubernetes/manifests/kube-scheduler.yaml /tmp; kubectl run late --image=nginx',
      'kubectl get pod late --no-headers',
      'late  0/1  Pending  0  1s',
    ],
    [
      'the controller manager goes',
      'mv /etc/kubernetes/manifests/kube-controller-manager.yaml /tmp; kubectl -n shop scale deploy web --replicas=5',
      'kubectl -n shop get deploy web --no-headers',
      'web  2/5  2  2  3h',
    ],
  ];
  it.each(rows)('%s', async (_what, act, look, want) => {
    await run(act);
    expect(columns(await run(look))).toBe(want);
  });
});

describe('a probe that fails', () => {
  it('is told of each time, and of a long row as often as the recorder lets through', async () => {
    const probe = { httpGet: { path: '/', port: 9 } };
    const overrides = JSON.stringify({ spec: { containers: [{ name: 'lame', image: 'nginx', readinessProbe: probe }] } });
    await run(`kubectl run lame --image=nginx --overrides='${overrides}'`);
    const count = async () => Number(await run(`kubectl get events -o jsonpath='{.items[?(@.reason=="Unhealthy")].count}'`));
    const first = await count();
    lesson.lab.advance(60_000);
    expect((await count()) - first).toBe(6);
    lesson.lab.advance(1_800_000);
    // 25 at once, and one in five minutes from the start.
    expect(await count()).toBe(31);
    expect(await run('kubectl get pod lame --no-headers')).toMatch(/^lame +0\/1 +Running/);
  });
});

describe('what comes back', () => {
  it('the API server, with its manifest', async () => {
    await run('mv /etc/kubernetes/manifests/kube-apiserver.yaml /tmp');
    await run('mv /tmp/kube-apiserver.yaml /etc/kubernetes/manifests/');
    expect(await run('kubectl get --raw /readyz')).toBe('ok');
  });

  it('a kubelet with a broken configuration, once it is mended', async () => {
    await run("ssh node01 sed -i 's/clusterDomain:/clusterDomain/' /var/lib/kubelet/config.yaml");
    expect(await run('ssh node01 systemctl is-active kubelet')).toBe('active');
    await run('ssh node01 systemctl restart kubelet');
    expect(await run('ssh node01 systemctl is-active kubelet')).toBe('activating');
    expect(columns(await run('kubectl get node node01 --no-headers'))).toMatch(/NotReady/);
    await run("ssh node01 sed -i 's/clusterDomain/clusterDomain:/' /var/lib/kubelet/config.yaml");
    await run('ssh node01 systemctl restart kubelet');
    expect(columns(await run('kubectl get node node01 --no-headers'))).toBe('node01  Ready  <none>  8d  v1.36.2');
  });
});

describe('what nobody notices', () => {
  const cache: (change: Change) => void = ({ hosts, now }) => {
    const [name, host] = [...hosts][0]!;
    const file: FileNode = { kind: 'file', content: '{}', mode: 0o644, modified: rfc3339(now) };
    hosts.set(name, { ...host, files: withFiles(host.files, [['/root/.kube/cache/it', file]], rfc3339(now)) });
  };
  const soon: readonly (readonly [when: string, act: string])[] = [
    ['at rest', 'true'],
    ['a pod is about to be started again', 'kubectl run loop --image=busybox -- false'],
    ['a node has fallen silent', "ssh node01 'systemctl stop kubelet'"],
  ];

  it.each(soon)('leaves the cluster as one that everybody looks at: %s', async (_when, act) => {
    const { lab } = lesson;
    await run(act);
    const before = lab.snapshot;
    lab.changeUnnoticed(cache);
    const unnoticed = lab.snapshot;
    lab.advance(600_000);
    const later = lab.snapshot;
    lab.restore(before);
    lab.change(cache);
    expect({ ...unnoticed, cluster: unnoticed.cluster.store }).toEqual({ ...lab.snapshot, cluster: lab.snapshot.cluster.store });
    lab.advance(600_000);
    expect(later.cluster.store).toEqual(lab.snapshot.cluster.store);
  });
});

describe('the same again', () => {
  it('gives the same names, addresses and times', async () => {
    const other = await lessonOf('test/sessions/shop.yaml', new Grounds());
    const look = 'kubectl get pods,svc,endpointslices,events,nodes -A -o yaml';
    expect((await other.run(look)).stdout).toBe((await lesson.run(look)).stdout);
  });

  it('undo is going back to a value', async () => {
    const before = await run('kubectl get pods -A -o yaml');
    const kept = lesson.lab.snapshot;
    await run('kubectl delete ns shop');
    expect(await run('kubectl -n shop get pods')).toBe('No resources found in shop namespace.');
    lesson.lab.restore(kept);
    expect(await run('kubectl get pods -A -o yaml')).toBe(before);
  });

  const dig = (name: string) => `kubectl -n shop exec client -- dig +short ${name}.shop.svc.cluster.local`;

  it('what was undone is not remembered, however late somebody asks', async () => {
    expect(await run(dig('late'))).toBe('');
    lesson.lab.restore(first);
    expect(await run(`kubectl -n shop create svc clusterip late --tcp=80; ${dig('late')}`)).toMatch(/service\/late created\n10\./);
  });

  it('what was known before is known again', async () => {
    const address = await run('kubectl -n shop get svc web -o jsonpath={.spec.clusterIP}');
    expect(await run(`sleep 40; ${dig('web')}`)).toBe(address);
    lesson.lab.restore(first);
    expect(await run(`kubectl delete clusterrolebinding system:coredns; ${dig('web')}`)).toMatch(new RegExp(`deleted[^\n]*\n${address}$`));
  });
});
