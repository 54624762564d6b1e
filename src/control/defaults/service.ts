/** (pkg/apis/core/v1/defaults.go: SetDefaults_Service) */
import { Service, type LoadBalancerIngress, type ServicePort, type ServiceSpec } from '#kube/kinds/service.ts';
import { defaulter } from './defaulter.ts';
import { change, fill } from './fill.ts';

const affinityTimeout = 10800;

export const serviceDefaulter = defaulter(Service, (service, minorVersion) => {
  const filled = change(service, 'spec', (spec) => specWithDefaults(spec, minorVersion));
  const isBalanced = filled.spec?.type === 'LoadBalancer' && minorVersion >= 30;
  return isBalanced ? change(filled, 'status', (status) => change(status, 'loadBalancer', loadBalancerWithDefaults)) : filled;
});

function specWithDefaults(spec: ServiceSpec, minorVersion: number): ServiceSpec {
  const typed = fill(spec, { sessionAffinity: 'None', type: 'ClusterIP' });
  const filled = withAffinity(change(typed, 'ports', (ports) => ports.map(portWithDefaults)));
  return fill(filled, {
    ...(isExternallyAccessible(filled, minorVersion) && { externalTrafficPolicy: 'Cluster' }),
    ...(filled.type !== 'ExternalName' && minorVersion >= 22 && { internalTrafficPolicy: 'Cluster' }),
    ...(filled.type === 'LoadBalancer' && minorVersion >= 22 && { allocateLoadBalancerNodePorts: true }),
  });
}

function portWithDefaults(port: ServicePort): ServicePort {
  const filled = fill(port, { protocol: 'TCP' });
  return filled.targetPort === undefined || filled.targetPort === 0 || filled.targetPort === ''
    ? { ...filled, targetPort: filled.port }
    : filled;
}

/** Only ClientIP has settings. */
function withAffinity(spec: ServiceSpec): ServiceSpec {
  const { sessionAffinityConfig, ...rest } = spec;
  if (spec.sessionAffinity === 'None') return sessionAffinityConfig === undefined ? spec : rest;
  if (spec.sessionAffinity !== 'ClientIP' || sessionAffinityConfig?.clientIP?.timeoutSeconds !== undefined) return spec;
  return { ...spec, sessionAffinityConfig: { clientIP: { timeoutSeconds: affinityTimeout } } };
}

function isExternallyAccessible({ type, externalIPs = [] }: ServiceSpec, minorVersion: number): boolean {
  if (type === 'NodePort' || type === 'LoadBalancer') return true;
  return type === 'ClusterIP' && externalIPs.length > 0 && minorVersion >= 26;
}

function loadBalancerWithDefaults<S extends { readonly ingress?: readonly LoadBalancerIngress[] }>(status: S): S {
  const ingress = status.ingress?.map((entry) => (entry.ip === undefined || entry.ip === '' ? entry : fill(entry, { ipMode: 'VIP' })));
  return ingress === undefined ? status : { ...status, ingress };
}
