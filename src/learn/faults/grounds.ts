/** Healthy clusters to break something in. Each is the text of a scenario's cluster and of its objects. */

export interface Ground {
  readonly title: string;
  /** YAML: fields of the Scenario's `spec`. */
  readonly spec: string;
  /** A stream of YAML. */
  readonly objects: string;
}

const namespace = (name: string) => `apiVersion: v1
kind: Namespace
metadata: {name: ${name}}
`;

/** A pod to try things from. */
const client = (ns: string, name: string, node?: string) => `apiVersion: v1
kind: Pod
metadata: {name: ${name}, namespace: ${ns}, labels: {app: ${name}}}
spec:
${node === undefined ? '' : `  nodeName: ${node}\n`}  containers:
    - name: ${name}
      image: nicolaka/netshoot:v0.14
      command: [sleep, infinity]
`;

/** A web server of several pods. */
const deployment = (ns: string, name: string, replicas: number, container = '') => `apiVersion: apps/v1
kind: Deployment
metadata: {name: ${name}, namespace: ${ns}}
spec:
  replicas: ${replicas}
  selector: {matchLabels: {app: ${name}}}
  template:
    metadata: {labels: {app: ${name}}}
    spec:
      containers:
        - name: ${name}
          image: nginx:1.29
          ports: [{name: http, containerPort: 80}]
${container.replace(/^(?=.)/gm, '          ')}`;

const service = (ns: string, name: string, spec: string) => `apiVersion: v1
kind: Service
metadata: {name: ${name}, namespace: ${ns}}
spec:
  selector: {app: ${name}}
${spec.replace(/^(?=.)/gm, '  ')}`;

const stream = (...documents: readonly string[]) => documents.join('---\n');

const resolver = stream(
  namespace('company'),
  `apiVersion: v1
kind: ConfigMap
metadata: {name: resolver, namespace: company}
data:
  Corefile: |
    example.com:53 {
        bind 172.30.1.2
        hosts {
            203.0.113.10 tickets.example.com
            203.0.113.20 registry.example.com
        }
    }
    .:53 {
        bind 172.30.1.2
        template ANY ANY {
            rcode NXDOMAIN
        }
    }
`,
  `apiVersion: v1
kind: Pod
metadata: {name: resolver, namespace: company}
spec:
  nodeName: controlplane
  hostNetwork: true
  dnsPolicy: Default
  containers:
    - name: resolver
      image: registry.k8s.io/coredns/coredns:v1.12.4
      args: [-conf, /etc/coredns/Corefile]
      volumeMounts: [{name: config, mountPath: /etc/coredns}]
  volumes: [{name: config, configMap: {name: resolver}}]
`,
);

const shop = stream(
  resolver,
  namespace('shop'),
  namespace('front'),
  client('shop', 'client', 'node02'),
  client('front', 'visitor', 'node01'),
  client('shop', 'near', 'node01'),
  deployment('shop', 'web', 2),
  service('shop', 'web', 'ports: [{name: http, port: 80, targetPort: http}]\n'),
  deployment('shop', 'api', 1, 'readinessProbe: {httpGet: {path: /, port: 80}, periodSeconds: 5}\n'),
  service('shop', 'api', 'ports: [{port: 8080, targetPort: 80}]\n'),
  `apiVersion: apps/v1
kind: Deployment
metadata: {name: logs, namespace: shop}
spec:
  replicas: 1
  selector: {matchLabels: {app: logs}}
  template:
    metadata:
      labels: {app: logs}
      annotations: {cka-net/listens: "UDP:514"}
    spec:
      containers:
        - name: logs
          image: busybox:1.36
          command: [syslogd, -n, -O, "-"]
          ports: [{containerPort: 514, protocol: UDP}]
`,
  service('shop', 'logs', 'ports: [{port: 514, protocol: UDP}]\n'),
  deployment('shop', 'entry', 1),
  service('shop', 'entry', 'type: NodePort\nports: [{port: 80, nodePort: 30080}]\n'),
  `apiVersion: apps/v1
kind: Deployment
metadata: {name: agent, namespace: shop}
spec:
  replicas: 2
  selector: {matchLabels: {app: agent}}
  template:
    metadata: {labels: {app: agent}}
    spec:
      containers:
        - name: agent
          image: nginx:1.29
          ports: [{containerPort: 80, hostPort: 8090}]
`,
  `apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db, namespace: shop}
spec:
  serviceName: db
  replicas: 2
  selector: {matchLabels: {app: db}}
  template:
    metadata: {labels: {app: db}}
    spec:
      containers:
        - name: db
          image: redis:7.4
          ports: [{containerPort: 6379}]
`,
  service('shop', 'db', 'clusterIP: None\nports: [{port: 6379}]\n'),
);

