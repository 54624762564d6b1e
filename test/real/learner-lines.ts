/** For each shape of what learners type one line of it, on the cluster of learner-cluster.yaml. */

/** The objects that stand for NAME, by the type before it. */
const names: Readonly<Record<string, string>> = {
  svc: 'web',
  pods: 'box',
  deploy: 'web',
  endpoints: 'web',
  ingress: 'front',
  netpol: 'deny',
  nodes: 'node01',
  cm: 'prices',
  secret: 'safe',
  ns: 'other',
  httproute: 'web',
  gateway: 'gate',
  sa: 'new',
  servicecidr: 'kubernetes',
};

/** What the placeholders of a kubectl line stand for where the type does not decide. */
const placeholders: Readonly<Record<string, string>> = {
  POD: 'box',
  NODE: 'node01',
  FILE: 'file.yaml',
  URL: 'http://web',
  HOST: 'web',
  SEL: 'app=web',
  PAT: 'web',
  IMAGE: 'busybox:1.36',
  'K=V:EFFECT': 'k=v:NoSchedule',
  'K=V': 'k=v',
  PORTS: '8080:80',
  CRKIND: 'stalls',
  N: '2',
};

const expressions: Readonly<Record<string, string>> = {
  svc: "'{.spec.clusterIP}'",
  nodes: "'{.items[*].spec.podCIDR}'",
  pods: "'{..podIP}'",
  deploy: "'{.spec.replicas}'",
  gateway: "'{.spec.gatewayClassName}'",
  ingress: "'{.spec.rules[*].host}'",
  cm: "'{.data.plum}'",
  endpoints: "'{.subsets[*].addresses[*].ip}'",
  netpol: "'{.spec}'",
};

const patches: Readonly<Record<string, string>> = {
  svc: `'{"spec":{"type":"LoadBalancer"}}'`,
  ingress: `'{"spec":{"ingressClassName":"nginx"}}'`,
};

/** Flags whose value depends on the verb. */
const values: readonly (readonly [RegExp, string])[] = [
  [/--cert=V --key=V/, '--cert=tls.crt --key=tls.key'],
  [/--replicas=V/, '--replicas=3'],
  [/--target-port=V/, '--target-port=80'],
  [/--port=V/, '--port=80'],
  [/--tail=V/, '--tail=5'],
  [/--grace-period=V/, '--grace-period=0'],
  [/--timeout=V/, '--timeout=30s'],
  [/--rule=V/, "--rule='shop.example.com/*=web:80'"],
  [/--class=V/, '--class=nginx'],
  [/--tcp=V/, '--tcp=80:80'],
  [/--labels=V/, '--labels=a=b'],
  [/--target=V/, '--target=box'],
  [/--as=V/, 'get pods --as=jane'],
  [/--name=V/, '--name=made'],
];

