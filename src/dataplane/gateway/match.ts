/** Which rule takes a request (gateway-api apis/v1/httproute_types.go, HTTPRouteRule.Matches; grpcroute_types.go). */
import { bySpecificity, matchesHost } from './hostname.ts';
import type { Entry, GatewayConfiguration, Match, RouteRule, ServedListener, ValueMatch } from './model.ts';

export interface GatewayRequest {
  readonly scheme: 'http' | 'https';
  readonly port: number;
  /** The Host header; its port plays no part. */
  readonly host: string;
  readonly method: string;
  /** Path and query. */
  readonly target: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
}

export interface Matched {
  readonly listener: ServedListener;
  readonly hostname: string;
  readonly rule: RouteRule;
  readonly match: Match;
}

/** `shop.example` of `Shop.Example:8080`. */
export function hostOf(header: string): string {
  return header.toLowerCase().replace(/:\d+$/, '').replace(/\.$/, '');
}

export function pathOf(target: string): string {
  return target.split('?', 1)[0]!;
}

/** The listener that takes a host's requests on a port: the one whose host name means it most closely. */
export function listenerFor({ listeners }: GatewayConfiguration, port: number, host: string): ServedListener | undefined {
  return listeners
    .filter((one) => one.port === port && matchesHost(one.hostname, host))
    .sort((a, b) => bySpecificity(a.hostname, b.hostname))[0];
}

/** The rule that takes a request, of those attached to its listener; undefined where none does. */
export function matchRequest(configuration: GatewayConfiguration, request: GatewayRequest): Matched | undefined {
  const host = hostOf(request.host);
  const listener = listenerFor(configuration, request.port, host);
  if (listener === undefined) return undefined;
  const fitting = listener.entries
    .filter(({ hostname }) => matchesHost(hostname, host))
    .flatMap((entry) => entry.rule.matches.map((match, place) => ({ entry, match, place })))
    .filter(({ match }) => holds(match, request))
    .sort(byPrecedence);
  const best = fitting[0];
  return best && { listener, hostname: best.entry.hostname, rule: best.entry.rule, match: best.match };
}

interface Candidate {
  readonly entry: Entry;
  readonly match: Match;
  readonly place: number;
}

const pathRank = { Exact: 0, PathPrefix: 1, RegularExpression: 2 } as const;

/** Host, path, method, headers, query; then the older route, its name, and the order of rules. */
function byPrecedence(a: Candidate, b: Candidate): number {
  const [one, other] = [a.entry.rule, b.entry.rule];
  return (
    bySpecificity(a.entry.hostname, b.entry.hostname) ||
    pathRank[a.match.path.type] - pathRank[b.match.path.type] ||
    b.match.path.value.length - a.match.path.value.length ||
    Number(a.match.method === undefined) - Number(b.match.method === undefined) ||
    b.match.headers.length - a.match.headers.length ||
    b.match.query.length - a.match.query.length ||
    compare(one.created, other.created) ||
    compare(`${one.route.namespace}/${one.route.name}`, `${other.route.namespace}/${other.route.name}`) ||
    one.index - other.index ||
    a.place - b.place
  );
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function holds({ path, method, headers, query }: Match, request: GatewayRequest): boolean {
  if (!matchesPath(path, pathOf(request.target))) return false;
  if (method !== undefined && method !== request.method) return false;
  const parameters = new URLSearchParams(request.target.split('?')[1] ?? '');
  return (
    headers.every((one) => valueFits(one, request.headers[one.name.toLowerCase()])) &&
    query.every((one) => valueFits(one, parameters.get(one.name) ?? undefined))
  );
}

/** A prefix is one of whole elements: `/shop` means `/shop` and `/shop/x`, not `/shopping`. */
export function matchesPath({ type, value }: Match['path'], path: string): boolean {
  switch (type) {
    case 'Exact':
      return path === value;
    case 'PathPrefix': {
      const prefix = value.replace(/\/$/, '');
      return path === prefix || path.startsWith(`${prefix}/`);
    }
    case 'RegularExpression':
      return fully(value, path);
  }
}

function valueFits({ type, value }: ValueMatch, found: string | undefined): boolean {
  if (found === undefined) return false;
  return type === 'Exact' ? found === value : fully(value, found);
}

function fully(expression: string, text: string): boolean {
  try {
    return new RegExp(`^(?:${expression})$`).test(text);
  } catch {
    return false;
  }
}
