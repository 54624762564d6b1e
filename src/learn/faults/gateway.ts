/** Faults of the Gateway API, with NGINX Gateway Fabric. */
import { fault } from './fault.ts';
import { httpStatus, type Asking } from './http-status.ts';

const specification = 'https://gateway-api.sigs.k8s.io/reference/spec/';
const types = 'https://gateway-api.sigs.k8s.io/api-types';
const asked = { from: 'shop/client', host: 'shop.example.com', url: 'http://edge-nginx.edge' };
const at = { ...asked, namespace: 'shop', route: 'shop' };
const gateway = { namespace: 'edge', gateway: 'edge' };

type RouteAt = { readonly namespace: string; readonly route: string };
type GatewayAt = { readonly namespace: string; readonly gateway: string };
const patchRoute = ({ namespace, route }: RouteAt, operations: string) =>
  `kubectl -n ${namespace} patch httproute ${route} --type=json -p '[${operations}]'`;
const replace = (path: string, value: string) => `{"op":"replace","path":"${path}","value":${value}}`;
/** An object that is made anew, from its own text with a word changed: nothing is left of what its controller said of the old one. */
const anew = (namespace: string, object: string, from: string, to: string) =>
  `kubectl -n ${namespace} get ${object} -o yaml | sed 's/${from}$/${to}/' | kubectl replace --force -f -`;
/** The reason of a route's condition, as the controller gives it. */
const reason = ({ namespace, route }: RouteAt, type: 'Accepted' | 'ResolvedRefs', equals: string) =>
  ({
    object: { ref: `httproute/${route}`, namespace, jsonpath: `{.status.parents[0].conditions[?(@.type=="${type}")].reason}`, equals },
  }) as const;
const describeRoute = ({ namespace, route }: RouteAt) => `kubectl -n ${namespace} describe httproute ${route}`;
const answered = (p: Asking, status: string, path = '/') => httpStatus({ ...p, url: `${p.url}${path}` }, status);