/** Lines that no rule makes. */
const written: Readonly<Record<string, string>> = {
  'vi|vim|nano FILE': 'vi file.yaml',
  'vi|vim|nano /etc/kubernetes/manifests/COMPONENT.yaml': 'vim /etc/kubernetes/manifests/kube-apiserver.yaml',
  'vi|vim|nano /var/lib/kubelet/config.yaml': 'nano /var/lib/kubelet/config.yaml',
  mkdir: 'mkdir new',
  'echo TEXT': 'echo hello',
  'nslookup HOST': 'nslookup web.default.svc.cluster.local 10.96.0.10',
  'curl URL': 'curl http://172.30.2.2:30080',
  'curl -s URL': 'curl -s http://172.30.2.2:30080',
  'curl -I URL': 'curl -I http://172.30.2.2:30080',
  'curl -H "Host: H" URL': 'curl -H "Host: shop.example.com" http://172.30.2.2:30080',
  'curl -H "Host: H" URL > FILE': 'curl -H "Host: shop.example.com" http://172.30.2.2:30080 > page',
  'curl URL > FILE': 'curl http://172.30.2.2:30080 > page',
  'curl -k https://URL': 'curl -k https://10.96.0.1/version',
  'curl -k https://URL > FILE': 'curl -k https://10.96.0.1/version > page',
  'wget -O- URL': 'wget -O- http://172.30.2.2:30080',
  'wget --spider -T N URL': 'wget --spider -T 2 http://172.30.2.2:30080',
  'wget https://URL': 'wget https://example.com/x.tar.gz',
  'curl -L -O https://URL': 'curl -L -O https://example.com/x.tar.gz',
  'curl -O https://URL': 'curl -O https://example.com/x.tar.gz',
  'curl -L -S -f -s https://URL | gpg FILE': 'set -o pipefail; curl -L -S -f -s https://example.com/key | gpg --dearmor',
  cp: 'cp file.yaml copy.yaml',
  mv: 'mv text.txt moved.txt',
  rm: 'rm text.txt',
  cd: 'cd /etc/kubernetes',
  'cat FILE': 'cat file.yaml',
  'ls FILE': 'ls file.yaml',
  'ssh NODE': 'ssh node01',
  'apt-get': 'apt-get update',
  apt: 'apt update',
  'apt-mark X': 'apt-mark hold kubelet',
  'cat <<EOF | kubectl apply -f -': 'cat <<EOF | kubectl apply -f -\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: here}\nEOF',
  'kubectl apply -f - <<EOF': 'kubectl apply -f - <<EOF\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: here}\nEOF',
  'cat <<EOF > FILE': 'cat <<EOF > new.yaml\ntext\nEOF',
  'cat <<EOF | tee': 'cat <<EOF | tee new.yaml\ntext\nEOF',
  'sed -i EXPR FILE': "sed -i 's/from-file/other/' file.yaml",
  'export ...': 'export KUBECONFIG=/etc/kubernetes/admin.conf',
  'alias ...': 'alias k=kubectl',
  'crictl logs ID': 'crictl logs $(crictl ps -q --name kube-apiserver)',
  'crictl stop ID': 'crictl stop $(crictl ps -q --name kube-scheduler)',
  'crictl ps | grep PAT': 'crictl ps | grep kube',
  'echo TEXT > FILE': 'echo hello > new.txt',
  'echo TEXT | tee': 'echo hello | tee new.txt',
  'openssl x509': 'openssl x509 -in /etc/kubernetes/pki/apiserver.crt -noout -subject',
  'openssl req': 'openssl req -new -newkey rsa:2048 -nodes -keyout k.pem -out r.csr -subj /CN=jane',
  tar: 'tar cf a.tar file.yaml',
  'chown X': 'chown root file.yaml',
  'journalctl -u kubelet -n VAL': 'journalctl -u kubelet -n 5',
  'journalctl -u kubelet --since VAL': 'journalctl -u kubelet --since "1 hour ago"',
  'journalctl -u kubelet --no-pager | tail -n': 'journalctl -u kubelet --no-pager | tail -n 3',
  sleep: 'sleep 1',
  'ip link set ARGS': 'ip link set veth-blue up',
  'ip link add ARGS': 'ip link add v1 type veth peer name v2',
  'ip -n NS addr add ARGS': 'ip -n red addr add 10.9.0.1/24 dev veth-red',
  'ip -n NS link set ARGS': 'ip -n red link set veth-red up',
  'ip -n NS link': 'ip -n red link',
  'ip addr add ARGS': 'ip addr add 10.9.0.9/24 dev veth-blue',
  'ip route add ARGS': 'ip route add 10.8.0.0/24 via 172.30.2.2',
  'ip netns add NS': 'ip netns add green',
  'ip netns exec NS arp': 'ip netns exec red arp',
  'ip netns exec NS route': 'ip netns exec red route',
  'ip netns exec NS ip link': 'ip netns exec red ip link',
  'ip netns exec NS ping HOST': 'ip -n red link set lo up; ip netns exec red ping -c 1 127.0.0.1',
  'ip link show IFACE': 'ip link show cni0',
  'ip addr show IFACE': 'ip addr show cni0',
  'ip route show X': 'ip route show default',
  'iptables -t nat -A CHAIN RULE': 'iptables -t nat -A POSTROUTING -s 10.9.0.0/24 -j MASQUERADE',
  'iptables -t nat -L | grep PAT': 'iptables -t nat -L | grep web',
  'ping HOST': 'ping -c 1 node01',
  'host HOST': 'host web.default.svc.cluster.local 10.96.0.10',
  'nslookup HOST SERVER': 'nslookup web.default.svc.cluster.local 10.96.0.10',
  'dig @SERVER HOST': 'dig @10.96.0.10 web.default.svc.cluster.local',
  'dig HOST': 'dig kubernetes.default.svc.cluster.local',
  'modprobe MODULE': 'modprobe br_netfilter',
  'lsmod | grep PAT': 'lsmod | grep br_netfilter',
  'sysctl KEY': 'sysctl net.ipv4.ip_forward',
  swapoff: 'swapoff -a',
  'cat /etc/kubernetes/manifests/COMPONENT.yaml': 'cat /etc/kubernetes/manifests/etcd.yaml',
  'cat /etc/cni/net.d/FILE': 'cat /etc/cni/net.d/10-flannel.conflist',
  'cat /etc/sysctl.d/FILE': 'cat /etc/sysctl.d/*.conf',
  'cat /var/log/pods/...': 'cat /var/log/pods/kube-system_kube-apiserver*/kube-apiserver/0.log',
  'ps aux | grep PAT': 'ps aux | grep kubelet',
  'ps -aux | grep PAT': 'ps -aux | grep kube-apiserver',
  'containerd X | tee': 'set -o pipefail; containerd config default | tee config.toml',
  'install N': 'install -m 644 file.yaml copy.yaml',
  kubelet: 'kubelet --version',
  'kube-proxy': 'kube-proxy --version',
  'kubeadm join': 'kubeadm join 172.30.1.2:6443 --token abcdef.0123456789abcdef --discovery-token-unsafe-skip-ca-verification',
  'kubeadm token create': 'kubeadm token create --print-join-command',
  'kubeadm upgrade node': 'kubeadm upgrade node',
  'etcdctl snapshot save': 'etcdctl snapshot save /tmp/snap.db',
  'helm install': 'helm install x repo/x',
  'helm install --set': 'helm install x repo/x --set a=b',
  'helm repo add': 'helm repo add x https://example.com',
  'docker run': 'docker run nginx',
  'docker inspect': 'docker inspect x',
  'docker network': 'docker network ls',
  'docker exec NODE sed EXPR FILE': 'docker exec node01 sed -i s/a/b/ /etc/hosts',
  'docker exec NODE systemctl status kubelet': 'docker exec node01 systemctl status kubelet',
  'minikube X': 'minikube start',
  'service kube-apiserver status': 'service kube-apiserver status',
  'watch kubectl get pods NAME': 'watch kubectl get pods box',
  'kubectl apply -f URL': 'kubectl apply -f https://example.com/x.yaml',
  'kubectl create -f URL': 'kubectl create -f https://example.com/x.yaml',
  'kubectl delete -f URL': 'kubectl delete -f https://example.com/x.yaml',
  'kubectl delete -f FILE': 'kubectl apply -f file.yaml && kubectl delete -f file.yaml',
  'kubectl create ns NAME': 'kubectl create ns new',
  'kubectl delete svc NAME...': 'kubectl delete svc web extra',
  'kubectl delete deploy NAME...': 'kubectl delete deploy web spare',
  'kubectl delete netpol NAME...': 'kubectl delete netpol deny',
  'kubectl create ingress': 'kubectl create ingress made --rule=a.example.com/=web:80',
  'kubectl create deploy': 'kubectl create deploy made --image=nginx',
  'kubectl create cm NAME': 'kubectl create cm made --from-literal=a=b',
  'kubectl exec POD -- nc -v -z HOST PORT': 'kubectl exec box -- nc -v -z web 80',
  'kubectl get gateway,httproute': 'kubectl get gateway,httproute',
  'kubectl get PATH --raw': 'kubectl get --raw /healthz',
  'kubectl explain netpol.FIELD': 'kubectl explain netpol.spec',
  'kubectl config use-context': 'kubectl config use-context kubernetes-admin@kubernetes',
  'kubectl config set-context --current': 'kubectl config set-context --current --namespace=other',
  'kubectl uncordon NODE': 'kubectl cordon node01; kubectl uncordon node01',
  'kubectl drain NODE': 'kubectl drain node01 --ignore-daemonsets --force --delete-emptydir-data',
  'kubectl wait deploy NAME --for=V --timeout=V': 'kubectl wait deploy web --for=condition=Available --timeout=30s',
  'kubectl wait pods NAME --for=V --timeout=V': 'kubectl wait pods box --for=condition=Ready --timeout=30s',
  'kubectl wait pods --for=V --timeout=V -l SEL': 'kubectl wait pods --for=condition=Ready --timeout=30s -l app=web',
  'kubectl port-forward svc/NAME PORTS': 'kubectl port-forward svc/web 8080:80',
  'kubectl port-forward svc/NAME PORTS > FILE': 'kubectl port-forward svc/web 8080:80 > log',
  'kubectl describe deploy NAME | grep -i PAT': 'kubectl describe deploy web | grep -i replicas',
  'kubectl describe nodes NAME | grep PAT': 'kubectl describe nodes node01 | grep PodCIDR',
  'kubectl describe nodes NAME | grep -A N PAT': 'kubectl describe nodes node01 | grep -A 2 Taints',
  'kubectl describe nodes | grep -A N PAT': 'kubectl describe nodes | grep -A 2 Taints',
  'kubectl describe pods NAME | grep -A N -i PAT': 'kubectl describe pods box | grep -A 2 -i events',
  'kubectl describe pods NAME | tail -n': 'kubectl describe pods box | tail -n 5',
  'kubectl exec POD -- printenv | grep PAT': 'kubectl exec box -- printenv | grep KUBERNETES',
  'kubectl api-resources | grep PAT': 'kubectl api-resources | grep networking',
  'kubectl cluster-info dump | grep PAT': 'kubectl cluster-info dump | grep -m 1 cluster-cidr',
  'kubectl get netpol NAME -o jsonpath=EXPR | jq EXPR': "kubectl get netpol deny -o jsonpath='{.spec}' | jq .podSelector",
  'kubectl get svc NAME -o yaml | grep -A N PAT': 'kubectl get svc web -o yaml | grep -A 2 selector',
  'kubectl get svc NAME -o yaml | grep -C N PAT': 'kubectl get svc web -o yaml | grep -C 2 selector',
  'kubectl get svc NAME -o yaml | grep PAT': 'kubectl get svc web -o yaml | grep clusterIP',
  'kubectl exec POD -- wget -O- -T N -q URL': 'kubectl exec box -- wget -O- -T 2 -q http://web',
};

