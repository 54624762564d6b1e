/** Ingresses, Services and their endpoints as values, for tests of what a controller makes of them. */
import { Cluster } from '#kube/cluster.ts';
import { kindOf } from '#kube/kinds/lookup.ts';
import { builtInKinds } from '#kube/kinds/index.ts';
import { type EndpointSlice } from '#kube/kinds/endpoint-slice.ts';
import { type Ingress } from '#kube/kinds/ingress.ts';
import { type Service } from '#kube/kinds/service.ts';
import type { KubeObject } from '#kube/object.ts';
import { configure, type Configured } from '#dataplane/ingress/configuration.ts';
import { globalSettingsOf } from '#dataplane/ingress/global-settings.ts';

export interface Path {
  readonly path?: string;
  readonly pathType?: string;
  /** `name:port`. */
  readonly to: string;
}

export interface IngressSpec {
  readonly name: string;
  readonly namespace?: string;
  /** Below nginx.ingress.kubernetes.io. */
  readonly annotations?: Readonly<Record<string, string>>;
  /** The paths of each host; `''` is any. */
  readonly rules?: readonly (readonly [host: string, ...paths: readonly Path[]])[];
  readonly defaultBackend?: string;
  readonly tls?: readonly { readonly hosts: readonly string[]; readonly secretName?: string }[];
  /** Minutes after the others. */
  readonly age?: number;
}

const backend = (to: string) => {
  const [name = '', port = '80'] = to.split(':');
  return { service: { name, port: /^\d+$/.test(port) ? { number: Number(port) } : { name: port } } };
};

export function ingressOf(spec: IngressSpec): Ingress {
  const annotations = Object.fromEntries(
    Object.entries(spec.annotations ?? {}).map(([key, value]) => [`nginx.ingress.kubernetes.io/${key}`, value]),
  );
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: {
      name: spec.name,
      namespace: spec.namespace ?? 'default',
      uid: `uid-${spec.name}`,
      creationTimestamp: `2026-11-23T10:${String(spec.age ?? 0).padStart(2, '0')}:00Z`,
      ...(spec.annotations !== undefined && { annotations }),
    },
    spec: {
      ingressClassName: 'nginx',
      ...(spec.defaultBackend !== undefined && { defaultBackend: backend(spec.defaultBackend) }),
      ...(spec.tls !== undefined && { tls: spec.tls }),
      ...(spec.rules !== undefined && {
        rules: spec.rules.map(([host, ...paths]) => ({
          ...(host !== '' && { host }),
          ...(paths.length > 0 && {
            http: {
              paths: paths.map(({ path, pathType, to }) => ({
                ...(path !== undefined && { path }),
                pathType: pathType ?? 'Prefix',
                backend: backend(to),
              })),
            },
          }),
        })),
      }),
    },
    status: { loadBalancer: {} },
  } as Ingress;
}

/** A Service with one port, 80 named `http`, and that many ready endpoints. */
export function serviceOf(name: string, endpoints = 1, namespace = 'default', port = 80): readonly KubeObject[] {
  const metadata = { name, namespace };
  return [
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata,
      spec: { clusterIP: '10.96.0.50', type: 'ClusterIP', ports: [{ name: 'http', port, targetPort: 8080, protocol: 'TCP' }] },
    } as unknown as Service,
    {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { name: `${name}-abcde`, namespace, labels: { 'kubernetes.io/service-name': name } },
      addressType: 'IPv4',
      ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
      endpoints: Array.from({ length: endpoints }, (_, i) => ({ addresses: [`10.244.1.${i + 1}`], conditions: { ready: true } })),
    } as unknown as EndpointSlice,
  ];
}

/** A cluster that holds these objects as they are. */
export function clusterOf(objects: readonly KubeObject[]): Cluster {
  const draft = new Cluster().edit();
  for (const object of objects) {
    const kind = kindOf(builtInKinds, object.apiVersion, object.kind);
    if (kind === undefined) throw new Error(`no kind ${object.kind}`);
    draft.keep(kind, object);
  }
  return draft.publish();
}

/** What ingress-nginx makes of it all. */
export function configured(
  ingresses: readonly Ingress[],
  others: readonly KubeObject[] = [],
  settings: Readonly<Record<string, string>> = {},
): Configured {
  return configure({
    objects: clusterOf([...ingresses, ...others]),
    ingresses,
    global: globalSettingsOf(settings),
    fakeCertificate: 'FAKE',
  });
}
