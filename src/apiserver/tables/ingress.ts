import type { Ingress } from '#kube/kinds/ingress.ts';
import { loadBalancerAddresses } from './service.ts';
import { age, ageColumn, column, definePrinter, nameColumn } from './table.ts';

/** pkg/printers/internalversion/printers.go: printIngress */
export const ingressPrinter = definePrinter<Ingress>(
  [
    nameColumn,
    column('Class', 'the IngressClass that serves it'),
    column('Hosts', 'the hosts of its rules'),
    column('Address', 'where its load balancer is reached'),
    column('Ports', 'the ports it is served on'),
    ageColumn,
  ],
  (ingress, moment) => [
    ingress.metadata.name,
    ingress.spec.ingressClassName ?? '<none>',
    hostsText(ingress),
    loadBalancerAddresses(ingress.status.loadBalancer.ingress).join(','),
    (ingress.spec.tls ?? []).length > 0 ? '80, 443' : '80',
    age(ingress, moment),
  ],
);

/** Up to three hosts; what is not shown is counted in rules. */
function hostsText({ spec }: Ingress): string {
  const rules = spec.rules ?? [];
  const hosts = rules.map(({ host }) => host ?? '').filter((host) => host !== '');
  if (hosts.length === 0) return '*';
  const third = rules.findIndex(({ host }) => host === hosts[2]);
  const more = hosts.length >= 3 && rules.length > third + 1;
  return `${hosts.slice(0, 3).join(',')}${more ? ` + ${rules.length - 3} more...` : ''}`;
}
