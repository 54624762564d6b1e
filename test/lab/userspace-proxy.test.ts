/** kube-proxy in userspace mode (until 1.25): it takes connections to Services itself, and makes others to their endpoints. */
import { beforeAll, describe, expect, it } from '@jest/globals';
import { traceFlow } from '#lab/flows.ts';
import type { Lesson } from '#lesson/lesson.ts';
import { lessonFrom } from '../support/session.ts';

const service = (name: string, spec: string) => `
---
apiVersion: v1
kind: Service
metadata: {name: ${name}}
spec: {${spec}}
`;
const pod = (name: string, node: string, more = '') => `
---
apiVersion: v1
kind: Pod
metadata: {name: ${name}, labels: {app: ${name.replace(/\d$/, '')}}${more}}
spec: {nodeName: ${node}, containers: [{name: main, image: nicolaka/netshoot, command: [sleep, infinity], ports: [{containerPort: 80}]}]}
`;

const scenario = `
apiVersion: cka-net/v1
kind: Scenario
metadata: {name: userspace}
spec:
  cluster: {kubernetesVersion: v1.24.17, kubeProxy: {mode: userspace}}
${service('web', 'type: NodePort, selector: {app: web}, ports: [{port: 80, nodePort: 30080}]')}
${service('same', 'sessionAffinity: ClientIP, selector: {app: web}, ports: [{port: 80}]')}
${service('nobody', 'selector: {app: nobody}, ports: [{name: web, port: 80}, {name: dns, protocol: UDP, port: 53}]')}
${service('deaf', 'selector: {app: deaf}, ports: [{port: 80}]')}
${pod('web1', 'node01')}${pod('web2', 'node02')}${pod('deaf', 'node02', ', annotations: {cka-net/listens: none}')}${pod('client', 'node01')}`;

let lesson: Lesson;
beforeAll(async () => {
  lesson = await lessonFrom(scenario);
});
const flow = (from: string, to: string) => traceFlow(lesson.lab, { from, to });
const say = async (line: string) => {
  const { stdout, stderr } = await lesson.run(line);
  return (stdout + stderr).trimEnd();
};

describe('kube-proxy in userspace mode', () => {
  it('makes the connection to a pod itself, so that pods see the node', async () => {
    const pods = await say("kubectl get pods -l app=web -o jsonpath='{.items[*].status.podIP}'");
    const candidates = pods.split(' ').map((address) => `${address}:80`);
    for (const to of ['svc:default/web:80', 'http://172.30.2.2:30080/', 'http://172.30.3.2:30080/']) {
      const report = flow(to.startsWith('svc') ? 'pod:default/client' : 'external', to);
      expect(report).toMatchObject({ outcome: 'connected', candidates, destination: { kind: 'Pod' } });
      // The bridge's address towards its own pods, the tunnel's towards others.
      expect(report.sourceSeenByDestination).toMatch(/^10\.244\.[12]\.[01]$/);
    }
  });

  it.each([
    ['a Service with endpoints', 'svc:default/web:80', 'connected', /^web\d$/],
    ['a Service without endpoints is taken, and closed', 'svc:default/nobody:80', 'connected', /^kube-proxy-/],
    ['so is one whose pods refuse', 'svc:default/deaf:80', 'connected', /^kube-proxy-/],
    ['a datagram for nobody is lost', 'udp://nobody:53', 'timeout', /^kube-proxy-/],
  ])('%s', (_, to, outcome, taker) => {
    const report = flow('pod:default/client', to);
    expect(report).toMatchObject({ outcome, destination: { kind: 'Pod', name: expect.stringMatching(taker) } });
  });

  it('closes where nobody is to be reached', async () => {
    expect(await say('kubectl exec client -- curl -s -m 5 http://nobody/')).toContain('exit code 52');
    expect(await say('kubectl exec client -- nc -zv -w 2 nobody 80')).toContain('succeeded');
    expect(await say('kubectl exec client -- curl -s -m 5 -o /dev/null -w "%{http_code}" http://web/')).toBe('200');
    expect(await say('kubectl exec client -- dig +short web.default.svc.cluster.local')).toMatch(/^10\.\d+\.\d+\.\d+$/);
  });

  it('sends a client with affinity to the same pod again', async () => {
    const seen = new Set<string>();
    for (let i = 0; i < 6; i++) seen.add(await say('kubectl exec client -- curl -s http://same/'));
    expect(seen.size).toBe(1);
  });

  it('listens for what it proxies, tells its mode, and writes no rules of the other family', async () => {
    const listening = await say('ssh node01 ss -tlnp | grep -c kube-proxy');
    const redirects = await say('ssh node01 iptables-save -t nat | grep -c "KUBE-PORTALS-CONTAINER.*-p tcp.*REDIRECT"');
    // Its health check and its metrics are the other two.
    expect(Number(listening)).toBe(Number(redirects) + 2);
    expect(await say('curl -s localhost:10249/proxyMode')).toBe('userspace');
    expect(await say('kubectl -n kube-system logs ds/kube-proxy')).toContain('] "Using userspace Proxier"');
    expect(await say('ssh node01 ip6tables-save')).not.toContain('KUBE-PORTALS');
  });
});
