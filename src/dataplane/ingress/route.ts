/**
 * The way of a request through nginx as ingress-nginx has configured it: server, location, rewrite phase, Lua, access phase, and the backend.
 * Nothing is sent anywhere here.
 */
import { contains, familyOf, parseCidr, parseIp } from '#net/ip.ts';
import { authenticate } from './basic-auth.ts';
import { locationFor, locationText } from './location.ts';
import { usesRegex, type Backend, type Configuration, type Location, type LocationSettings, type Server } from './model.ts';
import { rewrite } from './rewrite.ts';
import { certificateConfigured, serverFor } from './server.ts';
import { escapePath, hostOf, parseUri, type RequestUri } from './uri.ts';

export interface IncomingRequest {
  readonly scheme: 'http' | 'https';
  /** The Host header as sent; undefined where there is none. */
  readonly host: string | undefined;
  /** The target of the request line. */
  readonly target: string;
  /** By name in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** Whom nginx sees at the other end. */
  readonly source: string;
}

/** A number from 1 to `bound`, as Lua's math.random draws it. */
export type Draw = (bound: number) => number;

interface Reasoned {
  readonly server?: Server;
  readonly location?: Location;
  /** What decided, in the order in which it did. */
  readonly because: readonly string[];
}

/** nginx answers itself. */
export interface OwnAnswer extends Reasoned {
  readonly kind: 'answer';
  readonly status: number;
  /** Where the client is sent. */
  readonly target?: string;
  readonly challenge?: string;
}

/** The request goes to a backend. */
export interface Proxied extends Reasoned {
  readonly kind: 'proxy';
  readonly server: Server;
  readonly location: Location;
  readonly backend: Backend;
  /** The location's own backend, where a canary has taken its place. */
  readonly primary: Backend;
  /** The request line's target as the backend gets it. */
  readonly path: string;
}

export type Decision = OwnAnswer | Proxied;

export function route(configuration: Configuration, request: IncomingRequest, draw: Draw): Decision {
  const because: string[] = [];
  const answer = (status: number, why: string, more: Partial<OwnAnswer> = {}): OwnAnswer => ({
    kind: 'answer',
    status,
    because: [...because, why],
    ...more,
  });
  const uri = parseUri(request.target);
  if (uri === undefined) return answer(400, `${request.target} is no path that nginx reads`);
  const host = request.host === undefined ? undefined : hostOf(request.host);
  if (host === undefined)
    return answer(400, request.host === undefined ? 'there is no Host header' : `${request.host} is no host that nginx reads`);
  const server = serverFor(configuration, host);
  if ('redirect' in server) {
    const path = uri.sent.endsWith('/') ? uri.sent.slice(0, -1) : uri.sent;
    const target = `${request.scheme}://${server.redirect}${path}`;
    return answer(configuration.global.httpRedirectCode, `${host} is sent to ${server.redirect}`, { target });
  }
  because.push(
    server.hostname === '_' ? `no server is called ${host}: the default server _ takes it` : `server ${server.hostname} takes ${host}`,
  );
  const chosen = server.locations.find(({ settings }) => settings.appRoot !== '');
  if (chosen !== undefined && uri.path === '/') {
    const target = `${request.scheme}://${request.host ?? ''}${chosen.settings.appRoot}`;
    return answer(302, `app-root of ${nameText(chosen)}`, { target, server });
  }
  const own = ownLocation(server, uri.path);
  if (own !== undefined) return answer(own === '/healthz' ? 200 : 403, `nginx's own location ${own}`, { server });
  const found = locationFor(server, uri.path);
  if (found.kind === 'none') return answer(404, `no location takes ${uri.path}`, { server });
  because.push(found.because);
  const { location } = found;
  if (found.kind === 'add-slash') {
    const target = `${request.scheme}://${host}${escapePath(location.path)}${uri.args === undefined ? '' : `?${uri.args}`}`;
    return answer(301, 'nginx adds the slash', { target, server, location });
  }
  return within(configuration, request, { host, uri, server, location, because, draw, answer });
}

/** The default server answers health checks, and tells its state to itself alone, unless a longer path or an expression takes that. */
function ownLocation(server: Server, path: string): string | undefined {
  if (server.hostname !== '_' || usesRegex(server)) return undefined;
  const own = ['/healthz', '/nginx_status'].find((prefix) => path.startsWith(prefix));
  const found = own === undefined ? undefined : locationFor(server, path);
  return own !== undefined && (found?.kind !== 'location' || (!found.location.exact && found.location.path.length < own.length))
    ? own
    : undefined;
}