const notFound = /command not found/;
const offline = /no such host|[Cc]ould not resolve host|unable to resolve host/;

/** What is refused, and the words in which: programs that are not there, and the internet. */
export const refusals: Readonly<Record<string, RegExp>> = {
  'kubectl apply -f URL': offline,
  'kubectl create -f URL': offline,
  'kubectl delete -f URL': offline,
  'wget https://URL': offline,
  'curl -L -O https://URL': offline,
  'curl -O https://URL': offline,
  'curl -L -S -f -s https://URL | gpg FILE': offline,
  'apt-get': notFound,
  apt: notFound,
  'apt-mark X': notFound,
  swapoff: notFound,
  'install N': notFound,
  'kube-proxy': notFound,
  'containerd X | tee': /is not simulated/,
  'minikube X': notFound,
  'docker run': notFound,
  'docker inspect': notFound,
  'docker network': notFound,
  'docker exec NODE sed EXPR FILE': notFound,
  'docker exec NODE systemctl status kubelet': notFound,
  'helm install': notFound,
  'helm install --set': notFound,
  'helm repo add': notFound,
  'etcdctl snapshot save': notFound,
  'kubeadm upgrade node': /is not simulated/,
  'openssl req': /are not simulated/,
};

/** Answers that are no success on a healthy cluster: their status, and what they say. */
export const failures: Readonly<Record<string, readonly [status: number, words: RegExp]>> = {
  'kubectl top nodes': [1, /^error: Metrics API not available\n$/],
  'kubectl top pods': [1, /^error: Metrics API not available\n$/],
  'kubectl auth can-i --as=V': [1, /^no\n$/],
  'kubectl delete servicecidr NAME': [130, /^servicecidr.networking.k8s.io "kubernetes" deleted/],
  'service kube-apiserver status': [4, /^Unit kube-apiserver.service could not be found.\n$/],
  'dig HOST': [9, /no servers could be reached/],
  'kubeadm join': [1, /\[ERROR FileAvailable--etc-kubernetes-kubelet.conf\]: .* already exists/],
};

