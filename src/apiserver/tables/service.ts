import type { Service } from '#kube/kinds/service.ts';
import { age, ageColumn, column, definePrinter, nameColumn, wide } from './table.ts';
import { labelsText } from './text.ts';

/** pkg/printers/internalversion/printers.go: printService */
export const servicePrinter = definePrinter<Service>(
  [
    nameColumn,
    column('Type', 'how the Service is exposed'),
    column('Cluster-IP', 'its address in the cluster'),
    column('External-IP', 'where it is reached from outside'),
    column('Port(s)', 'its ports, with the node ports behind the colon'),
    ageColumn,
    wide('Selector', 'the labels of the pods behind it'),
  ],
  (service, moment) => {
    const { spec } = service;
    return [
      service.metadata.name,
      spec.type ?? '',
      spec.clusterIP || '<none>',
      externalAddress(service),
      portsText(service),
      age(service, moment),
      labelsText(spec.selector),
    ];
  },
);

function externalAddress({ spec, status }: Service): string {
  const external = spec.externalIPs ?? [];
  switch (spec.type) {
    case 'ClusterIP':
    case 'NodePort':
      return external.length > 0 ? external.join(',') : '<none>';
    case 'LoadBalancer': {
      const all = [...loadBalancerAddresses(status.loadBalancer.ingress), ...external];
      return all.length > 0 ? all.join(',') : '<pending>';
    }
    case 'ExternalName':
      return spec.externalName ?? '';
    default:
      return '<unknown>';
  }
}

/** The distinct addresses and names of a load balancer, sorted. */
export function loadBalancerAddresses(
  ingress: readonly { readonly ip?: string; readonly hostname?: string }[] | undefined,
): readonly string[] {
  const addresses = (ingress ?? []).map(({ ip, hostname }) => ip || hostname || '').filter((address) => address !== '');
  return [...new Set(addresses)].sort();
}

function portsText({ spec }: Service): string {
  const ports = (spec.ports ?? []).map(({ port, nodePort, protocol }) =>
    nodePort ? `${port}:${nodePort}/${protocol}` : `${port}/${protocol}`,
  );
  return ports.length > 0 ? ports.join(',') : '<none>';
}
