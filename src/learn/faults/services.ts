/** Faults of Services and of kube-proxy. */
import { fault } from './fault.ts';

const servicePage = 'https://kubernetes.io/docs/concepts/services-networking/service/';
const debugService = 'https://kubernetes.io/docs/tasks/debug/debug-application/debug-service/';
const proxyPage = 'https://kubernetes.io/docs/reference/networking/virtual-ips/';
const ends = (from: string, to: string, outcome: 'refused' | 'timeout') => ({ connect: { from, to, expect: { outcome } } }) as const;
const slices = (namespace: string, service: string) =>
  `kubectl -n ${namespace} get endpointslices -l kubernetes.io/service-name=${service}`;
/** The pods of kube-proxy read their configuration when they start. */
const proxyConfig = (sed: string) => `kubectl -n kube-system get cm kube-proxy -o yaml | sed '${sed}' | kubectl apply -f -
kubectl -n kube-system delete pods -l k8s-app=kube-proxy`;
const refusal = (line: string, text: string) => ({ run: { line, exitCode: 1, stderr: { contains: text } } }) as const;

export const serviceFaults = [
  fault({
    name: 'service-selector',
    row: 27,
    topic: 'services',
    title: "The Service's selector fits no pod",
    symptom: 'connection refused',
    parameters: { namespace: 'shop', service: 'web', label: 'app', right: 'web', wrong: 'web-shop', from: 'shop/client' },
    breaks: ({ namespace, service, label, wrong }) =>
      `kubectl -n ${namespace} patch svc ${service} -p '{"spec":{"selector":{"${label}":"${wrong}"}}}'`,
    mends: ({ namespace, service, label, right }) =>
      `kubectl -n ${namespace} patch svc ${service} -p '{"spec":{"selector":{"${label}":"${right}"}}}'`,
    shows: ({ namespace, service, from }) => [
      ends(`pod:${from}`, `http://${service}.${namespace}/`, 'refused'),
      { run: { line: slices(namespace, service), exitCode: 0, stdout: { contains: '<unset>' } } },
    ],
    evidence: ({ namespace, service }) => slices(namespace, service),
    docs: debugService,
  }),
  fault({
    name: 'target-port-number',
    row: 28,
    topic: 'services',
    title: "The Service's targetPort is a port on which nothing listens",
    symptom: 'connection refused, though the Service has endpoints',
    parameters: { namespace: 'shop', service: 'api', right: '80', wrong: '8888', port: '8080', from: 'shop/client' },
    breaks: ({ namespace, service, wrong }) => targetPort(namespace, service, wrong),
    mends: ({ namespace, service, right }) => targetPort(namespace, service, right),
    shows: ({ namespace, service, port, from }) => [ends(`pod:${from}`, `http://${service}.${namespace}:${port}/`, 'refused')],
    evidence: ({ namespace, service }) => slices(namespace, service),
    docs: debugService,
  }),
  fault({
    name: 'target-port-name',
    row: 29,
    topic: 'services',
    title: "The Service's targetPort is a name that no container gives to a port",
    symptom: 'connection refused',
    parameters: { namespace: 'shop', service: 'web', right: 'http', wrong: 'web', from: 'shop/client' },
    breaks: ({ namespace, service, wrong }) => targetPort(namespace, service, `"${wrong}"`),
    mends: ({ namespace, service, right }) => targetPort(namespace, service, `"${right}"`),
    shows: ({ namespace, service, from }) => [
      ends(`pod:${from}`, `http://${service}.${namespace}/`, 'refused'),
      { run: { line: slices(namespace, service), exitCode: 0, stdout: { contains: '<unset>' } } },
    ],
    evidence: ({ namespace, service }) => slices(namespace, service),
    docs: servicePage,
  }),
  fault({
    name: 'readiness-probe',
    row: 30,
    topic: 'services',
    title: 'A readiness probe asks on a port where nothing listens',
    symptom: 'pods are Running and not ready; the Service refuses',
    parameters: { namespace: 'shop', deployment: 'api', container: 'api', right: '80', wrong: '8081', port: '8080', from: 'shop/client' },
    breaks: ({ namespace, deployment, container, wrong }) => probePort(namespace, deployment, container, wrong),
    mends: ({ namespace, deployment, container, right }) => probePort(namespace, deployment, container, right),
    shows: ({ namespace, deployment, wrong, port, from }) => [
      ends(`pod:${from}`, `http://${deployment}.${namespace}:${port}/`, 'refused'),
      { run: { line: `kubectl -n ${namespace} get pods -l app=${deployment}`, exitCode: 0, stdout: { contains: '0/1' } } },
      {
        object: {
          ref: `deployment/${deployment}`,
          namespace,
          jsonpath: '{.spec.template.spec.containers[0].readinessProbe.httpGet.port}',
          equals: wrong,
        },
      },
    ],
    evidence: ({ namespace, deployment }) => `kubectl -n ${namespace} describe pods -l app=${deployment}`,
    docs: 'https://kubernetes.io/docs/tasks/configure-pod-container/configure-liveness-readiness-startup-probes/',
  }),
  fault({
    name: 'listens-on-loopback',
    row: 31,
    topic: 'services',
    title: 'The application listens on 127.0.0.1 only',
    symptom: 'connection refused from everywhere but the pod itself',
    parameters: { namespace: 'shop', deployment: 'web', port: '80', from: 'shop/client' },
    breaks: ({ namespace, deployment, port }) =>
      `kubectl -n ${namespace} patch deploy ${deployment} -p '{"spec":{"template":{"metadata":{"annotations":{"cka-net/listens":"TCP:${port}@127.0.0.1"}}}}}'`,
    mends: ({ namespace, deployment, port }) =>
      `kubectl -n ${namespace} patch deploy ${deployment} -p '{"spec":{"template":{"metadata":{"annotations":{"cka-net/listens":"TCP:${port}"}}}}}'`,
    shows: ({ namespace, deployment, port, from }) => [ends(`pod:${from}`, `http://${deployment}.${namespace}:${port}/`, 'refused')],
    evidence: ({ namespace, deployment }) => `kubectl -n ${namespace} get pods -l app=${deployment} -o wide`,
    docs: debugService,
  }),
  fault({
    name: 'service-protocol',
    row: 32,
    topic: 'services',
    title: 'The Service forwards TCP, the application speaks UDP',
    symptom: 'the application is not reached',
    parameters: { namespace: 'shop', service: 'logs', port: '514', right: 'UDP', wrong: 'TCP', from: 'shop/client' },
    breaks: ({ namespace, service, wrong }) => protocol(namespace, service, wrong),
    mends: ({ namespace, service, right }) => protocol(namespace, service, right),
    shows: ({ namespace, service, port, wrong, from }) => [
      { object: { ref: `service/${service}`, namespace, jsonpath: '{.spec.ports[0].protocol}', equals: wrong } },
      ends(`pod:${from}`, `udp://${service}.${namespace}:${port}`, 'timeout'),
    ],
    evidence: ({ namespace, service }) => `kubectl -n ${namespace} get svc ${service}`,
    docs: servicePage,
  }),
  fault({
    name: 'kube-proxy-kubeconfig',
    row: 33,
    topic: 'kube-proxy',
    title: 'kube-proxy is told of a kubeconfig that is not there',
    symptom: 'kube-proxy crashes on every node; new Services are never reached',
    parameters: { right: 'kubeconfig.conf', wrong: 'kubeconfig.cfg' },
    breaks: ({ right, wrong }) => proxyConfig(`s#/var/lib/kube-proxy/${right}#/var/lib/kube-proxy/${wrong}#`),
    mends: ({ right, wrong }) => proxyConfig(`s#/var/lib/kube-proxy/${wrong}#/var/lib/kube-proxy/${right}#`),
    shows: () => [notAllReady],
    evidence: () => 'kubectl -n kube-system logs -l k8s-app=kube-proxy',
    docs: proxyPage,
  }),
  fault({
    name: 'kube-proxy-mode',
    row: 34,
    topic: 'kube-proxy',
    title: 'kube-proxy is told of a mode that there is not',
    symptom: 'kube-proxy crashes on every node',
    parameters: { mode: 'iptables', wrong: 'ebpf' },
    breaks: ({ wrong }) => proxyConfig(`s/mode: .*/mode: ${wrong}/`),
    mends: ({ mode }) => proxyConfig(`s/mode: .*/mode: ${mode}/`),
    shows: () => [notAllReady],
    evidence: () => 'kubectl -n kube-system logs -l k8s-app=kube-proxy',
    docs: proxyPage,
  }),
  fault({
    name: 'node-port-taken',
    row: 35,
    topic: 'services',
    title: "A manifest asks for another Service's node port",
    symptom: 'the API server refuses the manifest',
    parameters: { namespace: 'shop', name: 'entry-two', port: '30080', free: '30081' },
    breaks: ({ namespace, name, port }) => `
kubectl -n ${namespace} create service nodeport ${name} --tcp=80 --node-port=${port} --dry-run=client -o yaml > /root/${name}.yaml`,
    mends: ({ namespace, name, port, free }) => `
sed -i 's/${port}/${free}/' /root/${name}.yaml
kubectl -n ${namespace} apply -f /root/${name}.yaml`,
    shows: ({ name }) => [refusal(`kubectl apply --dry-run=server -f /root/${name}.yaml`, 'provided port is already allocated')],
    evidence: ({ name }) => `kubectl create -f /root/${name}.yaml`,
    docs: servicePage,
  }),
  fault({
    name: 'cluster-ip-outside-range',
    row: 36,
    topic: 'services',
    title: 'A manifest asks for a ClusterIP outside the range of Services',
    symptom: 'the API server refuses the manifest',
    parameters: { namespace: 'shop', name: 'fixed', address: '10.112.0.9', valid: '10.96.0.99' },
    breaks: ({ namespace, name, address }) =>
      `kubectl -n ${namespace} create service clusterip ${name} --tcp=80 --clusterip=${address} --dry-run=client -o yaml > /root/${name}.yaml`,
    mends: ({ namespace, name, address, valid }) => `
sed -i 's/${address}/${valid}/' /root/${name}.yaml
kubectl -n ${namespace} apply -f /root/${name}.yaml`,
    shows: ({ name }) => [refusal(`kubectl create -f /root/${name}.yaml`, 'the provided network does not match the current range')],
    evidence: ({ name }) => `kubectl create -f /root/${name}.yaml`,
    docs: 'https://kubernetes.io/docs/concepts/services-networking/cluster-ip-allocation/',
  }),
  fault({
    name: 'external-traffic-local',
    row: 37,
    topic: 'services',
    title: 'externalTrafficPolicy is Local, and not every node has a pod',
    symptom: 'the node port answers on one node and times out on the others',
    parameters: { namespace: 'shop', service: 'entry', node: 'controlplane', port: '30080' },
    breaks: ({ namespace, service }) => `kubectl -n ${namespace} patch svc ${service} -p '{"spec":{"externalTrafficPolicy":"Local"}}'`,
    mends: ({ namespace, service }) => `kubectl -n ${namespace} patch svc ${service} -p '{"spec":{"externalTrafficPolicy":"Cluster"}}'`,
    shows: ({ node, port }) => [ends('external', `node:${node}:${port}`, 'timeout')],
    evidence: ({ namespace, service }) => `kubectl -n ${namespace} get svc ${service} -o yaml`,
    docs: proxyPage,
  }),
  fault({
    name: 'host-port-clash',
    row: 38,
    topic: 'services',
    title: 'Pods of one host port are more than there are nodes for them',
    symptom: 'a pod is Pending',
    parameters: { namespace: 'shop', deployment: 'agent', replicas: '2', wanted: '3' },
    breaks: ({ namespace, deployment, wanted }) => `kubectl -n ${namespace} scale deploy ${deployment} --replicas=${wanted}`,
    mends: ({ namespace, deployment, replicas }) => `kubectl -n ${namespace} scale deploy ${deployment} --replicas=${replicas}`,
    shows: ({ namespace, deployment }) => [
      { run: { line: `kubectl -n ${namespace} get pods -l app=${deployment}`, exitCode: 0, stdout: { contains: 'Pending' } } },
    ],
    evidence: ({ namespace, deployment }) => `kubectl -n ${namespace} describe pods -l app=${deployment}`,
    docs: 'https://kubernetes.io/docs/concepts/configuration/overview/',
  }),
  fault({
    name: 'load-balancer-without-provider',
    row: 39,
    topic: 'services',
    title: 'A Service of type LoadBalancer in a cluster where nobody provides them',
    symptom: 'EXTERNAL-IP is <pending> for ever',
    parameters: { namespace: 'shop', service: 'web' },
    breaks: ({ namespace, service }) => `kubectl -n ${namespace} patch svc ${service} -p '{"spec":{"type":"LoadBalancer"}}'`,
    mends: ({ namespace, service }) => `kubectl -n ${namespace} patch svc ${service} -p '{"spec":{"type":"NodePort"}}'`,
    shows: ({ namespace, service }) => [
      { run: { line: `kubectl -n ${namespace} get svc ${service}`, exitCode: 0, stdout: { contains: '<pending>' } } },
    ],
    evidence: ({ namespace, service }) => `kubectl -n ${namespace} get svc ${service}`,
    docs: servicePage,
  }),
  fault({
    name: 'pod-without-labels',
    row: 40,
    topic: 'services',
    title: 'A pod has neither labels nor declared ports, so it cannot be exposed',
    symptom: 'kubectl expose refuses',
    parameters: { namespace: 'shop', pod: 'lone' },
    breaks: ({ namespace, pod }) => `
kubectl -n ${namespace} run ${pod} --image=nginx:1.29
kubectl -n ${namespace} label pod ${pod} run-`,
    mends: ({ namespace, pod }) => `
kubectl -n ${namespace} label pod ${pod} app=${pod}
kubectl -n ${namespace} expose pod ${pod} --port=80`,
    shows: ({ namespace, pod }) => [
      refusal(`kubectl -n ${namespace} expose pod ${pod} --port=80`, 'the pod has no labels and cannot be exposed'),
    ],
    evidence: ({ namespace, pod }) => `kubectl -n ${namespace} get pod ${pod} --show-labels`,
    docs: 'https://kubernetes.io/docs/reference/kubectl/generated/kubectl_expose/',
  }),
  fault({
    name: 'wrong-namespace',
    row: 60,
    topic: 'troubleshooting',
    title: 'The right object was made in the wrong namespace',
    symptom: 'the Service is "not found", though somebody has made it',
    parameters: { namespace: 'shop', service: 'web', wrong: 'default' },
    breaks: ({ namespace, service, wrong }) => `
kubectl -n ${namespace} delete svc ${service}
kubectl -n ${wrong} create service clusterip ${service} --tcp=80`,
    mends: ({ namespace, service, wrong }) => `
kubectl -n ${wrong} delete svc ${service}
kubectl -n ${namespace} expose deploy ${service} --port=80`,
    shows: ({ namespace, service, wrong }) => [
      refusal(`kubectl -n ${namespace} get svc ${service}`, '(NotFound)'),
      { object: { ref: `service/${service}`, namespace: wrong } },
    ],
    evidence: ({ service }) => `kubectl get svc -A --field-selector metadata.name=${service}`,
    docs: 'https://kubernetes.io/docs/concepts/overview/working-with-objects/namespaces/',
  }),
];

const notAllReady = {
  run: { line: 'kubectl -n kube-system get pods -l k8s-app=kube-proxy', exitCode: 0, stdout: { matches: 'CrashLoopBackOff|Error' } },
} as const;

function targetPort(namespace: string, service: string, port: string): string {
  return `kubectl -n ${namespace} patch svc ${service} --type=json -p '[{"op":"replace","path":"/spec/ports/0/targetPort","value":${port}}]'`;
}

function protocol(namespace: string, service: string, to: string): string {
  return `kubectl -n ${namespace} patch svc ${service} --type=json -p '[{"op":"replace","path":"/spec/ports/0/protocol","value":"${to}"}]'`;
}

function probePort(namespace: string, deployment: string, container: string, port: string): string {
  return `kubectl -n ${namespace} patch deploy ${deployment} -p '{"spec":{"template":{"spec":{"containers":[{"name":"${container}","readinessProbe":{"httpGet":{"path":"/","port":${port}}}}]}}}}'
kubectl -n ${namespace} delete rs -l app=${deployment}`;
}
