import { yamlText } from '#kube/yaml-print.ts';
import type { Draw } from '../draw.ts';
import type { DrillKind, Exercise } from '../kind.ts';
import { appNames, client, namespace, namespaceNames, server, service } from '../objects.ts';

/** The Gateway API: which backend a route gives a request to, and what the status of a route says. */
export const gateway: DrillKind = {
  kind: 'gateway',
  title: 'What becomes of the route?',
  trains: 'HTTPRoutes: matches and their order, hostnames, parents, grants, conditions',
  topic: 'gateway-api',
  make: (draw) => draw.of([backend, backend, condition])(draw),
};

const addons = { addons: ['gateway-api'] };
const group = 'gateway.networking.k8s.io';

function gatewayOf(name: string, ns: string, listeners: readonly object[]): object {
  return { apiVersion: `${group}/v1`, kind: 'Gateway', metadata: { name, namespace: ns }, spec: { gatewayClassName: 'nginx', listeners } };
}

function routeOf(name: string, ns: string, spec: object): object {
  return { apiVersion: `${group}/v1`, kind: 'HTTPRoute', metadata: { name, namespace: ns }, spec };
}

function ref(name: string): object {
  return { name, port: 80 };
}

/** Every backend answers every path. */
function backends(apps: readonly string[], ns: string): readonly object[] {
  return apps.flatMap((app) => [server(app, ns, { app }, 80, { image: 'ghcr.io/example/app:1.4' }), service(app, ns, { app })]);
}

function documents(...objects: readonly object[]): string {
  return `\`\`\`\n${objects.map(yamlText).join('---\n')}\`\`\``;
}

/** Which rule takes a request. */
function backend(draw: Draw): Exercise {
  const ns = draw.of(namespaceNames);
  const apps = draw.some(appNames, 3);
  const host = `${ns}.example`;
  const front = gatewayOf('front', ns, [
    { name: 'http', port: 80, protocol: 'HTTP', ...(draw.chance(40) && { hostname: draw.of([host, `*.${host}`, '*.example']) }) },
  ]);
  const rules = Array.from({ length: draw.int(2, 3) }, () => ruleOf(draw, draw.of(apps)));
  const hostnames = draw.of([undefined, [host], [`*.${host}`], [host, `www.${host}`]]);
  const route = routeOf('paths', ns, { parentRefs: [{ name: 'front' }], ...(hostnames !== undefined && { hostnames }), rules });
  const asked = draw.of([host, host, host, `www.${host}`, 'other.example']);
  const path = draw.of(['/', '/api', '/api/', '/api/v1', '/apis', '/API', '/api/v1/users', '/shop', '/shop/cart']);
  const method = draw.of(['GET', 'GET', 'POST']);
  const headers = draw.chance(40) ? { version: draw.of(['one', 'two']) } : {};
  const said = [...Object.entries(headers).map(([name, value]) => `the header \`${name}: ${value}\``)];
  const arrives = (expect: object) => ({
    connect: { from: `pod:${ns}/client`, to: `http://front-nginx${path}`, host: asked, method, headers, expect },
  });
  return {
    cluster: addons,
    objects: [namespace(ns), ...backends(apps, ns), client('client', ns), front, route],
    question: {
      type: 'choice',
      prompt: [
        `A client asks the Gateway for \`${method} http://${asked}${path}\`${said.length === 0 ? '' : ` with ${said.join(', ')}`}. Who takes the request?`,
        `NGINX Gateway Fabric serves this, and every backend answers 200:\n\n${documents(front, route)}`,
      ].join('\n\n'),
      choices: [
        ...apps.map((app) => ({ text: `${ns}/${app}`, if: arrives({ backend: `${ns}/${app}:80` }) })),
        { text: 'Nobody: 404', if: arrives({ status: 404 }) },
      ],
      explain:
        'First the host must be one that the listener and the route have in common: `*.example` stands for one label or more, but not for `example` itself. Of the matches that fit, an Exact path goes before a prefix, the longest prefix before a shorter one; then a match with a method, then the one with more headers, and at last the rule that stands first. All conditions of one match must hold; a PathPrefix matches whole elements.',
      docs: 'https://gateway-api.sigs.k8s.io/api-types/httproute/',
    },
  };
}

