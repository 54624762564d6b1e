/** A cluster at a glance, as plain data: what `inspect -o json` prints. */
import { nodePrinter } from '#apiserver/tables/node.ts';
import { podPrinter } from '#apiserver/tables/pod.ts';
import { columnsOf, rowOf, type Moment, type TablePrinter } from '#apiserver/tables/table.ts';
import type { Cluster } from '#kube/cluster.ts';
import { EndpointSlice } from '#kube/kinds/endpoint-slice.ts';
import { Gateway } from '#kube/kinds/gateway/gateway.ts';
import { HTTPRoute } from '#kube/kinds/gateway/http-route.ts';
import { Ingress, type IngressBackend } from '#kube/kinds/ingress.ts';
import { NetworkPolicy } from '#kube/kinds/network-policy.ts';
import { Node } from '#kube/kinds/node.ts';
import { Pod } from '#kube/kinds/pod.ts';
import { Service } from '#kube/kinds/service.ts';
import type { KubeObject } from '#kube/object.ts';
import { dnsDomainOf, kubernetesVersionOf, minorVersionOf, podCidrsOf, serviceCidrsOf } from '#kube/settings.ts';
import { matchesLabels } from '#kube/selector.ts';
import { hostPort } from '#net/ip.ts';
import type { Snapshot } from '#node/snapshot.ts';
import type { Overview } from '#ui/cluster-view.ts';

export function overviewOf({ cluster, now }: Snapshot): Overview {
  const moment = { now, minorVersion: minorVersionOf(cluster) };
  const dns = cluster.get(Service, 'kube-system', 'kube-dns');
  return {
    kubernetesVersion: kubernetesVersionOf(cluster) ?? null,
    podCIDRs: podCidrsOf(cluster),
    serviceCIDRs: serviceCidrsOf(cluster),
    nodes: cluster.list(Node).map((node) => {
      const cell = cellsOf(nodePrinter, node, moment);
      return {
        name: node.metadata.name,
        roles: cell('Roles'),
        status: cell('Status'),
        address: cell('Internal-IP'),
        podCIDRs: podRangesOf(node),
      };
    }),
    pods: cluster.list(Pod).map((pod) => {
      const cell = cellsOf(podPrinter, pod, moment);
      return { ...nameOf(pod), ready: cell('Ready'), status: cell('Status'), ip: noneAsNull(cell('IP')), node: noneAsNull(cell('Node')) };
    }),
    services: cluster.list(Service).map((service) => ({
      ...nameOf(service),
      type: service.spec.type ?? 'ClusterIP',
      addresses: service.spec.type === 'ExternalName' ? [service.spec.externalName ?? ''] : (service.spec.clusterIPs ?? []),
      ports: (service.spec.ports ?? []).map(
        ({ port, nodePort, protocol = 'TCP' }) => `${port}${nodePort === undefined ? '' : `:${nodePort}`}/${protocol}`,
      ),
      ...endpointsOf(service, cluster),
    })),
    dns: {
      domain: dnsDomainOf(cluster),
      addresses: dns?.spec.clusterIPs ?? [],
      servers: dns === undefined ? [] : endpointsOf(dns, cluster, (port) => port?.startsWith('dns') === true).endpoints,
    },
    ingresses: cluster.list(Ingress).map((ingress) => ({
      ...nameOf(ingress),
      class: ingress.spec.ingressClassName ?? null,
      addresses: (ingress.status.loadBalancer.ingress ?? []).flatMap(({ ip, hostname }) => ip ?? hostname ?? []),
      rules: [
        ...(ingress.spec.rules ?? []).flatMap(({ host = '*', http }) =>
          (http?.paths ?? []).map(({ path = '/', backend }) => `${host}${path} → ${backendText(backend)}`),
        ),
        ...(ingress.spec.defaultBackend === undefined ? [] : [`otherwise → ${backendText(ingress.spec.defaultBackend)}`]),
      ],
    })),
    gateways: cluster.list(Gateway).map((gateway) => ({
      ...nameOf(gateway),
      class: gateway.spec.gatewayClassName,
      listeners: gateway.spec.listeners.map(
        ({ name, protocol, port, hostname }) => `${name} ${protocol} ${port}${hostname === undefined ? '' : ` ${hostname}`}`,
      ),
      routes: cluster
        .list(HTTPRoute)
        .flatMap((route) => (isRouteOf(route, gateway) ? [`${route.metadata.namespace}/${route.metadata.name}`] : [])),
    })),
    networkPolicies: cluster.list(NetworkPolicy).map((policy) => ({
      ...nameOf(policy),
      pods: cluster.list(Pod, policy.metadata.namespace).filter((pod) => matchesLabels(policy.spec.podSelector, pod.metadata.labels))
        .length,
      directions: policy.spec.policyTypes ?? ['Ingress'],
    })),
  };
}

/** The cell of a kubectl column. */
function cellsOf<T extends KubeObject>(printer: TablePrinter<T>, object: T, moment: Moment): (column: string) => string {
  const columns = columnsOf(printer as unknown as TablePrinter, moment).map((one) => one.name);
  const cells = rowOf(printer, object, moment);
  return (column) => String(cells[columns.indexOf(column)] ?? '');
}

function noneAsNull(text: string): string | null {
  return text === '<none>' ? null : text;
}

function nameOf({ metadata }: KubeObject): { readonly namespace: string; readonly name: string } {
  return { namespace: metadata.namespace ?? '', name: metadata.name };
}

function podRangesOf({ spec }: Node): readonly string[] {
  return spec.podCIDRs ?? (spec.podCIDR === undefined ? [] : [spec.podCIDR]);
}

interface ServiceEndpoints {
  readonly endpoints: readonly string[];
  readonly notReady: readonly string[];
}

function endpointsOf(service: Service, cluster: Cluster, isWanted: (port: string | undefined) => boolean = () => true): ServiceEndpoints {
  const slices = cluster
    .list(EndpointSlice, service.metadata.namespace)
    .filter((slice) => slice.metadata.labels?.['kubernetes.io/service-name'] === service.metadata.name);
  const listed = (ready: boolean) =>
    slices.flatMap((slice) =>
      slice.endpoints
        .filter((endpoint) => (endpoint.conditions.ready ?? true) === ready)
        .flatMap((endpoint) =>
          slice.ports.length === 0
            ? endpoint.addresses
            : slice.ports.filter(({ name }) => isWanted(name)).map(({ port }) => hostPort(endpoint.addresses[0] ?? '', port ?? 0)),
        ),
    );
  return { endpoints: [...new Set(listed(true))], notReady: [...new Set(listed(false))] };
}

function backendText({ service, resource }: IngressBackend): string {
  if (service !== undefined) return `${service.name}:${service.port.name ?? service.port.number ?? ''}`;
  return resource === undefined ? '' : `${resource.kind}/${resource.name}`;
}

function isRouteOf(route: HTTPRoute, gateway: Gateway): boolean {
  return (route.spec.parentRefs ?? []).some(
    (parent) => parent.name === gateway.metadata.name && (parent.namespace ?? route.metadata.namespace) === gateway.metadata.namespace,
  );
}
