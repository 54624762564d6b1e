/**
 * Ingresses made into nginx's servers, locations and backends, in ingress-nginx's own steps, for its precedence is a consequence of them.
 * (internal/ingress/controller/controller.go: getBackendServers, createUpstreams, createServers, mergeAlternativeBackends; location.go)
 */
import type { Objects } from '#kube/cluster.ts';
import { quote } from '#kube/json.ts';
import { type Ingress, type IngressServiceBackend } from '#kube/kinds/ingress.ts';
import { Secret } from '#kube/kinds/secret.ts';
import { Service } from '#kube/kinds/service.ts';
import type { NamespacedName } from '#kube/names.ts';
import { isFor, parseCertificates } from '#net/x509.ts';
import { decodeBase64 } from '#node/kubelet/volumes.ts';
import { Annotations } from './annotations.ts';
import { endpointsOf, serviceEndpoint } from './endpoints.ts';
import {
  defaultBackendName,
  defaultServerName,
  needsRewrite,
  type Backend,
  type Configuration,
  type Endpoint,
  type GlobalSettings,
  type HostRedirect,
  type Location,
  type LocationSettings,
  type Server,
  type ServerCertificate,
} from './model.ts';
import { defaultSettings, settingsOf, shapingOf } from './settings.ts';

export interface ConfigurationInput {
  readonly objects: Objects;
  /** Those that the controller serves. */
  readonly ingresses: readonly Ingress[];
  readonly global: GlobalSettings;
  /** The certificate the controller has made for itself, in PEM. */
  readonly fakeCertificate: string;
  /** `--default-ssl-certificate`: `namespace/name`. */
  readonly defaultCertificate?: string;
  /** `--default-backend-service`: `namespace/name`. */
  readonly defaultBackend?: string;
}

/** Something the controller remarks on while it puts a configuration together: a warning of its log. */
export interface Remark {
  /** Of its source: `controller.go`. */
  readonly text: string;
}

export interface Configured {
  readonly configuration: Configuration;
  readonly remarks: readonly Remark[];
}

/** An Ingress with its annotations read. */
interface Read {
  readonly ingress: Ingress;
  readonly annotations: Annotations;
  readonly settings: LocationSettings;
  readonly canary: boolean;
}

interface DraftLocation {
  path: string;
  type: 'Exact' | 'Prefix';
  backend: string;
  isDefault: boolean;
  ingress?: NamespacedName;
  settings: LocationSettings;
  ingressPath: string;
}

interface DraftServer {
  readonly hostname: string;
  aliases: readonly string[];
  locations: DraftLocation[];
  certificate?: ServerCertificate;
  snippet: string;
  fromToWww: boolean;
}

interface DraftBackend {
  readonly name: string;
  service?: NamespacedName;
  port: string;
  endpoints: readonly Endpoint[];
  shaping?: Backend['shaping'];
  alternatives: string[];
}

const nginxItself: Endpoint = { address: '127.0.0.1', port: 8181 };

/** The oldest first; of the same age, the last by name. (store.go, sortIngressSlice) */
export function inOrder(ingresses: readonly Ingress[]): readonly Ingress[] {
  const age = ({ metadata }: Ingress) => metadata.creationTimestamp ?? '';
  const name = ({ metadata }: Ingress) => `${metadata.namespace ?? ''}/${metadata.name}`;
  return [...ingresses].sort((a, b) => (age(a) !== age(b) ? (age(a) < age(b) ? -1 : 1) : name(a) > name(b) ? -1 : 1));
}

export function portText({ port }: IngressServiceBackend): string {
  return (port.number ?? 0) > 0 ? String(port.number) : (port.name ?? '');
}

function upstreamName(namespace: string, backend: IngressServiceBackend): string {
  return `${namespace}-${backend.name}-${portText(backend)}`;
}

/** nginx's two kinds of paths: what is neither exact nor a prefix counts as a prefix. (internal/k8s/main.go, SetDefaultNGINXPathType) */
function typeOf(pathType: string | undefined): 'Exact' | 'Prefix' {
  return pathType === 'Exact' ? 'Exact' : 'Prefix';
}

const nameOf = ({ metadata }: Ingress): NamespacedName => ({ namespace: metadata.namespace!, name: metadata.name });
const hostKey = (host: string | undefined) => (host === undefined || host === '' ? defaultServerName : host);

/** Ingresses whose annotations are refused are left out, with a remark. */
export function configure(input: ConfigurationInput): Configured {
  return new Configurator(input).run();
}

class Configurator {
  readonly #input: ConfigurationInput;
  readonly #remarks: Remark[] = [];
  readonly #backends = new Map<string, DraftBackend>();
  readonly #servers = new Map<string, DraftServer>();
  readonly #fallback: ServerCertificate;

