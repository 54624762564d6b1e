/** Verdicts of 1,000 policies about 10,000 pods, and who of 300 reaches whom. Prints milliseconds as JSON: of the engine, and of finding the pods alone. */
import { dialects } from '#dataplane/policy/dialect.ts';
import { PolicyEngine } from '#dataplane/policy/engine.ts';
import type { Ip } from '#net/ip.ts';
import type { PolicyObjects } from '#node/network-policy.ts';

const [namespaceCount, podCount, policyCount, verdictCount] = [50, 10_000, 1_000, 200_000];

const namespaces = Array.from({ length: namespaceCount }, (_, i) => ({
  metadata: { name: `ns-${i}`, labels: { 'kubernetes.io/metadata.name': `ns-${i}`, team: `team-${i % 7}` } },
}));
const addressOf = (i: number) => `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}` as Ip;
const pods = Array.from({ length: podCount }, (_, i) => ({
  metadata: {
    namespace: `ns-${i % namespaceCount}`,
    name: `pod-${i}`,
    labels: { app: `app-${i % 83}`, tier: `tier-${i % 3}`, pod: `pod-${i}` },
  },
  spec: { nodeName: `node-${i % 100}`, containers: [{ name: 'main', ports: [{ name: 'web', containerPort: 8080, protocol: 'TCP' }] }] },
  status: { phase: 'Running', podIPs: [{ ip: addressOf(i + 256) }] },
}));
const policies = Array.from({ length: policyCount }, (_, i) => ({
  metadata: { namespace: `ns-${i % namespaceCount}`, name: `policy-${i}` },
  spec: {
    podSelector: i % 5 === 0 ? {} : { matchLabels: { app: `app-${i % 83}` } },
    policyTypes: ['Ingress', 'Egress'],
    ingress: [
      {
        from: [{ namespaceSelector: { matchLabels: { team: `team-${i % 7}` } }, podSelector: { matchLabels: { tier: `tier-${i % 3}` } } }],
        ports: [{ port: 'web' }],
      },
      { from: [{ podSelector: { matchExpressions: [{ key: 'app', operator: 'In', values: [`app-${i % 83}`, `app-${(i + 1) % 83}`] }] } }] },
      { from: [{ ipBlock: { cidr: '192.0.2.0/24', except: ['192.0.2.128/25'] } }], ports: [{ port: 8000, endPort: 8100 }] },
    ],
    egress: [
      { to: [{ namespaceSelector: { matchLabels: { team: `team-${(i + 3) % 7}` } } }], ports: [{ port: 8080 }] },
      { ports: [{ protocol: 'UDP', port: 53 }] },
    ],
  },
}));
const objects = { namespaces, pods, policies } as unknown as PolicyObjects;

let state = 1;
const below = (limit: number) => {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return Math.floor((state / 2 ** 32) * limit);
};
const flows = Array.from({ length: verdictCount }, () => ({
  protocol: 'TCP',
  srcIp: addressOf(256 + below(podCount)),
  dstIp: addressOf(256 + below(podCount)),
  dstPort: below(2) === 0 ? 8080 : 443,
}));

/** Of this process on its core, whatever else the machine does. */
const milliseconds = (work: () => void) => {
  const begun = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(begun);
  return (user + system) / 1000;
};

const engine = new PolicyEngine(objects, dialects.calico);
let allowed = 0;
const verdicts = milliseconds(() => {
  for (let i = 0; i < flows.length; i++) if (engine.verdict(i % 2 === 0 ? 'ingress' : 'egress', flows[i]!).allowed) allowed++;
});
if (allowed === 0 || allowed === verdictCount) throw new Error(`${allowed} of ${verdictCount} are allowed: that measures nothing`);

const some = pods.slice(0, 300).map(({ status }) => status.podIPs[0]!.ip);
const matrix = milliseconds(() => {
  const fresh = new PolicyEngine(objects, dialects.calico);
  for (const srcIp of some) for (const dstIp of some) fresh.connection({ protocol: 'TCP', srcIp, dstIp, dstPort: 8080 });
});

/** The least that anybody must do who asks about two addresses: find both, and compare what is there with what a rule asks for. */
const byAddress = new Map(pods.map((pod) => [pod.status.podIPs[0]!.ip, pod]));
let same = 0;
const reference = milliseconds(() => {
  for (const { srcIp, dstIp } of flows) {
    const [from, to] = [byAddress.get(srcIp)!.metadata, byAddress.get(dstIp)!.metadata];
    if (from.namespace === to.namespace && from.labels.tier === to.labels.tier && from.labels.app !== to.labels.pod) same++;
  }
});
if (same === 0) throw new Error('the reference finds nothing');
process.stdout.write(JSON.stringify({ verdicts, matrix, reference }));
