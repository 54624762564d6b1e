/** Files that the kubelet makes for a pod and its programs may write to. */
import { beforeAll, expect, it } from '@jest/globals';
import type { Lesson } from '#lesson/lesson.ts';
import { lessonFrom } from '../../support/session.ts';

const scenario = `apiVersion: cka-net/v1
kind: Scenario
metadata: {name: files, title: Files, topic: dns, difficulty: easy}
spec:
  story: None.
  cluster: {nodes: [{name: controlplane, roles: [control-plane]}, {name: node01}]}
---
apiVersion: v1
kind: Pod
metadata: {name: two, namespace: default}
spec:
  containers:
    - {name: one, image: "nicolaka/netshoot:v0.14", command: [sleep, infinity]}
    - {name: other, image: "nicolaka/netshoot:v0.14", command: [sleep, infinity]}
`;

let lesson: Lesson;
beforeAll(async () => {
  lesson = await lessonFrom(scenario, 'files.yaml');
});

it.each([
  ['/etc/resolv.conf', 'echo nameserver 192.0.2.1 > /etc/resolv.conf', 'cat /etc/resolv.conf', 'nameserver 192.0.2.1'],
  ['/etc/resolv.conf, for names', 'echo nameserver 192.0.2.1 > /etc/resolv.conf', 'getent hosts kubernetes.default.svc.cluster.local', ''],
  ['/etc/hosts', 'echo 192.0.2.7 till >> /etc/hosts', 'getent hosts till', '192.0.2.7         till  till'],
])('%s is what a program of the pod has written, in all of its containers', async (_, write, read, seen) => {
  await lesson.cluster.asStarted(async () => {
    await lesson.cluster.run(`kubectl exec two -c one -- sh -c '${write}'`);
    for (const container of ['one', 'other'])
      expect((await lesson.cluster.run(`kubectl exec two -c ${container} -- ${read}`)).stdout.trim()).toBe(seen);
  });
});