function ruleOf(draw: Draw, app: string): object {
  const path = draw.of(['/', '/api', '/api/v1', '/shop']);
  const match = {
    path: { type: draw.of(['PathPrefix', 'PathPrefix', 'Exact']), value: path },
    ...(draw.chance(25) && { method: draw.of(['GET', 'POST']) }),
    ...(draw.chance(30) && { headers: [{ name: 'version', value: draw.of(['one', 'two']) }] }),
  };
  return { matches: [match], backendRefs: [ref(app)] };
}

/** What the conditions of a route say of its parent and of its backends. */
function condition(draw: Draw): Exercise {
  const [ns, other] = draw.some(namespaceNames, 2) as [string, string];
  const [app, far] = draw.some(appNames, 2) as [string, string];
  const host = `${ns}.example`;
  const isElsewhere = draw.chance(50);
  const home = isElsewhere ? other : ns;
  const front = gatewayOf('front', ns, [
    {
      ...{ name: 'http', port: 80, protocol: 'HTTP' },
      ...(draw.chance(40) && { hostname: draw.of([host, `*.${host}`]) }),
      ...(draw.chance(60) && { allowedRoutes: { namespaces: { from: draw.of(['All', 'Same']) } } }),
    },
  ]);
  const parent = {
    name: draw.of(['front', 'front', 'front', 'font']),
    ...(isElsewhere && draw.chance(85) && { namespace: ns }),
    ...(draw.chance(25) && { sectionName: draw.of(['http', 'https']) }),
  };
  const target = draw.of([ref(app), ref(app), ref(`${app}s`), { ...ref(far), namespace: home === ns ? other : ns }]);
  const hasGrant = draw.chance(50);
  const hostnames = draw.of([undefined, [host], [`www.${host}`], [`${other}.example`]]);
  const route = routeOf('paths', home, {
    parentRefs: [parent],
    ...(hostnames !== undefined && { hostnames }),
    rules: [{ backendRefs: [target] }],
  });
  const beyond = home === ns ? other : ns;
  const grant = {
    apiVersion: `${group}/v1beta1`,
    kind: 'ReferenceGrant',
    metadata: { name: 'routes', namespace: beyond },
    spec: { from: [{ group, kind: 'HTTPRoute', namespace: home }], to: [{ group: '', kind: 'Service' }] },
  };
  const type = draw.of(['Accepted', 'ResolvedRefs'] as const);
  const line = `kubectl -n ${home} get httproute paths -o jsonpath='{.status.parents[*].conditions[?(@.type=="${type}")].reason}'`;
  const carries = (reason: string) => ({ run: { line, stdout: { equals: reason } } });
  const reasons = {
    Accepted: ['Accepted', 'NotAllowedByListeners', 'NoMatchingListenerHostname', 'NoMatchingParent'],
    ResolvedRefs: ['ResolvedRefs', 'BackendNotFound', 'RefNotPermitted'],
  }[type];
  const shown = hasGrant ? [front, route, grant] : [front, route];
  return {
    cluster: addons,
    objects: [namespace(ns), namespace(other), ...backends([app], home), ...backends([far], beyond), ...shown],
    question: {
      type: 'choice',
      prompt: [
        `Which reason stands in the condition \`${type}\` of the HTTPRoute \`paths\`?`,
        `NGINX Gateway Fabric serves class \`nginx\`. Namespace \`${home}\` has the Service \`${app}\`, namespace \`${beyond}\` the Service \`${far}\`; both listen on 80.${hasGrant ? '' : ' There are no ReferenceGrants.'}\n\n${documents(...shown)}`,
      ].join('\n\n'),
      choices: [
        ...reasons.map((reason) => ({ text: reason, if: carries(reason) })),
        { text: 'None: no parent has said anything about it', if: carries('') },
      ],
      explain:
        'A route is accepted by a listener when the parent is there (name, namespace, sectionName), when the listener’s `allowedRoutes` let the route’s namespace in (`Same` when nothing is said), and when their hostnames have one in common. Without a Gateway that answers to the parent’s name, nobody writes a status. `ResolvedRefs` is about the backends: a Service must be there, and one of another namespace needs a ReferenceGrant in that namespace.',
      docs: 'https://gateway-api.sigs.k8s.io/api-types/httproute/#routestatus',
    },
  };
}