  constructor(input: ConfigurationInput) {
    this.#input = input;
    const chosen = input.defaultCertificate === undefined ? undefined : this.#certificate(input.defaultCertificate);
    this.#fallback = chosen ?? { pem: input.fakeCertificate };
  }

  run(): Configured {
    const { objects, global } = this.#input;
    const read = inOrder(this.#input.ingresses).flatMap((ingress): readonly Read[] => {
      const annotations = new Annotations(ingress, global);
      if (annotations.refusal !== undefined) {
        this.#remark(annotations.refusal);
        return [];
      }
      const settings = settingsOf(objects, ingress, annotations, global);
      return [{ ingress, annotations, settings, canary: annotations.boolean('canary') }];
    });
    this.#createBackends(read);
    this.#createServers(read);
    for (const one of read) this.#addLocations(one);
    const canaries = read.filter((one) => one.canary);
    if (canaries.length < read.length) for (const one of canaries) this.#mergeAlternatives(one);
    this.#useDefaultBackends();
    const servers = [...this.#servers.values()].map(finished).sort((a, b) => (a.hostname < b.hostname ? -1 : 1));
    return {
      configuration: {
        servers,
        backends: new Map([...this.#backends].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, draft]) => [name, backendOf(draft)])),
        hostRedirects: this.#hostRedirects(),
        global,
      },
      remarks: this.#remarks,
    };
  }

  #remark(text: string): void {
    if (!this.#remarks.some((one) => one.text === text)) this.#remarks.push({ text });
  }

  #createBackends(read: readonly Read[]): void {
    this.#backends.set(defaultBackendName, this.#defaultBackend());
    for (const { ingress, annotations, settings } of read) {
      const namespace = ingress.metadata.namespace!;
      const shaping = shapingOf(annotations);
      const add = (service: IngressServiceBackend | undefined, again: boolean) => {
        if (service === undefined) return;
        const name = upstreamName(namespace, service);
        if (!again && this.#backends.has(name)) return;
        const endpoints = this.#endpoints(namespace, service, settings.serviceUpstream);
        this.#backends.set(name, {
          name,
          service: { namespace, name: service.name },
          port: portText(service),
          endpoints,
          alternatives: [],
          ...(shaping !== undefined && { shaping }),
        });
      };
      add(ingress.spec.defaultBackend?.service, true);
      for (const rule of ingress.spec.rules ?? []) for (const path of rule.http?.paths ?? []) add(path.backend.service, false);
    }
  }

  #defaultBackend(): DraftBackend {
    const base = { name: defaultBackendName, port: '', alternatives: [] };
    const key = this.#input.defaultBackend;
    if (key === undefined) return { ...base, endpoints: [nginxItself] };
    const [namespace = '', name = ''] = key.split('/');
    const service = this.#input.objects.get(Service, namespace, name);
    const first = service?.spec.ports?.[0];
    const endpoints = service === undefined || first === undefined ? [] : endpointsOf(this.#input.objects, service, String(first.port));
    if (endpoints.length > 0) return { ...base, service: { namespace, name }, port: String(first!.port), endpoints };
    this.#remark(`Service ${quote(key)} does not have any active Endpoint`);
    return { ...base, endpoints: [nginxItself] };
  }

  #endpoints(namespace: string, backend: IngressServiceBackend, asService: boolean): readonly Endpoint[] {
    const key = `${namespace}/${backend.name}`;
    const service = this.#input.objects.get(Service, namespace, backend.name);
    if (service === undefined) {
      this.#remark(`Error obtaining Endpoints for Service ${quote(key)}: no object matching key ${quote(key)} in local store`);
      return [];
    }
    const own = asService ? serviceEndpoint(service, portText(backend)) : undefined;
    if (own !== undefined) return [own];
    const endpoints = endpointsOf(this.#input.objects, service, portText(backend));
    if (endpoints.length === 0) this.#remark(`Service ${quote(key)} does not have any active Endpoint.`);
    return endpoints;
  }

