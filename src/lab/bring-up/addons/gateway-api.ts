/** The Gateway API's definitions (standard channel, v1.3) and NGINX Gateway Fabric, as its deploy/nodeport/deploy.yaml has it. */
import { gatewayColumns } from '#kube/kinds/gateway/columns.ts';
import { gatewayKinds } from '#kube/kinds/gateway/index.ts';
import type { Kind } from '#kube/kind.ts';
import { clusterAccess, fieldEnv, policyRule, serviceAccount, type Labels } from '#node/cni/networks/manifest-parts.ts';
import { release } from '#workloads/nginx-gateway/release.ts';
import type { Manifest } from '../objects.ts';

const namespace = 'nginx-gateway';
const labels: Labels = {
  'app.kubernetes.io/instance': 'nginx-gateway',
  'app.kubernetes.io/name': 'nginx-gateway',
  'app.kubernetes.io/version': release.version,
};
const selector: Labels = { 'app.kubernetes.io/instance': 'nginx-gateway', 'app.kubernetes.io/name': 'nginx-gateway' };
const openAPIV3Schema = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };

/** The versions that are served: those that became v1 are served as v1beta1 too. */
function versionsOf({ kind, version }: Kind): readonly string[] {
  return ['GatewayClass', 'Gateway', 'HTTPRoute'].includes(kind) ? ['v1', 'v1beta1'] : [version];
}

function definition(kind: Kind): Manifest {
  const { group, plural, shortNames = [], categories = [] } = kind;
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: {
      name: `${plural}.${group}`,
      annotations: {
        'api-approved.kubernetes.io': 'https://github.com/kubernetes-sigs/gateway-api/pull/3328',
        'gateway.networking.k8s.io/bundle-version': 'v1.3.0',
        'gateway.networking.k8s.io/channel': 'standard',
      },
    },
    spec: {
      group,
      names: { categories, kind: kind.kind, listKind: `${kind.kind}List`, plural, shortNames, singular: kind.kind.toLowerCase() },
      scope: kind.namespaced ? 'Namespaced' : 'Cluster',
      versions: versionsOf(kind).map((name, i) => ({
        name,
        served: true,
        storage: i === 0,
        schema: { openAPIV3Schema },
        ...(plural !== 'referencegrants' && { subresources: { status: {} } }),
        additionalPrinterColumns: gatewayColumns[plural] ?? [],
      })),
    },
  };
}

const nginxProxyDefinition: Manifest = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'nginxproxies.gateway.nginx.org' },
  spec: {
    group: 'gateway.nginx.org',
    names: {
      categories: ['nginx-gateway-fabric'],
      kind: 'NginxProxy',
      listKind: 'NginxProxyList',
      plural: 'nginxproxies',
      singular: 'nginxproxy',
    },
    scope: 'Namespaced',
    versions: [{ name: 'v1alpha2', served: true, storage: true, schema: { openAPIV3Schema } }],
  },
};

/** The definitions that a cluster of this add-on has. */
export function gatewayApiManifests(): readonly Manifest[] {
  return [
    ...gatewayKinds.filter(({ kind }) => kind !== 'BackendTLSPolicy').map(definition),
    nginxProxyDefinition,
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
    serviceAccount(namespace, 'nginx-gateway', labels),
    ...clusterAccess({ namespace, name: 'nginx-gateway' }, 'nginx-gateway', rules, labels),
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'nginx-gateway', namespace, labels },
      spec: { type: 'ClusterIP', selector, ports: [{ name: 'agent-grpc', port: 443, protocol: 'TCP', targetPort: 8443 }] },
    },
    deployment,
    {
      apiVersion: 'gateway.nginx.org/v1alpha2',
      kind: 'NginxProxy',
      metadata: { name: 'nginx-gateway-proxy-config', namespace, labels },
      spec: { kubernetes: { deployment: { replicas: 1 }, service: { externalTrafficPolicy: 'Local', type: 'NodePort' } } },
    },
    {
      apiVersion: 'gateway.networking.k8s.io/v1',
      kind: 'GatewayClass',
      metadata: { name: 'nginx', labels },
      spec: {
        controllerName: release.controllerName,
        parametersRef: { group: 'gateway.nginx.org', kind: 'NginxProxy', name: 'nginx-gateway-proxy-config', namespace },
      },
    },
  ];
}

const rules = [
  policyRule('', 'secrets configmaps serviceaccounts services', 'create update delete list get watch'),
  policyRule('apps', 'deployments daemonsets', 'create update delete list get watch'),
  policyRule('', 'namespaces pods nodes', 'get list watch'),
  policyRule('discovery.k8s.io', 'endpointslices', 'list watch'),
  policyRule('gateway.networking.k8s.io', 'gatewayclasses gateways httproutes referencegrants grpcroutes', 'list watch'),
  policyRule('gateway.networking.k8s.io', 'httproutes/status gateways/status gatewayclasses/status grpcroutes/status', 'update'),
  policyRule('gateway.nginx.org', 'nginxproxies', 'list watch'),
  policyRule('coordination.k8s.io', 'leases', 'create get update'),
  policyRule('apiextensions.k8s.io', 'customresourcedefinitions', 'list watch'),
];

const deployment: Manifest = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'nginx-gateway', namespace, labels },
  spec: {
    replicas: 1,
    selector: { matchLabels: selector },
    template: {
      metadata: { labels: selector },
      spec: {
        serviceAccountName: 'nginx-gateway',
        containers: [
          {
            name: 'nginx-gateway',
            image: release.controller,
            imagePullPolicy: 'Always',
            args: [
              'controller',
              `--gateway-ctlr-name=${release.controllerName}`,
              '--gatewayclass=nginx',
              '--config=nginx-gateway-config',
              '--service=nginx-gateway',
              '--agent-tls-secret=agent-tls',
              '--metrics-port=9113',
              '--health-port=8081',
              '--leader-election-lock-name=nginx-gateway-leader-election',
            ],
            env: [
              fieldEnv('POD_NAMESPACE', 'metadata.namespace'),
              fieldEnv('POD_NAME', 'metadata.name'),
              fieldEnv('POD_UID', 'metadata.uid'),
            ],
            ports: [
              { name: 'agent-grpc', containerPort: 8443 },
              { name: 'metrics', containerPort: 9113 },
              { name: 'health', containerPort: 8081 },
            ],
            readinessProbe: { httpGet: { path: '/readyz', port: 'health' }, initialDelaySeconds: 3, periodSeconds: 1 },
            securityContext: {
              allowPrivilegeEscalation: false,
              capabilities: { drop: ['ALL'] },
              readOnlyRootFilesystem: true,
              runAsGroup: 1001,
              runAsUser: 101,
              seccompProfile: { type: 'RuntimeDefault' },
            },
          },
        ],
        securityContext: { fsGroup: 1001, runAsNonRoot: true },
        terminationGracePeriodSeconds: 30,
      },
    },
  },
};
