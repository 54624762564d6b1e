/** The nginx that the controller puts up for every Gateway, and the Service in front of it (internal/controller/provisioner/objects.go). */
import type { Gateway } from '#kube/kinds/gateway/gateway.ts';
import { Deployment } from '#kube/kinds/deployment.ts';
import { ServiceAccount } from '#kube/kinds/service-account.ts';
import { Service } from '#kube/kinds/service.ts';
import { isEqual } from '#kube/equal.ts';
import type { Kind } from '#kube/kind.ts';
import type { KubeObject, OwnerReference } from '#kube/object.ts';
import type { ContainerContext } from '#node/program.ts';
import type { ProxyService } from './gateways.ts';
import { labels as label, release } from './release.ts';

/** `gateway-nginx`: the Gateway's name and the class's. */
export function resourceName({ metadata, spec }: Gateway): string {
  return `${metadata.name}-${spec.gatewayClassName}`;
}

/** Puts up what is missing, and follows the listeners' ports. What goes with the Gateway, the garbage collector takes away. */
export function provision(context: ContainerContext, gateway: Gateway, { type, externalTrafficPolicy }: ProxyService): void {
  const { objects } = context.change;
  const name = resourceName(gateway);
  const namespace = gateway.metadata.namespace!;
  const ports = [...new Set(gateway.spec.listeners.map(({ port }) => port))].sort((a, b) => a - b);
  const labels = {
    [label.instance]: context.pod.metadata.labels?.[label.instance] ?? 'nginx-gateway',
    [label.managedBy]: 'nginx-gateway-nginx',
    [label.name]: name,
    [label.gateway]: gateway.metadata.name,
  };
  const owner: OwnerReference = {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'Gateway',
    name: gateway.metadata.name,
    uid: gateway.metadata.uid!,
    controller: true,
    blockOwnerDeletion: true,
  };
  const metadata = { name, namespace, labels, ownerReferences: [owner] };
  const make = (kind: Kind, apiVersion: string, more: object) => {
    if (objects.get(kind, namespace, name) === undefined)
      context.create?.(kind, { apiVersion, kind: kind.kind, metadata, ...more } as KubeObject);
  };
  make(ServiceAccount, 'v1', {});
  make(Service, 'v1', {
    spec: {
      type,
      ...(type !== 'ClusterIP' && { externalTrafficPolicy }),
      selector: labels,
      ports: ports.map((port) => ({ name: `port-${port}`, port, targetPort: port, protocol: 'TCP' })),
    },
  });
  make(Deployment, 'apps/v1', {
    spec: { replicas: 1, selector: { matchLabels: labels }, template: { metadata: { labels }, spec: podSpec(name, ports) } },
  });
  followPorts(context, namespace, name, ports);
}

function containerPorts(ports: readonly number[]) {
  return [
    ...ports.map((port) => ({ containerPort: port, name: `port-${port}`, protocol: 'TCP' })),
    { containerPort: 9113, name: 'metrics', protocol: 'TCP' },
  ];
}

function podSpec(name: string, ports: readonly number[]) {
  return {
    serviceAccountName: name,
    containers: [
      {
        name: 'nginx',
        image: release.nginx,
        imagePullPolicy: 'IfNotPresent',
        ports: containerPorts(ports),
        readinessProbe: { httpGet: { path: '/readyz', port: 8081 }, initialDelaySeconds: 3, periodSeconds: 1 },
        securityContext: {
          allowPrivilegeEscalation: false,
          capabilities: { add: ['NET_BIND_SERVICE'], drop: ['ALL'] },
          readOnlyRootFilesystem: true,
          runAsGroup: 1001,
          runAsUser: 101,
        },
      },
    ],
    securityContext: { fsGroup: 1001, runAsNonRoot: true },
    terminationGracePeriodSeconds: 30,
  };
}

function followPorts({ change: { objects } }: ContainerContext, namespace: string, name: string, ports: readonly number[]): void {
  const service = objects.get(Service, namespace, name);
  const known = service?.spec.ports ?? [];
  const wanted = ports.map(
    (port) => known.find((one) => one.port === port) ?? { name: `port-${port}`, port, targetPort: port, protocol: 'TCP' },
  );
  if (service !== undefined && !isEqual(known, wanted))
    objects.put(Service, { ...service, spec: { ...service.spec, ports: wanted } } as Service);
  const deployment = objects.get(Deployment, namespace, name);
  const [container] = deployment?.spec.template.spec.containers ?? [];
  if (deployment === undefined || container === undefined || isEqual(container.ports, containerPorts(ports))) return;
  const { template } = deployment.spec;
  const spec = { ...template.spec, containers: [{ ...container, ports: containerPorts(ports) }] };
  const generation = (deployment.metadata.generation ?? 1) + 1;
  objects.put(Deployment, {
    ...deployment,
    metadata: { ...deployment.metadata, generation },
    spec: { ...deployment.spec, template: { ...template, spec } },
  } as Deployment);
}
