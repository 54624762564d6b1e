import { defineKind, type ObjectOf } from '../kind.ts';
import { always, int32, list, pointer, required, string, struct, typed, type Infer } from '../schema.ts';
import { TypedLocalObjectReference } from './object-reference.ts';
import { PortStatus } from './service.ts';

export const ServiceBackendPort = struct(
  'ServiceBackendPort',
  'a port of the Service, by name or by number',
  { name: string('name of the port'), number: int32('number of the port') },
  { atomic: true },
);
export type ServiceBackendPort = Infer<typeof ServiceBackendPort>;

export const IngressServiceBackend = struct('IngressServiceBackend', 'a Service that serves requests', {
  name: required(string('name of the Service, of the same namespace')),
  port: always(ServiceBackendPort),
});
export type IngressServiceBackend = Infer<typeof IngressServiceBackend>;

export const IngressBackend = struct('IngressBackend', 'who serves requests', {
  service: IngressServiceBackend,
  resource: TypedLocalObjectReference,
});
export type IngressBackend = Infer<typeof IngressBackend>;

export const HTTPIngressPath = struct('HTTPIngressPath', 'the backend of a path', {
  path: string('the path; begins with a slash'),
  pathType: required(pointer(typed('PathType', string('how the path is compared', ['Exact', 'ImplementationSpecific', 'Prefix'])))),
  backend: required(IngressBackend),
});
export type HTTPIngressPath = Infer<typeof HTTPIngressPath>;

export const HTTPIngressRuleValue = struct('HTTPIngressRuleValue', 'the paths of a host', {
  paths: required(list(HTTPIngressPath, 'paths and their backends')),
});

export const IngressRule = struct(
  'IngressRule',
  'the paths of a host',
  {
    host: string('the host name of requests; any when empty; *.example.org for one more label'),
    http: HTTPIngressRuleValue,
  },
  { embedded: { IngressRuleValue: ['http'] } },
);
export type IngressRule = Infer<typeof IngressRule>;

export const IngressTLS = struct('IngressTLS', 'a certificate for host names', {
  hosts: list(string(), 'the host names'),
  secretName: string('name of the Secret of the certificate'),
});
export type IngressTLS = Infer<typeof IngressTLS>;

/** staging:api/networking/v1/types.go */
export const IngressSpec = struct('IngressSpec', 'which requests go to which Services', {
  ingressClassName: pointer(string('name of the IngressClass, that is of the controller')),
  defaultBackend: IngressBackend,
  tls: list(IngressTLS, 'certificates'),
  rules: list(IngressRule, 'hosts and their paths'),
});
export type IngressSpec = Infer<typeof IngressSpec>;

export const IngressLoadBalancerIngress = struct('IngressLoadBalancerIngress', 'an entry point of the load balancer', {
  ip: string('its address'),
  hostname: string('its DNS name'),
  ports: list({ ...PortStatus, name: 'IngressPortStatus' }, 'its ports'),
});

export const IngressStatus = struct('IngressStatus', 'where the Ingress is reached', {
  loadBalancer: always(
    struct('IngressLoadBalancerStatus', 'the load balancer', { ingress: list(IngressLoadBalancerIngress, 'its entry points') }),
  ),
});

export const Ingress = defineKind(
  'Ingress',
  'routes HTTP requests from outside to Services by host and path',
  { spec: always(IngressSpec), status: always(IngressStatus) },
  { group: 'networking.k8s.io', plural: 'ingresses', shortNames: ['ing'], hasGeneration: true, subresources: ['status'] },
);
export type Ingress = ObjectOf<typeof Ingress>;
