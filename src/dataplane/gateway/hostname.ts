/** Host names of listeners and routes: exact, or a wildcard that stands for one label or more. (gateway-api apis/v1/shared_types.go, Hostname) */

/** Reports whether a host name of a listener or route means a host. Undefined means every host. */
export function matchesHost(hostname: string | undefined, host: string): boolean {
  if (hostname === undefined || hostname === '') return true;
  if (!hostname.startsWith('*.')) return hostname === host;
  return host.endsWith(hostname.slice(1)) && host.length > hostname.length - 1;
}

/** What a listener and a route have in common: the narrower of the two; undefined when nothing. */
export function intersection(listener: string | undefined, route: string): string | undefined {
  if (listener === undefined || listener === '') return route;
  if (!route.startsWith('*.')) return matchesHost(listener, route) ? route : undefined;
  if (!listener.startsWith('*.')) return matchesHost(route, listener) ? listener : undefined;
  if (route === listener || route.endsWith(listener.slice(1))) return route;
  return listener.endsWith(route.slice(1)) ? listener : undefined;
}

/** The host names by which a listener takes a route's requests: of a route without any, the listener's own. `''` is every host. */
export function hostnamesOn(listener: string | undefined, route: readonly string[]): readonly string[] {
  if (route.length === 0) return [listener ?? ''];
  return route.flatMap((one) => intersection(listener, one) ?? []);
}

/** Orders host names, the more specific first: exact before wildcard, longer before shorter, every host last. */
export function bySpecificity(a: string, b: string): number {
  const rank = (name: string) => (name === '' ? 2 : name.startsWith('*.') ? 1 : 0);
  return rank(a) - rank(b) || b.length - a.length || (a < b ? -1 : a > b ? 1 : 0);
}