  #createServers(read: readonly Read[]): void {
    const { global } = this.#input;
    const root = (backend: string, settings: LocationSettings, ingress?: NamespacedName): DraftLocation => ({
      path: '/',
      type: 'Prefix',
      backend,
      isDefault: true,
      settings,
      ingressPath: '',
      ...(ingress !== undefined && { ingress }),
    });
    const catchAll: DraftServer = {
      hostname: defaultServerName,
      aliases: [],
      locations: [root(defaultBackendName, defaultSettings(global))],
      certificate: this.#fallback,
      snippet: '',
      fromToWww: false,
    };
    this.#servers.set(defaultServerName, catchAll);
    for (const { ingress, settings, canary } of read) {
      if (canary) continue;
      let backend = defaultBackendName;
      const service = ingress.spec.defaultBackend?.service;
      if (service !== undefined) {
        backend = upstreamName(ingress.metadata.namespace!, service);
        const first = catchAll.locations[0]!;
        first.backend = backend;
        first.ingress = nameOf(ingress);
        if (first.isDefault && (ingress.spec.rules ?? []).length === 0) {
          first.isDefault = false;
          const { redirect: _, ...rest } = settings;
          first.settings = { ...rest, rewriteTarget: '', useRegex: false, sslRedirect: false, forceSslRedirect: false, appRoot: '' };
        }
      }
      for (const { host } of ingress.spec.rules ?? []) {
        const hostname = hostKey(host);
        if (this.#servers.has(hostname)) continue;
        const locations = [root(backend, settings, nameOf(ingress))];
        this.#servers.set(hostname, { hostname, aliases: [], locations, snippet: '', fromToWww: false });
      }
    }
    for (const one of read) if (!one.canary) this.#dressServers(one);
    for (const server of this.#servers.values())
      server.aliases = [...new Set(server.aliases)].filter((alias) => alias !== server.hostname && !this.#servers.has(alias)).sort();
  }

  /** Aliases, snippets and certificates of an Ingress's hosts: the first who brings one is heard. */
  #dressServers({ ingress, annotations }: Read): void {
    for (const { host } of ingress.spec.rules ?? []) {
      const server = this.#servers.get(hostKey(host))!;
      if (server.aliases.length === 0) server.aliases = annotations.list('server-alias');
      if (server.snippet === '' && this.#input.global.allowSnippets) server.snippet = annotations.text('server-snippet');
      if (server.certificate !== undefined || (ingress.spec.tls ?? []).length === 0) continue;
      const certificate = this.#certificateFor(server.hostname, ingress);
      server.certificate = certificate ?? this.#fallback;
    }
  }

  #certificateFor(host: string, ingress: Ingress): ServerCertificate | undefined {
    const name = this.#secretNameFor(host, ingress);
    if (name === '') return undefined;
    const key = `${ingress.metadata.namespace!}/${name}`;
    const certificate = this.#certificate(key);
    if (certificate === undefined) {
      this.#remark(`Error getting SSL certificate ${quote(key)}: local SSL certificate ${key} was not found. Using default certificate`);
      return undefined;
    }
    const [leaf] = parseCertificates(certificate.pem);
    if (leaf === undefined || !isFor(leaf, host)) {
      this.#remark(
        `SSL certificate ${quote(key)} does not contain a Common Name or Subject Alternative Name for server ${quote(host)}: x509: certificate is not valid for any names, but wanted to match ${host}`,
      );
      this.#remark('Using default certificate');
      return undefined;
    }
    return certificate;
  }

