import { describe, expect, it } from '@jest/globals';
import { lessonOf } from '../../support/session.ts';

describe('what kernels remember of connections', () => {
  it('is shown where they passed, for as long as it is known', async () => {
    const lesson = await lessonOf('scenarios/services/local-means-here.yaml');
    const say = async (line: string) => (await lesson.run(line)).stdout;
    const at = (node: string, options = '') => say(`ssh ${node} conntrack -L ${options} 2>/dev/null`);
    expect(await at('node01')).toBe('');
    const virtual = await say("kubectl -n ferry get svc booking -o jsonpath='{.spec.clusterIP}'");
    const pod = await say("kubectl -n ferry get pod -l app=booking -o jsonpath='{.items[0].status.podIP}'");
    const desk = await say("kubectl -n ferry get pod desk -o jsonpath='{.status.podIP}'");

    await lesson.run('kubectl -n ferry exec desk -- curl -s -m 2 http://booking/');
    // The ClusterIP is known only where it was translated; on the pod's own machine nothing was.
    const tcp = new RegExp(
      `^tcp {6}6 119 TIME_WAIT src=${desk} dst=${virtual} sport=(\\d+) dport=80 src=${pod} dst=${desk} sport=80 dport=\\1 \\[ASSURED\\] mark=0 use=1\n$`,
    );
    expect(await at('node01', '-p tcp')).toMatch(tcp);
    expect(await at('node02', '-p tcp')).toMatch(
      new RegExp(`src=${desk} dst=${pod} sport=(\\d+) dport=80 src=${pod} dst=${desk} sport=80 dport=\\1 `),
    );
    expect(await at('node01', '-p udp')).toMatch(
      /^udp {6}17 29 src=\S+ dst=10\.96\.0\.10 sport=\d+ dport=53 src=10\.244\.0\.\d+ dst=\S+ sport=53 /,
    );
    expect(await say('kubectl -n ferry exec desk -- cat /etc/hostname')).toBe('desk\n');

    lesson.lab.advance(40_000);
    expect(await at('node01', '-p udp')).toBe('');
    expect(await at('node01', '-p tcp')).toMatch(/^tcp {6}6 (7\d) TIME_WAIT /);
    expect((await lesson.run('ssh node01 conntrack -D -p tcp')).stderr).toContain('1 flow entries have been deleted');
    expect(await at('node01')).toBe('');

    // Nobody answers: the first packet went on all the same. A dropped one leaves nothing.
    await lesson.run('kubectl -n ferry exec desk -- curl -s -m 2 http://10.244.2.250/');
    expect(await at('node01', '-p tcp')).toMatch(/SYN_SENT src=\S+ dst=10\.244\.2\.250 sport=\d+ dport=80 \[UNREPLIED\] /);
    lesson.reset();
    expect(await at('node01')).toBe('');
  });

  it.each(['iptables', 'nftables'])('keeps clients with their backends where a Service wants it, in %s mode', async (mode) => {
    const lesson = await lessonOf(
      mode === 'iptables' ? 'scenarios/services/named-port-misspelt.yaml' : 'scenarios/kube-proxy/a-table-beside.yaml',
    );
    const [namespace, app, from] = mode === 'iptables' ? ['bakery', 'orders', 'counter'] : ['bazaar', 'price', 'till'];
    const address = await lesson.run(`kubectl -n ${namespace} scale deploy ${app} --replicas 4 >/dev/null; sleep 20
      kubectl -n ${namespace} expose deploy ${app} --name sticky --port 88 --target-port $(kubectl -n ${namespace} get deploy ${app} -o jsonpath='{..containerPort}') --session-affinity ClientIP >/dev/null
      ssh node01 nft delete table inet guard 2>/dev/null
      kubectl -n ${namespace} patch svc sticky -p '{"spec":{"sessionAffinityConfig":{"clientIP":{"timeoutSeconds":60}}}}' >/dev/null
      kubectl -n ${namespace} get svc sticky -o jsonpath={.spec.clusterIP}`);
    const node = (await lesson.run(`kubectl -n ${namespace} get pod ${from} -o jsonpath={.spec.nodeName}`)).stdout;
    const asked = async (times: number) => {
      await lesson.run(
        `for i in $(seq ${times}); do kubectl -n ${namespace} exec ${from} -- curl -s -m 2 -o /dev/null http://${address.stdout}:88/; done`,
      );
      const known = (await lesson.run(`ssh ${node} conntrack -L -p tcp -d ${address.stdout} 2>/dev/null`)).stdout.trim().split('\n');
      await lesson.run(`ssh ${node} conntrack -F`);
      return known.map((line) => / src=(\S+) dst=\S+ sport=\d+ dport=\d+ \[ASSURED\]/.exec(line)?.[1]);
    };
    const first = await asked(5);
    expect(first).toHaveLength(5);
    expect(new Set(first).size).toBe(1);
    // Forgotten after a minute, it is chosen anew: in one of many rounds another one.
    const later = new Set<string | undefined>();
    for (let round = 0; round < 8; round++) {
      lesson.lab.advance(61_000);
      for (const backend of await asked(1)) later.add(backend);
    }
    expect(later.size).toBeGreaterThan(1);
  });

  it('is kept by IPVS, too, and longer', async () => {
    const lesson = await lessonOf('scenarios/kube-proxy/virtual-servers.yaml');
    const say = async (line: string) => (await lesson.run(line)).stdout;
    await lesson.run('ipvsadm -C; systemctl restart kubelet; dig +short @10.96.0.10 kubernetes.default.svc.cluster.local');
    const row = /^UDP 0(\d):\d\d {2}UDP {9}\S+ +10\.96\.0\.10:53 {6}10\.244\.0\.\d:53$/m;
    expect(await say('ipvsadm -Lnc')).not.toMatch(row);
    const pod = await say(
      'kubectl -n kube-system delete pod -l k8s-app=kube-proxy --field-selector spec.nodeName=controlplane; dig +short @10.96.0.10 kubernetes.default.svc.cluster.local',
    );
    expect(pod).toContain('10.96.0.1\n');
    expect(row.exec(await say('ipvsadm -Lnc'))?.[1]).toBe('5');
    lesson.lab.advance(100_000);
    expect(await say('conntrack -L -p udp 2>/dev/null')).toBe('');
    expect(row.exec(await say('ipvsadm -Lnc'))?.[1]).toBe('3');
    await lesson.run('conntrack -F');
    expect(await say('ipvsadm -Lnc')).toMatch(row);
    lesson.lab.advance(201_000);
    expect(await say('ipvsadm -Lnc')).not.toMatch(row);
  });
});
