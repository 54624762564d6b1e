/** Public DNS, as far as it concerns a cluster: the hosts that it serves are known at the address where it takes their requests. */
import type { Objects } from '#kube/cluster.ts';
import { Ingress } from '#kube/kinds/ingress.ts';
import { parseIp, type Ip } from '#net/ip.ts';

/** The address of a host that an Ingress serves, as its controller has written it; undefined where nobody serves it. */
export function publicAddress(objects: Objects, host: string): Ip | undefined {
  const name = host.toLowerCase().replace(/\.$/, '');
  const served = (pattern: string) => pattern === name || (pattern.startsWith('*.') && name.endsWith(pattern.slice(1)));
  for (const { spec, status } of objects.list(Ingress)) {
    if (!(spec.rules ?? []).some((rule) => served(rule.host ?? ''))) continue;
    for (const { ip = '' } of status.loadBalancer.ingress ?? []) {
      const address = parseIp(ip);
      if (address !== undefined) return address;
    }
  }
  return undefined;
}
