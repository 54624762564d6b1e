/** ingress-nginx's manifests, as its static deploy.yaml has them for a kind of cluster. (deploy/static/provider) */
import { access, clusterAccess, fieldEnv, onLinux, policyRule, serviceAccount, type Labels } from '#node/cni/networks/manifest-parts.ts';
import { release } from '#workloads/ingress-nginx/release.ts';
import type { Manifest } from '../objects.ts';

/** Where the cluster is: machines of one's own (NodePort), a cloud (LoadBalancer), or kind (ports of the machine). */
export type Provider = 'baremetal' | 'cloud' | 'kind';

const namespace = 'ingress-nginx';
const certgen =
  'registry.k8s.io/ingress-nginx/kube-webhook-certgen:v1.5.2@sha256:e8825994b7a2c7497375a9b945f386506ca6a3eda80b89b74ef2db743f66a5ea';

const chart: Labels = {
  'app.kubernetes.io/instance': 'ingress-nginx',
  'app.kubernetes.io/name': 'ingress-nginx',
  'app.kubernetes.io/part-of': 'ingress-nginx',
  'app.kubernetes.io/version': release.version.slice(1),
};
const controller: Labels = { 'app.kubernetes.io/component': 'controller', ...chart };
const webhook: Labels = { 'app.kubernetes.io/component': 'admission-webhook', ...chart };
const selector: Labels = {
  'app.kubernetes.io/component': 'controller',
  'app.kubernetes.io/instance': 'ingress-nginx',
  'app.kubernetes.io/name': 'ingress-nginx',
};

const readsIngresses = [
  policyRule('networking.k8s.io', 'ingresses', 'get list watch'),
  policyRule('networking.k8s.io', 'ingresses/status', 'update'),
  policyRule('networking.k8s.io', 'ingressclasses', 'get list watch'),
];
const readsSlices = policyRule('discovery.k8s.io', 'endpointslices', 'list watch get');

const namespaceRules = [
  policyRule('', 'namespaces', 'get'),
  policyRule('', 'configmaps pods secrets endpoints', 'get list watch'),
  policyRule('', 'services', 'get list watch'),
  ...readsIngresses,
  { ...policyRule('coordination.k8s.io', 'leases', 'get update'), resourceNames: ['ingress-nginx-leader'] },
  policyRule('coordination.k8s.io', 'leases', 'create'),
  policyRule('', 'events', 'create patch'),
  readsSlices,
];

const clusterRules = [
  policyRule('', 'configmaps endpoints nodes pods secrets namespaces', 'list watch'),
  policyRule('coordination.k8s.io', 'leases', 'list watch'),
  policyRule('', 'nodes', 'get'),
  policyRule('', 'services', 'get list watch'),
  readsIngresses[0]!,
  policyRule('', 'events', 'create patch'),
  ...readsIngresses.slice(1),
  readsSlices,
];

export function ingressNginxManifests(provider: Provider): readonly Manifest[] {
  const account = { namespace, name: 'ingress-nginx' };
  const admission = { namespace, name: 'ingress-nginx-admission' };
  return [
    {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: namespace, labels: { 'app.kubernetes.io/instance': 'ingress-nginx', 'app.kubernetes.io/name': 'ingress-nginx' } },
    },
    { ...serviceAccount(namespace, account.name, controller), automountServiceAccountToken: true },
    { ...serviceAccount(namespace, admission.name, webhook), automountServiceAccountToken: true },
    ...access(account, account.name, namespaceRules, controller),
    ...access(admission, admission.name, [policyRule('', 'secrets', 'get create')], webhook),
    ...clusterAccess(account, account.name, clusterRules, chart),
    ...clusterAccess(
      admission,
      admission.name,
      [policyRule('admissionregistration.k8s.io', 'validatingwebhookconfigurations', 'get update')],
      webhook,
    ),
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'ingress-nginx-controller', namespace, labels: controller } },
    service(provider),
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'ingress-nginx-controller-admission', namespace, labels: controller },
      spec: { type: 'ClusterIP', ports: [{ appProtocol: 'https', name: 'https-webhook', port: 443, targetPort: 'webhook' }], selector },
    },
    deployment(provider),
    job('create', [
      'create',
      '--host=ingress-nginx-controller-admission,ingress-nginx-controller-admission.$(POD_NAMESPACE).svc',
      '--namespace=$(POD_NAMESPACE)',
      '--secret-name=ingress-nginx-admission',
    ]),
    job('patch', [
      'patch',
      '--webhook-name=ingress-nginx-admission',
      '--namespace=$(POD_NAMESPACE)',
      '--patch-mutating=false',
      '--secret-name=ingress-nginx-admission',
      '--patch-failure-policy=Fail',
    ]),
    {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'IngressClass',
      metadata: { name: 'nginx', labels: controller },
      spec: { controller: 'k8s.io/ingress-nginx' },
    },
    webhookConfiguration,
  ];
}

function service(provider: Provider): Manifest {
  const port = (name: string, number: number) => ({ appProtocol: name, name, port: number, protocol: 'TCP', targetPort: name });
  const cloud = provider === 'cloud' && { externalTrafficPolicy: 'Local' };
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'ingress-nginx-controller', namespace, labels: controller },
    spec: {
      ...cloud,
      ipFamilies: ['IPv4'],
      ipFamilyPolicy: 'SingleStack',
      ports: [port('http', 80), port('https', 443)],
      selector,
      type: provider === 'baremetal' ? 'NodePort' : 'LoadBalancer',
    },
  };
}

