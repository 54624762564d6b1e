/** Faults of names: CoreDNS, the kubelet's part in DNS, and what people ask. */
import { fault } from './fault.ts';

const debugging = 'https://kubernetes.io/docs/tasks/administer-cluster/dns-debugging-resolution/';
const podsAndServices = 'https://kubernetes.io/docs/concepts/services-networking/dns-pod-service/';
const unresolved = (from: string, name: string, rcode: 'NXDOMAIN' | 'SERVFAIL' | 'REFUSED' | 'TIMEOUT') =>
  ({ resolve: { from: `pod:${from}`, name, type: 'A', expect: { rcode } } }) as const;
/** A Corefile edited in its ConfigMap. */
const corefile = (sed: string) => `kubectl -n kube-system get cm coredns -o yaml | sed '${sed}' | kubectl apply -f -
kubectl -n kube-system delete pod -l k8s-app=kube-dns`;
const corednsDown = { object: { ref: 'deployment/coredns', namespace: 'kube-system', jsonpath: '{.status.readyReplicas}', equals: '' } };
const onEveryNode = (line: string) =>
  `for node in $(kubectl get nodes -o name | cut -d/ -f2); do ssh $node "${line}"; ssh $node systemctl restart kubelet; done`;

export const dnsFaults = [
  fault({
    name: 'dns-forward-loop',
    row: 17,
    topic: 'dns',
    title: 'CoreDNS forwards to the stub resolver of its own node, and so to itself',
    symptom: 'CoreDNS is in CrashLoopBackOff, no name resolves',
    parameters: { right: '/run/systemd/resolve/resolv.conf', wrong: '/etc/resolv.conf' },
    breaks: ({ right, wrong }) => `
${onEveryNode(`sed -i 's#resolvConf: ${right}#resolvConf: ${wrong}#' /var/lib/kubelet/config.yaml`)}
kubectl -n kube-system delete pod -l k8s-app=kube-dns`,
    mends: ({ right, wrong }) => `
${onEveryNode(`sed -i 's#resolvConf: ${wrong}#resolvConf: ${right}#' /var/lib/kubelet/config.yaml`)}
kubectl -n kube-system delete pod -l k8s-app=kube-dns`,
    shows: () => [
      corednsDown,
      {
        run: {
          line: 'kubectl -n kube-system logs -l k8s-app=kube-dns --tail=-1',
          exitCode: 0,
          stdout: { contains: 'plugin/loop: Loop (' },
        },
      },
    ],
    evidence: () => 'kubectl -n kube-system logs -l k8s-app=kube-dns --tail=-1',
    docs: debugging,
  }),
  fault({
    name: 'corefile-typo',
    row: 18,
    topic: 'dns',
    title: 'A plugin is misspelt in the Corefile',
    symptom: 'CoreDNS is in CrashLoopBackOff, no name resolves',
    parameters: { right: 'forward', wrong: 'foward' },
    breaks: ({ right, wrong }) => corefile(`s/ ${right} / ${wrong} /`),
    mends: ({ right, wrong }) => corefile(`s/ ${wrong} / ${right} /`),
    shows: () => [corednsDown],
    evidence: () => 'kubectl -n kube-system logs -l k8s-app=kube-dns',
    docs: debugging,
  }),
  fault({
    name: 'dns-upstream-unreachable',
    row: 19,
    topic: 'dns',
    title: 'CoreDNS forwards to a resolver that does not answer',
    symptom: "the cluster's names resolve, all others do not",
    parameters: { upstream: '192.0.2.53', from: 'shop/client', outside: 'tickets.example.com' },
    breaks: ({ upstream }) => corefile(`s#forward \\. /etc/resolv.conf#forward . ${upstream}#`),
    mends: ({ upstream }) => corefile(`s#forward \\. ${upstream}#forward . /etc/resolv.conf#`),
    shows: ({ from, outside }) => [unresolved(from, outside, 'SERVFAIL')],
    evidence: () => 'kubectl -n kube-system logs -l k8s-app=kube-dns',
    docs: 'https://kubernetes.io/docs/tasks/administer-cluster/dns-custom-nameservers/',
  }),
  fault({
    name: 'coredns-without-rights',
    row: 20,
    topic: 'dns',
    title: 'CoreDNS may not list EndpointSlices any more',
    symptom: "the cluster's names are answered SERVFAIL once CoreDNS has started anew",
    parameters: {},
    breaks: () => `
kubectl get clusterrole system:coredns -o yaml > /root/system-coredns.yaml
kubectl get clusterrole system:coredns -o yaml | sed 's/- endpointslices/- endpointslice/' | kubectl apply -f -
kubectl -n kube-system delete pod -l k8s-app=kube-dns`,
    mends: () => `
kubectl get clusterrole system:coredns -o yaml | sed 's/- endpointslice$/- endpointslices/' | kubectl apply -f -
kubectl -n kube-system delete pod -l k8s-app=kube-dns`,
    shows: () => [
      {
        run: {
          line: 'kubectl auth can-i list endpointslices.discovery.k8s.io --as=system:serviceaccount:kube-system:coredns',
          exitCode: 1,
          stdout: { equals: 'no' },
        },
      },
    ],
    evidence: () => 'kubectl -n kube-system logs -l k8s-app=kube-dns',
    docs: debugging,
  }),
  fault({
    name: 'coredns-scaled-to-zero',
    row: 21,
    topic: 'dns',
    title: 'CoreDNS has been scaled to nothing',
    symptom: 'no name resolves',
    parameters: { from: 'shop/client', to: 'http://web.shop/' },
    breaks: () => 'kubectl -n kube-system scale deploy coredns --replicas=0',
    mends: () => 'kubectl -n kube-system scale deploy coredns --replicas=2',
    shows: ({ from, to }) => [corednsDown, { connect: { from: `pod:${from}`, to, expect: { outcome: 'dns-failure' } } }],
    evidence: () => 'kubectl -n kube-system get deploy coredns',
    docs: debugging,
  }),
  fault({
    name: 'kube-dns-selector',
    row: 21,
    topic: 'dns',
    title: 'The Service kube-dns selects no pods',
    symptom: 'no name resolves, and CoreDNS is healthy',
    parameters: { from: 'shop/client', to: 'http://web.shop/', wrong: 'coredns' },
    breaks: ({ wrong }) => `kubectl -n kube-system patch svc kube-dns -p '{"spec":{"selector":{"k8s-app":"${wrong}"}}}'`,
    mends: () => `kubectl -n kube-system patch svc kube-dns -p '{"spec":{"selector":{"k8s-app":"kube-dns"}}}'`,
    shows: ({ from, to }) => [
      { connect: { from: `pod:${from}`, to, expect: { outcome: 'dns-failure' } } },
      { run: { line: 'kubectl -n kube-system get endpointslices -l k8s-app=kube-dns', exitCode: 0, stdout: { contains: '<unset>' } } },
    ],
    evidence: () => 'kubectl -n kube-system describe svc kube-dns',
    docs: debugging,
  }),
  fault({
    name: 'kubelet-cluster-dns-wrong',
    row: 22,
    topic: 'dns',
    title: 'The kubelet of a node tells its pods a nameserver that is none',
    symptom: 'pods of one node, if they are new, resolve nothing',
    parameters: { node: 'node02', right: '10.96.0.10', wrong: '10.96.0.53', namespace: 'shop', pod: 'client' },
    breaks: ({ node, right, wrong, namespace, pod }) => `
ssh ${node} sed -i 's/${right}/${wrong}/' /var/lib/kubelet/config.yaml
ssh ${node} systemctl restart kubelet
${recreate(namespace, pod)}`,
    mends: ({ node, right, wrong, namespace, pod }) => `
ssh ${node} sed -i 's/${wrong}/${right}/' /var/lib/kubelet/config.yaml
ssh ${node} systemctl restart kubelet
${recreate(namespace, pod)}`,
    shows: ({ namespace, pod, wrong }) => [
      { run: { line: `kubectl -n ${namespace} exec ${pod} -- cat /etc/resolv.conf`, exitCode: 0, stdout: { contains: wrong } } },
    ],
    evidence: ({ namespace, pod }) => `kubectl -n ${namespace} exec ${pod} -- cat /etc/resolv.conf`,
    docs: podsAndServices,
  }),
  fault({
    name: 'host-network-dns-policy',
    row: 23,
    topic: 'dns',
    title: 'Pods on the host network have the DNS policy ClusterFirst, which means the names of the node to them',
    symptom: 'the pods do not resolve Services',
    parameters: { namespace: 'shop', deployment: 'api' },
    breaks: ({ namespace, deployment }) =>
      `kubectl -n ${namespace} patch deploy ${deployment} -p '{"spec":{"template":{"spec":{"hostNetwork":true}}}}'`,
    mends: ({ namespace, deployment }) =>
      `kubectl -n ${namespace} patch deploy ${deployment} -p '{"spec":{"template":{"spec":{"dnsPolicy":"ClusterFirstWithHostNet"}}}}'`,
    shows: ({ namespace, deployment }) => [
      {
        run: {
          line: `kubectl -n ${namespace} exec deploy/${deployment} -- cat /etc/resolv.conf`,
          exitCode: 0,
          stdout: { excludes: 'svc.cluster.local' },
        },
      },
    ],
    evidence: ({ namespace, deployment }) => `kubectl -n ${namespace} exec deploy/${deployment} -- cat /etc/resolv.conf`,
    docs: podsAndServices,
  }),
  fault({
    name: 'short-name-across-namespaces',
    row: 24,
    topic: 'dns',
    title: 'The Service has moved to another namespace, and its clients still use the short name',
    symptom: 'the name is answered NXDOMAIN',
    parameters: { namespace: 'shop', service: 'web', elsewhere: 'front', from: 'shop/client' },
    breaks: ({ namespace, service, elsewhere }) => `
kubectl -n ${namespace} delete svc ${service}
kubectl -n ${elsewhere} create deploy ${service} --image=nginx:1.29 --port=80
kubectl -n ${elsewhere} expose deploy ${service} --port=80`,
    mends: ({ namespace, service, elsewhere }) =>
      `kubectl -n ${namespace} create service externalname ${service} --external-name ${service}.${elsewhere}.svc.cluster.local`,
    shows: ({ from, service }) => [unresolved(from, service, 'NXDOMAIN')],
    evidence: ({ from, service }) => `kubectl -n ${from.split('/')[0]} exec ${from.split('/')[1]} -- nslookup ${service}`,
    docs: podsAndServices,
  }),
  fault({
    name: 'busybox-nslookup',
    row: 25,
    topic: 'dns',
    title: 'The pod that names are tried from has a busybox whose nslookup does not use the search list as libc does',
    symptom: 'nslookup of a short name complains, though the name works',
    parameters: { namespace: 'shop', pod: 'client', image: 'busybox:1.36', name: 'web.shop' },
    breaks: ({ namespace, pod, image }) => swapImage(namespace, pod, 'nicolaka/netshoot:v0.14', image),
    mends: ({ namespace, pod, image }) => swapImage(namespace, pod, image, 'nicolaka/netshoot:v0.14'),
    shows: ({ namespace, pod, name }) => [
      { run: { line: `kubectl -n ${namespace} exec ${pod} -- nslookup ${name}`, exitCode: 1, stdout: { contains: "can't find" } } },
    ],
    evidence: ({ namespace, pod, name }) => `kubectl -n ${namespace} exec ${pod} -- nslookup ${name}`,
    docs: debugging,
  }),
  fault({
    name: 'statefulset-service-name',
    row: 26,
    topic: 'dns',
    title: "The StatefulSet's serviceName is not that of its headless Service",
    symptom: "the pods' own names are answered NXDOMAIN",
    parameters: { namespace: 'shop', statefulset: 'db', right: 'db', wrong: 'database', from: 'shop/client' },
    breaks: ({ namespace, statefulset, right, wrong }) => renameService(namespace, statefulset, right, wrong),
    mends: ({ namespace, statefulset, right, wrong }) => renameService(namespace, statefulset, wrong, right),
    shows: ({ from, namespace, statefulset, right }) => [
      unresolved(from, `${statefulset}-0.${right}.${namespace}.svc.cluster.local`, 'NXDOMAIN'),
    ],
    evidence: ({ namespace, statefulset }) => `kubectl -n ${namespace} get sts ${statefulset} -o jsonpath={.spec.serviceName}`,
    docs: 'https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/',
  }),
];

/** A pod of nobody, made anew as it was. */
function recreate(namespace: string, pod: string): string {
  return `kubectl -n ${namespace} get pod ${pod} -o yaml | kubectl replace --force -f -`;
}

function swapImage(namespace: string, pod: string, from: string, to: string): string {
  return `kubectl -n ${namespace} get pod ${pod} -o yaml | sed 's#${from}#${to}#' | kubectl replace --force -f -`;
}

/** serviceName cannot be changed: the set is made anew. */
function renameService(namespace: string, name: string, from: string, to: string): string {
  return `kubectl -n ${namespace} get sts ${name} -o yaml | sed 's/serviceName: ${from}$/serviceName: ${to}/' | kubectl replace --force -f -`;
}
