/** Traefik's command line: static configuration, as far as it decides which Ingresses are served and where. (traefik v3: pkg/config/static) */

export interface EntryPoint {
  readonly name: string;
  readonly port: number;
  /** `http.tls`: every router of it speaks TLS. */
  readonly tls: boolean;
}

export interface TraefikOptions {
  readonly entryPoints: readonly EntryPoint[];
  /** The provider of Ingresses is on. */
  readonly ingresses: boolean;
  /** The one class that is served; `''` is every class of this controller. */
  readonly ingressClass: string;
  readonly namespaces: readonly string[];
  readonly allowEmptyServices: boolean;
  readonly allowExternalNameServices: boolean;
  /** `namespace/name` of the Service whose addresses are written into Ingresses. */
  readonly publishedService: string | undefined;
  readonly endpoint: { readonly ip?: string; readonly hostname?: string } | undefined;
  readonly ping: boolean;
  readonly level: string;
  /** A part of an option that Traefik does not know. */
  readonly unknown: string | undefined;
}

const nodes = new Set(
  'accesslog api certificatesresolvers configfile core entrypoints experimental global hostresolver log metrics ping providers serverstransport spiffe tcpserverstransport tracing'.split(
    ' ',
  ),
);

/** The entry point of ping and API, where nothing else is said. */
const internalPort = 8080;

export function optionsOf(argv: readonly string[]): TraefikOptions {
  const given = new Map<string, string>();
  for (const word of argv) {
    const found = /^--?([^=]+)(?:=(.*))?$/s.exec(word);
    if (found !== null) given.set(found[1]!.toLowerCase(), found[2] ?? 'true');
  }
  const is = (key: string) => given.get(key) === 'true';
  const provider = 'providers.kubernetesingress';
  const of = (key: string) => given.get(`${provider}.${key}`);
  const ping = is('ping') || [...given.keys()].some((key) => key.startsWith('ping.'));
  const [ip, hostname] = [of('ingressendpoint.ip'), of('ingressendpoint.hostname')];
  return {
    entryPoints: entryPointsOf(given, ping || is('api.insecure')),
    ingresses: [...given.keys()].some((key) => key === provider || key.startsWith(`${provider}.`)) && given.get(provider) !== 'false',
    ingressClass: of('ingressclass') ?? '',
    namespaces: of('namespaces')?.split(',') ?? [],
    allowEmptyServices: of('allowemptyservices') === 'true',
    allowExternalNameServices: of('allowexternalnameservices') === 'true',
    publishedService: of('ingressendpoint.publishedservice'),
    endpoint:
      ip === undefined && hostname === undefined
        ? undefined
        : { ...(ip !== undefined && { ip }), ...(hostname !== undefined && { hostname }) },
    ping,
    level: (given.get('log.level') ?? 'ERROR').toUpperCase(),
    unknown: [...given.keys()].map((key) => key.split('.')[0]!).find((node) => !nodes.has(node)),
  };
}

function entryPointsOf(given: ReadonlyMap<string, string>, internal: boolean): readonly EntryPoint[] {
  const found: EntryPoint[] = [];
  for (const [key, address] of given) {
    const [, name] = /^entrypoints\.([^.]+)\.address$/.exec(key) ?? [];
    const port = Number(/:(\d+)(?:\/tcp)?$/i.exec(address)?.[1] ?? 0);
    if (name === undefined || port === 0 || /\/udp$/i.test(address)) continue;
    const tls = [...given].some(
      ([one, value]) => (one === `entrypoints.${name}.http.tls` && value === 'true') || one.startsWith(`entrypoints.${name}.http.tls.`),
    );
    found.push({ name, port, tls });
  }
  if (found.every(({ name }) => name === 'traefik')) found.push({ name: 'http', port: 80, tls: false });
  if (internal && !found.some(({ name }) => name === 'traefik')) found.push({ name: 'traefik', port: internalPort, tls: false });
  return found;
}