const policy = stream(
  namespace('shop'),
  namespace('front'),
  client('shop', 'client'),
  client('front', 'visitor'),
  client('front', 'stranger'),
  deployment('shop', 'web', 2),
  service('shop', 'web', 'ports: [{name: http, port: 80, targetPort: http}]\n'),
);

// whoami answers every path; nginx knows but one.
const whoami = (ns: string, name: string, replicas: number) => deployment(ns, name, replicas).replace('nginx:1.29', 'traefik/whoami:v1.10');

const ingress = stream(
  namespace('shop'),
  client('shop', 'client'),
  whoami('shop', 'web', 2),
  service('shop', 'web', 'ports: [{port: 80}]\n'),
  `apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: shop, namespace: shop}
spec:
  ingressClassName: nginx
  rules:
    - host: shop.example.com
      http:
        paths:
          - path: /
            pathType: Prefix
            backend: {service: {name: web, port: {number: 80}}}
`,
);

const gateway = stream(
  namespace('edge'),
  namespace('shop').replace('shop}', 'shop, labels: {gateway-access: granted}}'),
  namespace('back'),
  client('shop', 'client'),
  whoami('shop', 'web', 2),
  service('shop', 'web', 'ports: [{port: 80}]\n'),
  whoami('back', 'api', 1),
  service('back', 'api', 'ports: [{port: 80}]\n'),
  `apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: edge, namespace: edge}
spec:
  gatewayClassName: nginx
  listeners:
    - name: http
      port: 80
      protocol: HTTP
      hostname: "*.example.com"
      allowedRoutes: {namespaces: {from: Selector, selector: {matchLabels: {gateway-access: granted}}}}
`,
  `apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: shop, namespace: shop}
spec:
  parentRefs: [{name: edge, namespace: edge}]
  hostnames: [shop.example.com]
  rules:
    - matches: [{path: {type: PathPrefix, value: /api}}]
      backendRefs: [{name: api, namespace: back, port: 80}]
    - backendRefs: [{name: web, port: 80}]
`,
  `apiVersion: gateway.networking.k8s.io/v1beta1
kind: ReferenceGrant
metadata: {name: shop-to-api, namespace: back}
spec:
  from: [{group: gateway.networking.k8s.io, kind: HTTPRoute, namespace: shop}]
  to: [{group: "", kind: Service, name: api}]
`,
);

/** The nodes ask a resolver of the company about everything that is not the cluster's: it runs on the control plane. */
const upstream = `files:
  - path: /run/systemd/resolve/resolv.conf
    content: |
      nameserver 172.30.1.2
`;

export const grounds = {
  policy: { title: 'a shop and its front, with calico, which enforces policies', spec: 'cluster: {cni: calico}\n', objects: policy },
  gateway: { title: 'a shop behind a Gateway of NGINX Gateway Fabric', spec: 'cluster: {addons: [gateway-api]}\n', objects: gateway },
  ingress: { title: 'a shop behind ingress-nginx', spec: 'cluster: {addons: [ingress-nginx]}\n', objects: ingress },
  shop: { title: 'a shop of several Services on three nodes, with flannel', spec: upstream, objects: shop },
} as const satisfies Record<string, Ground>;
export type GroundName = keyof typeof grounds;
