/** MetalLB gives addresses, and announces them, as its own documentation says (metallb.io). */
import { beforeAll, describe, expect, it } from '@jest/globals';
import { startLesson, type Lesson } from '#lesson/lesson.ts';
import { loadScenario } from '#scenario/load.ts';

const scenario = `
apiVersion: cka-net/v1
kind: Scenario
metadata: {name: metallb}
spec: {cluster: {addons: [metallb]}}
---
apiVersion: metallb.io/v1beta1
kind: IPAddressPool
metadata: {name: front, namespace: metallb-system}
spec: {addresses: [203.0.113.10-203.0.113.11]}
---
apiVersion: metallb.io/v1beta1
kind: IPAddressPool
metadata: {name: back, namespace: metallb-system}
spec: {addresses: [198.51.100.64/30], autoAssign: false, avoidBuggyIPs: true}
---
apiVersion: metallb.io/v1beta1
kind: L2Advertisement
metadata: {name: front, namespace: metallb-system}
spec: {ipAddressPools: [front]}
---
apiVersion: v1
kind: Pod
metadata: {name: web, labels: {app: web}}
spec: {nodeName: node02, containers: [{name: c, image: "nginx:1.29", ports: [{containerPort: 80}]}]}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 80}], type: LoadBalancer}
`;

let lesson: Lesson;
beforeAll(async () => {
  const loaded = loadScenario([{ name: 'metallb.yaml', text: scenario }]);
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  const started = await startLesson(loaded.scenario);
  if (!started.ok) throw new Error(JSON.stringify(started.error));
  lesson = started.value;
});

const make = (name: string, more = '') =>
  `kubectl expose pod web --name ${name} --port 80 --type LoadBalancer --dry-run=client -o yaml | kubectl annotate --local -f - -o yaml x=y ${more} | kubectl create -f - >/dev/null`;
const address = (name: string) => `kubectl get svc ${name} -o jsonpath='{.status.loadBalancer.ingress[*].ip}'`;
const event = (name: string, reason: string) =>
  `kubectl get events --field-selector involvedObject.name=${name},reason=${reason} -o jsonpath='{.items[*].message}'`;

/** What lines print, in a cluster as it was at first. */
const rows: readonly (readonly [what: string, lines: readonly string[], prints: string])[] = [
  ['the first free address', [address('web')], '203.0.113.10'],
  ['the next for the next', [make('two'), address('two'), event('two', 'IPAllocated')], '203.0.113.11Assigned IP ["203.0.113.11"]'],
  [
    'and then there is none',
    [make('two'), make('three'), address('three'), event('three', 'AllocationFailed')],
    'Failed to allocate IP for "default/three": no available IPs',
  ],
  ['until one is free again', [make('two'), make('three'), 'kubectl delete svc web >/dev/null', address('three')], '203.0.113.10'],
  ['a pool that is asked for', [make('four', 'metallb.io/address-pool=back'), address('four')], '198.51.100.64'],
  ['an address that is asked for', [make('five', 'metallb.io/loadBalancerIPs=198.51.100.66'), address('five')], '198.51.100.66'],
  [
    'an address of no pool',
    [make('six', 'metallb.io/loadBalancerIPs=192.0.2.1'), event('six', 'AllocationFailed')],
    'Failed to allocate IP for "default/six": ["192.0.2.1"] is not allowed in config',
  ],
  ['a Service that needs none any more', [`kubectl patch svc web -p '{"spec":{"type":"NodePort"}}' >/dev/null`, address('web')], ''],
  [
    'another class is left to others',
    [
      `kubectl create -f - >/dev/null <<EOF
{"apiVersion": "v1", "kind": "Service", "metadata": {"name": "cloud"},
 "spec": {"type": "LoadBalancer", "loadBalancerClass": "example.com/cloud", "ports": [{"port": 80}]}}
EOF`,
      address('cloud'),
    ],
    '',
  ],
];

describe('MetalLB', () => {
  it.each(rows)('%s', async (_, lines, prints) => {
    lesson.reset();
    const { stdout, stderr } = await lesson.run(lines.join('\n'));
    expect({ stdout, stderr }).toEqual({ stdout: prints, stderr: '' });
  });

  const reach = async (to: string) => (await lesson.cluster.trace({ from: 'external', to })).outcome;

  it('announces what an L2Advertisement is for, from a node whose speaker runs', async () => {
    lesson.reset();
    expect(await reach('http://203.0.113.10/')).toBe('connected');
    await lesson.run(make('four', 'metallb.io/address-pool=back'));
    expect(await reach('http://198.51.100.64/')).toBe('unreachable');
    await lesson.run('kubectl -n metallb-system delete ds speaker; sleep 5');
    expect(await reach('http://203.0.113.10/')).toBe('unreachable');
  });

  it('announces from a node with an endpoint where the policy is Local', async () => {
    lesson.reset();
    await lesson.run(`kubectl patch svc web -p '{"spec":{"externalTrafficPolicy":"Local"}}'`);
    const { hops, sourceSeenByDestination } = await lesson.cluster.trace({ from: 'external', to: 'http://203.0.113.10/' });
    expect([hops[1]!.node, sourceSeenByDestination]).toEqual(['node02', '198.51.100.9']);
  });
});
