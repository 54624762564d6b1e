import type { EndpointSlice } from '#kube/kinds/endpoint-slice.ts';
import type { Endpoints } from '#kube/kinds/endpoints.ts';
import type { LoadBalancerIngress, Service, ServicePort } from '#kube/kinds/service.ts';
import { unlessRefused, type Context } from './context.ts';
import { addressesOfEndpoints, addressesOfSlices } from './endpoint-addresses.ts';
import { field, type Lines } from './lines.ts';
import { mapText, namedInNamespace } from './metadata.ts';

/** (kubectl: describeService) */
export function describeService(service: Service, context: Context): Lines {
  const { metadata, spec, status } = service;
  const { ipFamilies = [], clusterIPs = [], externalIPs = [], loadBalancerSourceRanges = [], healthCheckNodePort = 0 } = spec;
  const ingress = status.loadBalancer.ingress ?? [];
  const addresses = addressesBehind(service, context);
  return [
    ...namedInNamespace(metadata),
    field('Selector', mapText(spec.selector)),
    field('Type', spec.type ?? ''),
    ...(spec.ipFamilyPolicy === undefined ? [] : [field('IP Family Policy', spec.ipFamilyPolicy)]),
    field('IP Families', ipFamilies.length === 0 ? '<none>' : ipFamilies.join(',')),
    field('IP', spec.clusterIP ?? ''),
    field('IPs', clusterIPs.length === 0 ? '<none>' : clusterIPs.join(',')),
    ...(externalIPs.length === 0 ? [] : [field('External IPs', externalIPs.join(','))]),
    ...unlessEmpty(context.has('internal traffic policy') ? 'Desired LoadBalancer IP' : 'IP', spec.loadBalancerIP),
    ...unlessEmpty('External Name', spec.externalName),
    ...(ingress.length === 0 ? [] : [field('LoadBalancer Ingress', ingress.map((one) => entryPoint(one, context)).join(', '))]),
    ...(spec.ports ?? []).flatMap((port) => portLines(port, addresses, context)),
    field('Session Affinity', spec.sessionAffinity ?? ''),
    ...unlessEmpty('External Traffic Policy', spec.externalTrafficPolicy),
    ...(context.has('internal traffic policy') ? unlessEmpty('Internal Traffic Policy', spec.internalTrafficPolicy) : []),
    ...(healthCheckNodePort === 0 ? [] : [field('HealthCheck NodePort', healthCheckNodePort)]),
    ...(loadBalancerSourceRanges.length === 0 ? [] : [field('LoadBalancer Source Ranges', loadBalancerSourceRanges.join(','))]),
    ...(context.has('traffic distribution') ? unlessEmpty('Traffic Distribution', spec.trafficDistribution) : []),
    ...context.events(service),
  ];
}

function unlessEmpty(name: string, value = ''): Lines {
  return value === '' ? [] : [field(name, value)];
}

function entryPoint({ ip = '', hostname = '', ipMode }: LoadBalancerIngress, context: Context): string {
  if (ip === '') return hostname;
  return ipMode === undefined || !context.has('internal traffic policy') ? ip : `${ip} (${ipMode})`;
}

type AddressesOf = (portName: string) => string;

/** The addresses behind a port of the Service: from its EndpointSlices, in older kubectls from its Endpoints. */
function addressesBehind({ metadata }: Service, context: Context): AddressesOf {
  const { name, namespace = '' } = metadata;
  if (context.has('endpoint slices')) {
    const slices = unlessRefused<readonly EndpointSlice[]>([], () =>
      context.list('discovery.k8s.io/v1', 'EndpointSlice', namespace, { labelSelector: `kubernetes.io/service-name=${name}` }),
    );
    return (portName) => addressesOfSlices(slices, portName, context.has('ready addresses'));
  }
  const endpoints = unlessRefused<Endpoints | undefined>(undefined, () => context.get('v1', 'Endpoints', namespace, name));
  return (portName) => addressesOfEndpoints(endpoints, portName);
}

function portLines(
  { name = '', port, protocol = '', targetPort = 0, appProtocol, nodePort = 0 }: ServicePort,
  addresses: AddressesOf,
  context: Context,
): Lines {
  const shown = name === '' ? '<unset>' : name;
  return [
    field('Port', `${shown}\t${port}/${protocol}`),
    field('TargetPort', `${targetPort}/${protocol}`),
    ...(appProtocol === undefined || !context.has('app protocols') ? [] : [field('AppProtocol', appProtocol)]),
    ...(nodePort === 0 ? [] : [field('NodePort', `${shown}\t${nodePort}/${protocol}`)]),
    field('Endpoints', addresses(name)),
  ];
}
