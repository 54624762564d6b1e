/** The endpoints behind a port of a Service, as ingress-nginx finds them. (internal/ingress/controller/endpointslices.go, controller.go serviceEndpoints) */
import type { Objects } from '#kube/cluster.ts';
import { EndpointSlice } from '#kube/kinds/endpoint-slice.ts';
import { type Service, type ServicePort } from '#kube/kinds/service.ts';
import type { Endpoint } from './model.ts';

const serviceLabel = 'kubernetes.io/service-name';

/** The port of a Service that a backend means: by number, target or name. */
function portOf(service: Service, wanted: string): ServicePort | undefined {
  return (service.spec.ports ?? []).find(
    ({ port, targetPort, name }) => String(port) === wanted || String(targetPort ?? port) === wanted || (name ?? '') === wanted,
  );
}

/** Ready endpoints by address; of an ExternalName, the name itself. Empty where nobody answers, or where the Service has no such port. */
export function endpointsOf(objects: Objects, service: Service, wanted: string): readonly Endpoint[] {
  const { namespace = '', name } = service.metadata;
  if (service.spec.type === 'ExternalName') {
    const number = Number(portOf(service, wanted)?.targetPort ?? portOf(service, wanted)?.port ?? wanted);
    return Number.isInteger(number) && number > 0 ? [{ address: service.spec.externalName ?? '', port: number }] : [];
  }
  const port = portOf(service, wanted);
  if (port === undefined || (port.protocol ?? 'TCP') !== 'TCP') return [];
  const found = new Map<string, Endpoint>();
  for (const slice of objects.list(EndpointSlice, namespace)) {
    if (slice.metadata.labels?.[serviceLabel] !== name) continue;
    const numbers = (slice.ports ?? []).flatMap((one) => {
      if ((one.protocol ?? 'TCP') !== 'TCP') return [];
      return (port.name ?? '') === '' || port.name === one.name ? (one.port ?? []) : [];
    });
    for (const { addresses, conditions } of slice.endpoints ?? []) {
      if (conditions.ready === false) continue;
      for (const address of addresses) for (const number of numbers) found.set(`${address} ${number}`, { address, port: number });
    }
  }
  return [...found.values()];
}

/** The address of the Service itself, for Ingresses that leave the balancing to kube-proxy (`service-upstream`). */
export function serviceEndpoint(service: Service, wanted: string): Endpoint | undefined {
  const { clusterIP } = service.spec;
  if (clusterIP === undefined || clusterIP === '' || clusterIP === 'None') return undefined;
  const number = /^\d+$/.test(wanted) ? Number(wanted) : service.spec.ports?.find((one) => one.name === wanted)?.port;
  return number === undefined ? undefined : { address: clusterIP, port: number };
}
