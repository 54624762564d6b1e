/** A hundred thousand questions about ten thousand Services, in a process of its own. Prints two milliseconds: CoreDNS's, and dns-packet's for as many messages. */
// @ts-expect-error It has no types.
import packet from 'dns-packet';
import { createServer } from '#dataplane/coredns/server.ts';
import type { Environment } from '#dataplane/coredns/plugin.ts';
import { queryOf } from '#dataplane/dns/message.ts';
import { stream } from '#kube/chance.ts';
import { Cluster } from '#kube/cluster.ts';
import { EndpointSlice } from '#kube/kinds/endpoint-slice.ts';
import { Namespace } from '#kube/kinds/namespace.ts';
import { Service } from '#kube/kinds/service.ts';

const services = 10_000;
const questions = 100_000;

const draft = new Cluster().edit();
for (let i = 0; i < 100; i++) draft.keep(Namespace, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: `ns-${i}` } } as Namespace);
for (let i = 0; i < services; i++) {
  const metadata = { name: `service-${i}`, namespace: `ns-${i % 100}` };
  const clusterIP = `10.96.${i >> 8}.${i & 255}`;
  const spec = { type: 'ClusterIP', clusterIP, clusterIPs: [clusterIP], ports: [{ name: 'http', port: 80, protocol: 'TCP' }] };
  draft.keep(Service, { apiVersion: 'v1', kind: 'Service', metadata, spec } as unknown as Service);
  const slice = {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { ...metadata, labels: { 'kubernetes.io/service-name': metadata.name } },
    addressType: 'IPv4',
    ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
    endpoints: [{ addresses: [`10.128.${i >> 8}.${i & 255}`], conditions: { ready: true, serving: true, terminating: false } }],
  };
  draft.keep(EndpointSlice, slice as unknown as EndpointSlice);
}
const cluster = draft.publish();

const corefile = `.:53 {
    errors
    ready
    kubernetes cluster.local in-addr.arpa ip6.arpa {
       pods insecure
       fallthrough in-addr.arpa ip6.arpa
       ttl 30
    }
    prometheus :9153
    forward . 192.0.2.53
    cache 30
    loop
    reload
    loadbalance
}
`;

const environment: Environment = {
  version: '1.13.1',
  files: { read: () => undefined, isDirectory: () => false, glob: () => [] },
  env: new Map(),
  addresses: ['10.128.0.2'],
  interfaces: new Map(),
  kubernetes: { objects: () => cluster, modified: () => 1, synced: () => true, failures: () => [] },
  upstream: () => ({ kind: 'timeout' }),
  listenError: () => undefined,
  seed: 'bench',
  processors: 2,
  args: [],
};

/** Milliseconds of this process's own time. */
function own(act: (i: number) => void): number {
  const before = process.cpuUsage();
  for (let i = 0; i < questions; i++) act(i);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

const started = createServer(corefile, environment, 0);
if (!started.ok) throw new Error(started.error.error);
const server = started.value;
const from = { ip: '10.128.1.1', port: 40_000 };
const draw = stream('bench');
const asked = Array.from({ length: questions }, () => draw() % services);
const name = (i: number) => `service-${asked[i]!}.ns-${asked[i]! % 100}.svc.cluster.local`;

let answered = 0;
const ours = own((i) => {
  const { outcome } = server.answer(queryOf({ name: `${name(i)}.`, type: 'A' }, i & 0xffff), from, 1000 + i / 100);
  if (outcome.kind === 'reply' && outcome.reply.answer.length === 1) answered++;
});
if (answered !== questions) throw new Error(`only ${answered} answers`);

const theirs = own((i) => {
  const question = { type: 'A', class: 'IN', name: name(i) } as const;
  const answer = { ...question, ttl: 30, data: '10.96.0.1' };
  packet.decode(
    packet.encode({ type: 'response', id: i & 0xffff, flags: packet.RECURSION_DESIRED, questions: [question], answers: [answer] }),
  );
});
process.stdout.write(`${ours} ${theirs}`);
