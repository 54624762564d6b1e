import type { EndpointSlice } from '#kube/kinds/endpoint-slice.ts';
import type { Endpoints } from '#kube/kinds/endpoints.ts';
import type { Ingress, IngressBackend, IngressServiceBackend, IngressTLS } from '#kube/kinds/ingress.ts';
import type { Service } from '#kube/kinds/service.ts';
import { ApiError } from '../errors.ts';
import type { Context } from './context.ts';
import { addressesOfEndpoints, addressesOfSlices } from './endpoint-addresses.ts';
import { field, heading, indented, type Lines } from './lines.ts';
import { annotationLines, labelLines } from './metadata.ts';

/** (kubectl: describeIngressV1) */
export function describeIngress(ingress: Ingress, context: Context): Lines {
  const { metadata, spec, status } = ingress;
  const { namespace = '' } = metadata;
  const { defaultBackend, tls = [], ingressClassName } = spec;
  const fallback = defaultBackend === undefined ? '<default>' : backendText(defaultBackend, namespace, context);
  return [
    field('Name', metadata.name),
    ...labelLines('Labels', metadata.labels),
    field('Namespace', namespace),
    field('Address', addressText(status)),
    field('Ingress Class', ingressClassName ?? '<none>'),
    field('Default backend', fallback),
    ...(tls.length === 0 ? [] : ['TLS:', ...indented(1, tls.map(tlsText))]),
    'Rules:',
    ...indented(1, [...heading('Host', 'Path', 'Backends'), ...ruleLines(spec.rules ?? [], fallback, namespace, context)]),
    ...annotationLines('Annotations', metadata.annotations),
    ...context.events(ingress),
  ];
}

/** Addresses and host names of the load balancer, sorted. */
function addressText({ loadBalancer }: Ingress['status']): string {
  const entries = (loadBalancer.ingress ?? []).map(({ ip = '', hostname = '' }) => (ip === '' ? hostname : ip));
  return [...new Set(entries.filter((entry) => entry !== ''))].sort().join(',');
}

function tlsText({ secretName = '', hosts = [] }: IngressTLS): string {
  return secretName === '' ? `SNI routes ${hosts.join(',')}` : `${secretName} terminates ${hosts.join(',')}`;
}

function ruleLines(rules: NonNullable<Ingress['spec']['rules']>, fallback: string, namespace: string, context: Context): Lines {
  const withPaths = rules.filter(({ http }) => http !== undefined);
  if (withPaths.length === 0) return [`*\t*\t${fallback}`];
  return withPaths.flatMap(({ host = '', http }) => [
    `${host === '' ? '*' : host}\t`,
    ...(http!.paths ?? []).map(({ path = '', backend }) => `  \t${path} \t${backendText(backend, namespace, context)}`),
  ]);
}

/** `web:80 (10.244.1.5:8080)`, or in brackets why there are no addresses. */
function backendText({ service, resource }: IngressBackend, namespace: string, context: Context): string {
  if (service !== undefined) {
    const { name, port } = service;
    const text = `${name}:${(port.number ?? 0) === 0 ? (port.name ?? '') : port.number!}`;
    try {
      return `${text} (${addressesBehind(service, namespace, context)})`;
    } catch (error) {
      if (error instanceof ApiError) return `${text} (<error: ${error.status.message}>)`;
      throw error;
    }
  }
  if (resource === undefined) return '';
  return `APIGroup: ${resource.apiGroup ?? '<none>'}, Kind: ${resource.kind}, Name: ${resource.name}`;
}

function addressesBehind({ name, port }: IngressServiceBackend, namespace: string, context: Context): string {
  if (context.has('endpoint slices')) {
    const labelSelector = `kubernetes.io/service-name=${name}`;
    const slices = context.list<EndpointSlice>('discovery.k8s.io/v1', 'EndpointSlice', namespace, { labelSelector });
    return addressesOfSlices(
      slices,
      portName(context.get<Service>('v1', 'Service', namespace, name), port),
      context.has('ready addresses'),
    );
  }
  const endpoints = context.get<Endpoints>('v1', 'Endpoints', namespace, name);
  return addressesOfEndpoints(endpoints, portName(context.get<Service>('v1', 'Service', namespace, name), port));
}

/** The name of the Service's port; of a port that it does not have, the name that a port alone has: none. */
function portName({ spec }: Service, { number = 0, name = '' }: IngressServiceBackend['port']): string {
  const found = (spec.ports ?? []).findLast((port) => (number !== 0 && port.port === number) || (name !== '' && port.name === name));
  return found?.name ?? '';
}
