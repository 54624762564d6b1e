/** /sys, and what shells say of files that they cannot write to. */
import { beforeAll, describe, expect, it } from '@jest/globals';
import type { Lesson } from '#lesson/lesson.ts';
import { lessonFrom } from '../../support/session.ts';

const scenario = `apiVersion: cka-net/v1
kind: Scenario
metadata: {name: links, title: Links, topic: cni, difficulty: easy}
spec:
  story: None.
  cluster: {nodes: [{name: controlplane, roles: [control-plane]}, {name: node01}]}
---
apiVersion: v1
kind: Pod
metadata: {name: tool, namespace: default}
spec:
  nodeName: node01
  containers:
    - {name: one, image: "nicolaka/netshoot:v0.14", command: [sleep, infinity]}
    - {name: busy, image: "busybox:1.37", command: [sleep, infinity]}
    - {name: free, image: "nicolaka/netshoot:v0.14", command: [sleep, infinity], securityContext: {privileged: true}}
`;

let lesson: Lesson;
beforeAll(async () => {
  lesson = await lessonFrom(scenario, 'links.yaml');
});

const run = (line: string) => lesson.cluster.asStarted(() => lesson.cluster.run(line));
const inPod = (line: string, container = 'one') => run(`kubectl exec tool -c ${container} -- ${line}`);
const onNode = (line: string) => run(`ssh node01 '${line}'`);

describe('/sys', () => {
  it('says which interface of the machine is the other end of a pod’s', async () => {
    const index = (await inPod('cat /sys/class/net/eth0/iflink')).stdout.trim();
    const ours = (await inPod('cat /sys/class/net/eth0/ifindex')).stdout.trim();
    const found = (await onNode(`grep -l ^${index}$ /sys/class/net/*/ifindex`)).stdout;
    const [, name] = /^\/sys\/class\/net\/(veth\w+)\/ifindex\n$/.exec(found)!;
    expect((await onNode(`cat /sys/class/net/${name}/iflink`)).stdout.trim()).toBe(ours);
    expect((await onNode(`ip -br link show ${name}`)).stdout).toMatch(new RegExp(`^${name}@`));
  });

  it('has the links of the namespace, and the ports of a bridge', async () => {
    expect((await inPod('ls /sys/class/net')).stdout).toBe('eth0\nlo\n');
    expect((await onNode('cd /sys/class/net; cat lo/type eth0/operstate cni0/uevent')).stdout).toMatch(
      /^772\nup\nDEVTYPE=bridge\nINTERFACE=cni0\nIFINDEX=\d+\n$/,
    );
    expect((await onNode('for port in /sys/devices/virtual/net/cni0/brif/*; do cat $port/hairpin_mode; done')).stdout).toMatch(/^(1\n)+$/);
  });

  it('takes a port’s hairpin mode, which is the kernel’s', async () => {
    const { stdout } = await onNode(
      'cd /sys/devices/virtual/net/cni0/brif; for port in *; do echo 0 > $port/hairpin_mode; done; cat */hairpin_mode; bridge -d link show',
    );
    expect(stdout).toMatch(/^(0\n)+/);
    expect(stdout).toContain('hairpin off');
    expect(stdout).not.toContain('hairpin on');
  });
});

describe('a file that cannot be written to', () => {
  it.each<[who: string, run: () => Promise<{ readonly stdout: string; readonly stderr: string; readonly exitCode: number }>, said: string]>(
    [
      ['bash, in a directory that is not there', () => onNode('echo x > /nosuch/file'), 'bash: /nosuch/file: No such file or directory\n'],
      ['bash, as it was typed', () => onNode('echo x >> nosuch/file'), 'bash: nosuch/file: No such file or directory\n'],
      [
        'bash, in a directory of logs',
        () => onNode('echo x > /var/log/containers/x'),
        'bash: /var/log/containers/x: Read-only file system\n',
      ],
      [
        'bash, where the kernel takes nothing',
        () => onNode('echo 1 > /sys/class/net/lo/ifindex'),
        'bash: /sys/class/net/lo/ifindex: Permission denied\n',
      ],
      ['dash', () => onNode('sh -c "echo x > /nosuch/file"'), 'sh: 1: cannot create /nosuch/file: Directory nonexistent\n'],
      ['busybox', () => inPod(`sh -c 'echo x > /nosuch/file'`, 'busy'), "sh: can't create /nosuch/file: nonexistent directory\n"],
      [
        'busybox, in what is mounted to be read',
        () => inPod(`sh -c 'echo 1 > /sys/class/net/eth0/mtu'`, 'busy'),
        "sh: can't create /sys/class/net/eth0/mtu: Read-only file system\n",
      ],
    ],
  )('%s', async (_, type, said) => {
    const { stdout, stderr, exitCode } = await type();
    expect({ stdout, stderr: stderr.replace(/^command terminated.*\n/m, ''), failed: exitCode !== 0 }).toEqual({
      stdout: '',
      stderr: said,
      failed: true,
    });
  });

  it.each<[what: string, line: string, stdout: string, said: string]>([
    ['the next command', 'echo a; echo x > /nosuch/f; echo $?; echo b', 'a\n1\nb\n', 'bash: /nosuch/f: No such file or directory\n'],
    ['a condition', 'if echo x > /nosuch/f; then echo yes; else echo no; fi', 'no\n', 'bash: /nosuch/f: No such file or directory\n'],
    ['the end of a pipeline', 'echo x | cat > /nosuch/f; echo $?', '1\n', 'bash: /nosuch/f: No such file or directory\n'],
    ['errors', 'ls 2> /nosuch/f || echo no', 'no\n', 'bash: /nosuch/f: No such file or directory\n'],
    ['a loop', 'for i in 1 2; do echo $i; done >> /nosuch/f; echo $?', '1\n', 'bash: /nosuch/f: No such file or directory\n'],
    ['a document', 'cat > /nosuch/f <<EOF\na\nEOF\necho $?', '1\n', 'bash: /nosuch/f: No such file or directory\n'],
    ['a directory that is made before', 'mkdir -p /new/one && echo x > /new/one/f; cat /new/one/f', 'x\n', ''],
    ['where it goes first', 'cd /tmp; echo x > nosuch/f; pwd', '/tmp\n', 'bash: nosuch/f: No such file or directory\n'],
  ])('does not end the line: %s', async (_, line, stdout, stderr) => {
    const ran = await onNode(line);
    expect({ stdout: ran.stdout, stderr: ran.stderr }).toEqual({ stdout, stderr });
  });

  it('keeps the command from being run', async () => {
    await run('kubectl delete pod tool > /nosuch/f');
    expect((await run('kubectl get pod tool -o name')).stdout).toBe('pod/tool\n');
  });
});
