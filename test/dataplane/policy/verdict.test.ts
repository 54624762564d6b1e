/** What a verdict says: the policies that isolate, the rule that allows, in data and in a sentence. */
import { describe, expect, it } from '@jest/globals';
import { PolicyEngine } from '#dataplane/policy/engine.ts';
import { verdictText, type PolicyVerdict } from '#dataplane/policy/verdict.ts';
import type { Ip } from '#net/ip.ts';
import type { PolicyObjects } from '#node/network-policy.ts';
import { namespaceOf, places, podOf, policiesOf, townWith } from './town.ts';

const policies = `- name: x/from-z
  podSelector: {matchLabels: {app: a}}
  ingress:
    - from: [{ipBlock: {cidr: 192.0.2.0/24}}]
    - from: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: z}}}]
      ports: [{port: 80}]
- {name: x/deny, policyTypes: [Ingress]}`;

const isolatedBy = [
  { namespace: 'x', name: 'deny' },
  { namespace: 'x', name: 'from-z' },
];
const rows: readonly (readonly [from: string, to: string, port: number, verdict: PolicyVerdict, text: string])[] = [
  [
    'za',
    'xa',
    80,
    { allowed: true, because: 'rule', policy: { namespace: 'x', name: 'from-z' }, rule: 1, isolatedBy },
    'spec.ingress[1] of NetworkPolicy x/from-z allows it',
  ],
  [
    'za',
    'xa',
    81,
    { allowed: false, isolatedBy },
    'NetworkPolicies x/deny and x/from-z isolate the pod for ingress, and none of their rules allows it',
  ],
  [
    'za',
    'xb',
    80,
    { allowed: false, isolatedBy: [{ namespace: 'x', name: 'deny' }] },
    'NetworkPolicy x/deny isolates the pod for ingress, and none of its rules allows it',
  ],
  ['xa', 'za', 80, { allowed: true, because: 'not-isolated' }, 'no NetworkPolicy isolates the pod for ingress'],
  ['xa', 'xa', 81, { allowed: true, because: 'itself' }, 'the pod cannot be kept from itself'],
];

describe('a verdict', () => {
  const engine = new PolicyEngine(townWith(policiesOf(policies)));
  it.each(rows)('%s to %s, port %i', (from, to, dstPort, verdict, text) => {
    const said = engine.verdict('ingress', { protocol: 'TCP', srcIp: places[from]!, dstIp: places[to]!, dstPort });
    expect(said).toEqual(verdict);
    expect(verdictText(said, 'ingress', 'the pod', 'it')).toBe(text);
  });
});

describe('who is a pod', () => {
  const allows = (objects: PolicyObjects, from: string, to: string, standing?: 'node' | 'world') =>
    new PolicyEngine(objects).verdict('ingress', { protocol: 'TCP', srcIp: from as Ip, dstIp: to as Ip, dstPort: 80 }, standing).allowed;
  const of = (...pods: PolicyObjects['pods']): PolicyObjects => ({
    policies: policiesOf(
      '- {name: x/neighbours, ingress: [{from: [{podSelector: {}}]}, {from: [{ipBlock: {cidr: 0.0.0.0/0, except: [10.1.0.0/16]}}]}]}',
    ),
    namespaces: [namespaceOf('x')],
    pods: [podOf('x/web', { ips: ['10.1.0.1', 'fd00::1'] }), ...pods],
  });

  it('a neighbour is selected, in both families', () => {
    expect(allows(of(podOf('x/b', { ips: ['10.1.0.2', 'fd00::2'] })), '10.1.0.2', '10.1.0.1')).toBe(true);
    expect(allows(of(podOf('x/b', { ips: ['10.1.0.2', 'fd00::2'] })), 'fd00::2', 'fd00::1')).toBe(true);
  });
  it('nobody is selected by an address that no pod has', () => {
    expect(allows(of(), '10.1.0.2', '10.1.0.1')).toBe(false);
    expect(allows(of(), '2001:db8::1', 'fd00::1')).toBe(false);
  });
  it('a pod on the network of its machine is that machine, and a policy does not isolate it', () => {
    const objects = of(podOf('x/agent', { ips: ['172.30.2.2'], hostNetwork: true }), podOf('x/b', { ips: ['10.1.0.2'] }));
    expect(new PolicyEngine(objects).podAt('172.30.2.2' as Ip)).toBeUndefined();
    expect(allows(objects, '10.1.0.2', '172.30.2.2')).toBe(true);
    // By the block, for the selector does not mean it.
    expect(allows(objects, '172.30.2.2', '10.1.0.1')).toBe(true);
  });
  it('a pod that has ended has no address any more: who has it now counts', () => {
    const ended = podOf('x/job', { ips: ['10.1.0.2'], phase: 'Succeeded' });
    expect(allows(of(ended), '10.1.0.2', '10.1.0.1')).toBe(false);
    expect(allows(of(podOf('x/heir', { ips: ['10.1.0.2'] }), ended), '10.1.0.2', '10.1.0.1')).toBe(true);
  });
  it('a machine as Cilium sees it is meant by no block; somebody in the world by the block of all', () => {
    expect(allows(of(), '172.30.1.2', '10.1.0.1')).toBe(true);
    expect(allows(of(), '172.30.1.2', '10.1.0.1', 'node')).toBe(false);
    expect(allows(of(), '172.30.1.2', '10.1.0.1', 'world')).toBe(false);
    const open = { ...of(), policies: policiesOf('- {name: x/world, ingress: [{from: [{ipBlock: {cidr: 0.0.0.0/0}}]}]}') };
    expect(allows(open, '172.30.1.2', '10.1.0.1', 'world')).toBe(true);
    expect(allows(open, '172.30.1.2', '10.1.0.1', 'node')).toBe(false);
  });
  it('a sidecar names ports too', () => {
    const pod = podOf('x/proxied', { ips: ['10.1.0.3'] });
    const sidecar = { name: 'proxy', restartPolicy: 'Always', ports: [{ name: 'web', containerPort: 80, protocol: 'TCP' }] };
    const withSidecar = { ...pod, spec: { ...pod.spec, initContainers: [sidecar] } } as unknown as typeof pod;
    const objects = { ...of(withSidecar), policies: policiesOf('- {name: x/web, ingress: [{ports: [{port: web}]}]}') };
    expect(allows(objects, '10.1.0.9', '10.1.0.3')).toBe(true);
    expect(allows(objects, '10.1.0.9', '10.1.0.1')).toBe(false);
  });
});
