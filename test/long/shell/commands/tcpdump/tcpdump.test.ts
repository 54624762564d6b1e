/** tcpdump on the way of a packet: each interface has seen what passes it; a tunnel's packet carries another. */
import { beforeAll, describe, expect, it } from '@jest/globals';
import type { Lesson } from '#lesson/lesson.ts';
import { lessonFrom } from '../../../../support/session.ts';

const scenario = `
apiVersion: cka-net/v1
kind: Scenario
metadata: {name: dump}
spec: {}
---
apiVersion: v1
kind: Pod
metadata: {name: a}
spec: {nodeName: node01, containers: [{name: a, image: nicolaka/netshoot, command: [sleep, infinity]}]}
---
apiVersion: v1
kind: Pod
metadata: {name: c}
spec: {nodeName: node02, containers: [{name: c, image: nginx}]}
`;

/** Packets without what is drawn: times, numbers, options. */
function bare(text: string): readonly string[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) =>
      line
        .replace(/^\d\d:\d\d:\d\d\.\d{6} /, '')
        .replaceAll(/, (seq|ack|win) \d+/g, '')
        .replace(/, options \[.*\]/, '')
        .replace(/ id \d+,/, ''),
    );
}

describe('tcpdump', () => {
  let lesson: Lesson;
  let [a, c] = ['', ''];
  const out = async (line: string) => (await lesson.run(line)).stdout;
  beforeAll(async () => {
    lesson = await lessonFrom(scenario);
    [a, c] = (await out("kubectl get pods a c -o jsonpath='{.items[*].status.podIP}'")).split(' ') as [string, string];
  });

  it('sees a connection open on the bridge, and its packets wrapped on the wire', async () => {
    await lesson.run(`kubectl exec a -- curl -s ${c}`);
    const opening = [
      `IP ${a}.40000 > ${c}.80: Flags [S], length 0`,
      `IP ${c}.80 > ${a}.40000: Flags [S.], length 0`,
      `IP ${a}.40000 > ${c}.80: Flags [.], length 0`,
    ];
    expect(bare(await out('ssh node01 tcpdump -n -i cni0'))).toEqual(opening);
    const wire = bare(await out('ssh node02 tcpdump -n -i eth0 -c 2 udp port 8472'));
    const otv = 'OTV, flags [I] (0x08), overlay 0, instance 1';
    expect(wire).toEqual([
      `IP 172.30.2.2.49152 > 172.30.3.2.8472: ${otv}`,
      opening[0],
      `IP 172.30.3.2.49152 > 172.30.2.2.8472: ${otv}`,
      opening[1],
    ]);
    expect(bare(await out('tcpdump -n -i cni0'))).toEqual([]);
  });

  it('sees refusals, echoes, and what is sent again', async () => {
    await lesson.run(`kubectl exec a -- curl -s ${c}:81`);
    expect(bare(await out('ssh node02 tcpdump -n -i flannel.1'))).toEqual([
      `IP ${a}.40000 > ${c}.81: Flags [S], length 0`,
      `IP ${c}.81 > ${a}.40000: Flags [R.], length 0`,
    ]);
    await lesson.run(`kubectl exec a -- ping -c 1 ${c}`);
    expect(bare(await out('kubectl exec a -- tcpdump -n -i eth0 icmp'))).toEqual([
      `IP ${a} > ${c}: ICMP echo request, length 64`,
      `IP ${c} > ${a}: ICMP echo reply, length 64`,
    ]);
    await lesson.run(`ssh node02 iptables -I FORWARD -p tcp --dport 80 -j DROP; kubectl exec a -- curl -s -m 4 ${c}`);
    const first = `IP ${a}.40000 > ${c}.80: Flags [S], length 0`;
    expect(bare(await out('ssh node02 tcpdump -n -i flannel.1'))).toEqual([first, first, first]);
    expect(bare(await out('ssh node02 tcpdump -n -i cni0 src host 10.9.9.9'))).toEqual([]);
  });

  it.each([
    ['-i nosuch', 'tcpdump: nosuch: No such device exists\n(No such device exists)\n'],
    ['foo', "tcpdump: can't parse filter expression: syntax error\n"],
    ['tcp and', "tcpdump: can't parse filter expression: syntax error\n"],
    ['port nosuch', "tcpdump: unknown port 'nosuch'\n"],
    ['host nosuch.x', "tcpdump: unknown host 'nosuch.x'\n"],
  ])('refuses %s', async (words, stderr) => {
    expect(await lesson.run(`tcpdump ${words}`)).toMatchObject({ stdout: '', stderr, exitCode: 1 });
  });
});

describe('other network namespaces', () => {
  it('are entered by process and by name, with the programs of the host', async () => {
    const lesson = await lessonFrom(scenario);
    const out = async (line: string) => {
      const { stdout, stderr } = await lesson.run(line, { node: 'node01' });
      return stdout + stderr;
    };
    const address = (await out("ssh controlplane kubectl get pod a -o jsonpath='{.status.podIP}'")).trim();
    const pid = (await out('crictl inspect $(crictl ps -q --name a) | jq .info.pid')).trim();
    expect(await out(`nsenter -t ${pid} -n ip -4 -o addr show eth0`)).toContain(`inet ${address}/24`);
    const name = (await out("crictl inspectp $(crictl pods -q --name '^a$') | jq -r '.info.runtimeSpec.linux.namespaces[0].path'"))
      .trim()
      .split('/')
      .at(-1)!;
    expect(await out(`ip netns exec ${name} ip -4 -o addr show eth0`)).toContain(`inet ${address}/24`);
    expect(await out(`nsenter --net=/run/netns/${name} ip route`)).toMatch(/^default via 10\.244\.1\.1 dev eth0/);
    expect(await out('nsenter -t 999999 -n ip a')).toBe('nsenter: cannot open /proc/999999/ns/net: No such file or directory\n');
    expect(await out('ip netns exec nosuch ip a')).toBe('Cannot open network namespace "nosuch": No such file or directory\n');
  });
});
