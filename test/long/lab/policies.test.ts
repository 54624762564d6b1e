/** NetworkPolicies on the way of packets: where each pod network asks them, and as what it sees the other side there. */
import { describe, expect, it } from '@jest/globals';
import { loadAll } from 'js-yaml';
import { DaemonSet } from '#kube/kinds/daemon-set.ts';
import { NetworkPolicy } from '#kube/kinds/network-policy.ts';
import { Pod } from '#kube/kinds/pod.ts';
import type { KubeObject } from '#kube/object.ts';
import { startCluster } from '#lab/bring-up/start.ts';
import { traceFlow } from '#lab/flows.ts';
import type { Lab } from '#lab/lab.ts';
import type { NetworkName } from '#node/cni/networks/manifests.ts';
import { settings } from '../../support/pod-network.ts';

const objects = loadAll(`
apiVersion: v1
kind: Namespace
metadata: {name: shop}
---
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop, labels: {app: web}}
spec: {nodeName: node01, containers: [{name: main, image: nicolaka/netshoot, command: [sleep, infinity]}]}
---
apiVersion: v1
kind: Pod
metadata: {name: db, namespace: shop, labels: {app: db}}
spec:
  nodeName: node02
  containers:
    - name: main
      image: nginx
      ports: [{name: http, containerPort: 80}]
      readinessProbe: {httpGet: {path: /, port: 80}}
---
apiVersion: v1
kind: Pod
metadata: {name: guest, namespace: default, labels: {app: web}}
spec: {nodeName: node02, containers: [{name: main, image: nicolaka/netshoot, command: [sleep, infinity]}]}
---
apiVersion: v1
kind: Pod
metadata: {name: agent, namespace: shop, labels: {app: web}}
spec: {nodeName: node01, hostNetwork: true, containers: [{name: main, image: nicolaka/netshoot, command: [sleep, infinity]}]}
---
apiVersion: v1
kind: Service
metadata: {name: db, namespace: shop}
spec: {type: NodePort, selector: {app: db}, ports: [{port: 8080, targetPort: 80, nodePort: 30080}]}
---
apiVersion: v1
kind: Service
metadata: {name: nobody, namespace: shop}
spec: {selector: {app: nobody}, ports: [{port: 80}]}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: db, namespace: shop}
spec:
  podSelector: {matchLabels: {app: db}}
  ingress:
    - from:
        - podSelector: {matchLabels: {app: web}}
        - ipBlock: {cidr: 198.51.100.0/24}
      ports: [{port: http}]
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: web, namespace: shop}
spec:
  podSelector: {matchLabels: {app: web}}
  policyTypes: [Egress]
  egress: [{to: [{podSelector: {matchLabels: {app: db}}}]}]
`) as KubeObject[];

/** kube-proxy takes for a pod what lies in the subnet: of Weave Net, in its own range. */
function labOf(cni: NetworkName, podSubnet = cni === 'weave' ? '10.32.0.0/12' : '10.244.0.0/16'): Lab {
  const { lab, refusals } = startCluster({ settings: settings(cni, { podSubnet }), objects, files: [], seed: '0' });
  expect(refusals).toEqual([]);
  return lab;
}

const labs = new Map<NetworkName, Lab>();

/** Bringing a cluster up takes a while; whoever changes it puts it back. */
function sharedLab(cni: NetworkName): Lab {
  let lab = labs.get(cni);
  if (lab === undefined) labs.set(cni, (lab = labOf(cni)));
  return lab;
}

