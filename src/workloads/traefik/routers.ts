/** What Traefik makes of Ingresses: routers, each with a rule, and the servers behind them. (traefik v3: pkg/provider/kubernetes/ingress, pkg/muxer/http) */
import { classAnnotation } from '#dataplane/ingress/classes.ts';
import { endpointsOf } from '#dataplane/ingress/endpoints.ts';
import type { Endpoint } from '#dataplane/ingress/model.ts';
import type { Objects } from '#kube/cluster.ts';
import { IngressClass } from '#kube/kinds/ingress-class.ts';
import { Ingress, type HTTPIngressPath, type IngressBackend } from '#kube/kinds/ingress.ts';
import { Secret } from '#kube/kinds/secret.ts';
import { Service } from '#kube/kinds/service.ts';
import { fail, ok, type Result } from '#kube/status.ts';
import { isFor, parseCertificates } from '#net/x509.ts';
import { decodeBase64 } from '#node/kubelet/volumes.ts';
import type { TraefikOptions } from './options.ts';

export const controllerName = 'traefik.io/ingress-controller';

export interface Router {
  readonly rule: string;
  readonly priority: number;
  /** The names of its entry points; empty is all of them. */
  readonly entryPoints: readonly string[];
  readonly tls: boolean;
  readonly ingress: Ingress;
  /** `NAMESPACE/SERVICE:PORT`. */
  readonly backend: string;
  readonly servers: readonly Endpoint[];
  matches(host: string, path: string): boolean;
}

/** An error in Traefik's log, and the fields that stand behind it. */
export interface Complaint {
  readonly message: string;
  readonly fields: Readonly<Record<string, string>>;
}

export interface Routing {
  /** The first one that fits takes a request. */
  readonly routers: readonly Router[];
  readonly complaints: readonly Complaint[];
}

export function servedBy(objects: Objects, options: TraefikOptions): readonly Ingress[] {
  if (!options.ingresses) return [];
  const classes = objects
    .list(IngressClass)
    .filter(
      ({ metadata, spec }) => spec.controller === controllerName && (options.ingressClass === '' || metadata.name === options.ingressClass),
    )
    .map(({ metadata }) => metadata.name);
  return objects.list(Ingress).filter(({ metadata, spec }) => {
    if (metadata.deletionTimestamp !== undefined) return false;
    if (options.namespaces.length > 0 && !options.namespaces.includes(metadata.namespace!)) return false;
    if (spec.ingressClassName !== undefined) return classes.includes(spec.ingressClassName);
    const annotation = metadata.annotations?.[classAnnotation] ?? '';
    return annotation === options.ingressClass || (options.ingressClass === '' && annotation === 'traefik');
  });
}