interface Inside {
  readonly host: string;
  readonly uri: RequestUri;
  readonly server: Server;
  readonly location: Location;
  readonly because: string[];
  readonly draw: Draw;
  answer(status: number, why: string, more?: Partial<OwnAnswer>): OwnAnswer;
}

/** The phases within a location. */
function within(configuration: Configuration, request: IncomingRequest, inside: Inside): Decision {
  const { uri, server, location, because, answer, draw } = inside;
  const { settings } = location;
  const at = { server, location };
  if (settings.denied !== undefined) return answer(503, `the location is closed: ${settings.denied}`, at);
  if (settings.redirect !== undefined)
    return answer(settings.redirect.code, 'the Ingress redirects', { ...at, target: settings.redirect.url });
  let sent = uri.sent.split('#')[0]!;
  if (settings.rewriteTarget !== '' && settings.rewriteTarget !== location.path) {
    const result = rewrite(uri.path, uri.args, location.path, settings.rewriteTarget, /[%+]/.test(uri.sent.split('?')[0]!));
    if (result.kind === 'redirect') return answer(302, 'rewrite-target is a URL', { ...at, target: result.location });
    if (result.kind === 'path') {
      sent = `${escapePath(result.path)}${result.args === undefined ? '' : `?${result.args}`}`;
      because.push(`rewrite "(?i)${location.path}" ${settings.rewriteTarget} makes ${uri.path} into ${sent}`);
    }
  }
  const redirect = redirectToHttps(configuration, request, inside);
  if (redirect !== undefined) return redirect;
  const primary = configuration.backends.get(location.backend);
  if (primary === undefined || primary.endpoints.length === 0) {
    return answer(503, `${location.backend} has no active endpoint`, at);
  }
  const backend = alternativeOf(configuration, primary, request, draw) ?? primary;
  if (backend !== primary) because.push(`the canary ${backend.name} takes the request instead of ${primary.name}`);
  const refused = access(configuration, settings, location, request);
  if (refused !== undefined)
    return answer(refused.status, refused.why, { ...at, ...(refused.challenge !== undefined && { challenge: refused.challenge }) });
  because.push(`proxied to ${backend.name}, as location ${locationText(server, location)} says`);
  return { kind: 'proxy', server, location, backend, primary, path: sent, because };
}

function nameText({ ingress }: Location): string {
  return ingress === undefined ? 'nobody' : `Ingress ${ingress.namespace}/${ingress.name}`;
}

/** (rootfs/etc/nginx/lua/lua_ingress.lua, redirect_to_https) */
function redirectToHttps(configuration: Configuration, request: IncomingRequest, inside: Inside): OwnAnswer | undefined {
  const { global } = configuration;
  const { host, uri, server, location } = inside;
  const { settings } = location;
  const scheme = (global.useForwardedHeaders ? request.headers['x-forwarded-proto'] : undefined) ?? request.scheme;
  if (scheme !== 'http' || isListed(location, global.noTlsRedirectLocations)) return undefined;
  const certified = certificateConfigured(configuration, host) !== undefined;
  if (!settings.forceSslRedirect && !(settings.sslRedirect && certified)) return undefined;
  const path = !settings.preserveTrailingSlash && uri.sent.endsWith('/') ? uri.sent.slice(0, -1) : uri.sent;
  const why = settings.forceSslRedirect
    ? 'force-ssl-redirect is set'
    : `the Ingress has a TLS section for ${host}, and ssl-redirect is on unless it is turned off`;
  // As the client has spelled it, without the port.
  const named = (request.host ?? host).replace(/:\d*$/, '');
  return inside.answer(global.httpRedirectCode, why, { server, location, target: `https://${named}${path}` });
}

function isListed({ path }: Location, prefixes: readonly string[]): boolean {
  return prefixes.some((prefix) => path.startsWith(prefix));
}

interface Refused {
  readonly status: number;
  readonly why: string;
  readonly challenge?: string;
}

