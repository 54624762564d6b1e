/**
 * Ingresses as they were before networking.k8s.io/v1: one shape in two groups, served until Kubernetes 1.21.
 * (staging:api/networking/v1beta1/types.go, pkg/apis/networking/v1beta1/conversion.go)
 */
import { defineKind, type ObjectOf } from '../kind.ts';
import { always, intOrString, list, pointer, required, string, struct, typed } from '../schema.ts';
import { IngressClassSpec, type IngressClass } from './ingress-class.ts';
import { IngressStatus, IngressTLS, type Ingress, type IngressBackend } from './ingress.ts';
import { TypedLocalObjectReference } from './object-reference.ts';

const Backend = struct('IngressBackend', 'who serves requests', {
  serviceName: string('name of the Service, of the same namespace'),
  servicePort: always(intOrString('number or name of the port of the Service')),
  resource: TypedLocalObjectReference,
});

const Path = struct('HTTPIngressPath', 'the backend of a path', {
  path: string('the path; begins with a slash'),
  pathType: pointer(typed('PathType', string('how the path is compared', ['Exact', 'ImplementationSpecific', 'Prefix']))),
  backend: required(Backend),
});

const Rule = struct(
  'IngressRule',
  'the paths of a host',
  {
    host: string('the host name of requests; any when empty; *.example.org for one more label'),
    http: struct('HTTPIngressRuleValue', 'the paths of a host', { paths: required(list(Path, 'paths and their backends')) }),
  },
  { embedded: { IngressRuleValue: ['http'] } },
);

const fields = {
  spec: always(
    struct('IngressSpec', 'which requests go to which Services', {
      ingressClassName: pointer(string('name of the IngressClass, that is of the controller')),
      backend: Backend,
      tls: list(IngressTLS, 'certificates'),
      rules: list(Rule, 'hosts and their paths'),
    }),
  ),
  status: always(IngressStatus),
};

const options = { version: 'v1beta1', plural: 'ingresses', shortNames: ['ing'], hasGeneration: true, subresources: ['status'] };

export const IngressV1beta1 = defineKind('Ingress', 'lets requests from outside reach Services', fields, {
  ...options,
  group: 'networking.k8s.io',
});
export type IngressV1beta1 = ObjectOf<typeof IngressV1beta1>;

export const ExtensionsIngress = defineKind('Ingress', 'lets requests from outside reach Services', fields, {
  ...options,
  group: 'extensions',
});

export const IngressClassV1beta1 = defineKind(
  'IngressClass',
  'names the controller that serves Ingresses',
  { spec: always(IngressClassSpec) },
  { group: 'networking.k8s.io', version: 'v1beta1', plural: 'ingressclasses', namespaced: false, hasGeneration: true },
);
export type IngressClassV1beta1 = ObjectOf<typeof IngressClassV1beta1>;

type OldBackend = NonNullable<IngressV1beta1['spec']['backend']>;

function backendOf({ serviceName = '', servicePort, resource }: OldBackend): IngressBackend {
  if (resource !== undefined) return { resource };
  const port = typeof servicePort === 'number' ? { number: servicePort } : { name: servicePort ?? '' };
  return { service: { name: serviceName, port } } as IngressBackend;
}

function oldBackendOf({ service, resource }: IngressBackend): OldBackend {
  if (service === undefined) return { servicePort: 0, ...(resource !== undefined && { resource }) } as OldBackend;
  const { name = '', number = 0 } = service.port;
  return { serviceName: service.name, servicePort: number > 0 ? number : name } as OldBackend;
}

/** The Ingress to store for one that was written through an old version; what says nothing of its path's kind leaves it to the controller. */
export function ingressOf(written: IngressV1beta1): Ingress {
  const { backend, rules, ...spec } = written.spec;
  return {
    ...written,
    apiVersion: 'networking.k8s.io/v1',
    spec: {
      ...spec,
      ...(backend !== undefined && { defaultBackend: backendOf(backend) }),
      ...(rules !== undefined && {
        rules: rules.map(({ http, ...rule }) => ({
          ...rule,
          ...(http !== undefined && {
            http: {
              paths: http.paths.map((one) => ({
                ...one,
                pathType: one.pathType ?? 'ImplementationSpecific',
                backend: backendOf(one.backend),
              })),
            },
          }),
        })),
      }),
    },
  };
}

/** A stored Ingress as an old version shows it. */
export function oldIngressOf(apiVersion: string): (stored: Ingress) => IngressV1beta1 {
  return (stored) => {
    const { defaultBackend, rules, ...spec } = stored.spec;
    return {
      ...stored,
      apiVersion,
      spec: {
        ...spec,
        ...(defaultBackend !== undefined && { backend: oldBackendOf(defaultBackend) }),
        ...(rules !== undefined && {
          rules: rules.map(({ http, ...rule }) => ({
            ...rule,
            ...(http !== undefined && { http: { paths: http.paths.map((one) => ({ ...one, backend: oldBackendOf(one.backend) })) } }),
          })),
        }),
      },
    } as IngressV1beta1;
  };
}

export function ingressClassOf(written: IngressClassV1beta1): IngressClass {
  return { ...written, apiVersion: 'networking.k8s.io/v1' };
}

export function oldIngressClassOf(stored: IngressClass): IngressClassV1beta1 {
  return { ...stored, apiVersion: 'networking.k8s.io/v1beta1' };
}
