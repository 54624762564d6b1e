/** Pods whose volumes have no source yet. */
import { expect, it } from '@jest/globals';
import { lessonFrom } from '../../support/session.ts';

const scenario = `apiVersion: cka-net/v1
kind: Scenario
metadata: {name: mounts, title: Mounts, topic: troubleshooting, difficulty: easy}
spec:
  story: None.
  cluster: {nodes: [{name: controlplane, roles: [control-plane]}, {name: node01}]}
  files:
    - path: /root/pod.yaml
      content: |
        apiVersion: v1
        kind: Pod
        metadata: {name: waits, namespace: default}
        spec:
          containers: [{name: web, image: "nginx:1.29", volumeMounts: [{name: key, mountPath: /key}]}]
          volumes: [{name: key, secret: {secretName: key}}]
`;

it('start soon after the source is there, however short the time since the last try', async () => {
  const { cluster } = await lessonFrom(scenario, 'mounts.yaml');
  await cluster.asStarted(async () => {
    const phase = async () => (await cluster.run('kubectl get pod waits -o jsonpath={.status.phase}')).stdout;
    await cluster.run('kubectl create -f /root/pod.yaml');
    expect(await phase()).toBe('Pending');
    await cluster.run('kubectl replace --force -f /root/pod.yaml; kubectl create secret generic key --from-literal=a=b');
    expect(await phase()).toBe('Running');
    expect((await cluster.run('kubectl get events --field-selector reason=FailedMount -o name')).stdout).toMatch(/^event/);
  });
});