/** A line of the shape. */
export function lineOf(shape: string): string {
  const own = written[shape];
  if (own !== undefined) return own;
  if (!shape.startsWith('kubectl ')) return shape;
  return kubectlLine(shape);
}

function kubectlLine(shape: string): string {
  const [, verb = '', type = ''] = shape.split(' ');
  let line = shape.replace(/-o jsonpath=EXPR/, `-o jsonpath=${expressions[type] ?? "'{.metadata.name}'"}`);
  line = line.replace(/-p JSON/, `-p ${patches[type] ?? "'{}'"}`);
  for (const [flag, value] of values) line = line.replace(flag, value);
  const creates = verb === 'run' || verb === 'create';
  line = line.replace(/(\w+)\/NAME/, (_, kind: string) => `${kind}/${names[kind] ?? 'box'}`);
  line = line.replace(/\bNAME\b/, creates ? 'made' : verb === 'expose' && type === 'deploy' ? 'bare' : (names[type] ?? 'web'));
  line = line.replace(/-- sleep$/, '-- sleep 1d');
  if (verb === 'run') line = line.replace(/nslookup HOST/, 'nslookup web.default.svc.cluster.local');
  if (line.includes('-- curl')) line = line.replace('IMAGE', 'curlimages/curl:8.10.1');
  return line.replace(/> FILE$/, '> out.txt').replace(/[A-Z][A-Z=:]*(?![a-z])/g, (word) => placeholders[word] ?? word);
}