function argsOf(provider: Provider): readonly string[] {
  return [
    '/nginx-ingress-controller',
    ...(provider === 'cloud' ? ['--publish-service=$(POD_NAMESPACE)/ingress-nginx-controller'] : []),
    '--election-id=ingress-nginx-leader',
    '--controller-class=k8s.io/ingress-nginx',
    '--ingress-class=nginx',
    '--configmap=$(POD_NAMESPACE)/ingress-nginx-controller',
    '--validating-webhook=:8443',
    '--validating-webhook-certificate=/usr/local/certificates/cert',
    '--validating-webhook-key=/usr/local/certificates/key',
    ...(provider === 'kind' ? ['--watch-ingress-without-class=true', '--publish-status-address=localhost'] : []),
  ];
}

function deployment(provider: Provider): Manifest {
  const probe = (failureThreshold: number) => ({
    failureThreshold,
    httpGet: { path: '/healthz', port: 10_254, scheme: 'HTTP' },
    initialDelaySeconds: 10,
    periodSeconds: 10,
    successThreshold: 1,
    timeoutSeconds: 1,
  });
  const port = (name: string, containerPort: number, onMachine = false) => ({
    containerPort,
    ...(onMachine && { hostPort: containerPort }),
    name,
    protocol: 'TCP',
  });
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'ingress-nginx-controller', namespace, labels: controller },
    spec: {
      minReadySeconds: 0,
      revisionHistoryLimit: 10,
      selector: { matchLabels: selector },
      ...(provider === 'kind' && { strategy: { rollingUpdate: { maxUnavailable: 1 }, type: 'RollingUpdate' } }),
      template: {
        metadata: { labels: controller },
        spec: {
          automountServiceAccountToken: true,
          containers: [
            {
              args: argsOf(provider),
              env: [
                fieldEnv('POD_NAME', 'metadata.name'),
                fieldEnv('POD_NAMESPACE', 'metadata.namespace'),
                { name: 'LD_PRELOAD', value: '/usr/local/lib/libmimalloc.so' },
              ],
              image: release.image,
              imagePullPolicy: 'IfNotPresent',
              lifecycle: { preStop: { exec: { command: ['/wait-shutdown'] } } },
              livenessProbe: probe(5),
              name: 'controller',
              ports: [port('http', 80, provider === 'kind'), port('https', 443, provider === 'kind'), port('webhook', 8443)],
              readinessProbe: probe(3),
              resources: { requests: { cpu: '100m', memory: '90Mi' } },
              securityContext: {
                allowPrivilegeEscalation: false,
                capabilities: { add: ['NET_BIND_SERVICE'], drop: ['ALL'] },
                readOnlyRootFilesystem: false,
                runAsGroup: 82,
                runAsNonRoot: true,
                runAsUser: 101,
                seccompProfile: { type: 'RuntimeDefault' },
              },
              volumeMounts: [{ mountPath: '/usr/local/certificates/', name: 'webhook-cert', readOnly: true }],
            },
          ],
          dnsPolicy: 'ClusterFirst',
          nodeSelector: onLinux,
          serviceAccountName: 'ingress-nginx',
          terminationGracePeriodSeconds: provider === 'kind' ? 0 : 300,
          ...(provider === 'kind' && {
            tolerations: [
              { effect: 'NoSchedule', key: 'node-role.kubernetes.io/master', operator: 'Equal' },
              { effect: 'NoSchedule', key: 'node-role.kubernetes.io/control-plane', operator: 'Equal' },
            ],
          }),
          volumes: [{ name: 'webhook-cert', secret: { secretName: 'ingress-nginx-admission' } }],
        },
      },
    },
  };
}

function job(name: 'create' | 'patch', args: readonly string[]): Manifest {
  const fullName = `ingress-nginx-admission-${name}`;
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name: fullName, namespace, labels: webhook },
    spec: {
      template: {
        metadata: { name: fullName, labels: webhook },
        spec: {
          automountServiceAccountToken: true,
          containers: [
            {
              args,
              env: [fieldEnv('POD_NAMESPACE', 'metadata.namespace')],
              image: certgen,
              imagePullPolicy: 'IfNotPresent',
              name,
              securityContext: {
                allowPrivilegeEscalation: false,
                capabilities: { drop: ['ALL'] },
                readOnlyRootFilesystem: true,
                runAsGroup: 65_532,
                runAsNonRoot: true,
                runAsUser: 65_532,
                seccompProfile: { type: 'RuntimeDefault' },
              },
            },
          ],
          nodeSelector: onLinux,
          restartPolicy: 'OnFailure',
          serviceAccountName: 'ingress-nginx-admission',
        },
      },
    },
  };
}

const webhookConfiguration: Manifest = {
  apiVersion: 'admissionregistration.k8s.io/v1',
  kind: 'ValidatingWebhookConfiguration',
  metadata: { name: 'ingress-nginx-admission', labels: webhook },
  webhooks: [
    {
      admissionReviewVersions: ['v1'],
      clientConfig: {
        service: { name: 'ingress-nginx-controller-admission', namespace, path: '/networking/v1/ingresses', port: 443 },
      },
      failurePolicy: 'Fail',
      matchPolicy: 'Equivalent',
      name: 'validate.nginx.ingress.kubernetes.io',
      rules: [{ apiGroups: ['networking.k8s.io'], apiVersions: ['v1'], operations: ['CREATE', 'UPDATE'], resources: ['ingresses'] }],
      sideEffects: 'None',
    },
  ],
};
