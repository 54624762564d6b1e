/**
 * The faults of machines and of pod networks: who no longer reaches whom, and what tells of it. Rows of a matrix are senders: `.` connected,
 * `t` no answer within the time, `r` refused, `u` no way, `d` no name. Pods a and b are on node01, c is on node02; `svc` is a Service of b.
 */
import { beforeAll, describe, expect, it } from '@jest/globals';
import { traceFlow } from '#lab/flows.ts';
import type { Lesson } from '#lesson/lesson.ts';
import { lessonFrom } from '../../support/session.ts';

const pod = (name: string, node: string) => `
---
apiVersion: v1
kind: Pod
metadata: {name: ${name}, labels: {app: ${name}}}
spec: {nodeName: ${node}, containers: [{name: web, image: nicolaka/netshoot}]}
`;

const scenario = (cluster: string) => `
apiVersion: cka-net/v1
kind: Scenario
metadata: {name: faults}
spec:
  cluster: {${cluster}}
---
apiVersion: v1
kind: Service
metadata: {name: svc}
spec: {selector: {app: b}, ports: [{port: 80}]}
${[pod('a', 'node01'), pod('b', 'node01'), pod('c', 'node02')].join('').replaceAll('image: nicolaka/netshoot', 'image: nginx')}`;

const marks = { connected: '.', timeout: 't', refused: 'r', unreachable: 'u', 'dns-failure': 'd' } as const;
const targets = ['a', 'b', 'c', 'svc'];

function matrix({ lab }: Lesson): string {
  const reach = (from: string, to: string) => {
    if (from === to) return ' ';
    return marks[traceFlow(lab, { from: `pod:default/${from}`, to: to === 'svc' ? 'svc:default/svc:80' : `pod:default/${to}:80` }).outcome];
  };
  return ['a', 'b', 'c'].map((from) => `${from} ${targets.map((to) => reach(from, to)).join('')}`).join(' | ');
}

const run = async (lesson: Lesson, lines: string) => {
  const { stdout, stderr } = await lesson.run(lines);
  return stdout + stderr;
};

const whole = 'a  ... | b . .. | c .. .';
const newPod = `kubectl run new --image=nginx --overrides='{"spec":{"nodeName":"node01"}}' && kubectl describe pod new`;

interface Row {
  readonly what: string;
  readonly act: string;
  readonly reach: string;
  readonly look: string;
  readonly tells: RegExp;
}