function access({ global }: Configuration, settings: LocationSettings, location: Location, request: IncomingRequest): Refused | undefined {
  const { allow, deny, basicAuth, satisfy } = settings;
  const from = request.source;
  const within = (ranges: readonly string[]) => ranges.some((range) => isIn(range, from));
  const closed: Refused | undefined = within(deny)
    ? { status: 403, why: `${from} is on the deny list` }
    : allow.length > 0 && !within(allow)
      ? { status: 403, why: `${from} is not in ${allow.join(', ')}` }
      : undefined;
  const limited = allow.length > 0 || deny.length > 0;
  const unknown =
    basicAuth === undefined || isListed(location, global.noAuthLocations) || authenticate(basicAuth.users, request.headers['authorization'])
      ? undefined
      : { status: 401, why: 'no user of the Secret has shown a password', challenge: `Basic realm="${basicAuth.realm}"` };
  if (satisfy === 'any' && limited && basicAuth !== undefined) return closed === undefined || unknown === undefined ? undefined : unknown;
  return closed ?? unknown;
}

function isIn(range: string, source: string): boolean {
  const address = parseIp(source);
  const network = parseCidr(range.includes('/') ? range : `${range}/${range.includes(':') ? 128 : 32}`);
  return address !== undefined && network !== undefined && familyOf(network) === familyOf(address) && contains(network, address);
}

/** (rootfs/etc/nginx/lua/balancer.lua, route_to_alternative_balancer) */
function alternativeOf({ backends }: Configuration, primary: Backend, request: IncomingRequest, draw: Draw): Backend | undefined {
  const [first] = primary.alternatives;
  const alternative = first === undefined ? undefined : backends.get(first);
  const shaping = alternative?.shaping;
  if (alternative === undefined || shaping === undefined || alternative.endpoints.length === 0) return undefined;
  const header = shaping.header === '' ? undefined : request.headers[shaping.header.toLowerCase()];
  if (header !== undefined) {
    if (shaping.headerValue !== '') {
      if (header === shaping.headerValue) return alternative;
    } else if (shaping.headerPattern !== '') {
      if (new RegExp(shaping.headerPattern).test(header)) return alternative;
    } else if (header === 'always') return alternative;
    else if (header === 'never') return undefined;
  }
  const cookie = shaping.cookie === '' ? undefined : cookieOf(request.headers['cookie'] ?? '', shaping.cookie);
  if (cookie === 'always') return alternative;
  if (cookie === 'never') return undefined;
  return draw(Math.max(shaping.weightTotal, 100)) <= shaping.weight ? alternative : undefined;
}

function cookieOf(header: string, name: string): string | undefined {
  for (const part of header.split(/;\s*/)) {
    const at = part.indexOf('=');
    if (at > 0 && part.slice(0, at) === name) return part.slice(at + 1);
  }
  return undefined;
}

/** The headers that a backend gets: the client's, and those that tell of the client. (nginx.tmpl, proxy_set_header) */
export function headersFor(
  proxied: Proxied,
  { global }: Configuration,
  request: IncomingRequest,
  requestId: string,
): Readonly<Record<string, string>> {
  const { settings } = proxied.location;
  const { host: _host, connection: _connection, 'keep-alive': _keep, authorization, ...kept } = request.headers;
  const host = request.host ?? '';
  const scheme = (global.useForwardedHeaders ? kept['x-forwarded-proto'] : undefined) ?? request.scheme;
  const forwarded = kept['x-forwarded-for'];
  return {
    host: settings.upstreamVhost === '' ? host : settings.upstreamVhost,
    'x-request-id': kept['x-request-id'] ?? requestId,
    'x-real-ip': request.source,
    'x-forwarded-for': request.source,
    'x-forwarded-host': host,
    'x-forwarded-port': scheme === 'https' ? '443' : '80',
    'x-forwarded-proto': scheme,
    'x-forwarded-scheme': scheme,
    'x-scheme': scheme,
    ...(forwarded !== undefined && { 'x-original-forwarded-for': forwarded }),
    ...(settings.forwardedPrefix !== '' && settings.rewriteTarget !== '' && { 'x-forwarded-prefix': settings.forwardedPrefix }),
    ...(authorization !== undefined && settings.basicAuth === undefined && { authorization }),
    ...Object.fromEntries(
      Object.entries(kept).filter(
        ([name]) => !/^(x-(request-id|real-ip|forwarded-(for|host|port|proto|scheme)|scheme)|proxy|upgrade|te)$/.test(name),
      ),
    ),
  };
}