export function routingOf(objects: Objects, options: TraefikOptions): Routing {
  const routers: Router[] = [];
  const complaints: Complaint[] = [];
  for (const ingress of servedBy(objects, options)) {
    const { namespace = '', name } = ingress.metadata;
    const whose = { ingress: name, namespace, providerName: 'kubernetes' };
    const annotation = (key: string) => ingress.metadata.annotations?.[`traefik.ingress.kubernetes.io/router.${key}`];
    const load = (backend: IngressBackend): Pick<Router, 'backend' | 'servers'> | undefined => {
      const { name: serviceName = '', port: { name: portName = '', number = 0 } = {} } = backend.service ?? {};
      const fields = { ...whose, serviceName, servicePort: `&ServiceBackendPort{Name:${portName},Number:${number},}` };
      const found = serversOf(objects, namespace, backend, options);
      if (!found.ok) complaints.push({ message: 'Cannot create service', fields: { error: found.error, ...fields } });
      else if (found.value.length === 0 && !options.allowEmptyServices)
        complaints.push({ message: 'Skipping service: no endpoints found', fields });
      else return { backend: `${namespace}/${serviceName}:${portName === '' ? number : portName}`, servers: found.value };
      return undefined;
    };
    const common = {
      entryPoints:
        annotation('entrypoints')
          ?.split(',')
          .map((one) => one.trim()) ?? [],
      tls: annotation('tls') === 'true',
      ingress,
    };
    for (const { secretName = '' } of ingress.spec.tls ?? [])
      if (secretName !== '' && objects.get(Secret, namespace, secretName) === undefined)
        complaints.push({
          message: 'Error configuring TLS',
          fields: { error: `secret ${namespace}/${secretName} does not exist`, ...whose },
        });
    const { rules = [], defaultBackend } = ingress.spec;
    if (rules.length === 0 && defaultBackend !== undefined) {
      const loaded = load(defaultBackend);
      const rule = 'PathPrefix(`/`)';
      if (loaded !== undefined) routers.push({ rule, priority: -(2 ** 31), ...common, ...loaded, matches: () => true });
    }
    for (const { host = '', http } of rules) {
      for (const path of http?.paths ?? []) {
        const loaded = load(path.backend);
        const [ofHost, ofPath] = [hostMatcher(host), pathMatcher(path, annotation('pathmatcher'))];
        const rule = [ofHost.text, ofPath.text].filter((one) => one !== '').join(' && ');
        const own = Number(annotation('priority') ?? 0);
        if (loaded === undefined || rule === '') continue;
        // Where nobody says otherwise, the longer rule goes first.
        const priority = own === 0 ? rule.length : own;
        routers.push({ rule, priority, ...common, ...loaded, matches: (h, p) => ofHost.fits(h) && ofPath.fits(p) });
      }
    }
  }
  return { routers: routers.sort((a, b) => b.priority - a.priority), complaints };
}

interface Matcher {
  readonly text: string;
  fits(value: string): boolean;
}

function hostMatcher(host: string): Matcher {
  if (host === '') return { text: '', fits: () => true };
  if (!host.startsWith('*.')) return { text: `Host(\`${host}\`)`, fits: (value) => value === host.toLowerCase() };
  const expression = `^${host.replaceAll('.', '\\.').replace('*\\.', '[a-zA-Z0-9-]+\\.')}$`;
  const regex = new RegExp(expression);
  return { text: `HostRegexp(\`${expression}\`)`, fits: (value) => regex.test(value) };
}

/** A prefix is any beginning here, not whole segments: `/shop` takes `/shopping` too. */
function pathMatcher({ path = '', pathType }: HTTPIngressPath, told: string | undefined): Matcher {
  if (path === '') return { text: '', fits: () => true };
  const exact = pathType === 'Exact' || (pathType === 'ImplementationSpecific' && told === 'Path');
  return exact
    ? { text: `Path(\`${path}\`)`, fits: (value) => value === path }
    : { text: `PathPrefix(\`${path}\`)`, fits: (value) => value.startsWith(path) };
}

function serversOf(
  objects: Objects,
  namespace: string,
  { service: wanted }: IngressBackend,
  { allowExternalNameServices }: TraefikOptions,
): Result<readonly Endpoint[], string> {
  if (wanted === undefined) return fail('resource backends are not supported');
  const { name, port } = wanted;
  const service = objects.get(Service, namespace, name);
  if (service === undefined) return fail('service not found');
  const external = service.spec.type === 'ExternalName';
  if (external && !allowExternalNameServices) return fail(`externalName services not allowed: ${namespace}/${name}`);
  const found = service.spec.ports?.find((one) => one.port === port.number || ((one.name ?? '') !== '' && one.name === port.name));
  if (found === undefined) return fail('service port not found');
  return ok(
    external ? [{ address: service.spec.externalName ?? '', port: found.port }] : endpointsOf(objects, service, String(found.port)),
  );
}

/** The certificate of one of the served Ingresses for that host. */
export function certificateFor(objects: Objects, options: TraefikOptions, host: string): string | undefined {
  for (const { metadata, spec } of servedBy(objects, options))
    for (const { secretName = '' } of spec.tls ?? []) {
      const data = objects.get(Secret, metadata.namespace!, secretName)?.data?.['tls.crt'];
      const pem = data === undefined ? '' : decodeBase64(data);
      const [leaf] = parseCertificates(pem);
      if (leaf !== undefined && isFor(leaf, host)) return pem;
    }
  return undefined;
}