const rows: readonly Row[] = [
  {
    what: '2: no configuration in /etc/cni/net.d',
    act: 'ssh node01 rm /etc/cni/net.d/10-flannel.conflist',
    reach: whole,
    look: `${newPod}; kubectl describe node node01; ssh node01 crictl info`,
    tells:
      /network is not ready: container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady message:Network plugin returns error: cni plugin not initialized[\s\S]*KubeletNotReady[\s\S]*"lastCNILoadStatus": "cni config load failed: no network config found in \/etc\/cni\/net\.d: cni plugin not initialized/,
  },
  {
    what: "3: a plugin's program is missing",
    act: 'ssh node01 rm /opt/cni/bin/flannel',
    reach: whole,
    look: newPod,
    tells: /plugin type="flannel" failed \(add\): failed to find plugin "flannel" in path \[\/opt\/cni\/bin\]/,
  },
  {
    what: '5: br_netfilter is not loaded',
    act: 'ssh node01 modprobe -r br_netfilter',
    reach: 'a  ..t | b . .. | c .. .',
    look: 'ssh node01 sysctl net.bridge.bridge-nf-call-iptables',
    tells: /cannot stat \/proc\/sys\/net\/bridge\/bridge-nf-call-iptables: No such file or directory/,
  },
  {
    what: '6: ip_forward is 0',
    act: 'ssh node01 sysctl -w net.ipv4.ip_forward=0',
    reach: 'a  .t. | b . t. | c tt t',
    look: 'ssh node01 cat /proc/sys/net/ipv4/ip_forward',
    tells: /^0\n$/,
  },
  {
    what: '10: flannel has another network than the nodes have ranges of',
    act: `kubectl -n kube-flannel get cm kube-flannel-cfg -o yaml | sed s,10.244.0.0/16,10.50.0.0/16, | kubectl apply -f - 2>/dev/null
kubectl -n kube-flannel delete pod -l app=flannel --field-selector spec.nodeName=node01`,
    reach: whole,
    look: 'kubectl -n kube-flannel logs $(kubectl -n kube-flannel get pods --field-selector spec.nodeName=node01 -o name) --previous',
    tells: /subnet "10\.50\.0\.0\/16" specified in the flannel net config doesn't contain "10\.244\.1\.0\/24" PodCIDR of the "node01" node/,
  },
  {
    what: '10: without subnet.env',
    act: 'ssh node01 rm /run/flannel/subnet.env',
    reach: whole,
    look: newPod,
    tells:
      /plugin type="flannel" failed \(add\): failed to load flannel 'subnet.env' file: open \/run\/flannel\/subnet\.env: no such file or directory/,
  },
  {
    what: '12: cni0 is from another life',
    act: 'ssh node01 "ip addr add 10.99.0.1/24 dev cni0; ip addr del 10.244.1.1/24 dev cni0"',
    reach: 'a  .uu | b . uu | c tt t',
    look: newPod,
    tells: /failed to set bridge addr: "cni0" already has an IP address different from 10\.244\.1\.1\/24/,
  },
  {
    what: '13: the route to the other node is missing',
    act: 'ssh node01 ip route del 10.244.2.0/24',
    reach: 'a  .t. | b . t. | c tt t',
    look: 'ssh node01 ip route get 10.244.2.2',
    tells: /via 172\.30\.0\.1 dev eth0/,
  },
  {
    what: "14: the tunnel's port is closed",
    act: 'ssh node02 iptables -A INPUT -p udp --dport 8472 -j DROP',
    reach: 'a  .t. | b . t. | c tt t',
    look: 'ssh node02 ip -d link show flannel.1',
    tells: /dstport 8472/,
  },
  {
    // Its pods run on, but count as not ready: the Service has lost the only one it had.
    what: '15: the kubelet is stopped',
    act: 'ssh node01 systemctl stop kubelet; sleep 60',
    reach: 'a  ..r | b . .r | c .. r',
    look: 'kubectl describe node node01; ssh node01 systemctl is-active kubelet',
    tells: /Ready +Unknown .*NodeStatusUnknown +Kubelet stopped posting node status\.[\s\S]*inactive\n$/,
  },
  {
    what: "15: the kubelet's configuration is no YAML",
    act: 'ssh node01 "sed -i \'s/^clusterDomain:/clusterDomain/\' /var/lib/kubelet/config.yaml; systemctl restart kubelet"; sleep 60',
    reach: 'a  ..r | b . .r | c .. r',
    look: 'ssh node01 journalctl -u kubelet -n 5; kubectl get nodes',
    tells: /failed to load kubelet config file, path: \/var\/lib\/kubelet\/config\.yaml[\s\S]*node01 +NotReady/,
  },
  {
    what: "16: a static pod's manifest is broken",
    act: "sed -i 's/--secure-port=6443/--secure-porf=6443/' /etc/kubernetes/manifests/kube-apiserver.yaml",
    reach: whole,
    look: 'kubectl get nodes; crictl ps -a --name kube-apiserver; crictl logs $(crictl ps -a -q --name kube-apiserver | head -n 1)',
    tells:
      /The connection to the server 172\.30\.1\.2:6443 was refused - did you specify the right host or port\?[\s\S]*|Exited[\s\S]*unknown flag: --secure-porf/,
  },
];

describe('faults of a flannel cluster', () => {
  let lesson: Lesson;
  beforeAll(async () => {
    lesson = await lessonFrom(scenario('cni: flannel'));
  });

  it('is whole before', () => expect(matrix(lesson)).toBe(whole));

  it.each(rows)('$what', async ({ act, reach, look, tells }) => {
    lesson.reset();
    await run(lesson, act);
    expect(matrix(lesson)).toBe(reach);
    expect(await run(lesson, look)).toMatch(tells);
  });
});