  /** The Secret of the entry that lists the host, or else one whose certificate is for it. (extractTLSSecretName) */
  #secretNameFor(host: string, { spec, metadata }: Ingress): string {
    const listed = (spec.tls ?? []).find(({ hosts = [] }) => hosts.some((one) => one.toLowerCase() === host.toLowerCase()));
    if (listed !== undefined) return listed.secretName ?? '';
    const fitting = (spec.tls ?? []).find(({ secretName = '' }) => {
      const pem = secretName === '' ? undefined : this.#certificate(`${metadata.namespace!}/${secretName}`)?.pem;
      const [leaf] = pem === undefined ? [] : parseCertificates(pem);
      return leaf !== undefined && isFor(leaf, host);
    });
    return fitting?.secretName ?? '';
  }

  #certificate(key: string): ServerCertificate | undefined {
    const [namespace = '', name = ''] = key.split('/');
    const data = this.#input.objects.get(Secret, namespace, name)?.data ?? {};
    const [pem, privateKey] = [data['tls.crt'], data['tls.key']];
    if (pem === undefined || privateKey === undefined) return undefined;
    const text = decodeBase64(pem);
    return parseCertificates(text).length === 0 ? undefined : { secret: key, pem: text };
  }

  #addLocations({ ingress, settings, annotations }: Read): void {
    for (const { host, http } of ingress.spec.rules ?? []) {
      const server = this.#servers.get(hostKey(host)) ?? this.#servers.get(defaultServerName)!;
      for (const { path: written = '', pathType, backend } of http?.paths ?? []) {
        // What is no Service is left to the default backend.
        if (backend.service === undefined) continue;
        const name = upstreamName(ingress.metadata.namespace!, backend.service);
        if (this.#backends.get(name)?.shaping !== undefined) continue;
        const path = written === '' ? '/' : written;
        const type = typeOf(pathType);
        if (annotations.boolean('from-to-www-redirect')) server.fromToWww = true;
        const same = server.locations.find((one) => one.path === path);
        const fields = { backend: name, isDefault: false, ingress: nameOf(ingress), settings };
        if (same === undefined || same.type !== type) server.locations.push({ path, type, ingressPath: '', ...fields });
        else if (same.isDefault) Object.assign(same, fields);
      }
    }
  }

  /** A canary takes part in the backends that serve the same host and path. */
  #mergeAlternatives({ ingress }: Read): void {
    const merge = (backend: IngressServiceBackend | undefined, host: string, fits: (location: DraftLocation) => boolean) => {
      const own = backend === undefined ? undefined : this.#backends.get(upstreamName(ingress.metadata.namespace!, backend));
      const server = this.#servers.get(host);
      if (own === undefined || server === undefined) return;
      let merged = false;
      for (const location of server.locations) {
        const primary = this.#backends.get(location.backend)!;
        if (primary === own) {
          this.#remark(
            `alternative upstream ${own.name} in Ingress ${ingress.metadata.namespace!}/${ingress.metadata.name} is primary upstream in Other Ingress for location ${server.hostname}${location.path}!`,
          );
          return;
        }
        if (primary.name === defaultBackendName || primary.shaping !== undefined || !fits(location)) continue;
        merged = true;
        if (!primary.alternatives.includes(own.name)) primary.alternatives.push(own.name);
      }
      if (merged) return;
      this.#remark(`unable to find real backend for alternative backend ${own.name}. Deleting.`);
      this.#backends.delete(own.name);
    };
    merge(ingress.spec.defaultBackend?.service, defaultServerName, () => true);
    for (const { host, http } of ingress.spec.rules ?? [])
      for (const { path = '/', pathType, backend } of http?.paths ?? [])
        merge(backend.service, hostKey(host), (location) => location.path === path && location.type === typeOf(pathType));
  }

  /** A location whose backend has nobody is served by the Service that its annotation names. */
  #useDefaultBackends(): void {
    const { objects } = this.#input;
    for (const server of this.#servers.values()) {
      for (const location of server.locations) {
        const key = location.settings.defaultBackend;
        const current = this.#backends.get(location.backend);
        if (key === '' || current === undefined || current.endpoints.length > 0) continue;
        const [namespace = '', name = ''] = key.split('/');
        const service = objects.get(Service, namespace, name);
        const port = service?.spec.ports?.[0]?.port;
        const endpoints = service === undefined || port === undefined ? [] : endpointsOf(objects, service, String(port));
        if (endpoints.length === 0) continue;
        location.backend = `custom-default-backend-${namespace}-${name}`;
        this.#backends.set(location.backend, {
          name: location.backend,
          service: { namespace, name },
          port: String(port),
          endpoints,
          alternatives: [],
        });
      }
    }
  }

  #hostRedirects(): readonly HostRedirect[] {
    return [...this.#servers.values()]
      .filter((one) => one.fromToWww)
      .map(({ hostname: to }) => ({ to, from: to.startsWith('www.') ? to.slice(4) : `www.${to}` }))
      .filter(({ from }) => !this.#servers.has(from))
      .sort((a, b) => (a.from < b.from ? -1 : 1));
  }
}

/** The longest path first, and each prefix with the path itself beside it. (location.go, updateServerLocations) */
function finished({ hostname, aliases, locations, certificate, snippet }: DraftServer): Server {
  const sorted = [...locations].sort((a, b) => b.path.length - a.path.length || (a.path > b.path ? -1 : a.path < b.path ? 1 : 0));
  const exact = new Set(sorted.filter((one) => one.type === 'Exact').map((one) => one.path));
  const all = sorted.flatMap((draft): readonly Location[] => {
    const { type, ingressPath: _, ...rest } = draft;
    const own: Location = { ...rest, exact: type === 'Exact', ingressPath: draft.path === '/' ? '' : draft.path };
    if (draft.path === '/' || own.exact || needsRewrite(own) || own.settings.useRegex) return [own];
    const prefix = { ...own, path: draft.path.endsWith('/') ? draft.path : `${draft.path}/` };
    return exact.has(draft.path) ? [prefix] : [prefix, { ...own, exact: true }];
  });
  return { hostname, aliases, locations: all, snippet, ...(certificate !== undefined && { certificate }) };
}

function backendOf({ name, service, port, endpoints, shaping, alternatives }: DraftBackend): Backend {
  return { name, port, endpoints, alternatives, ...(service !== undefined && { service }), ...(shaping !== undefined && { shaping }) };
}
