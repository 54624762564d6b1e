/** Which location of a server takes a path. (nginx: src/http/ngx_http_core_module.c, ngx_http_core_find_location) */
import { usesRegex, type Location, type Server } from './model.ts';

export type Found =
  | { readonly kind: 'location'; readonly location: Location; readonly because: string }
  /** The path lacks the slash that a prefix ends in: nginx sends the client there. */
  | { readonly kind: 'add-slash'; readonly location: Location; readonly because: string }
  | { readonly kind: 'none' };

/** The expression of a location whose server uses any: each path is the beginning of one, and its case does not matter. (template.go, buildLocation) */
export function locationRegex(path: string): string {
  return `^${path}`;
}

const compiled = new Map<string, RegExp | undefined>();

/** A PCRE as JavaScript reads it, without regard to case; undefined where it is none. */
export function caselessRegex(pattern: string): RegExp | undefined {
  if (!compiled.has(pattern)) {
    let regex: RegExp | undefined;
    try {
      regex = new RegExp(pattern, 'i');
    } catch {
      regex = undefined;
    }
    compiled.set(pattern, regex);
  }
  return compiled.get(pattern);
}

/** As nginx.conf has it: `= /shop`, `/shop/`, `~* "^/shop"`. */
export function locationText(server: Server, { path, exact }: Location): string {
  return usesRegex(server) ? `~* "${locationRegex(path)}"` : exact ? `= ${path}` : path;
}

export function locationFor(server: Server, path: string): Found {
  const { locations } = server;
  if (usesRegex(server)) {
    const location = locations.find((one) => caselessRegex(locationRegex(one.path))?.test(path) === true);
    if (location === undefined) return { kind: 'none' };
    return { kind: 'location', location, because: `location ${locationText(server, location)} is the first expression that fits ${path}` };
  }
  const exact = locations.find((one) => one.exact && one.path === path);
  if (exact !== undefined) return { kind: 'location', location: exact, because: `location = ${exact.path} is the path itself` };
  // Whether the one with the slash is exact or a prefix makes no difference to nginx (ngx_http_create_locations_tree, auto_redirect).
  const slashed = locations.filter((one) => one.path === `${path}/`).sort((a, b) => Number(b.exact) - Number(a.exact));
  if (slashed.some(({ settings }) => settings.denied === undefined))
    return { kind: 'add-slash', location: slashed[0]!, because: `location ${slashed[0]!.path} ends in a slash that ${path} lacks` };
  const [longest] = locations.filter((one) => !one.exact && path.startsWith(one.path)).sort((a, b) => b.path.length - a.path.length);
  if (longest === undefined) return { kind: 'none' };
  return { kind: 'location', location: longest, because: `location ${longest.path} is the longest prefix of ${path}` };
}
