/** `/healthz`, `/livez`, `/readyz`: checks by name, all of them passing while the server serves. (staging:apiserver/pkg/server/healthz) */

const hooks = [
  'start-apiserver-admission-initializer',
  'generic-apiserver-start-informers',
  'priority-and-fairness-config-consumer',
  'priority-and-fairness-filter',
  'storage-object-count-tracker-hook',
  'start-apiextensions-informers',
  'start-apiextensions-controllers',
  'crd-informer-synced',
  'start-system-namespaces-controller',
  'peer-endpoint-reconciler-controller',
  'start-cluster-authentication-info-controller',
  'start-kube-apiserver-identity-lease-controller',
  'start-kube-apiserver-identity-lease-garbage-collector',
  'storage-readiness',
  'start-legacy-token-tracking-controller',
  'start-service-ip-repair-controllers',
  'rbac/bootstrap-roles',
  'scheduling/bootstrap-system-priority-classes',
  'priority-and-fairness-config-producer',
  'bootstrap-controller',
  'start-kubernetes-service-cidr-controller',
  'start-kube-aggregator-informers',
  'apiservice-status-local-available-controller',
  'apiservice-status-remote-available-controller',
  'apiservice-registration-controller',
  'apiservice-wait-for-first-sync',
  'apiservice-discovery-controller',
  'kube-apiserver-autoregistration',
  'apiservice-openapi-controller',
  'apiservice-openapiv3-controller',
];

/** The checks of 1.36 in the order in which they are installed. */
const checks = ['ping', 'log', 'loopback-serving-certificate', 'etcd', ...hooks.map((hook) => `poststarthook/${hook}`)].toSpliced(
  4 + hooks.indexOf('kube-apiserver-autoregistration') + 1,
  0,
  'autoregister-completion',
);
const readyChecks = [...checks.toSpliced(4, 0, 'etcd-readiness', 'informer-sync'), 'shutdown'];

const endpoints: Readonly<Record<string, { readonly name: string; readonly checks: readonly string[] }>> = {
  '/healthz': { name: 'healthz', checks },
  '/livez': { name: 'livez', checks },
  '/readyz': { name: 'readyz', checks: readyChecks },
};

/** The answer of a health endpoint or of one of its checks; undefined when the path is none. */
export function healthText(path: string, query: URLSearchParams): { readonly code: number; readonly text: string } | undefined {
  const [, root = '', rest = ''] = /^(\/[^/]+)(?:\/(.+))?$/.exec(path) ?? [];
  const endpoint = endpoints[root];
  if (endpoint === undefined) return undefined;
  if (rest !== '') return endpoint.checks.includes(rest) ? { code: 200, text: 'ok' } : undefined;
  const excluded = query.getAll('exclude');
  if (!query.has('verbose')) return { code: 200, text: 'ok' };
  const lines = endpoint.checks.map((check) => (excluded.includes(check) ? `[+]${check} excluded: ok` : `[+]${check} ok`));
  return { code: 200, text: `${lines.join('\n')}\n${endpoint.name} check passed\n` };
}
