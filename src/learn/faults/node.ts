/** Faults of nodes, of CNI, and of who hands out addresses. */
import { fault } from './fault.ts';

const notReady = (node: string, message: string) =>
  ({
    object: {
      ref: `node/${node}`,
      jsonpath: '{.status.conditions[?(@.type=="Ready")].message}',
      contains: message,
    },
  }) as const;
/** Pods of the node whose sandbox cannot be made. */
const stuckOn = (namespace: string, node: string) =>
  ({
    run: {
      line: `kubectl -n ${namespace} get pods --field-selector spec.nodeName=${node} --no-headers`,
      exitCode: 0,
      stdout: { contains: 'ContainerCreating' },
    },
  }) as const;
const plugins = 'https://kubernetes.io/docs/concepts/extend-kubernetes/compute-storage-net/network-plugins/';
const networking = 'https://kubernetes.io/docs/concepts/cluster-administration/networking/';

export const nodeFaults = [
  fault({
    name: 'no-cni',
    row: 1,
    topic: 'cni',
    title: 'No network plugin is installed',
    symptom: 'every node is NotReady, new pods are Pending',
    parameters: {},
    breaks: () => `
kubectl -n kube-flannel get ds kube-flannel-ds -o yaml > /root/kube-flannel-ds.yaml
kubectl -n kube-flannel delete ds kube-flannel-ds
for node in $(kubectl get nodes -o name | cut -d/ -f2); do ssh $node rm -f /etc/cni/net.d/10-flannel.conflist; done`,
    mends: () => 'kubectl apply -f /root/kube-flannel-ds.yaml',
    shows: () => [notReady('node01', 'cni plugin not initialized'), notReady('controlplane', 'cni plugin not initialized')],
    evidence: () => 'kubectl describe node node01',
    docs: plugins,
  }),
  fault({
    name: 'cni-config-missing',
    row: 2,
    topic: 'cni',
    title: 'The CNI configuration of a node is gone',
    symptom: 'one node is NotReady',
    parameters: { node: 'node01', file: '/etc/cni/net.d/10-flannel.conflist' },
    breaks: ({ node, file }) => `ssh ${node} mv ${file} /root/`,
    mends: ({ node, file }) => `ssh ${node} mv /root/${file.slice(file.lastIndexOf('/') + 1)} ${file}`,
    shows: ({ node }) => [notReady(node, 'cni plugin not initialized')],
    evidence: ({ node }) => `kubectl describe node ${node}`,
    docs: plugins,
  }),
  fault({
    name: 'cni-plugin-missing',
    row: 3,
    topic: 'cni',
    title: "A CNI plugin's binary is missing on a node",
    symptom: 'new pods of one node stay in ContainerCreating',
    parameters: { node: 'node01', plugin: 'flannel', namespace: 'shop' },
    breaks: ({ node, plugin, namespace }) => `
ssh ${node} mv /opt/cni/bin/${plugin} /root/
kubectl -n ${namespace} create deploy fresh --image=nginx:1.29 --replicas=4`,
    mends: ({ node, plugin }) => `ssh ${node} mv /root/${plugin} /opt/cni/bin/`,
    shows: ({ node, namespace }) => [stuckOn(namespace, node)],
    evidence: ({ namespace }) => `kubectl -n ${namespace} get events --field-selector reason=FailedCreatePodSandBox`,
    docs: plugins,
  }),
  fault({
    name: 'cni-config-malformed',
    row: 4,
    topic: 'cni',
    title: 'The CNI configuration of a node names no plugins',
    symptom: 'one node is NotReady',
    parameters: { node: 'node01', file: '/etc/cni/net.d/10-flannel.conflist' },
    breaks: ({ node, file }) => `ssh ${node} sed -i 's/"plugins"/"plugin"/' ${file}`,
    mends: ({ node, file }) => `ssh ${node} sed -i 's/"plugin"/"plugins"/' ${file}`,
    shows: ({ node }) => [notReady(node, 'cni plugin not initialized')],
    evidence: ({ node }) => `kubectl describe node ${node}`,
    docs: 'https://kubernetes.io/docs/tasks/administer-cluster/migrating-from-dockershim/troubleshooting-cni-plugin-related-errors/',
  }),
  fault({
    name: 'br-netfilter-missing',
    row: 5,
    topic: 'node-networking',
    title: 'The module br_netfilter is not loaded on a node',
    symptom: 'flannel crashes on one node when it starts anew',
    parameters: { node: 'node01' },
    breaks: ({ node }) => `
ssh ${node} modprobe -r br_netfilter
kubectl -n kube-flannel delete pod --field-selector spec.nodeName=${node}`,
    mends: ({ node }) => `
ssh ${node} modprobe br_netfilter
kubectl -n kube-flannel delete pod --field-selector spec.nodeName=${node}`,
    shows: ({ node }) => [{ run: { line: 'lsmod | grep -w br_netfilter', node, exitCode: 1 } }],
    evidence: ({ node }) => `ssh ${node} lsmod`,
    docs: 'https://kubernetes.io/docs/setup/production-environment/container-runtimes/',
  }),
  fault({
    name: 'ip-forward-off',
    row: 6,
    topic: 'node-networking',
    title: 'A node does not forward packets',
    symptom: 'what crosses that node times out',
    parameters: { node: 'node01', from: 'shop/client', to: 'shop/near' },
    breaks: ({ node }) => `ssh ${node} sysctl -w net.ipv4.ip_forward=0`,
    mends: ({ node }) => `ssh ${node} sysctl -w net.ipv4.ip_forward=1`,
    shows: ({ node, from, to }) => [
      { run: { line: 'sysctl -n net.ipv4.ip_forward', node, exitCode: 0, stdout: { equals: '0' } } },
      { run: { line: pingFrom(from, to), exitCode: 1, stdout: { contains: '100% packet loss' } } },
    ],
    evidence: ({ node }) => `ssh ${node} sysctl net.ipv4.ip_forward`,
    docs: 'https://kubernetes.io/docs/setup/production-environment/container-runtimes/',
  }),
  fault({
    name: 'node-without-pod-cidr',
    row: 7,
    topic: 'ipam',
    title: 'The controller manager gives new nodes no pod range',
    symptom: 'a node that joins anew has no podCIDR, and flannel crashes there',
    parameters: { node: 'node02', manifest: '/etc/kubernetes/manifests/kube-controller-manager.yaml' },
    breaks: ({ node, manifest }) => `
sed -i 's/--allocate-node-cidrs=true/--allocate-node-cidrs=false/' ${manifest}
kubectl delete node ${node}
ssh ${node} systemctl restart kubelet`,
    mends: ({ node, manifest }) => `
sed -i 's/--allocate-node-cidrs=false/--allocate-node-cidrs=true/' ${manifest}
${podRangeOf(node)}`,
    shows: ({ node }) => [{ object: { ref: `node/${node}`, jsonpath: '{.spec.podCIDR}', equals: '' } }],
    evidence: () => 'kubectl get nodes -o custom-columns=NAME:.metadata.name,PODCIDR:.spec.podCIDR',
    docs: 'https://kubernetes.io/docs/reference/command-line-tools-reference/kube-controller-manager/',
  }),
  fault({
    name: 'cluster-cidr-exhausted',
    row: 8,
    topic: 'ipam',
    title: 'The cluster range has no block left for another node',
    symptom: 'a node that joins has no podCIDR; an event CIDRNotAvailable',
    parameters: {
      node: 'node02',
      range: '10.244.0.0/16',
      small: '10.244.0.0/23',
      manifest: '/etc/kubernetes/manifests/kube-controller-manager.yaml',
    },
    breaks: ({ node, range, small, manifest }) => `
sed -i 's#--cluster-cidr=${range}#--cluster-cidr=${small}#' ${manifest}
kubectl delete node ${node}
ssh ${node} systemctl restart kubelet`,
    mends: ({ node, range, small, manifest }) => `
sed -i 's#--cluster-cidr=${small}#--cluster-cidr=${range}#' ${manifest}
${podRangeOf(node)}`,
    shows: ({ node }) => [{ object: { ref: `node/${node}`, jsonpath: '{.spec.podCIDR}', equals: '' } }],
    evidence: () => 'kubectl get events -A --field-selector reason=CIDRNotAvailable',
    docs: 'https://kubernetes.io/docs/reference/command-line-tools-reference/kube-controller-manager/',
  }),
  fault({
    name: 'pod-range-exhausted',
    row: 9,
    topic: 'ipam',
    title: "A node's pod range is full of leaked leases",
    symptom: 'new pods of one node stay in ContainerCreating',
    parameters: { node: 'node01', network: '10.244.1', directory: '/var/lib/cni/networks/cbr0', namespace: 'shop' },
    breaks: ({ node, network, directory, namespace }) => `
ssh ${node} "cd ${directory}; for i in $(seq -s ' ' 2 254); do [ -e ${network}.\\$i ] || echo leaked > ${network}.\\$i; done"
kubectl -n ${namespace} create deploy fresh --image=nginx:1.29 --replicas=4`,
    mends: ({ node, directory }) => `ssh ${node} "cd ${directory}; rm \\$(grep -l leaked *)"`,
    shows: ({ node, namespace }) => [stuckOn(namespace, node)],
    evidence: ({ namespace }) => `kubectl -n ${namespace} get events --field-selector reason=FailedCreatePodSandBox`,
    docs: plugins,
  }),
  fault({
    name: 'cni-range-differs',
    row: 10,
    topic: 'cni',
    title: "flannel's network is not the cluster's pod range",
    symptom: 'flannel does not start again, new pods cannot be made',
    parameters: { range: '10.244.0.0/16', wrong: '10.245.0.0/16' },
    breaks: ({ range, wrong }) => `
kubectl -n kube-flannel get cm kube-flannel-cfg -o yaml | sed 's#${range}#${wrong}#' | kubectl apply -f -
kubectl -n kube-flannel delete pods --all`,
    mends: ({ range, wrong }) => `
kubectl -n kube-flannel get cm kube-flannel-cfg -o yaml | sed 's#${wrong}#${range}#' | kubectl apply -f -
kubectl -n kube-flannel delete pods --all`,
    shows: ({ wrong }) => [
      {
        run: {
          line: "kubectl -n kube-flannel get cm kube-flannel-cfg -o jsonpath='{.data.net-conf\\.json}'",
          exitCode: 0,
          stdout: { contains: wrong },
        },
      },
    ],
    evidence: () => "kubectl -n kube-flannel get cm kube-flannel-cfg -o jsonpath='{.data.net-conf\\.json}'",
    docs: networking,
  }),
  fault({
    name: 'service-range-overlaps-pods',
    row: 11,
    topic: 'ipam',
    title: 'A ServiceCIDR overlaps the pod range, and a Service has taken the address of a pod',
    symptom: 'one pod is refused by its address, and nobody knows why',
    parameters: { namespace: 'shop', pod: 'near', range: '10.244.1.0/24' },
    breaks: ({ namespace, pod, range }) => `
kubectl apply -f - <<EOF
apiVersion: networking.k8s.io/v1
kind: ServiceCIDR
metadata: {name: more-services}
spec: {cidrs: [${range}]}
EOF
kubectl -n ${namespace} create service clusterip thief --tcp=80 --clusterip=$(kubectl -n ${namespace} get pod ${pod} -o jsonpath={.status.podIP})`,
    mends: ({ namespace }) => `
kubectl -n ${namespace} delete service thief
kubectl delete servicecidr more-services`,
    shows: ({ namespace }) => [
      { run: { line: `kubectl -n ${namespace} get svc thief`, exitCode: 0 } },
      { object: { ref: 'servicecidr/more-services' } },
    ],
    evidence: () => 'kubectl get servicecidrs',
    docs: 'https://kubernetes.io/docs/concepts/services-networking/cluster-ip-allocation/',
  }),
  fault({
    name: 'stale-cni0',
    row: 12,
    topic: 'cni',
    title: 'The bridge cni0 carries the address of an earlier installation',
    symptom: 'new pods of one node stay in ContainerCreating',
    parameters: { node: 'node01', right: '10.244.1.1/24', stale: '10.99.1.1/24', namespace: 'shop' },
    breaks: ({ node, right, stale, namespace }) => `
ssh ${node} ip addr del ${right} dev cni0
ssh ${node} ip addr add ${stale} dev cni0
kubectl -n ${namespace} create deploy fresh --image=nginx:1.29 --replicas=4`,
    mends: ({ node }) => `ssh ${node} ip link delete cni0`,
    shows: ({ node, namespace }) => [stuckOn(namespace, node)],
    evidence: ({ namespace }) => `kubectl -n ${namespace} get events --field-selector reason=FailedCreatePodSandBox`,
    docs: plugins,
  }),
  fault({
    name: 'pod-route-missing',
    row: 13,
    topic: 'pod-networking',
    title: "The route to another node's pods is missing",
    symptom: 'pods of two nodes do not reach each other, pods of one do',
    parameters: { node: 'node02', range: '10.244.1.0/24', from: 'shop/client', to: 'shop/near' },
    breaks: ({ node, range }) => `ssh ${node} ip route del ${range}`,
    mends: ({ node }) => `kubectl -n kube-flannel delete pod --field-selector spec.nodeName=${node}`,
    shows: ({ node, range, from, to }) => [
      { run: { line: 'ip route', node, exitCode: 0, stdout: { excludes: range } } },
      { run: { line: pingFrom(from, to), exitCode: 1, stdout: { contains: '100% packet loss' } } },
    ],
    evidence: ({ node }) => `ssh ${node} ip route`,
    docs: networking,
  }),
  fault({
    name: 'overlay-port-closed',
    row: 14,
    topic: 'pod-networking',
    title: "A firewall drops the overlay's packets",
    symptom: 'pods of different nodes time out, pods of one do not',
    parameters: { node: 'node01', port: '8472', from: 'shop/client', to: 'shop/near' },
    breaks: ({ node, port }) => `ssh ${node} iptables -I INPUT -p udp --dport ${port} -j DROP`,
    mends: ({ node, port }) => `ssh ${node} iptables -D INPUT -p udp --dport ${port} -j DROP`,
    shows: ({ from, to }) => [{ run: { line: pingFrom(from, to), exitCode: 1, stdout: { contains: '100% packet loss' } } }],
    evidence: ({ node }) => `ssh ${node} iptables -L INPUT -n -v`,
    docs: networking,
  }),
  fault({
    name: 'kubelet-stopped',
    row: 15,
    topic: 'node-networking',
    title: 'The kubelet of a node has been stopped',
    symptom: 'one node is NotReady, its status unknown',
    parameters: { node: 'node01' },
    breaks: ({ node }) => `ssh ${node} systemctl disable --now kubelet`,
    mends: ({ node }) => `ssh ${node} systemctl enable --now kubelet`,
    shows: ({ node }) => [notReady(node, 'Kubelet stopped posting node status.')],
    evidence: ({ node }) => `ssh ${node} systemctl status kubelet`,
    docs: 'https://kubernetes.io/docs/tasks/debug/debug-cluster/',
  }),
  fault({
    name: 'kubelet-config-broken',
    row: 15,
    topic: 'node-networking',
    title: "A field of the kubelet's configuration is misspelt",
    symptom: 'one node is NotReady; its kubelet starts and ends again',
    parameters: { node: 'node01' },
    breaks: ({ node }) => `
ssh ${node} "sed -i 's/^cgroupDriver:.*/cgroupDriver: [systemd/' /var/lib/kubelet/config.yaml"
ssh ${node} systemctl restart kubelet`,
    mends: ({ node }) => `
ssh ${node} "sed -i 's/^cgroupDriver:.*/cgroupDriver: systemd/' /var/lib/kubelet/config.yaml"
ssh ${node} systemctl restart kubelet`,
    shows: ({ node }) => [notReady(node, 'Kubelet stopped posting node status.')],
    evidence: ({ node }) => `ssh ${node} journalctl -u kubelet -n 20`,
    docs: 'https://kubernetes.io/docs/tasks/debug/debug-cluster/',
  }),
  fault({
    name: 'static-pod-broken',
    row: 16,
    topic: 'troubleshooting',
    title: "The API server's manifest points at an etcd that is not there",
    symptom: 'kubectl is refused',
    parameters: { manifest: '/etc/kubernetes/manifests/kube-apiserver.yaml', right: '127.0.0.1:2379', wrong: '127.0.0.1:2378' },
    breaks: ({ manifest, right, wrong }) => `sed -i 's/${right}/${wrong}/' ${manifest}`,
    mends: ({ manifest, right, wrong }) => `sed -i 's/${wrong}/${right}/' ${manifest}`,
    shows: () => [{ run: { line: 'kubectl get nodes', exitCode: 1, stderr: { contains: 'was refused' } } }],
    evidence: () => 'crictl ps -a',
    docs: 'https://kubernetes.io/docs/tasks/configure-pod-container/static-pod/',
  }),
];

/** Waits until the controller manager, which has to start anew, has given a node its range. */
function podRangeOf(node: string): string {
  return `kubectl wait --for=jsonpath={.spec.podCIDR} node/${node} --timeout=120s`;
}

/** Asks a pod whether it reaches another, by its address. */
function pingFrom(from: string, to: string): string {
  const [namespace, name] = from.split('/');
  const [targetNamespace, target] = to.split('/');
  return `kubectl -n ${namespace} exec ${name} -- ping -c 2 -W 1 $(kubectl -n ${targetNamespace} get pod ${target} -o jsonpath={.status.podIP})`;
}