it('11: the range of pods is that of the machines: addresses stand for two', async () => {
  const lesson = await lessonFrom(scenario('cni: flannel, networking: {podSubnet: 172.30.0.0/16}'));
  const flow = (from: string, to: string) => {
    const { outcome, why } = traceFlow(lesson.lab, { from, to });
    return `${outcome}: ${why}`;
  };
  // The first pod of node01 has got the address of the control plane, and that of node02 the address of node01.
  expect(await run(lesson, `kubectl get pods a c -o jsonpath='{.items[*].status.podIP}'`)).toBe('172.30.1.2 172.30.2.2');
  expect(flow('pod:default/a', 'svc:default/kubernetes:443')).toBe('refused: nothing in pod default/a listens on TCP 172.30.1.2:6443');
  expect(flow('pod:default/a', 'pod:default/c:80')).toBe('refused: nothing in node01 listens on TCP 172.30.2.2:80');
  expect(await run(lesson, 'ssh node01 ip route get 172.30.1.2')).toMatch(/^172\.30\.1\.2 dev cni0 src 172\.30\.1\.1 /);
});

describe('a node whose range is full', () => {
  it('gives all 253 addresses, fails the next with the real event, and goes on when one is free', async () => {
    const lesson = await lessonFrom(`
apiVersion: cka-net/v1
kind: Scenario
metadata: {name: many}
spec: {cluster: {cni: bridge}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: many}
spec:
  replicas: 254
  selector: {matchLabels: {app: many}}
  template:
    metadata: {labels: {app: many}}
    spec: {nodeSelector: {kubernetes.io/hostname: node02}, containers: [{name: web, image: nginx}]}
`);
    const ready = () => run(lesson, "kubectl get deploy many -o jsonpath='{.status.readyReplicas}'");
    const free = 253 - Number(await run(lesson, "kubectl get pods -A -o wide --no-headers | grep -v many- | grep -c ' 10.244.2.'"));
    // The kubelet takes 110 pods unless it is told otherwise.
    expect(Number(await ready())).toBeLessThan(110);
    await run(lesson, 'ssh node02 "echo maxPods: 300 >> /var/lib/kubelet/config.yaml; systemctl restart kubelet"');
    expect(await ready()).toBe(String(free));
    expect(await run(lesson, 'kubectl get events --field-selector reason=FailedCreatePodSandBox')).toMatch(
      /plugin type="bridge" failed \(add\): failed to allocate for range 0: no IP addresses available in range set: 10\.244\.2\.1-10\.244\.2\.254\n/,
    );
    const stuck = (await run(lesson, "kubectl get pods --no-headers | awk '/ContainerCreating/ {print $1}' | head -n 1")).trim();
    const gone = (await run(lesson, "kubectl get pods --no-headers | awk '/Running/ {print $1}' | head -n 1")).trim();
    const address = await run(lesson, `kubectl get pod ${gone} -o jsonpath={.status.podIP}`);
    await run(lesson, `kubectl scale deploy many --replicas=253; kubectl delete pod ${gone}`);
    expect(await ready()).toBe(String(Math.min(free, 253)));
    const given = await run(lesson, "kubectl get pods -o jsonpath='{.items[*].status.podIP}'");
    expect(given.split(' ')).toContain(address);
    expect(stuck).toMatch(/^many-/);
  }, 60_000);
});

