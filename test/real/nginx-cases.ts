/** Sets of Ingresses and requests to them, drawn from a seed: every annotation that routes, every kind of path and host. */
import { stream } from '#kube/chance.ts';
import type { Ingress } from '#kube/kinds/ingress.ts';
import type { KubeObject } from '#kube/object.ts';
import { ingressOf, serviceOf, type IngressSpec, type Path } from '../support/ingress-objects.ts';

export interface CaseSet {
  readonly name: string;
  readonly ingresses: readonly Ingress[];
  readonly services: readonly KubeObject[];
  readonly requests: readonly { readonly host: string; readonly target: string; readonly headers: Readonly<Record<string, string>> }[];
}

const names = ['web', 'api', 'shop', 'docs', 'till'];
const segments = ['shop', 'Shop', 'api', 'v1', 'v1.2', 'a', 'b', 'a-b', 'img', 'caf\u00e9'];
const hosts = ['shop.example.com', 'api.example.com', '*.example.com', 'example.org', '*.shop.example.com', ''];
const asked = [
  'shop.example.com',
  'SHOP.Example.com',
  'api.example.com',
  'any.example.com',
  'a.b.example.com',
  'x.shop.example.com',
  'example.org',
  'www.example.org',
  'nobody.test',
  'shop.example.com.',
  'alias.test',
];

export function caseSets(count: number, requests: number): readonly CaseSet[] {
  return Array.from({ length: count }, (_, i) => caseSet(i, requests));
}

function caseSet(index: number, count: number): CaseSet {
  const draw = stream(`nginx/${index}`);
  const below = (bound: number) => draw() % bound;
  const one = <T>(list: readonly T[]): T => list[below(list.length)]!;
  const chance = (percent: number) => below(100) < percent;
  const plainPath = () => {
    const depth = below(4);
    if (depth === 0) return '/';
    return `/${Array.from({ length: depth }, () => one(segments.slice(0, 9))).join('/')}${chance(25) ? '/' : ''}`;
  };
  const kinds = ['Prefix', 'Prefix', 'Exact', 'ImplementationSpecific'];
  const used: string[] = [];
  const taken = new Set<string>();
  const spec = (n: number): IngressSpec => {
    const flavour = below(12);
    const regex = flavour === 0 || flavour === 1;
    const rules = Array.from({ length: 1 + below(2) }, (): readonly [string, ...Path[]] => {
      const host = one(hosts);
      const paths = Array.from({ length: 1 + below(3) }, (): Path | undefined => {
        const base = plainPath();
        const path = regex ? `${base.replace(/\/$/, '')}${one(['(/|$)(.*)', '/(.*)', '/([a-z]+)/([^/]*)', ''])}` || '/' : base;
        used.push(base);
        const pathType = regex ? 'ImplementationSpecific' : one(kinds);
        // Two prefixes that come to one location are refused by nginx itself; the tests of broken configurations have them.
        const key = `${host} ${pathType === 'Exact' ? '=' : ''}${path.replace(/\/$/, '')}`;
        if (taken.has(key)) return undefined;
        taken.add(key);
        return { path, pathType, to: `${one(names)}:80` };
      }).filter((path) => path !== undefined);
      return [host, ...(paths.length > 0 ? paths : [{ path: `/only-${n}-${below(1e6)}`, to: 'web:80' }])];
    });
    const annotations: Record<string, string> = {
      ...(regex && flavour === 0 && { 'use-regex': 'true' }),
      ...(regex && flavour === 1 && { 'rewrite-target': one(['/$2', '/$1', '/', '/app/$1?x=$2', '/fixed-path']) }),
      ...(flavour === 2 && { 'permanent-redirect': 'https://elsewhere.test/new', ...(chance(50) && { 'permanent-redirect-code': '308' }) }),
      ...(flavour === 3 && { 'app-root': '/start' }),
      ...(flavour === 4 && { 'force-ssl-redirect': 'true', ...(chance(50) && { 'preserve-trailing-slash': 'true' }) }),
      ...(flavour === 5 && { 'whitelist-source-range': one(['10.0.0.0/8', '127.0.0.0/8', '10.0.0.0/8,127.0.0.1']) }),
      ...(flavour === 6 && { 'rewrite-target': one(['/', '/base', '/shop']) }),
      ...(flavour === 7 && { 'temporal-redirect': 'http://elsewhere.test/now' }),
      // Of the default server, Lua alone knows whether an alias has a certificate.
      ...(flavour === 8 && rules.every(([host]) => host !== '') && { 'server-alias': 'alias.test' }),
      ...(flavour === 9 && { 'denylist-source-range': one(['127.0.0.1', '10.0.0.0/8']) }),
      // Of a wildcard, its partner is no name that nginx takes.
      ...(flavour === 10 && rules.every(([host]) => !host.startsWith('*')) && { 'from-to-www-redirect': 'true' }),
    };
    return {
      name: `set-${index}-${n}`,
      age: n,
      annotations,
      rules,
      ...(chance(20) && { defaultBackend: `${one(names)}:80` }),
      ...(chance(20) && { tls: [{ hosts: rules.map(([host]) => host).filter((host) => host !== '') }] }),
    };
  };
  const specs = Array.from({ length: 1 + below(3) }, (_, n) => spec(n));
  if (chance(15)) specs.push({ name: `set-${index}-all`, age: 9, defaultBackend: `${one(names)}:80` });
  // One Service in five has nobody behind it, one in ten is not there.
  const services = names.flatMap((name) => (chance(10) ? [] : serviceOf(name, chance(20) ? 0 : 2)));
  const spoil = (path: string): string => {
    switch (below(10)) {
      case 0:
        return path.replace(/[a-z]/, (letter) => letter.toUpperCase());
      case 1:
        return path.replace(/[a-z]/, (letter) => `%${letter.charCodeAt(0).toString(16)}`);
      case 2:
        return path.replace(/.\//, (text) => `${text}/`);
      case 3:
        return `${path}/../${one(segments.slice(0, 5))}`.replace('//', '/');
      case 4:
        return path.replace(/(.)\//, '$1%2F');
      case 5:
        return `${path}%20x%3Fy%25z`;
      case 6:
        return `/./${path.slice(1)}`;
      case 7:
        return path.endsWith('/') ? path.slice(0, -1) || '/' : `${path}/`;
      case 8:
        return encodeURI(`${path}/caf\u00e9`).replace('//', '/');
      default:
        return path;
    }
  };
  const requests = Array.from({ length: count }, () => {
    const base = chance(75) && used.length > 0 ? one(used) : plainPath();
    const longer = chance(50) ? `${base.replace(/\/$/, '')}${one(['', '/', '/x', '/x/y.html', 'x', '/abc/def'])}` || '/' : base;
    const target = chance(50) ? spoil(longer) : longer;
    return { host: one(asked), target: `${target}${chance(25) ? one(['?q=1', '?', '?a=/b/', '?x=%2F']) : ''}`, headers: {} };
  });
  return { name: `set ${index}`, ingresses: specs.map(ingressOf), services, requests };
}
