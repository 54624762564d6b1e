/** NodeLocal DNSCache answers pods on their own node, as long as its rules are there (kubernetes/dns: cmd/node-cache). */
import { beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { startLesson, type Lesson } from '#lesson/lesson.ts';
import { loadScenario } from '#scenario/load.ts';

const scenario = (mode: string) => `
apiVersion: cka-net/v1
kind: Scenario
metadata: {name: nodelocal}
spec: {cluster: {addons: [nodelocaldns], kubeProxy: {mode: ${mode}}}}
---
apiVersion: v1
kind: Pod
metadata: {name: client}
spec: {nodeName: node01, containers: [{name: c, image: nicolaka/netshoot, command: [sleep, infinity]}]}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 80}]}
---
apiVersion: v1
kind: Service
metadata: {name: shop}
spec: {selector: {app: shop}, ports: [{port: 80}]}
`;

async function begin(mode: string): Promise<Lesson> {
  const loaded = loadScenario([{ name: 'nodelocal.yaml', text: scenario(mode) }]);
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  const started = await startLesson(loaded.scenario);
  if (!started.ok) throw new Error(JSON.stringify(started.error));
  return started.value;
}

const local = '169.254.20.10';
const service = '10.96.0.10';
const dig = (name: string, more = '') => `kubectl exec client -- dig ${more} +noall +comments +answer ${name}.default.svc.cluster.local`;
const statusOf = (text: string) => /status: (\w+)/.exec(text)?.[1];
const ttlOf = (text: string) => Number(/^\S+\s+(\d+)\s+IN\s+A\s/m.exec(text)?.[1]);

describe('in iptables mode', () => {
  let lesson: Lesson;
  beforeAll(async () => {
    lesson = await begin('iptables');
  });
  beforeEach(() => lesson.reset());

  const run = async (line: string) => (await lesson.run(line)).stdout;
  const answeredBy = async (to = service) => {
    const { hops } = await lesson.cluster.trace({ from: 'pod:default/client', to: `udp://${to}:53` });
    return hops.filter((hop) => hop.action === 'deliver').map(({ node, because }) => `${node}: ${because}`)[0];
  };
  const onItsNode = 'node01: node-cache listens on UDP 53';

  it.each([service, local])('a question to %s is answered on the node that it comes from', async (to) => {
    expect(await answeredBy(to)).toBe(onItsNode);
    expect(await run(`${dig('web', `@${to}`)} | grep -c "IN.A.10[.]"`)).toBe('1\n');
  });

  it('the node has a device with both addresses, which is down', async () => {
    const text = await run('ssh node01 ip -o addr show nodelocaldns; ssh node01 ip link show nodelocaldns');
    expect(text.match(/inet \S+ scope \w+/g)).toEqual([`inet ${local}/32 scope global`, `inet ${service}/32 scope global`]);
    expect(text).toContain('nodelocaldns: <BROADCAST,NOARP> mtu 1500 qdisc noop state DOWN mode DEFAULT group default');
  });

  /** As people have seen it on nodes: the last that was added stands first. */
  it('the rules stand in the order in which node-cache adds them', async () => {
    const comment = (what: string) => `-m comment --comment "NodeLocal DNS Cache: ${what}"`;
    const raw = (chain: string, what: string) => `-A ${chain} ${what} ${comment('skip conntrack')} -j NOTRACK`;
    const addresses = [service, local];
    const either = (which: 's' | 'd', ip: string) =>
      ['udp', 'tcp'].map((protocol) => `-${which} ${ip}/32 -p ${protocol} -m ${protocol} --${which}port 53`);
    const health = (which: 's' | 'd', ip: string) => `-${which} ${ip}/32 -p tcp -m tcp --${which}port 8080`;
    const saved = (await run('ssh node01 iptables-save -t raw')).split('\n').filter((line) => line.startsWith('-A'));
    expect(saved).toEqual([
      ...addresses.flatMap((ip) => either('d', ip)).map((what) => raw('PREROUTING', what)),
      ...addresses
        .flatMap((ip) => [health('s', ip), health('d', ip), ...either('d', ip), ...either('s', ip)])
        .map((what) => raw('OUTPUT', what)),
    ]);
    const accepted = (await run('ssh node01 iptables -S INPUT')).split('\n').slice(1, 5);
    expect(accepted).toEqual(
      addresses.flatMap((ip) => either('d', ip)).map((what) => `-A INPUT ${what} ${comment('allow DNS traffic')} -j ACCEPT`),
    );
  });

  it('without the rule, kube-proxy sends the question to CoreDNS again, and a minute later the rule is back', async () => {
    const tracked = `ssh node01 conntrack -L -p udp --dst ${service} 2>/dev/null | wc -l`;
    expect(await run(`${dig('web')} >/dev/null; ${tracked}`)).toBe('0\n');
    await run(`ssh node01 iptables -t raw -D PREROUTING 1`);
    expect(await run(`${dig('web')} >/dev/null; ${tracked}`)).toBe('1\n');
    expect(await answeredBy()).toMatch(/^controlplane: coredns listens on UDP 53$/);
    await run('sleep 70');
    expect(await answeredBy()).toBe(onItsNode);
    const logs = await run('kubectl -n kube-system logs --since=70s -l k8s-app=node-local-dns --prefix=false');
    expect(logs).toBe(
      `[INFO] Added back nodelocaldns rule - {raw PREROUTING [-p udp -d ${service} --dport 53 -j NOTRACK -m comment --comment NodeLocal DNS Cache: skip conntrack]}\n`,
    );
  });

  it('takes device and rules away when it is told to stop, and the Service answers as before', async () => {
    await run('kubectl -n kube-system delete ds node-local-dns; sleep 40');
    expect(await run('ssh node01 "iptables-save | grep NodeLocal; ip link show nodelocaldns"')).toBe('');
    expect(await answeredBy()).toMatch(/^controlplane: coredns listens on UDP 53$/);
    expect(statusOf(await run(dig('web')))).toBe('NOERROR');
  });

  it('a rule of nftables keeps connection tracking away as well', async () => {
    await run('kubectl -n kube-system delete ds node-local-dns; sleep 40');
    const table = 'nft add table ip own; nft add chain ip own first "{ type filter hook prerouting priority raw; }"';
    expect(await run(`ssh node01 '${table}; nft add rule ip own first ip daddr ${service} udp dport 53 notrack'`)).toBe('');
    const { hops, outcome } = await lesson.cluster.trace({ from: 'pod:default/client', to: `udp://${service}:53` });
    expect([outcome, hops.filter((hop) => hop.action === 'dnat')]).toEqual(['timeout', []]);
  });

  it('answers what it knows while nobody else does, until its time is over', async () => {
    expect(ttlOf(await run(dig('web')))).toBe(30);
    await run('kubectl -n kube-system scale deploy coredns --replicas 0; sleep 12');
    const known = await run(dig('web'));
    expect(ttlOf(known)).toBeGreaterThan(0);
    expect(ttlOf(known)).toBeLessThan(20);
    expect(statusOf(await run(dig('shop')))).toBe('SERVFAIL');
    await run('sleep 30');
    expect(statusOf(await run(dig('web')))).toBe('SERVFAIL');
  });

  it('serves its Corefile with the upstream Service in it, and another when that has changed', async () => {
    const upstream = (await run(`kubectl -n kube-system get svc kube-dns-upstream -o jsonpath='{.spec.clusterIP}'`)).trim();
    const pod = 'kubectl -n kube-system logs -l k8s-app=node-local-dns --tail=-1';
    expect(await run(`${pod} | grep -c "forward . ${upstream} {"`)).toBe('18\n');
    await run(
      `kubectl -n kube-system get cm node-local-dns -o yaml | sed 's/denial 9984 5/denial 9984 7/' | kubectl apply -f - ; sleep 150`,
    );
    expect(await run(`${pod} | grep -c "denial 9984 7"`)).toBe('3\n');
    expect(await run(`${pod} | grep -c "Reloading complete"`)).toBe('3\n');
  });

  it('is alive as its probe sees it', async () => {
    await run('sleep 120');
    const restarts = await run(
      `kubectl -n kube-system get pods -l k8s-app=node-local-dns -o jsonpath='{.items[*].status.containerStatuses[0].restartCount}'`,
    );
    expect(restarts).toBe('0 0 0');
    expect(await run(`ssh node01 curl -s http://${local}:8080/health`)).toBe('OK');
  });
});

it('in ipvs mode has only an address of its own, for the Service has a device already', async () => {
  const lesson = await begin('ipvs');
  const { stdout } = await lesson.run(`ssh node01 ip -4 -o addr show nodelocaldns; ${dig('web', `@${local}`)}`);
  expect(stdout.match(/inet \S+ scope/g)).toEqual([`inet ${local}/32 scope`]);
  expect(statusOf(stdout)).toBe('NOERROR');
});
