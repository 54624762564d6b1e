/** Public DNS, as far as it concerns a cluster: the hosts that it serves are known at the address where it takes their requests. */
import type { Objects } from '#kube/cluster.ts';
import { Gateway } from '#kube/kinds/gateway/gateway.ts';
import { HTTPRoute } from '#kube/kinds/gateway/http-route.ts';
import { Ingress } from '#kube/kinds/ingress.ts';
import { parseIp, type Ip } from '#net/ip.ts';

/** The address of a host that an Ingress or a Gateway serves, as its controller has written it; undefined where nobody serves it. */
export function publicAddress(objects: Objects, host: string): Ip | undefined {
  const name = host.toLowerCase().replace(/\.$/, '');
  const served = (pattern: string) => pattern === name || (pattern.startsWith('*.') && name.endsWith(pattern.slice(1)));
  for (const { hosts, addresses } of [...ingresses(objects), ...gateways(objects)]) {
    if (!hosts.some(served)) continue;
    for (const text of addresses) {
      const address = parseIp(text);
      if (address !== undefined) return address;
    }
  }
  return undefined;
}

interface Serving {
  readonly hosts: readonly string[];
  readonly addresses: readonly string[];
}

function ingresses(objects: Objects): readonly Serving[] {
  return objects.list(Ingress).map(({ spec, status }) => ({
    hosts: (spec.rules ?? []).map(({ host = '' }) => host),
    addresses: (status.loadBalancer.ingress ?? []).map(({ ip = '' }) => ip),
  }));
}

/** The host names of a Gateway's listeners, and those of the routes that name it their parent. */
function gateways(objects: Objects): readonly Serving[] {
  const routes = objects.list(HTTPRoute);
  return objects.list(Gateway).map(({ metadata, spec, status }) => {
    const attached = routes.filter((route) =>
      (route.spec.parentRefs ?? []).some(
        ({ name, namespace = route.metadata.namespace }) => name === metadata.name && namespace === metadata.namespace,
      ),
    );
    return {
      hosts: [...spec.listeners.map(({ hostname = '' }) => hostname), ...attached.flatMap((route) => route.spec.hostnames ?? [])],
      addresses: (status?.addresses ?? []).map(({ value = '' }) => value),
    };
  });
}