export const gatewayFaults = [
  fault({
    name: 'route-parent-misspelt',
    row: 49,
    topic: 'gateway-api',
    title: 'The HTTPRoute names a parent Gateway that there is not',
    symptom: '404, and a route without any status',
    ground: 'gateway',
    parameters: { ...at, right: 'edge', wrong: 'egde' },
    breaks: ({ namespace, route, right, wrong }) => anew(namespace, `httproute ${route}`, ` name: ${right}`, ` name: ${wrong}`),
    mends: (p) => patchRoute(p, replace('/spec/parentRefs/0/name', `"${p.right}"`)),
    shows: (p) => [
      { object: { ref: `httproute/${p.route}`, namespace: p.namespace, jsonpath: '{.status.parents}', equals: '' } },
      answered(p, '404'),
    ],
    mended: (p) => [answered(p, '200')],
    evidence: ({ namespace, route }) => `kubectl -n ${namespace} get httproute ${route} -o yaml`,
    docs: `${types}/httproute/#parentrefs`,
  }),
  fault({
    name: 'route-section-name',
    row: 50,
    topic: 'gateway-api',
    title: "The HTTPRoute's parentRef names a listener that the Gateway does not have",
    symptom: '404, and the route is not accepted',
    ground: 'gateway',
    parameters: { ...at, section: 'https' },
    breaks: (p) => patchRoute(p, `{"op":"add","path":"/spec/parentRefs/0/sectionName","value":"${p.section}"}`),
    mends: (p) => patchRoute(p, '{"op":"remove","path":"/spec/parentRefs/0/sectionName"}'),
    shows: (p) => [reason(p, 'Accepted', 'NoMatchingParent'), answered(p, '404')],
    mended: (p) => [answered(p, '200')],
    evidence: describeRoute,
    docs: specification,
  }),
  fault({
    name: 'route-not-allowed',
    row: 51,
    topic: 'gateway-api',
    title: "The listener takes routes of labelled namespaces, and the route's namespace has lost its label",
    symptom: '404, and the route is not accepted',
    ground: 'gateway',
    parameters: { ...at, label: 'gateway-access', value: 'granted' },
    breaks: ({ namespace, label }) => `kubectl label namespace ${namespace} ${label}-`,
    mends: ({ namespace, label, value }) => `kubectl label namespace ${namespace} ${label}=${value}`,
    shows: (p) => [reason(p, 'Accepted', 'NotAllowedByListeners'), answered(p, '404')],
    mended: (p) => [answered(p, '200')],
    evidence: describeRoute,
    docs: 'https://gateway-api.sigs.k8s.io/guides/multiple-ns/',
  }),
  fault({
    name: 'route-hostname',
    row: 52,
    topic: 'gateway-api',
    title: "The HTTPRoute's hostname has nothing in common with the listener's",
    symptom: '404, and the route is not accepted',
    ground: 'gateway',
    parameters: { ...at, wrong: 'shop.example.org' },
    breaks: (p) => patchRoute(p, replace('/spec/hostnames', `["${p.wrong}"]`)),
    mends: (p) => patchRoute(p, replace('/spec/hostnames', `["${p.host}"]`)),
    shows: (p) => [reason(p, 'Accepted', 'NoMatchingListenerHostname'), answered(p, '404')],
    mended: (p) => [answered(p, '200')],
    evidence: describeRoute,
    docs: `${types}/httproute/#hostnames`,
  }),
  fault({
    name: 'route-backend-misspelt',
    row: 53,
    topic: 'gateway-api',
    title: "The HTTPRoute's backend is a Service that there is not",
    symptom: '500',
    ground: 'gateway',
    parameters: { ...at, right: 'web', wrong: 'wbe' },
    breaks: (p) => patchRoute(p, replace('/spec/rules/1/backendRefs/0/name', `"${p.wrong}"`)),
    mends: (p) => patchRoute(p, replace('/spec/rules/1/backendRefs/0/name', `"${p.right}"`)),
    shows: (p) => [reason(p, 'ResolvedRefs', 'BackendNotFound'), answered(p, '500')],
    mended: (p) => [answered(p, '200')],
    evidence: describeRoute,
    docs: `${types}/httproute/#backendrefs-optional`,
  }),
  fault({
    name: 'reference-grant-missing',
    row: 53,
    topic: 'gateway-api',
    title: 'The backend is in another namespace, and no ReferenceGrant lets the route refer to it',
    symptom: '500 for what goes there',
    ground: 'gateway',
    parameters: { ...at, grant: 'shop-to-api', elsewhere: 'back', service: 'api', path: '/api' },
    breaks: ({ elsewhere, grant }) => `kubectl -n ${elsewhere} delete referencegrant ${grant}`,
    mends: ({ elsewhere, grant, namespace, service }) => `kubectl apply -f - <<EOF
apiVersion: gateway.networking.k8s.io/v1beta1
kind: ReferenceGrant
metadata: {name: ${grant}, namespace: ${elsewhere}}
spec:
  from: [{group: gateway.networking.k8s.io, kind: HTTPRoute, namespace: ${namespace}}]
  to: [{group: "", kind: Service, name: ${service}}]
EOF`,
    shows: (p) => [reason(p, 'ResolvedRefs', 'RefNotPermitted'), answered(p, '500', p.path)],
    mended: (p) => [answered(p, '200', p.path), answered(p, '200')],
    evidence: describeRoute,
    docs: `${types}/referencegrant/`,
  }),
  fault({
    name: 'gateway-class-missing',
    row: 54,
    topic: 'gateway-api',
    title: 'The Gateway is of a GatewayClass that there is not',
    symptom: 'the Gateway has no address, PROGRAMMED stays Unknown',
    ground: 'gateway',
    parameters: { ...gateway, ...asked, right: 'nginx', wrong: 'ngnix' },
    breaks: (p) => anew(p.namespace, `gateway ${p.gateway}`, `gatewayClassName: ${p.right}`, `gatewayClassName: ${p.wrong}`),
    mends: ({ namespace, gateway, right }) =>
      `kubectl -n ${namespace} patch gateway ${gateway} --type=merge -p '{"spec":{"gatewayClassName":"${right}"}}'`,
    shows: (p) => [programmed(p, 'Unknown'), addresses(p)],
    mended: (p) => [answered(p, '200'), programmed(p, 'True')],
    evidence: ({ namespace, gateway }) => `kubectl -n ${namespace} get gateway ${gateway}`,
    docs: `${types}/gatewayclass/`,
  }),
  fault({
    name: 'gateway-certificate-missing',
    row: 54,
    topic: 'gateway-api',
    title: "The certificate of a Gateway's TLS listener is in no Secret",
    symptom: 'plain HTTP works, the HTTPS port is not there',
    ground: 'gateway',
    parameters: { ...gateway, host: asked.host, listener: 'https', secret: 'edge-tls' },
    breaks: ({ namespace, gateway, listener, secret }) =>
      `kubectl -n ${namespace} patch gateway ${gateway} --type=json -p '[{"op":"add","path":"/spec/listeners/-","value":{"name":"${listener}","port":443,"protocol":"HTTPS","hostname":"*.example.com","allowedRoutes":{"namespaces":{"from":"All"}},"tls":{"certificateRefs":[{"name":"${secret}"}]}}}]'`,
    mends: ({ namespace, host, secret }) => `
openssl req -x509 -newkey rsa:2048 -nodes -keyout /root/tls.key -out /root/tls.crt -days 90 -subj /CN=${host} -addext subjectAltName=DNS:${host} 2>/dev/null
kubectl -n ${namespace} create secret tls ${secret} --cert=/root/tls.crt --key=/root/tls.key`,
    shows: (p) => [resolved(p, 'InvalidCertificateRef')],
    mended: (p) => [resolved(p, 'ResolvedRefs')],
    evidence: ({ namespace, gateway }) => `kubectl -n ${namespace} describe gateway ${gateway}`,
    docs: 'https://gateway-api.sigs.k8s.io/guides/tls/',
  }),
];

function programmed({ namespace, gateway }: GatewayAt, equals: string) {
  return {
    object: { ref: `gateway/${gateway}`, namespace, jsonpath: '{.status.conditions[?(@.type=="Programmed")].status}', equals },
  } as const;
}

function addresses({ namespace, gateway }: GatewayAt) {
  return { object: { ref: `gateway/${gateway}`, namespace, jsonpath: '{.status.addresses[*].value}', equals: '' } } as const;
}

/** The reason that the controller gives for what a listener refers to. */
function resolved({ namespace, gateway, listener }: GatewayAt & { readonly listener: string }, equals: string) {
  const jsonpath = `{.status.listeners[?(@.name=="${listener}")].conditions[?(@.type=="ResolvedRefs")].reason}`;
  return { object: { ref: `gateway/${gateway}`, namespace, jsonpath, equals } } as const;
}