/** What an author or a learner writes wrong, and where the real component says so. The rest of the cluster goes on. */
describe('bad configuration', () => {
  let lesson: Lesson;
  beforeAll(async () => {
    lesson = await lessonFrom(scenario('cni: flannel'));
  });
  const conflist = (text: string) => `ssh node01 "cat > /etc/cni/net.d/10-flannel.conflist" <<'EOT'\n${text}\nEOT`;
  const bridge = (ipam: string, more = '"cniVersion": "1.0.0", ') =>
    conflist(`{${more}"name": "lab", "plugins": [{"type": "bridge", "isGateway": true, "ipam": ${ipam}}]}`);
  const loaded = 'ssh node01 crictl info; ssh node01 journalctl -u containerd';

  const bad: readonly (readonly [what: string, act: string, look: string, tells: string | RegExp])[] = [
    [
      'a comma too many',
      conflist('{"cniVersion": "1.0.0", "name": "cbr0", "plugins": [{"type": "flannel",}]}'),
      loaded,
      "error parsing configuration list: invalid character '}' looking for beginning of object key string: invalid cni config",
    ],
    ['no name', conflist('{"cniVersion": "1.0.0", "plugins": [{"type": "flannel"}]}'), loaded, 'error parsing configuration list: no name'],
    ['no plugins', conflist('{"cniVersion": "1.0.0", "name": "cbr0", "plugins": []}'), loaded, 'no plugins in list: invalid cni config'],
    ['no key plugins', conflist('{"cniVersion": "1.0.0", "name": "cbr0"}'), loaded, 'no plugin'],
    [
      'a plugin without type',
      conflist('{"cniVersion": "1.0.0", "name": "cbr0", "plugins": [{"delegate": {}}]}'),
      loaded,
      "failed to parse plugin config 0: error parsing configuration: missing 'type'",
    ],
    [
      'a version that no plugin knows',
      bridge('{"type": "host-local", "subnet": "10.9.0.0/24"}', '"cniVersion": "9.9.9", '),
      newPod,
      /incompatible CNI versions; config is "9\.9\.9", plugin supports \["0\.1\.0"/,
    ],
    [
      'a plugin that does not exist',
      conflist('{"cniVersion": "1.0.0", "name": "x", "plugins": [{"type": "brigde"}]}'),
      newPod,
      'failed to find plugin "brigde" in path [/opt/cni/bin]',
    ],
    [
      'a plugin that may not be executed',
      'ssh node01 chmod 644 /opt/cni/bin/flannel',
      newPod,
      /plugin type="flannel" failed \(add\): .*permission denied/,
    ],
    [
      'a subnet with host bits',
      bridge('{"type": "host-local", "subnet": "10.9.0.7/24"}'),
      newPod,
      'Network has host bits set. For a subnet mask of length 24 the network address is 10.9.0.0',
    ],
    ['a subnet that is none', bridge('{"type": "host-local", "subnet": "10.9.0.0"}'), newPod, 'invalid CIDR address: 10.9.0.0'],
    [
      'an IPAM plugin that does not exist',
      bridge('{"type": "host-lokal"}'),
      newPod,
      'failed to find plugin "host-lokal" in path [/opt/cni/bin]',
    ],
    [
      'ranges that overlap',
      bridge('{"type": "host-local", "ranges": [[{"subnet": "10.9.0.0/24"}], [{"subnet": "10.9.0.0/25"}]]}'),
      newPod,
      'range set 0 overlaps with 1',
    ],
    [
      'a podCIDR outside of flannel’s network',
      `kubectl -n kube-flannel get cm kube-flannel-cfg -o yaml | sed s,10.244.0.0/16,192.168.0.0/16, | kubectl apply -f - 2>/dev/null
kubectl -n kube-flannel delete pod -l app=flannel --field-selector spec.nodeName=node01`,
      'kubectl -n kube-flannel logs $(kubectl -n kube-flannel get pods --field-selector spec.nodeName=node01 -o name) --previous',
      `doesn't contain "10.244.1.0/24" PodCIDR`,
    ],
    [
      'a podCIDR that is not a network, given to a node',
      `kubectl patch node node01 -p '{"spec":{"podCIDR":"10.9.0.0/24"}}'`,
      `kubectl patch node node01 -p '{"spec":{"podCIDR":"10.9.0.0/24"}}'`,
      /The Node "node01" is invalid: spec\.podCIDRs: Forbidden: node updates may not change podCIDR except from "" to valid/,
    ],
  ];
  it.each(bad)('%s', async (_what, act, look, tells) => {
    lesson.reset();
    await run(lesson, act);
    const told = await run(lesson, look);
    if (typeof tells === 'string') expect(told).toContain(tells);
    else expect(told).toMatch(tells);
    expect(matrix(lesson)).toBe(whole);
    expect(await run(lesson, 'kubectl get node node02 --no-headers')).toMatch(/^node02 +Ready /);
  });
});