/** `+` connected, `X` timeout, `R` refused, `D` no name; a column a pod network. */
const networks = ['calico', 'cilium', 'weave', 'flannel', 'bridge'] as const;
const rows: readonly (readonly [what: string, from: string, to: string, outcomes: string])[] = [
  //                                                                                                            cal cil wea fla bri
  ['a pod that the policy names', 'pod:shop/web', 'pod:shop/db:80', '+ + + + +'],
  ['… by the Service: its port is not the pod’s', 'pod:shop/web', 'svc:shop/db:8080', '+ + + + +'],
  ['another port', 'pod:shop/web', 'pod:shop/db:81', 'X X X R R'],
  ['a ping, where the rule names a port', 'pod:shop/web', 'icmp://{db}', 'X X X + +'],
  ['a pod labelled alike in another namespace', 'pod:default/guest', 'pod:shop/db:80', 'X X X + +'],
  ['the kubelet’s own node', 'node:node02', 'pod:shop/db:80', '+ + + + +'],
  ['another node', 'node:node01', 'pod:shop/db:80', 'X X X + +'],
  ['a pod on the network of another node, though labelled right', 'pod:shop/agent', 'pod:shop/db:80', 'X X X + +'],
  ['from outside by the node of the pod: before source NAT it is the client', 'external', 'node:node02:30080', '+ X + + +'],
  ['from outside by another node: the client is lost', 'external', 'node:node01:30080', 'X X X + +'],
  ['a pod by its own Service', 'pod:shop/db', 'svc:shop/db:8080', 'X + X + +'],
  ['out to the own node', 'pod:shop/web', 'tcp://172.30.2.2:10250', 'X X + + +'],
  ['out to another node', 'pod:shop/web', 'tcp://172.30.3.2:10250', 'X X X + +'],
  ['out to a Service without endpoints', 'pod:shop/web', 'svc:shop/nobody:80', 'X R X R R'],
  ['out to DNS', 'pod:shop/web', 'http://db.shop:8080/', 'D D D + +'],
  ['out from a pod that is not isolated for egress', 'pod:shop/db', 'tcp://172.30.2.2:10250', '+ + + + +'],
];

const signs = { connected: '+', timeout: 'X', refused: 'R', unreachable: 'U', 'dns-failure': 'D' } as const;

describe.each(networks.map((cni, column) => [cni, column] as const))('%s', (cni, column) => {
  const here = () => sharedLab(cni);

  it.each(rows)('%s', (_, from, to, outcomes) => {
    const db = here().snapshot.cluster.get(Pod, 'shop', 'db')!.status!.podIP!;
    expect(signs[traceFlow(here(), { from, to: to.replace('{db}', db) }).outcome]).toBe(outcomes.split(' ')[column]);
  });
});

it('a kube-proxy that takes pods for strangers masquerades them before the policies at the other end see them', () => {
  const lab = labOf('weave', '10.244.0.0/16');
  expect(traceFlow(lab, { from: 'pod:shop/web', to: 'pod:shop/db:80' }).outcome).toBe('connected');
  expect(traceFlow(lab, { from: 'pod:shop/web', to: 'svc:shop/db:8080' })).toMatchObject({
    outcome: 'timeout',
    why: expect.stringMatching(/none of its rules allows TCP 80 from 10\.\d+\.\d+\.\d+$/),
  });
});

describe('what is told', () => {
  const lab = sharedLab('calico');

  it('the policy that isolates', () => {
    const { why, hops, decisive } = traceFlow(lab, { from: 'pod:default/guest', to: 'pod:shop/db:80' });
    expect(why).toMatch(
      /^NetworkPolicy shop\/db isolates pod shop\/db for ingress, and none of its rules allows TCP 80 from pod default\/guest /,
    );
    expect(hops[decisive!]).toMatchObject({
      node: 'node02',
      at: 'NetworkPolicy ingress',
      action: 'drop',
      verdict: { allowed: false, isolatedBy: [{ namespace: 'shop', name: 'db' }] },
    });
  });

  it('the rule that allows, at both ends', () => {
    const { hops } = traceFlow(lab, { from: 'pod:shop/web', to: 'svc:shop/db:8080' });
    const told = hops
      .filter(({ at }) => at.startsWith('NetworkPolicy'))
      .map(({ node, at, action, because }) => [node, at, action, because]);
    expect(told).toEqual([
      [
        'node01',
        'NetworkPolicy egress',
        'accept',
        expect.stringMatching(/^spec\.egress\[0\] of NetworkPolicy shop\/web allows TCP 80 to pod shop\/db \(/),
      ],
      [
        'node02',
        'NetworkPolicy ingress',
        'accept',
        expect.stringMatching(/^spec\.ingress\[0\] of NetworkPolicy shop\/db allows TCP 80 from pod shop\/web \(/),
      ],
    ]);
  });

  it('an agent that is gone leaves its rules behind', () => {
    const before = lab.snapshot;
    const outcome = () => traceFlow(lab, { from: 'pod:default/guest', to: 'pod:shop/db:80' }).outcome;
    lab.change(({ objects: draft }) => draft.remove(NetworkPolicy, 'shop', 'db'));
    expect(outcome()).toBe('connected');
    lab.restore(before);
    lab.change(({ objects: draft }) => draft.remove(DaemonSet, 'kube-system', 'calico-node'));
    lab.advance(120_000);
    lab.change(({ objects: draft }) => draft.remove(NetworkPolicy, 'shop', 'db'));
    expect(outcome()).toBe('timeout');
    lab.restore(before);
  });
});
